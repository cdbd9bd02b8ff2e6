"""Figures that say all or none: noise hides a person, but not what is true of everyone in a small group."""

from collections.abc import Sequence

from lantern.privacy.figure import Figure
from lantern.release.cell import Cell

SMALL_GROUP = 200
"""Rows a quarter, by the noised figure itself: of a group so small a reader may know whom it holds."""

_ALL = 100.0


def says_all_or_none(cells: Sequence[Cell], figures: Sequence[Figure]) -> list[Cell]:
    """
    The shown shares of small groups whose range reaches 0% or 100%.

    Such a figure may tell of everyone whom a reader knows to be in the group. Differential privacy promises nothing
    against that, so the release's card shows the officer each one.

    Args:
        cells: Of one release, of both spans.
        figures: Of its quarter: about how many rows each rests on.

    Privacy: judged by released numbers alone.
    """
    small = {
        (each.question.measure_id, each.question.breakdown, each.question.category)
        for each in figures
        if each.question.statistic == "share" and each.rows <= SMALL_GROUP
    }
    return [
        cell
        for cell in cells
        if cell.statistic == "share"
        and (cell.measure_id, cell.breakdown, cell.category) in small
        and cell.lower is not None
        and cell.upper is not None
        and (cell.lower <= 0 or cell.upper >= _ALL)
    ]
