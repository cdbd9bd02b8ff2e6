"""
Charts: a table of display values in, a drawing out; box = likely range, dot = our best figure, arrowhead = open end.

Limits of axes come from the catalogue: an axis fitted to its numbers makes noise look like news.
"""

import json
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import pandas as pd

import axis
from axis import CONTEXT
from marks import BOX, EDGE, FIGURE, INK
from point import Point, highest, is_open, middles, rows_of, wrapped
from record import Cell, Measure

GRID = "#D5D8DA"
PAPER = "#FFFFFF"
# Heights hold the axes too, because the page fits the whole drawing into them.
HEIGHT = 350
ROW_HEIGHT = 44
AXIS_HEIGHT = 40
DEMO_HEIGHT = 240
TEXT = 15
LINE = 18
BOX_SIZE = 18
LABEL_WIDTH = 18
IS_LONG = "length(datum.value) > 8"
HAS_LINES = "indexof(datum.value, ' than ') > 0"
# "More than 98 in 100" on two lines.
IN_LINES = f"{HAS_LINES} ? split(replace(datum.value, ' than ', ' than|'), '|') : datum.value"
# Which end of its box an arrowhead stands at, and its two strokes; its tip ends there, so none is drawn beyond an axis.
OPEN_ENDS = {"more": "high", "fewer": "low"}
ARROWHEADS = {
    ("x", "more"): "M-.6,-1L.6,0L-.6,1",
    ("x", "fewer"): "M.6,-1L-.6,0L.6,1",
    ("y", "more"): "M-1,.6L0,-.6L1,.6",
    ("y", "fewer"): "M-1,-.6L0,.6L1,-.6",
}
ARROWHEAD_SIZE, ARROWHEAD_TIP = 150, 5
BELOW = " "
IS_NARROW = "width < 300"
# "Apr 2026" on two lines; on a phone the year is cut to two digits so that years do not touch.
MONTH_OVER_YEAR = "[slice(datum.label, 0, 3), slice(datum.label, width < 400 ? -2 : -4)]"


CONFIG = alt.Config(
    font="board-sans, Arial, sans-serif",
    axis=alt.AxisConfig(
        labelFontSize=TEXT,
        titleFontSize=TEXT,
        labelColor=INK,
        titleColor=INK,
        titleFontWeight="normal",
        gridColor=GRID,
        titlePadding=10,
    ),
    view=alt.ViewConfig(stroke=None),
    mark=alt.MarkConfig(aria=False),
)


def over_time(
    points: Sequence[Point], measure: Measure, heading: str = "Quarter starting", counts_to: int | None = None
) -> alt.LayerChart:
    """
    Draw chart A: one box and dot for each quarter, the latest with its value.

    Args:
        points: Oldest first, labelled "Apr 2026".
        measure: Whose figure it is.
        heading: What the labels are.
        counts_to: Where the axis ends if they are counts; None for shares.
    """
    base = alt.Chart(rows_of(points, {len(points) - 1}, middles(points)))
    x = axis.ordinal([point.label for point in points], heading, MONTH_OVER_YEAR)
    y = axis.shares(highest(points), measure.axis_max) if counts_to is None else axis.counts(counts_to)
    return _finish(_boxes_along(points, base, x, y.along("left")), HEIGHT)


def by_day(points: Sequence[Point], measure: Measure) -> alt.LayerChart:
    """
    Draw chart B: the share done by each day, with a line down to the day of the limit.

    Args:
        points: One for each bin edge, in code-list order, labelled by the number of days.
        measure: Whose share it is; its limit is a time, so it is never drawn across the share.
    """
    labels = [point.label for point in points]
    limit = str(measure.limit_value)
    valued, last = {place for place, label in enumerate(labels) if label == limit}, len(points) - 1
    # Words at the end would be written over the limit's figure, if that stands next to them.
    if last - 1 not in valued or not is_open(points[-1:]):
        valued.add(last)
    base = alt.Chart(rows_of(points, valued, middles(points)))
    x = axis.ordinal(labels, measure.days_axis, "datum.label")
    layers = _boxes_along(points, base, x, axis.shares(highest(points), measure.axis_max).along("left"))
    if limit in labels:
        day = {"x": alt.XDatum(limit, type="ordinal")}
        rule = alt.Chart(pd.DataFrame({"place": [""]}))
        # From the box down: through the value above it a line would make it hard to read.
        ends = next((point.cell.lower for point in points if point.label == limit and point.cell), None)
        top = {"y": alt.YDatum(0), "y2": alt.Y2Datum(ends)} if ends is not None else {}
        layers.append(rule.mark_rule(color=INK, strokeWidth=1.5, strokeDash=[5, 4]).encode(**day, **top))
        wide = measure.limit_text.replace(", ", ",\n").split("\n")
        narrow = [line for part in wide for line in part.replace(": ", ":\n").split("\n")]
        right = labels.index(limit) < len(labels) / 2
        mark = rule.mark_text(
            text=alt.expr(f"{IS_NARROW} ? {json.dumps(narrow)} : {json.dumps(wide)}"),
            align="left" if right else "right",
            dx=12 if right else -12,
            fontSize=TEXT,
            color=INK,
            lineHeight=LINE,
            baseline="middle",
        )
        # Its last line stands just above the axis, on whichever side of the limit there is more room.
        above = f"({IS_NARROW} ? {LINE * len(narrow)} : {LINE * len(wide)})"
        layers.append(mark.encode(y=alt.value(alt.expr(f"height - {above} + 10")), **day))
    return _finish(layers, HEIGHT)


def by_source(points: Sequence[Point], everyone: Cell | None, measure: Measure) -> alt.LayerChart:
    """
    Draw chart C: one row for each source in code-list order, with a dotted line for all of them.

    Args:
        points: In code-list order, never sorted by value.
        everyone: The figure of all sources together.
        measure: Whose share it is.
    """
    reach = highest([*points, Point(BELOW, everyone)])
    shares = axis.shares(reach, measure.axis_max)
    layers = _boxes_inrows_of(points, shares, more=[BELOW])
    if everyone is not None and everyone.is_shown:
        # The last row is empty: there the line of all sources has its label.
        line = alt.Chart(pd.DataFrame({"figure": [everyone.value], "label": [f"All sources {everyone.figure_text}"]}))
        x = alt.X("figure:Q", scale=shares.scale)
        layers.insert(1, line.mark_rule(color=CONTEXT, strokeWidth=2, strokeDash=[2, 3]).encode(x=x))
        align: Literal["left", "right"] = "left" if (everyone.value or 0) < shares.top / 2 else "right"
        below = line.mark_text(color=CONTEXT, fontSize=TEXT, align=align, dx={"left": 7, "right": -7}[align])
        layers.insert(2, below.encode(x=x, y=alt.YDatum(BELOW), text=alt.Text("label:N")))
    return _finish(layers, ROW_HEIGHT * (len(points) + 1) + AXIS_HEIGHT)


def waiting(points: Sequence[Point], counts_to: int, label_width: int = LABEL_WIDTH) -> alt.LayerChart:
    """
    Draw chart D: one row for each length of wait, counted from 0, with its value at the right end of its box.

    Args:
        points: In code-list order.
        counts_to: Where the axis ends.
        label_width: Letters on a line of a row's label.
    """
    layers = _boxes_inrows_of(points, axis.counts(counts_to), is_valued=True, label_width=label_width)
    return _finish(layers, ROW_HEIGHT * len(points) + AXIS_HEIGHT)


def demo(draws: Sequence[int], true: int, within: int, reach: int) -> alt.LayerChart:
    """
    Draw chart E: made-up draws of one number stacked on a line, the range behind them.

    The axis is fixed by the made-up number, so drawing more never moves it.
    """
    heights: dict[int, int] = {}
    rows = []
    for drawn in draws:
        heights[drawn] = heights.get(drawn, 0) + 1
        rows.append({"drawn": drawn, "stack": heights[drawn]})
    ticks = [true - reach, true - within, true, true + within, true + reach]
    x = alt.Scale(domain=[true - reach - 1, true + reach + 1], nice=False, zero=False)
    y = alt.Y("stack:Q", scale=alt.Scale(domain=[0, max(8, *heights.values()) + 1]), axis=None)
    made_up = alt.Axis(title="Made-up count", values=ticks, grid=False)
    box = alt.Chart(pd.DataFrame({"low": [true - within], "high": [true + within], "true": [true]}))
    drawn_x = alt.X("drawn:Q", scale=x, axis=made_up)
    layers = [
        box.mark_rect(color=BOX, stroke=EDGE).encode(x=alt.X("low:Q", scale=x, axis=made_up), x2=alt.X2("high:Q")),
        box.mark_rule(color=INK, strokeDash=[5, 4]).encode(x=alt.X("true:Q", scale=x, axis=made_up)),
        alt.Chart(pd.DataFrame(rows)).mark_point(size=45, color=FIGURE, filled=True, opacity=1).encode(x=drawn_x, y=y),
    ]
    return _finish(layers, DEMO_HEIGHT)


def _boxes_inrows_of(
    points: Sequence[Point],
    along: axis.Axis,
    more: Sequence[str] = (),
    *,
    is_valued: bool = False,
    label_width: int = LABEL_WIDTH,
) -> list[alt.Chart]:
    """Boxes under dots, a row for each place; a place that is not shown says so. `more` are empty rows below."""
    points = wrapped(points, label_width)
    base = alt.Chart(rows_of(points, valued=set(range(len(points))) if is_valued else set()))
    y = axis.rows([*(point.label for point in points), *more])
    boxes = base.mark_bar(size=BOX_SIZE, color=BOX, stroke=EDGE)
    values = base.mark_text(fontSize=TEXT, fontWeight="bold", color=FIGURE, align="left", dx=8)
    words = base.mark_text(color=CONTEXT, fontSize=TEXT, align="left", dx=6)
    shown, not_shown = "datum.grade != 'none'", "datum.grade == 'none'"
    layers = [
        boxes.encode(y=y, x=alt.X("low:Q", **along.along("top")), x2=alt.X2("high:Q")),
        _dots(base, {"y": y, "x": alt.X("figure:Q", scale=along.scale)}),
        *(_arrowheads(base, "x", {"y": y}, {"scale": along.scale}) if is_open(points) else []),
        words.transform_filter(not_shown).encode(y=y, x=alt.XDatum(0), text=alt.Text("value:N")),
    ]
    if is_valued:
        x = alt.X("high:Q", scale=along.scale)
        layers.append(values.transform_filter(shown).encode(y=y, x=x, text=alt.Text("value:N")))
    return layers


def _boxes_along(points: Sequence[Point], base: alt.Chart, x: alt.X, along: dict[str, Any]) -> list[alt.Chart]:
    """Line under boxes under dots; a place that is not shown breaks the line and says so."""
    y = alt.Y("figure:Q", **along)
    values = base.mark_text(
        fontSize=TEXT,
        fontWeight="bold",
        color=FIGURE,
        baseline="bottom",
        lineHeight=LINE,
        dy=alt.expr(f"{HAS_LINES} ? {-6 - LINE} : -6"),
        # Words end at their box, or at the last place they would stand out of the drawing.
        align=alt.expr(f"{IS_LONG} ? 'right' : 'center'"),
        dx=alt.expr(f"{IS_LONG} ? {BOX_SIZE // 2} : 0"),
    )
    words = base.mark_text(
        fontSize=13, color=CONTEXT, baseline="bottom", align="center", lineBreak=" ", lineHeight=15, dy=-20
    )
    return [
        base.mark_line(color=EDGE, strokeWidth=1.5).encode(x=x, y=y),
        base.mark_bar(size=BOX_SIZE, color=BOX, stroke=EDGE).encode(
            x=x, y=alt.Y("low:Q", **along), y2=alt.Y2("high:Q")
        ),
        _dots(base, {"x": x, "y": y}),
        *(_arrowheads(base, "y", {"x": x}, along) if is_open(points) else []),
        values.transform_filter("datum.grade != 'none'")
        .transform_calculate(said=IN_LINES)
        .encode(x=x, y=alt.Y("high:Q", **along), text=alt.Text("said:N")),
        words.transform_filter("datum.grade == 'none'").encode(x=x, y=alt.YDatum(0), text=alt.Text("value:N")),
    ]


def _dots(base: alt.Chart, places: dict[str, Any]) -> Any:
    """Filled for use, hollow for use with care."""
    hollow = alt.FillValue(FIGURE, condition={"test": "datum.grade == 'care'", "value": PAPER})
    return base.mark_point(size=70, strokeWidth=2, opacity=1, color=FIGURE).encode(fill=hollow, **places)


def _arrowheads(base: alt.Chart, way: Literal["x", "y"], places: dict[str, Any], along: dict[str, Any]) -> list[Any]:
    """
    Mark what has an open end, in place of a dot: "More than 98 in 100" is no figure on the line of 100%.

    Args:
        base: The table of display values.
        way: Along which axis the figures are.
        places: Where the boxes stand on the other one.
        along: The ends of the axis of figures, and its labels.
    """
    channel = {"x": alt.X, "y": alt.Y}[way]
    heads = []
    for end, edge in OPEN_ENDS.items():
        inwards = -ARROWHEAD_TIP if (end == "more") == (way == "x") else ARROWHEAD_TIP
        head = base.mark_point(
            shape=ARROWHEADS[way, end],
            size=ARROWHEAD_SIZE,
            strokeWidth=2.5,
            opacity=1,
            color=FIGURE,
            xOffset=inwards if way == "x" else 0,
            yOffset=inwards if way == "y" else 0,
        )
        drawn = {way: channel(f"{edge}:Q", **along), **places}
        heads.append(head.transform_filter(f"datum.open == '{end}'").encode(**drawn))
    return heads


def _finish(layers: Sequence[alt.Chart], height: int) -> alt.LayerChart:
    """Lay the layers over one another; the alt text speaks for the whole, so single marks stay silent."""
    # All at once: each of the library's configure_... copies the whole drawing.
    drawn: alt.LayerChart = alt.layer(*layers).properties(
        height=height,
        padding={"left": 5, "right": 22, "top": 8, "bottom": 5},
        background=PAPER,
        usermeta={"embedOptions": {"renderer": "svg"}},
        config=CONFIG,
    )
    return drawn
