"""One question of the board: its sentence, its charts, a table behind each chart and its definition."""

from collections.abc import Sequence

import altair as alt
import streamlit as st

import charts
import page
import released
import words
from charts import Point
from released import Cell, Measure, Quarter, Release, Released

COLUMNS = ("Figure", "Likely range", "How sure")
SEE_TABLE = "See this chart as a table"


def show(name: str, label: str) -> None:
    """
    Draw the page of one question.

    Args:
        name: The page as the catalogue names it.
        label: Its short name, the heading where there is no question to ask yet.
    """
    snapshot = released.read()
    measures = snapshot.measures_on(name) if snapshot else ()
    page.title(measures[0].board_question if measures else label)
    page.banner()
    release = snapshot.latest if snapshot else None
    if snapshot is None or release is None:
        page.nothing_yet(snapshot)
    elif not measures:
        page.text(words.NOT_IN_RELEASE)
        page.foot(release)
    for measure in measures if snapshot and release else ():
        if len(measures) > 1:
            page.heading(measure.title)
        _answer(snapshot, release, measure)
        page.definition(measure)
        page.foot(release, measure)


def _answer(snapshot: Released, release: Release, measure: Measure) -> None:
    page.figure(snapshot.cell(release, measure))
    count = snapshot.cell(release, measure, statistic="count")
    if count is not None:
        page.text(count.sentence if count.is_shown else f"How many: {words.not_shown(count)}.")
    _over_time(snapshot, release, measure)
    _by_day(snapshot, release, measure)
    _by_source(snapshot, release, measure)


def _over_time(snapshot: Released, release: Release, measure: Measure) -> None:
    """Chart A; a lone quarter has no past to draw."""
    quarters = snapshot.quarters
    cells = [snapshot.cell(quarter.release, measure) for quarter in quarters]
    page.heading("Quarter by quarter")
    if len(quarters) == 1:
        page.text("This is the first quarter published. Later quarters will be drawn beside it.")
        return
    points = [Point(f"{quarter.starts_on:%b %Y}", cell) for quarter, cell in zip(quarters, cells, strict=True)]
    shown = [cell for cell in cells if cell is not None and cell.is_shown]
    if not shown:
        page.text(f"{words.not_shown(cells[-1])}.")
        return
    missing = len(cells) - len(shown)
    alt_text = " ".join(
        [
            f"Dot and box chart, {len(quarters)} quarters from {points[0].label} to {points[-1].label}.",
            f"{measure.title}: from {shown[0].figure_text} to {shown[-1].figure_text}.",
            words.change_sentence(cells[-1]) if cells[-1] is not None and cells[-1].is_shown else "",
            _missing(missing),
            "The table below has every figure.",
        ]
    )
    rows = [
        [f"{quarter.starts_on:%b %Y}", *_columns(cell, quarter)] for quarter, cell in zip(quarters, cells, strict=True)
    ]
    caption = f"{measure.title}: quarter by quarter, to {release.period_to:%B %Y}"
    _chart(charts.over_time(points, measure), alt_text, page.table(caption, ("Quarter starting", *COLUMNS), rows))


def _by_day(snapshot: Released, release: Release, measure: Measure) -> None:
    """Chart B, where the measure has an axis of days."""
    found = [
        (key, snapshot.cell(release, measure, "by_day", key.category, "curve")) for key in snapshot.keys_of("by_day")
    ]
    days = [(key, cell) for key, cell in found if cell is not None]
    if not days:
        return
    page.heading("How long it takes")
    shown = [(key, cell) for key, cell in days if cell.is_shown]
    if not shown:
        page.text(f"{words.not_shown(days[0][1])}.")
        return
    points = [Point(key.category, cell) for key, cell in days]
    told = [(key, cell) for key, cell in shown if key.category == str(measure.limit_value)]
    told += [pair for pair in shown[-1:] if pair not in told]
    said = ", ".join(f"{cell.figure_text} by day {key.category}" for key, cell in told)
    alt_text = (
        f"Dot and box chart, share of {measure.unit_many} by each number of days. {measure.limit_text}. "
        f"{said}. The table below has every figure."
    )
    rows = [[key.label, *_columns(cell)] for key, cell in days]
    caption = f"{measure.title}: share done by each day, {release.period_words}"
    _chart(charts.by_day(points, measure), alt_text, page.table(caption, ("Days", *COLUMNS), rows))
    page.text("Those still open are counted too, as not done yet.")


def _by_source(snapshot: Released, release: Release, measure: Measure) -> None:
    """Chart C, in code-list order whatever the figures are."""
    keys = snapshot.keys_of("source_group")
    cells = [snapshot.cell(release, measure, "source_group", key.category) for key in keys]
    if not any(cells):
        return
    page.heading(f"By source of {measure.unit_one}")
    everyone = snapshot.cell(release, measure)
    shown = [(key, cell) for key, cell in zip(keys, cells, strict=True) if cell is not None and cell.is_shown]
    hidden = [key.label for key, cell in zip(keys, cells, strict=True) if cell is None or not cell.is_shown]
    rows = [[key.label, *_columns(cell), _change(cell)] for key, cell in zip(keys, cells, strict=True)]
    caption = f"{measure.title}: by source of {measure.unit_one}, {release.period_words}"
    table = page.table(caption, ("Source", *COLUMNS, "Since last year"), rows)
    if not shown:
        reasons = {words.not_shown(cell) for cell in cells}
        if len(reasons) == 1:
            page.text(f"{reasons.pop()}.")
        else:
            page.show(table)
        return
    page.text(words.NOT_THE_SOURCE)
    points = [Point(key.label, cell) for key, cell in zip(keys, cells, strict=True)]
    alt_text = (
        f"Dot and box chart, {len(keys)} sources in fixed order, from {shown[0][0].label} {shown[0][1].figure_text} "
        f"to {shown[-1][0].label} {shown[-1][1].figure_text}. "
        f"{'Not shown: ' + ', '.join(hidden) + '. ' if hidden else ''}The table below has every figure."
    )
    _chart(charts.by_source(points, everyone, measure), alt_text, table)
    page.text("Figures are rounded, so parts may not add up exactly.")


def _chart(chart: alt.LayerChart, alt_text: str, table: page.Html) -> None:
    st.altair_chart(chart, theme=None, width="stretch", alt=alt_text)
    page.fold(SEE_TABLE, table)


def _columns(cell: Cell | None, quarter: Quarter | None = None) -> Sequence[str]:
    """Figure, range and grade; the reason where there is no figure, so no box of a table is empty."""
    if cell is None or not cell.is_shown:
        return words.not_shown(cell, quarter), "Not shown", page.grade("none")
    return cell.figure_text, words.likely_range(cell), page.grade(cell.grade)


def _change(cell: Cell | None) -> str:
    return page.change(words.change(cell))


def _missing(count: int) -> str:
    """Count the quarters that are not shown, in words."""
    if count == 0:
        return ""
    return "1 quarter is not shown." if count == 1 else f"{count} quarters are not shown."
