"""A topic in a pack: for each of its measures the sentences first, then pictures beside their tables, all on one page."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import altair as alt

import axis
import charts
import words
from pack import prompt
from pack.block import (
    Beside,
    Heading,
    Items,
    Marks,
    Page,
    Paragraph,
    Picture,
    Piece,
    Table,
    Together,
    change,
    columns,
    grade,
    lettered,
    notes,
)
from point import Point, is_open
from record import Category, Cell, Measure, Release
from released import Released

DAYS = ("by_day", "by_calendar_day")
# Room for the value written beside the longest box.
ROOM = 1.3
FIGURES = ("Figure, likely range", "How sure")
WIDTHS = {"Quarter starting": (26, 33, 24), "Days": (26, 33, 24), "Waited": (31, 29, 23)}
CHANGE_SINCE = " since last year"
# Letters on one line of a row's label: on paper each row has one.
LABEL_WIDTH = 24


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
        return self.snapshot.cell(self.release, self.measure, breakdown, key, statistic, span)

    def cells(self, breakdown: str, statistic: str) -> list[tuple[Category, Cell]]:
        """Return the quarter's cells of a breakdown that the release holds, in code-list order."""
        found = ((key, self.cell(breakdown, key.category, statistic)) for key in self.snapshot.keys_of(breakdown))
        return [(key, cell) for key, cell in found if cell is not None]


def page(snapshot: Released, release: Release, topic: str, *, is_new_sheet: bool = False) -> Page:
    """Put one topic together: its measures in the catalogue's order, then what to ask and whom."""
    measures = snapshot.measures_on(topic)
    is_adults = measures[0].population == "adults"
    blocks: list[Piece | Together] = [Paragraph(words.BANNERS["adults"], style="banner")] if is_adults else []
    asked = tuple(Paragraph(each.question, f"Ask {each.whom}:") for each in prompt.prompts(topic))
    for measure in measures:
        heading = words.parts(measures)[measure.measure_id] if len(measures) > 1 else ""
        last = (Items(asked),) if asked and measure == measures[-1] else ()
        blocks.append(Together((*_answer(Question(snapshot, release, measure), heading), *last)))
    title = f"Adults, {words.months(release)}" if is_adults else words.heading(measures)
    return Page(title, tuple(blocks), is_new_sheet)


def _answer(question: Question, heading: str) -> list[Piece]:
    """Answer by one measure; alone below its question, it needs no heading of its own, and that is empty."""
    measure = question.measure
    headline = question.cell(statistic=measure.headline)
    over_time = _by_wait(question) if measure.at_quarter_end else _over_time(question)
    headed = (Heading(heading),) if heading else ()
    drawn = (*over_time, *_by_day(question))
    caveat = Paragraph(measure.caveat, "What this cannot tell you:")
    return [*headed, *_headline(headline), *_besides(question, headline), *drawn, caveat]


def _headline(cell: Cell | None) -> list[Piece]:
    """The release's sentence, its change and how sure it is; where there is no figure, why."""
    if cell is None:
        return [Paragraph(words.NOT_IN_RELEASE)]
    if not cell.is_shown:
        return [Paragraph(f"{words.not_shown(cell)}.", style="lead", mark=grade("none"))]
    return [
        Paragraph(cell.sentence, style="lead"),
        Marks((grade(cell.grade), change(cell, CHANGE_SINCE)), _since(cell)),
    ]


def _since(cell: Cell) -> str:
    """What follows the mark of a change: from what it changed, or why that cannot be said."""
    found = words.change(cell)
    if found == "flat":
        return ""  # what "No clear change" means stands once, under How sure
    return f"if this changed: {words.reason(cell)}." if found == "unknown" else cell.change_sentence


def _besides(question: Question, headline: Cell | None) -> list[Paragraph]:
    """What stands beside the headline: the quarter's other figures, then the four quarters that end with it."""
    more = [question.cell(statistic=name) for name in words.STATISTICS]
    said = [_said(cell) for cell in more if cell is not None and cell.is_shown and cell is not headline]
    paragraphs = [Paragraph(" ".join(said))] if said else []
    year = question.cell(statistic=question.measure.headline, span="year")
    if year is None:
        return paragraphs
    if not year.is_shown:
        return [*paragraphs, Paragraph(f"{words.not_shown(year)}.", f"{words.SPANS['year']}:")]
    return [*paragraphs, Paragraph(_said(year))]


def _said(cell: Cell) -> str:
    """A sentence with no mark beside it says itself that it is to be used with care."""
    return cell.sentence if cell.grade == "use" else f"{cell.sentence} {words.GRADES[cell.grade]}."


def _over_time(question: Question) -> list[Piece]:
    """Chart A; a lone quarter has no past to draw."""
    snapshot, release, measure = question.snapshot, question.release, question.measure
    found = [(quarter, snapshot.cell(quarter.release, measure)) for quarter in snapshot.quarters_to(release)]
    if len(found) == 1:
        return [Paragraph(words.FIRST_QUARTER)]
    labels = [
        f"{quarter.starts_on:%b %Y}{', revised' if quarter.release and quarter.release.revised_note else ''}"
        for quarter, _ in found
    ]
    points = [Point(f"{quarter.starts_on:%b %Y}", cell) for quarter, cell in found]
    cells = [
        (label, cell, words.not_shown(cell, quarter)) for label, (quarter, cell) in zip(labels, found, strict=True)
    ]
    caption = f"Quarter by quarter, to {release.period_to:%B %Y}"
    shown = [point for point in points if point.cell is not None and point.cell.is_shown]
    last = found[-1][1]
    said = (
        f"Dot and box chart, {len(points)} quarters from {points[0].label} to {points[-1].label}.",
        f"{measure.name}: from {_text(shown[0])} to {_text(shown[-1])}." if shown else "",
        words.change_sentence(last) if last is not None and last.is_shown else "",
        _missing(len(points) - len(shown)),
    )
    return _drawn(said, ("Quarter starting", caption), cells, points, charts.over_time, measure)


def _by_day(question: Question) -> tuple[Piece, ...]:
    """Chart B, where the measure has an axis of days and the quarter shows something of it."""
    release, measure = question.release, question.measure
    days = [pair for breakdown in DAYS for pair in question.cells(breakdown, "curve")]
    points = [Point(key.category, cell) for key, cell in days]
    shown = [point for point in points if point.cell is not None and point.cell.is_shown]
    if not shown:
        return ()
    told = [point for point in shown if point.label == str(measure.limit_value)]
    told += [point for point in shown[-1:] if point not in told]
    said = (
        f"Dot and box chart, share of {measure.unit_many} by each number of days.",
        f"{measure.limit_text}.",
        f"{', '.join(f'{_text(point)} by day {point.label}' for point in told)}.",
    )
    cells = [(key.label, cell, words.not_shown(cell)) for key, cell in days]
    caption = f"Share done by each day, {words.months(release)}"
    return tuple(_drawn(said, ("Days", caption), cells, points, charts.by_day, measure, more=(words.STILL_OPEN,)))


def _by_wait(question: Question) -> list[Piece]:
    """Chart D, where the release counts what waits by how long it has waited."""
    release, measure = question.release, question.measure
    found = question.cells("waiting_group", "count")
    if not found or words.is_said(question.cell(statistic=measure.headline), [cell for _, cell in found]):
        return []
    shown = [cell for _, cell in found if cell.is_shown]
    said = (
        f"Dot and box chart, {measure.unit_many} waiting, {len(found)} lengths of wait.",
        "; ".join(f"{key.label}: {cell.figure_text if cell.is_shown else 'not shown'}" for key, cell in found) + ".",
    )
    caption = f"By how long they waited, {words.day(release.period_to)}"
    cells = [(key.label, cell, words.not_shown(cell)) for key, cell in found]
    ends_at = axis.counts_to(ROOM * max((cell.upper or 0 for cell in shown), default=0))
    points = [Point(key.label, cell) for key, cell in found]
    return _drawn(said, ("Waited", caption), cells, points, charts.waiting, ends_at, LABEL_WIDTH)


def _drawn(
    said: Iterable[str],
    names: tuple[str, str],
    cells: Sequence[tuple[str, Cell | None, str]],
    points: Sequence[Point],
    draw: Callable[..., alt.LayerChart],
    *drawn: object,
    more: tuple[str, ...] = (),
) -> list[Piece]:
    """
    A picture beside its table; where nothing is shown the reason once, or the table if there are several.

    Args:
        said: Its alt text, part by part.
        names: The head of the table's first column, and its caption.
        cells: The name of each row, its cell, and what is said if that is not shown.
        points: Its places.
        draw: What draws it.
        drawn: What that is given beside them.
        more: Notes for all rows of the table.
    """
    head, caption = names
    letters = lettered(why for _, cell, why in cells if cell is None or not cell.is_shown)
    rows = tuple((name, *columns(cell, letters.get(why, ""))) for name, cell, why in cells)
    opened = (words.OPEN_END,) if is_open(points) else ()
    table = Table(caption, (head, *FIGURES), rows, WIDTHS[head], (*notes(letters), *opened, *more))
    if not any(cell is not None and cell.is_shown for _, cell, _ in cells):
        return [table if len(letters) > 1 else Paragraph(f"{cells[0][2]}.", f"{caption}:")]
    alt_text = " ".join(part for part in (*said, "The table beside it has every figure.") if part)
    return [Beside(Picture(draw(points, *drawn), alt_text), table)]


def _text(point: Point) -> str:
    return point.cell.figure_text if point.cell is not None else ""


def _missing(count: int) -> str:
    """Count the quarters that are not shown, in words."""
    if count == 0:
        return ""
    return "1 is not shown." if count == 1 else f"{count} are not shown."
