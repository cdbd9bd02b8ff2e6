"""
An exhibit: one chart, its alt text, and behind it a table that holds every figure of it.

Where no figure of a chart is shown, the reason stands in its place and there are no empty axes. A reason that the
page's headline has given already is not given again.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import streamlit as st

import axis
import charts
import page
import words
from frame import EVERYONE, View
from point import Point, is_open
from record import Category, Cell, Measure, Quarter

COLUMNS = ("Figure", "Likely range", "How sure")
SEE_TABLE = "See this chart as a table"
SEE_YEARS = "See four quarters at a time as a table"
DAY_BREAKDOWNS = ("by_day", "by_calendar_day")
# Room for the value written beside the longest box.
ROOM = 1.3
FEWEST = 2
TITLES = {"quarter": "Quarter by quarter", "year": "Four quarters at a time"}
HEADS = {"quarter": "Quarter starting", "year": "Four quarters to the end of"}

Series = list[tuple[Quarter, Cell | None]]
"""Quarters, oldest first, each with its figure."""


def over_time(view: View, measure: Measure, key: Category | None = None, level: int = 2) -> None:
    """
    Show chart A, quarter by quarter, and behind a line the figures of four quarters at a time.

    Those overlap, so drawn one beside the other they look calmer than what they are of; they are drawn where no quarter is
    shown by itself.

    Args:
        view: What is looked at; the chart ends with its quarter.
        measure: Whose headline figure it is.
        key: The source chosen; None for all of them.
        level: Of its heading.
    """
    quarters, years = (_series(view, measure, key, span) for span in words.SPANS)
    if len(quarters) == 1:
        page.heading(TITLES["quarter"], level)
        page.text(words.FIRST_QUARTER)
    elif any(cell is not None and cell.is_shown for _, cell in quarters):
        _drawn(view, measure, key, "quarter", quarters, level)
        if years:
            page.fold(SEE_YEARS, _series_table(view, measure, key, "year", years))
    elif years:  # why the quarters are not, the headline has said of the newest
        _drawn(view, measure, key, "year", years, level)


def _drawn(view: View, measure: Measure, key: Category | None, span: str, found: Series, level: int) -> None:
    """Draw a series of which one figure or more is shown."""
    page.heading(TITLES[span], level)
    heading, points = HEADS[span], _points(found, span)
    shown = [point for point in points if point.cell is not None and point.cell.is_shown]
    last = found[-1][1]
    times = "quarters" if span == "quarter" else "times four quarters"
    said = (
        f"Dot and box chart, {len(points)} {times} from {points[0].label} to {points[-1].label}.",
        f"{measure.name}{_of(key)}: from {_text(shown[0])} to {_text(shown[-1])}.",
        words.change_sentence(last) if last is not None and last.is_shown else "",
        _missing(len(points) - len(shown)),
        words.TABLE_BELOW,
    )
    counts_to = _counts_to(view, measure, _place(key), span) if measure.headline == "count" else None
    table = _series_table(view, measure, key, span, found)
    missing = [
        (point.label, words.not_shown(cell, quarter))
        for point, (quarter, cell) in zip(points, found, strict=True)
        if point not in shown
    ]
    _show(said, missing, table, charts.over_time, tuple(points), measure, heading, counts_to)


def _place(key: Category | None) -> tuple[str, str]:
    return ("source_group", key.category) if key else (EVERYONE, EVERYONE)


def _series(view: View, measure: Measure, key: Category | None, span: str) -> Series:
    """The headline of each quarter up to the one looked at; of four at a time nothing while fewer than two are known."""
    found = [
        (quarter, view.snapshot.cell(quarter.release, measure, *_place(key), measure.headline, span))
        for quarter in view.snapshot.quarters_to(view.release)
    ]
    if span == "quarter":
        return found
    while found and (found[0][1] is None or found[0][1].reason == "too_soon"):
        found.pop(0)
    return found if sum(cell is not None and cell.is_shown for _, cell in found) >= FEWEST else []


def _points(found: Series, span: str) -> list[Point]:
    return [
        Point(f"{quarter.starts_on if span == 'quarter' else quarter.last_month:%b %Y}", cell)
        for quarter, cell in found
    ]


def _series_table(view: View, measure: Measure, key: Category | None, span: str, found: Series) -> page.Html:
    rows = [
        [_revised(point.label, quarter), *columns(cell, quarter)]
        for point, (quarter, cell) in zip(_points(found, span), found, strict=True)
    ]
    times = "quarter by quarter" if span == "quarter" else "four quarters at a time"
    caption = f"{measure.name}{_of(key)}: {times}, to {view.release.period_to:%B %Y}"
    return page.table(caption, (HEADS[span], *COLUMNS), rows)


def by_day(view: View, measure: Measure, level: int = 2) -> None:
    """Show chart B, where the measure has an axis of days: the quarter, or four quarters if it shows none of that."""
    spans = {span: _days(view, measure, span) for span in words.SPANS}
    if not spans["quarter"]:
        return
    span = next((span for span, days in spans.items() if any(cell.is_shown for _, cell in days)), "quarter")
    days = spans[span]
    if words.is_said(view.cell(measure, statistic=measure.headline), [cell for _, cell in days]):
        return
    page.heading("How long it takes" + ("" if span == "quarter" else ", the last 4 quarters"), level)
    reached = [view.cell(measure, statistic=statistic, span=span) for statistic in ("median", "p90")]
    page.text(*(cell.sentence for cell in reached if cell is not None and cell.is_shown))
    shown = [(key, cell) for key, cell in days if cell.is_shown]
    if not shown:
        page.text(f"{words.not_shown(days[0][1])}.")
        return
    points = tuple(Point(key.category, cell) for key, cell in days)
    told = [point for point in points if point.cell in [cell for _, cell in shown[-1:]]]
    told = [point for point in points if point.label == str(measure.limit_value) and point not in told] + told
    said = (
        f"Dot and box chart, share of {measure.unit_many} by each number of days.",
        f"{measure.limit_text}.",
        f"{', '.join(f'{_text(point)} by day {point.label}' for point in told if _text(point))}.",
        words.TABLE_BELOW,
    )
    rows = [[key.label, *columns(cell)] for key, cell in days]
    when = view.release.period_words if span == "quarter" else words.SPANS[span].lower()
    caption = f"{measure.title}: share done by each day, {when}"
    _show(said, _missing_of(days), page.table(caption, ("Days", *COLUMNS), rows), charts.by_day, points, measure)
    page.text(words.STILL_OPEN)


def by_source(view: View, measure: Measure, span: str = "quarter") -> None:
    """Show chart C, in code-list order whatever the figures are."""
    found = view.cells(measure, "source_group", span=span)
    shown = [(key, cell) for key, cell in found if cell.is_shown]
    if not found or (span == "year" and not shown):
        return
    page.heading("All sources side by side" + ("" if span == "quarter" else ", the last 4 quarters"))
    before = "Since last year" if span == "quarter" else "Since the year before"
    rows = [[key.label, *columns(cell), page.change(words.change(cell))] for key, cell in found]
    when = view.release.period_words if span == "quarter" else words.SPANS[span].lower()
    table = page.table(f"{measure.title}: by source, {when}", ("Source", *COLUMNS, before), rows)
    if not shown:
        _why_nothing([words.not_shown(cell) for _, cell in found], table)
        return
    hidden = [key.label for key, cell in found if not cell.is_shown]
    said = (
        f"Dot and box chart, {len(found)} sources in fixed order,",
        f"from {shown[0][0].label} {shown[0][1].figure_text} to {shown[-1][0].label} {shown[-1][1].figure_text}.",
        f"Not shown: {', '.join(hidden)}." if hidden else "",
        words.TABLE_BELOW,
    )
    points = tuple(Point(key.label, cell) for key, cell in found)
    _show(said, _missing_of(found), table, charts.by_source, points, view.cell(measure, span=span), measure)


def waiting(view: View, measure: Measure, level: int = 2) -> None:
    """Show chart D, where the release counts what waits by how long it has waited."""
    found = view.cells(measure, "waiting_group", "count")
    whole = view.cell(measure, statistic="count")
    if not found or words.is_said(whole, [cell for _, cell in found]):
        return
    page.heading("By how long they have waited", level)
    shown = [(key, cell) for key, cell in found if cell.is_shown]
    caption = f"{measure.unit_many.capitalize()} waiting, by how long, {words.day(view.release.period_to)}"
    table = page.table(caption, ("Waited", *COLUMNS), [[key.label, *columns(cell)] for key, cell in found])
    if not shown:
        _why_nothing([words.not_shown(cell) for _, cell in found], table)
        return
    said = (
        f"Dot and box chart, {measure.unit_many} waiting, {len(found)} lengths of wait.",
        "; ".join(f"{key.label}: {cell.figure_text if cell.is_shown else 'not shown'}" for key, cell in found) + ".",
        words.TABLE_BELOW,
    )
    # One axis for every quarter of the file, so that two of them can be laid side by side.
    each = [_counts_to(view, measure, ("waiting_group", key.category), "quarter", ROOM) for key, _ in found]
    points = tuple(Point(key.label, cell) for key, cell in found)
    _show(said, _missing_of(found), table, charts.waiting, points, max(each))
    missing = len(found) - len(shown)
    page.text(words.parts_missing(missing, whole) if missing else words.ROUNDED)


def columns(cell: Cell | None, quarter: Quarter | None = None) -> Sequence[str]:
    """Figure, range and grade; the reason where there is no figure, so no box of a table is empty."""
    if cell is None or not cell.is_shown:
        return words.not_shown(cell, quarter), "Not shown", page.grade("none")
    return cell.figure_text, words.likely_range(cell), page.grade(cell.grade)


def _show(
    said: Sequence[str],
    missing: Sequence[tuple[str, str]],
    table: page.Html,
    draw: Callable[..., alt.LayerChart],
    points: Sequence[Point],
    *drawn: Any,
) -> None:
    """
    Show a drawing, below it what an arrowhead in it means and why some of it is not shown, and its table.

    Args:
        said: Its alt text, part by part.
        missing: The label of each place that is not shown, and why.
        table: Every figure of it.
        draw: What draws it.
        points: Its places.
        drawn: What it is given beside them.
    """
    alt_text = " ".join(part for part in said if part)
    st.vega_lite_chart(json.loads(_spec(draw, points, *drawn)), theme=None, width="stretch", alt=alt_text)
    page.text(*([words.OPEN_END] if is_open(points) else []), *_why_missing(missing))
    page.fold(SEE_TABLE, table)


def _missing_of(found: Iterable[tuple[Category, Cell]]) -> list[tuple[str, str]]:
    return [(key.label, words.not_shown(cell)) for key, cell in found if not cell.is_shown]


def _why_missing(missing: Sequence[tuple[str, str]]) -> list[str]:
    """Give each reason once, with all it is true of."""
    labels: dict[str, list[str]] = {}
    for label, why in missing:
        labels.setdefault(why, []).append(label)
    return [f"{why} ({'; '.join(where)})." for why, where in labels.items()]


@lru_cache(maxsize=512)
def _spec(draw: Callable[..., alt.LayerChart], *drawn: Any) -> str:
    """Keep a drawing as text: making one takes longer than all the rest of a page, and all readers see the same."""
    # Whether it keeps to the library's schema is for tests to find, not for a reader to wait for.
    return draw(*drawn).to_json(indent=None, validate=False)


def _why_nothing(reasons: Sequence[str], table: page.Html) -> None:
    """Say the reason once where no figure is shown, or show the table if there are several."""
    if len(set(reasons)) == 1:
        page.text(f"{reasons[0]}.")
    else:
        page.show(table)


def _days(view: View, measure: Measure, span: str) -> list[tuple[Category, Cell]]:
    return [pair for breakdown in DAY_BREAKDOWNS for pair in view.cells(measure, breakdown, "curve", span)]


def _counts_to(view: View, measure: Measure, place: tuple[str, str], span: str, room: float = 1) -> int:
    """Where an axis of counts ends: the same for all releases of the file."""
    cells = [view.snapshot.cell(each, measure, *place, "count", span) for each in view.snapshot.releases]
    return axis.counts_to(room * max((cell.upper or 0 for cell in cells if cell), default=0))


def _of(key: Category | None) -> str:
    return f", {key.label}" if key else ""


def _revised(label: str, quarter: Quarter) -> str:
    """Say of a quarter that its figures replace others."""
    return f"{label}, revised" if quarter.release is not None and quarter.release.revised_note else label


def _text(point: Point) -> str:
    return point.cell.figure_text if point.cell is not None else ""


def _missing(count: int) -> str:
    """Count the quarters that are not shown, in words."""
    if count == 0:
        return ""
    return "1 is not shown." if count == 1 else f"{count} are not shown."
