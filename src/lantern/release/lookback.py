"""Tells which figures look back over months that not every partner has delivered, from noised sums alone."""

from functools import cache

from lantern import catalogue
from lantern.counted_table import NOT_ASKED, TIME
from lantern.privacy import workload
from lantern.privacy.figure import figures
from lantern.privacy.question import Question
from lantern.privacy.reconcile import Reconciled

MOST = 0.15
"""
The part of a table's rows that were not asked: of more than these the months before are missing, beyond doubt by noise.

Up to 8 in 100 are not asked anyway, as they are none of the measure's (`not_asked` in the catalogue's `release.toml`). Whom nobody could
ask is not like the rest, so a figure of those who could be says little of all.
"""


def undelivered(known: Reconciled, base_table: str) -> frozenset[str]:
    """
    Name the measures that could not be asked of too many rows: not every partner delivered the months they look back on.

    Args:
        known: Reconciled cells of the table, of one quarter.
        base_table: Its name.

    Privacy: post-processing of noised sums. That a month is missing is no fact about a person, but which rows it
        touches is counted like everything else.
    """
    asked = _questions(base_table)
    return (
        frozenset(each.question.measure_id for each in figures(known, asked) if each.lower > MOST)
        if asked
        else frozenset()
    )


@cache
def _questions(base_table: str) -> tuple[Question, ...]:
    """Of each measure of a table that looks back: of what share of all rows it could not be asked."""
    entry, grid = catalogue.base_table(base_table), workload.table(base_table).grid
    found = []
    for measure in workload.measures([base_table]):
        axis = entry.answering(measure.id)
        name, categories = (axis.axis, axis.categories) if axis else (TIME, entry.times)
        if measure.lookback_months and NOT_ASKED in categories:
            missing = grid.row(**{name: (NOT_ASKED,)})
            found.append(
                Question(measure.id, measure.version, workload.ALL, workload.ALL, "share", missing, grid.row())
            )
    return tuple(found)
