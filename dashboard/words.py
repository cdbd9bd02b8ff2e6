"""
The fixed words of the pages: one place for what is said around the released figures.

Sentences about a figure are not here. They come with the figure, from the release.
"""

from collections.abc import Sequence
from datetime import date

from record import Cell, Measure, Partnership, Quarter, Release

BANNER = (
    "These figures are close, not exact. A small random amount is added to each count to protect children. "
    "Read the likely range, not just the figure."
)
BANNERS = {"children": BANNER, "adults": BANNER.replace("children", "people")}
"""By whose figures a page holds; where there are adults among them, nobody is called a child."""
PLEASE_DO_NOT = "Please do not use these pages to think about a family you know. One family cannot be seen in them."
# The year is any four quarters in a row, so the allowance comes back quarter by quarter, not in April.
HOW_SURE = (
    "To protect children, we add a small random amount to every count before it leaves the hub. "
    "So nobody can be sure from these pages whether any one child is counted. "
    "Each figure has a likely range. "
    "Each release uses some of a privacy allowance, which covers any four quarters in a row. "
    "When it is used up, nothing more is published until the next quarter."
)
HOW_SURES = {
    "children": HOW_SURE,
    "adults": HOW_SURE.replace("protect children", "protect people").replace("one child", "one person"),
}
HOW_LIKELY = "About 19 in 20 of these ranges hold the true figure."
WITH_CARE = "Use with care: the likely range is wide. Use it to ask a question, not to settle one."
NOT_THE_SOURCE = "Each source sends different children. A low or high figure is not a mark against the source."
NOT_IN_RELEASE = "This question is not part of this release. It was left out to save privacy allowance."
NOTHING_YET = "Nothing has been published yet."
NOTHING_STANDS = "No figures are published just now."
NOTHING_CHANGED = "Nothing has clearly changed since the same quarter last year."
CANNOT_SAY_ANY = "We cannot say yet what changed since the same quarter last year."
FIRST_QUARTER = "This is the first quarter published. Later quarters will be drawn beside it."
STILL_OPEN = "Those still open are counted too, as not done yet."
ROUNDED = "Figures are rounded, so parts may not add up exactly."
ALL_TOGETHER = "This is given for all sources together."
NO_SOURCES = "No question of this release is given by source."
OPEN_END = "An arrowhead in place of a dot means more than, or fewer than: no nearer figure is given."
BOX_AND_DOT = (
    "In the pictures a box is the likely range, and the dot in it is our best figure. "
    f"A full dot means Use. A dot with a white middle means Use with care. {OPEN_END}"
)
TABLE_BELOW = "The table below has every figure."
TAKE_AWAY = "Take these figures away"
WHAT_IS_TAKEN = "Each file holds all figures of this page for the quarter chosen."
PACK = "Print the board pack"
WHAT_THE_PACK_IS = (
    "All questions of the quarter chosen, to hand out. It is made when you ask: allow a few seconds. "
    "If none comes, open this page again: the figures may have been replaced."
)
PACK_KINDS = {"pdf": "PDF to print", "docx": "Word document to edit"}
NO_PACK = "The pack is not printed on this machine. Ask the officer who sent you this address for it."
# Signs in brackets, as government statisticians write them in a table that is taken away.
SHORTHAND = {
    "[x]": "means not shown: there is no figure, and its row says why.",
    "[u]": "means use with care: the likely range is wide. Use it to ask a question, not to settle one.",
}
TERMS = "Ask the partnership on what terms these figures may be used."

GRADES = {"use": "Use", "care": "Use with care", "none": "Not shown"}
GRADE_MEANS = {
    "use": "The likely range is narrow enough to rely on.",
    "care": "The likely range is wide. Use it to ask a question, not to settle one.",
    "none": "There is no figure, and the page says why.",
}
CHANGES = {"up": "Up", "down": "Down", "flat": "No clear change", "unknown": "Cannot say"}
CHANGE_MEANS = {
    "up": "The figure went up, by more than chance and the added amount can do.",
    "down": "The figure went down, by more than chance and the added amount can do.",
    "flat": "The difference is small enough to be chance or the added amount.",
    "unknown": "The release does not say, and gives the reason.",
}
SPANS = {"quarter": "This quarter", "year": "Last 4 quarters"}
PAST_LIMIT = "Share of them past the limit"
AGO = {"quarter": "since last year", "year": "since the year before"}
# The words for a statistic where it names a row; the sentence about it comes from the release.
STATISTICS = {
    "count": "How many {many}",
    "share": "{title}",
    "median": "Half of {many} took at most",
    "p90": "9 in 10 of {many} took at most",
}
REASONS = {
    "too_uncertain": "the likely range is too wide to help",
    "expected_uncertain": "decided beforehand, as its likely range was expected to be too wide to help",
    "too_much_lost": "too much was left out to protect people with many records",
    "too_soon": "not enough time has passed",
    "not_planned": "it was left out of this release to save privacy allowance",
    "not_received": "not every partner has sent the months before, which it needs",
    "changed_definition": "it was counted differently before, so it is not compared",
    "not_recorded": "the records do not hold this",
    "no_year_before": "there is no figure for a year ago yet",
    "year_before_not_shown": "the figure for a year ago is not shown",
    "withdrawn": "the figures were withdrawn",
    "not_published": "nothing was published for this quarter",
}
NO_REASON = "the release gives no figure"
TOPICS = {"across": "What do partners know together?", "adults": "Adults"}
"""The headings of pages whose figures answer several questions."""
YEAR_OF_COUNTS = "Average of 4 quarter-ends"
COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def reason(cell: Cell | None) -> str:
    """Say why a figure or a change is not given; a cell the release never planned was left out."""
    return REASONS["not_planned"] if cell is None else REASONS.get(cell.reason, NO_REASON)


def not_shown(cell: Cell | None, quarter: Quarter | None = None) -> str:
    """Say that there is no figure, and why."""
    if quarter is not None and quarter.release is None:
        return f"Not shown: {REASONS['not_published']}"
    if quarter is not None and quarter.release is not None and quarter.release.withdrawn_on:
        return f"Not shown: {REASONS['withdrawn']}"
    return f"Not shown: {reason(cell)}"


def is_said(headline: Cell | None, cells: Sequence[Cell | None]) -> bool:
    """Whether none of some cells is shown, for the one reason for which the headline above them is not."""
    if any(cell is not None and cell.is_shown for cell in (headline, *cells)):
        return False
    return {not_shown(cell) for cell in cells} == {not_shown(headline)}


def heading(measures: Sequence[Measure]) -> str:
    """Word the heading of a page: the question that all its measures answer, or its topic where there are several."""
    first, asked = measures[0], {measure.board_question for measure in measures}
    return first.board_question if len(asked) == 1 else TOPICS.get(first.page, first.board_question)


def parts(measures: Sequence[Measure]) -> dict[str, str]:
    """Head each measure's part of a page: by its question where it has one of its own, or else by its name."""
    asked = [measure.board_question for measure in measures]
    return {
        measure.measure_id: measure.board_question if asked.count(measure.board_question) == 1 else measure.name
        for measure in measures
    }


def counted(number: int) -> str:
    """Write a small number as a word."""
    return COUNTED[number] if number < len(COUNTED) else "many"


def cannot_say_some(number: int) -> str:
    """Say of how many figures a table says that their change is not known; one or more."""
    return f"For {counted(number)} {'figure' if number == 1 else 'figures'} we cannot say; the table shows which."


def parts_missing(number: int, whole: Cell | None) -> str:
    """Say why parts do not add up to their whole where one or more of them are not shown."""
    are = "part is" if number == 1 else "parts are"
    total = whole.figure_text if whole is not None and whole.is_shown else "the whole"
    return f"{counted(number).capitalize()} {are} not shown, so the rest do not add up to {total}."


def statistic(name: str, measure: Measure) -> str:
    """Name a statistic of a measure, as the head of a row."""
    return STATISTICS[name].format(many=measure.unit_many, title=measure.title)


def population(measures: Sequence[Measure]) -> str:
    """Whose figures these are: adults as soon as there are some among them."""
    return "adults" if any(measure.population == "adults" for measure in measures) else "children"


def unit(measure: Measure) -> str:
    """Return the word that follows a count; a share has its own sign."""
    return measure.unit_many if measure.headline == "count" else ""


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


def withdrawn(release: Release) -> str:
    """Say that the figures of a quarter were taken back, when and why."""
    on = f" on {day(release.withdrawn_on)}" if release.withdrawn_on else ""
    said = f"Figures for {release.period_words} were withdrawn{on}: {release.withdrawn_reason}"
    return said if said.endswith((".", "!", "?")) else f"{said}."


def day(value: date) -> str:
    """Write a date as 20 July 2026."""
    return f"{value.day} {value:%B %Y}"


def months(release: Release) -> str:
    """Write a quarter as April to June 2026."""
    return f"{release.period_from:%B} to {release.period_to:%B %Y}"


def foot(partnership: Partnership, release: Release, measures: Sequence[Measure] | None = None) -> str:
    """Write the last line of a page: whose figures they are, which release, which quarter, which definitions."""
    said = [
        partnership.title,
        f"Release {release.release_id}",
        release.period_words,
        f"published {day(release.published_on)}",
    ]
    if measures:
        named = ", ".join(f"{measure.measure_id} v{measure.version}" for measure in measures)
        said.append(f"{'definition' if len(measures) == 1 else 'definitions'} {named}")
    return " · ".join(said)
