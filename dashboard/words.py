"""
The fixed words of the pages: one place for what is said around the released figures.

Sentences about a figure are not here. They come with the figure, from the release.
"""

from datetime import date

from released import Cell, Measure, Quarter, Release

BANNER = (
    "These figures are close, not exact. A small random amount is added to each count to protect children. "
    "Read the likely range, not just the figure."
)
PLEASE_DO_NOT = "Please do not use these pages to think about a family you know. One family cannot be seen in them."
# The year is any four quarters in a row, so the allowance comes back quarter by quarter, not in April.
HOW_SURE = (
    "To protect children, we add a small random amount to every count before anyone sees it. "
    "So nobody can be sure from these pages whether any one child is counted. "
    "Each figure has a likely range. "
    "Each release uses some of a privacy allowance, which covers any four quarters in a row. "
    "When it is used up, nothing more is published until the next quarter."
)
HOW_LIKELY = "About 19 in 20 of these ranges hold the true figure."
WITH_CARE = "Use with care: the likely range is wide. Use it to ask a question, not to settle one."
NOT_THE_SOURCE = "Each source sends different children. A low or high figure is not a mark against the source."
NOT_IN_RELEASE = "This question is not part of this release. It was left out to save privacy allowance."
NOTHING_YET = "Nothing has been published yet."
NOTHING_CHANGED = "Nothing has clearly changed since the same quarter last year."
CANNOT_SAY_SOME = "Where the table says so, we cannot say if a figure changed."
CANNOT_SAY_ANY = "We cannot say yet what changed since the same quarter last year."

GRADES = {"use": "Use", "care": "Use with care", "none": "Not shown"}
GRADE_MEANS = {
    "use": "The likely range is narrow enough to rely on.",
    "care": "The likely range is wide. Use it to ask a question, not to settle one.",
    "none": "There is no figure, and the page says why.",
}
CHANGES = {"up": "Up", "down": "Down", "flat": "No clear change", "unknown": "Cannot say"}
REASONS = {
    "too_uncertain": "the likely range is too wide to help",
    "too_much_lost": "too much was left out to protect people with many records",
    "too_soon": "not enough time has passed",
    "not_planned": "it was left out of this release to save privacy allowance",
    "not_received": "no figures arrived from this source",
    "changed_definition": "it was counted differently before, so it is not compared",
    "not_recorded": "the records do not hold this",
    "no_year_before": "there is no figure for a year ago yet",
    "year_before_not_shown": "the figure for a year ago was too uncertain",
    "not_published": "nothing was published for this quarter",
}
NO_REASON = "the release gives no figure"


def reason(cell: Cell | None) -> str:
    """Say why a figure or a change is not given; a cell the release never planned was left out."""
    return REASONS["not_planned"] if cell is None else REASONS.get(cell.reason, NO_REASON)


def not_shown(cell: Cell | None, quarter: Quarter | None = None) -> str:
    """Say that there is no figure, and why."""
    if quarter is not None and quarter.release is None:
        return f"Not shown: {REASONS['not_published']}"
    return f"Not shown: {reason(cell)}"


def likely_range(cell: Cell) -> str:
    """Write the range in words; a figure such as "Fewer than 20" is its own range."""
    if cell.lower_text and cell.upper_text:
        return f"{cell.lower_text} to {cell.upper_text}"
    return cell.lower_text or cell.upper_text or "Said in the figure"


def change(cell: Cell | None) -> str:
    """Return the change of a cell, unknown where it has none."""
    return cell.change if cell is not None and cell.is_shown and cell.change in CHANGES else "unknown"


def change_sentence(cell: Cell) -> str:
    """Return the release's sentence about the change, or why there is none."""
    if cell.change_sentence:
        return cell.change_sentence
    return f"We cannot say if this changed: {reason(cell)}."


def day(value: date) -> str:
    """Write a date as 20 July 2026."""
    return f"{value.day} {value:%B %Y}"


def months(release: Release) -> str:
    """Write a quarter as April to June 2026."""
    return f"{release.period_from:%B} to {release.period_to:%B %Y}"


def foot(release: Release, measure: Measure | None) -> str:
    """Write the last line of a page: which release, which quarter, which definition."""
    published = f"published {day(release.published_on)}"
    if measure is None:
        return f"Release {release.release_id} · {release.period_words} · {published}"
    return (
        f"Release {release.release_id} · {measure.unit_many} received {release.period_words} · {published} · "
        f"definition {measure.measure_id} v{measure.version}"
    )
