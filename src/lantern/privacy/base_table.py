"""A table to be counted, as the planner knows it: its public grid and what is public about its rows and persons."""

from dataclasses import dataclass, field

import numpy as np

from lantern.privacy.grid import Grid
from lantern.privacy.multiplicity import Multiplicity
from lantern.privacy.plan import POPULATION


@dataclass(frozen=True)
class BaseTable:
    """
    A table to be counted: its public grid, and what is public about its rows and persons.

    `expected` is the shares of each axis's categories, in the order of the grid's axes, of any sum. `lost_allowance` is the
    least that is allowed of the measured loss. `lost_breakdowns`: of which breakdowns' questions the lost rows are
    measured too; of others their loss is laid in proportion. `population`: whose rows they are; a person pays in one alone.
    `return_axes` tell who came back: rows that bounding leaves out fall on their other categories than `no`.
    """

    name: str
    unit_many: str
    grid: Grid
    expected: tuple[tuple[float, ...], ...]
    multiplicity: Multiplicity = field(default_factory=Multiplicity)
    lost_allowance: float = 0.1
    lost_breakdowns: tuple[str, ...] = ("all",)
    population: str = POPULATION
    return_axes: tuple[str, ...] = ()

    def expected_cells(self, rows: float) -> np.ndarray:
        """
        What `rows` rows would look like: the axes are taken as independent.

        Good enough to plan by and to foretell an error, never used for a figure.
        """
        cells: np.ndarray = np.ones(1)
        for shares in self.expected:
            cells = np.kron(cells, np.asarray(shares, dtype=float) / sum(shares))
        return np.asarray(rows * cells)


def lost_cells(table: BaseTable, cells: np.ndarray) -> np.ndarray:
    """Where rows are lost, of as many rows as there are: with persons who came back, wherever an axis tells of it."""
    where: np.ndarray = np.ones(1)
    for axis in table.grid.axes:
        is_return = axis.name in table.return_axes
        where = np.kron(where, [float(not is_return or category != "no") for category in axis.categories])
    found = cells * where
    return np.asarray(found * (cells.sum() / found.sum()))
