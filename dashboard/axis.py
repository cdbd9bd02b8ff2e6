"""
Axes: where they begin and end, which is fixed before any figure is known, and how they are labelled.

The catalogue says where an axis of shares ends. It has no such limit for counts: their axis ends
on a step of a fixed ladder that holds every quarter of the file, so noise hardly ever moves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Literal

import altair as alt

CONTEXT = "#505A5F"
WHOLE = 100
STEPS = {50: 10, 100: 20}
LADDER = (2, 5, 10)
TENS = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
TICKS = 5
# A row's label has one line where there is room for it, on a phone two.
IS_ON_ONE = "width >= 400 && length(datum.value) <= 24"
LINES = f"{IS_ON_ONE} ? replace(datum.value, '\\n', ' ') : split(datum.value, '\\n')"
# Two lines of a label sit around the middle of their row, not below it.
MIDDLE = f"indexof(datum.value, '\\n') < 0 || {IS_ON_ONE} ? 0 : -9"


@dataclass(frozen=True)
class Axis:
    """An axis of figures from 0 to a limit, with a label at each step."""

    top: int
    step: int
    label: str

    @property
    def scale(self) -> alt.Scale:
        """Its ends."""
        return alt.Scale(domain=[0, self.top], nice=False)

    def along(self, orient: Literal["left", "top"]) -> dict[str, Any]:
        """Return its ends and its labels, on one side of the drawing."""
        ticks = list(range(0, self.top + 1, self.step))
        labels = alt.Axis(
            orient=orient,
            values=ticks,
            tickCount=len(ticks),  # without it a low drawing loses every other one
            labelExpr=self.label,
            title=None,
            domain=False,
            ticks=False,
            labelOverlap="parity" if orient == "top" else False,
            labelFlush=False,
            labelPadding=6,
        )
        return {"scale": self.scale, "axis": labels}


def shares(reach: float, axis_max: int) -> Axis:
    """
    Return the catalogue's axis of shares.

    Args:
        reach: The highest end of a range on it. Beyond the catalogue's limit the whole is drawn, for a cut box would be false.
        axis_max: The catalogue's limit, in percent.
    """
    top = axis_max if reach <= axis_max else WHOLE
    return Axis(top, STEPS.get(top, 10), "datum.value + '%'")


def counts(top: int) -> Axis:
    """Return an axis of counts that ends at a step of the ladder."""
    return Axis(top, top // TICKS, "format(datum.value, ',')")


def counts_to(reach: float) -> int:
    """Return the first of 20, 50, 100, 200, 500, 1,000 ... that is not below a number."""
    steps = (step * size for size in TENS for step in LADDER)
    return next(step for step in steps if step >= reach)


def ordinal(order: Sequence[str], heading: str, label: str) -> alt.X:
    """Return an axis of places in a fixed order, from left to right."""
    labels = alt.Axis(
        labelAngle=0,
        labelOverlap=False,
        labelExpr=label,
        grid=False,
        ticks=False,
        domainColor=CONTEXT,
        labelPadding=6,
        title=wrap(heading, 38),
    )
    return alt.X("label:O", sort=list(order), axis=labels)


def rows(order: Sequence[str]) -> alt.Y:
    """Return an axis of rows in a fixed order, from top to bottom; a label may have two lines."""
    labels = alt.Axis(
        title=None,
        labelExpr=LINES,
        labelLimit=200,
        labelOffset=alt.expr(MIDDLE),
        domain=False,
        ticks=False,
        labelPadding=8,
    )
    return alt.Y("label:O", sort=list(order), scale=alt.Scale(domain=list(order)), axis=labels)
