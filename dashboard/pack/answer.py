"""One question's pages in a pack: its sentences, and each picture with its table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import charts
import words
from charts import Point
from pack import prompt
from pack.block import Heading, Items, Mark, Marks, Page, Paragraph, Picture, Piece, Table, Together, change, grade
from released import Category, Cell, Measure, Quarter, Release, Released

FIGURES = ("Figure", "Likely range", "How sure")
WIDTHS = (14, 16, 9, 11)
# The words for a statistic where it names a row; the sentence about it comes from the release.
STATISTICS = {
    "count": "How many {many}",
    "median": "Half of {many} took at most",
    "p90": "9 in 10 of {many} took at most",
}
SPANS = {"quarter": "This quarter", "year": "Last 4 quarters"}
TABLE_BELOW = "The table below has every figure."
ROUNDED = "Figures are rounded, so parts may not add up exactly."


@dataclass(frozen=True)
class Question:
    """A measure in a release, and what the release holds of it."""

    snapshot: Released
    release: Release
    measure: Measure

    def cell(
        self, breakdown: str = "all", key: str = "all", statistic: str = "share", span: str = "quarter"
    ) -> Cell | None:
        """Return one cell of this measure, or None where the release does not hold it."""
        return self.snapshot.cell(self.release, self.measure, breakdown, key, statistic, span=span)


def page(snapshot: Released, release: Release, measure: Measure) -> Page:
    """Put one question's page together: sentence first, picture, table always."""
    question = Question(snapshot, release, measure)
    blocks = [
        Paragraph(words.BANNER, style="banner"),
        *_headline(question.cell()),
        *_in_figures(question),
        *_over_time(question),
        Together((Heading("What to ask, and whom"), _asking(measure))),
        Paragraph(measure.caveat, "What this cannot tell you:"),
        *_by_day(question),
        *_by_source(question),
    ]
    return Page(measure.board_question, tuple(blocks))


def _headline(cell: Cell | None) -> list[Piece]:
    if cell is None:
        return [Paragraph(words.NOT_IN_RELEASE)]
    if not cell.is_shown:
        return [Paragraph(f"{words.not_shown(cell)}.", style="lead", mark=grade("none"))]
    said: list[Piece] = [Paragraph(cell.sentence, style="lead"), Paragraph(words.change_sentence(cell))]
    said.append(Marks((change(cell, " since last year"), grade(cell.grade))))
    return [*said, Paragraph(words.WITH_CARE)] if cell.grade == "care" else said


def _in_figures(question: Question) -> list[Piece | Together]:
    """All statistics of the quarter, and of the four quarters that end with it; sentences, then the table."""
    statistics = {"share": question.measure.title}
    statistics |= {name: label.format(many=question.measure.unit_many) for name, label in STATISTICS.items()}
    found = [
        (label, span, cell)
        for name, label in statistics.items()
        for span in SPANS
        if (cell := question.cell(statistic=name, span=span)) is not None
    ]
    headline = question.cell()
    more = [(span, cell) for _, span, cell in found if cell is not headline]
    if not more:
        return []
    year = [cell for span, cell in more if span == "year"]
    has_year = any(cell.is_shown for cell in year)
    rows = [(label, SPANS[span], *_columns(cell)) for label, span, cell in found if span == "quarter" or has_year]
    caption = f"{question.measure.title}: the figures, {question.release.period_words}"
    header = ("What is counted", "When", *FIGURES)
    said = [
        Paragraph(sentences)
        for span in SPANS
        if (sentences := " ".join(cell.sentence for when, cell in more if when == span and cell.is_shown))
    ]
    if year and not has_year:
        said.append(Paragraph(f"{words.not_shown(year[0])}.", "The last 4 quarters together:"))
    return [Together((Heading("In figures"), *said, Table(caption, header, tuple(rows), (61, 25, 26, 30, 28))))]


def _over_time(question: Question) -> list[Piece | Together]:
    """Chart A; a lone quarter has no past to draw."""
    snapshot, release, measure = question.snapshot, question.release, question.measure
    quarters = snapshot.quarters
    cells = [snapshot.cell(quarter.release, measure) for quarter in quarters]
    heading = Heading("Quarter by quarter")
    if len(quarters) == 1:
        only = Paragraph("This is the first quarter published. Later quarters will be drawn beside it.")
        return [Together((heading, only))]
    points = [Point(f"{quarter.starts_on:%b %Y}", cell) for quarter, cell in zip(quarters, cells, strict=True)]
    rows = [
        (point.label, *_columns(cell, quarter)) for point, cell, quarter in zip(points, cells, quarters, strict=True)
    ]
    caption = f"{measure.title}: quarter by quarter, to {release.period_to:%B %Y}"
    table = Table(caption, ("Quarter starting", *FIGURES), tuple(rows), WIDTHS)
    shown = [point for point in points if point.cell is not None and point.cell.is_shown]
    if not shown:
        return [
            Together(
                (heading, _why_nothing([words.not_shown(*pair) for pair in zip(cells, quarters, strict=True)], table))
            )
        ]
    said = (
        f"Dot and box chart, {len(quarters)} quarters from {points[0].label} to {points[-1].label}.",
        f"{measure.title}: from {_text(shown[0])} to {_text(shown[-1])}.",
        words.change_sentence(cells[-1]) if cells[-1] is not None and cells[-1].is_shown else "",
        f"Not shown: {len(points) - len(shown)} of them." if len(shown) < len(points) else "",
        TABLE_BELOW,
    )
    return [Together((heading, Picture(charts.over_time(points, measure), _joined(said)), table))]


def _by_day(question: Question) -> list[Piece | Together]:
    """Chart B, where the measure has an axis of days."""
    release, measure = question.release, question.measure
    days = _cells(question, "by_day", "curve")
    if not days:
        return []
    points = [Point(key.category, cell) for key, cell in days]
    rows = [(key.label, *_columns(cell)) for key, cell in days]
    caption = f"{measure.title}: share done by each day, {release.period_words}"
    table = Table(caption, ("Days", *FIGURES), tuple(rows), WIDTHS)
    heading = Heading("How long it takes")
    still = Paragraph("Those still open are counted too, as not done yet.")
    shown = [point for point in points if point.cell is not None and point.cell.is_shown]
    if not shown:
        return [Together((heading, _why_nothing([words.not_shown(cell) for _, cell in days], table)))]
    told = [point for point in shown if point.label == str(measure.limit_value)]
    told += [point for point in shown[-1:] if point not in told]
    said = (
        f"Dot and box chart, share of {measure.unit_many} by each number of days.",
        f"{measure.limit_text}.",
        f"{', '.join(f'{_text(point)} by day {point.label}' for point in told)}.",
        TABLE_BELOW,
    )
    return [Together((heading, still, Picture(charts.by_day(points, measure), _joined(said)), table))]


def _by_source(question: Question) -> list[Piece | Together]:
    """Chart C of the quarter, and of the four quarters that end with it, in code-list order whatever the figures are."""
    blocks: list[Piece | Together] = []
    for span, when in (("quarter", question.release.period_words), ("year", "the last 4 quarters")):
        cells = _cells(question, "source_group", "share", span)
        # Four quarters are told of where they say something; why they do not is in the table above.
        if cells and (span == "quarter" or any(cell.is_shown for _, cell in cells)):
            blocks.append(Together(_sources(question, cells, span, when)))
    return blocks


def _sources(question: Question, cells: Sequence[tuple[Category, Cell]], span: str, when: str) -> tuple[Piece, ...]:
    measure = question.measure
    heading = Heading(f"By source of {measure.unit_one}" + (", the last 4 quarters" if span == "year" else ""))
    rows = tuple((key.label, *_columns(cell), change(cell)) for key, cell in cells)
    caption = f"{measure.title}: by source of {measure.unit_one}, {when}"
    before = "Since last year" if span == "quarter" else "Since the year before"
    table = Table(caption, ("Source", *FIGURES, before), rows, (39, 42, 24, 30, 35))
    shown = [Point(key.label, cell) for key, cell in cells if cell.is_shown]
    if not shown:
        return heading, _why_nothing([words.not_shown(cell) for _, cell in cells], table)
    hidden = [key.label for key, cell in cells if not cell.is_shown]
    said = (
        f"Dot and box chart, {len(cells)} sources in fixed order,",
        f"from {shown[0].label} {_text(shown[0])} to {shown[-1].label} {_text(shown[-1])}.",
        f"Not shown: {', '.join(hidden)}." if hidden else "",
        TABLE_BELOW,
    )
    points = [Point(key.label, cell) for key, cell in cells]
    chart = charts.by_source(points, question.cell(span=span), measure)
    return heading, Paragraph(words.NOT_THE_SOURCE), Picture(chart, _joined(said)), table, Paragraph(ROUNDED)


def _asking(measure: Measure) -> Items:
    return Items(tuple(Paragraph(each.question, f"{each.whom}:") for each in prompt.prompts(measure.page)))


def _cells(question: Question, breakdown: str, statistic: str, span: str = "quarter") -> list[tuple[Category, Cell]]:
    keys = question.snapshot.keys_of(breakdown)
    found = ((key, question.cell(breakdown, key.category, statistic, span)) for key in keys)
    return [(key, cell) for key, cell in found if cell is not None]


def _why_nothing(reasons: Sequence[str], table: Table) -> Paragraph | Table:
    """Where no figure is shown: the reason once, or the table if there are several."""
    return table if len(set(reasons)) > 1 else Paragraph(f"{reasons[0]}.")


def _columns(cell: Cell | None, quarter: Quarter | None = None) -> tuple[str | Mark, ...]:
    """Figure, range and grade; the reason where there is no figure, so no box of a table is empty."""
    if cell is None or not cell.is_shown:
        return words.not_shown(cell, quarter), "Not shown", grade("none")
    return cell.figure_text, words.likely_range(cell), grade(cell.grade)


def _text(point: Point) -> str:
    return point.cell.figure_text if point.cell is not None else ""


def _joined(said: Iterable[str]) -> str:
    return " ".join(part for part in said if part)
