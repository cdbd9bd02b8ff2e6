"""How sure each figure will be, foretold from public numbers before anything is spent."""

import numpy as np

from lantern import catalogue
from lantern.privacy import reconcile, workload
from lantern.privacy.figure import Figure, figures
from lantern.privacy.grid import BaseTable
from lantern.privacy.plan import Plan
from lantern.privacy.reconcile import Reconciled


def expected_cells(table: BaseTable, rows: int) -> np.ndarray:
    """
    What a quarter of `rows` rows would look like if it were like the country.

    The axes are taken as independent: good enough to foretell an error, never used for a figure.
    """
    cells = np.ones(1)
    expected = next(each for each in catalogue.base_tables() if each.name == table.name).expected_percent
    for axis in table.grid.axes:
        percent = expected[axis.name]
        shares = np.array([percent[category] for category in axis.categories])
        cells = np.kron(cells, shares / shares.sum())
    return rows * cells


def foretold(plan: Plan, volumes: dict[str, int]) -> list[Figure]:
    """Every figure of a plan at public volumes: its half width and grade are what to expect."""
    found: list[Figure] = []
    for table in plan.tables:
        information, spread = reconcile.covariance(table, plan.of(table))
        known = Reconciled(expected_cells(table, volumes[table.name]), spread, information)
        found += figures(table, known, workload.questions(table.name))
    return found
