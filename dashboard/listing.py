"""
The figures of a page as rows of text to take away, in the display texts that its tables show and nothing beside them.

A cell that is not shown has no number in any column.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import words
from record import Category, Cell, Measure, Partnership, Release
from released import Released

# Each column with what it holds. The first six name the row.
FIGURE_COLUMNS = {
    "measure": "What is counted.",
    "span": "The quarter, or the four quarters that end with it.",
    "breakdown": "What the figures are told apart by.",
    "category": "Which part of that this row is about.",
    "statistic": "What the figure says of it.",
    "sentence": "The figure and its range in words, or why there is none.",
    "figure": "The figure as the pages show it.",
    "low": "Where its likely range begins.",
    "high": "Where its likely range ends.",
    "grade": "How sure the figure is.",
    "reason": "Why it is not shown; empty where it is shown.",
    "unit": "What the figure is measured in.",
    "period": "The months of the release.",
    "definition": "The definition used and its version.",
    "release": "The release that the figure is from.",
}
DEFINITION_COLUMNS = {
    "definition": "The definition and its version.",
    "measure": "What is counted.",
    "question": "The board's question that it answers.",
    "counts": "What it counts, and how.",
    "limit": "Within what time.",
    "caveat": "What it cannot tell.",
    "source": "Where the definition comes from.",
}
BREAKDOWNS = {
    "all": "All together",
    "source_group": "Source",
    "waiting_group": "Waited",
    "by_day": "Days",
    "by_calendar_day": "Days",
}
BY_DAY = "Share done by then"
STATISTICS = (*words.STATISTICS, "curve")


@dataclass(frozen=True)
class Part:
    """What one page shows of one release: all that goes into its files, and nothing that depends on who reads."""

    name: str
    partnership: Partnership
    release: Release
    measures: tuple[Measure, ...]
    categories: tuple[Category, ...]
    cells: tuple[Cell, ...]


def part_of(snapshot: Released, release: Release, measures: Sequence[Measure]) -> Part:
    """
    Pick what a page's tables can show of a release, whatever source the reader has chosen.

    Args:
        snapshot: What has been released.
        release: The release that speaks for the quarter looked at.
        measures: The page's; one or more.
    """
    page = measures[0].page
    name = page if tuple(measures) == snapshot.measures_on(page) else "-".join(each.measure_id for each in measures)
    asked = {measure.measure_id for measure in measures}
    cells = tuple(cell for cell in snapshot.cells if cell.release_id == release.release_id and cell.measure_id in asked)
    return Part(name.replace("_", "-"), snapshot.partnership, release, tuple(measures), snapshot.categories, cells)


def figures(part: Part) -> list[list[str]]:
    """
    Write each cell of a page as a row.

    Returns:
        One list for each cell that a page has a name for, in FIGURE_COLUMNS' order: measure by measure in the
        catalogue's order, and in code-list order. Display texts only; a cell that is not shown has no number.
    """
    measures = {measure.measure_id: measure for measure in part.measures}
    keys = {(key.breakdown, key.category): key for key in part.categories}
    breakdowns, spans = list(BREAKDOWNS), list(words.SPANS)
    found = []
    for cell in part.cells:
        key = keys.get((cell.breakdown, cell.category))
        is_named = cell.breakdown in BREAKDOWNS and cell.statistic in STATISTICS and cell.span in words.SPANS
        if is_named and (key or cell.breakdown == "all"):
            order = (
                list(measures).index(cell.measure_id),
                breakdowns.index(cell.breakdown),
                key.position if key else 0,
                STATISTICS.index(cell.statistic),
                spans.index(cell.span),
            )
            label = key.label if key else BREAKDOWNS["all"]
            found.append((order, _figure(cell, measures[cell.measure_id], label, part.release)))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def definitions(part: Part) -> list[list[str]]:
    """Write what each measure of a page counts, in DEFINITION_COLUMNS' order."""
    return [
        [
            definition(measure),
            measure.title,
            measure.board_question,
            measure.definition,
            measure.limit_text or "There is none",
            measure.caveat,
            measure.source,
        ]
        for measure in part.measures
    ]


def notes(part: Part) -> list[str]:
    """Say what one must know to read the figures: whose they are, how close, what the signs in brackets mean."""
    return [
        part.partnership.basis,
        words.foot(part.partnership, part.release, part.measures),
        *([part.release.revised_note] if part.release.revised_note else []),
        words.BANNERS.get(part.measures[0].population, words.BANNER),
        words.HOW_LIKELY,
        *(f"{sign} {meaning}" for sign, meaning in words.SHORTHAND.items()),
        words.ROUNDED,
        words.PLEASE_DO_NOT,
    ]


def definition(measure: Measure) -> str:
    """Name the definition that a figure was counted by, and its version."""
    return f"{measure.measure_id} v{measure.version}"


def _figure(cell: Cell, measure: Measure, category: str, release: Release) -> list[str]:
    statistic = BY_DAY if cell.statistic == "curve" else words.statistic(cell.statistic, measure)
    named = [measure.title, words.SPANS[cell.span], BREAKDOWNS[cell.breakdown], category, statistic]
    if cell.is_shown:
        grade = words.GRADES[cell.grade] + (" [u]" if cell.grade == "care" else "")
        said = [cell.sentence, cell.figure_text, cell.lower_text, cell.upper_text, grade, ""]
    else:
        said = [words.not_shown(cell), "[x]", "[x]", "[x]", words.GRADES["none"], words.reason(cell)]
    return [
        *named,
        *said,
        _unit(cell.statistic, measure),
        release.period_words,
        definition(measure),
        release.release_id,
    ]


def _unit(statistic: str, measure: Measure) -> str:
    if statistic == "count":
        return measure.unit_many
    return measure.days_axis if statistic in {"median", "p90"} else f"% of {measure.unit_many}"
