"""
Points: the places on a chart, and the table of display values that goes to the browser for them.

The browser receives every column of a table, so each table holds what is drawn and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap

import pandas as pd

from record import Cell

NOT_SHOWN = "Not shown"


@dataclass(frozen=True)
class Point:
    """One place on a chart and the cell drawn there; None where there is no cell."""

    label: str
    cell: Cell | None


def is_open(points: Sequence[Point]) -> bool:
    """Whether an arrowhead stands for one of these."""
    return any(point.cell is not None and point.cell.open_end for point in points)


def middles(points: Sequence[Point]) -> set[int]:
    """Where "Not shown" is written: once for neighbours that are not shown, or on a phone the words would touch."""
    places, middles = enumerate(points), set()
    for is_shown, run in groupby(places, lambda place: place[1].cell is not None and place[1].cell.is_shown):
        if not is_shown:
            run_of = [place for place, _ in run]
            middles.add(run_of[(len(run_of) - 1) // 2])
    return middles


def rows_of(points: Sequence[Point], valued: set[int], said: set[int] | None = None) -> pd.DataFrame:
    """
    Lay out the columns that go to the browser: one row for each place on the chart.

    `value` is the text written beside the dot, so it is empty at most places. Those in `said` that are not shown say
    so; None is all of them. Where a figure is open at one end, `open` says at which, and no number is its figure.
    """
    rows: list[tuple[object, ...]] = []
    for place, (label, cell) in enumerate((point.label, point.cell) for point in points):
        if cell is None or not cell.is_shown:
            rows.append((label, None, None, None, "none", NOT_SHOWN if said is None or place in said else "", ""))
        else:
            written = cell.figure_text if place in valued else ""
            figure = None if cell.open_end else cell.value
            rows.append((label, figure, cell.lower, cell.upper, cell.grade, written, cell.open_end))
    table = pd.DataFrame(rows, columns=["label", "figure", "low", "high", "grade", "value", "open"])
    return table.astype({"figure": "float64", "low": "float64", "high": "float64"})


def wrapped(points: Sequence[Point], width: int) -> list[Point]:
    """Break labels into lines of so many letters."""
    return [Point("\n".join(wrap(point.label, width)), point.cell) for point in points]


def highest(points: Sequence[Point]) -> float:
    """Return where the range that reaches furthest ends."""
    return max((point.cell.upper or 0 for point in points if point.cell), default=0)
