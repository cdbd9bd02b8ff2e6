"""The public grid a table is counted on, and the marginals measured over it."""

from dataclasses import dataclass
from functools import reduce

import numpy as np


@dataclass(frozen=True)
class Axis:
    """One attribute of a row and all its categories, from a code list or the catalogue, never from data."""

    name: str
    categories: tuple[str, ...]

    def place(self, category: str) -> int:
        """Where a category stands."""
        return self.categories.index(category)


@dataclass(frozen=True)
class Grid:
    """Every combination of the axes' categories, empty ones too: a missing cell would tell that nobody is in it."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """How many cells."""
        return int(np.prod([len(axis.categories) for axis in self.axes]))

    def axis(self, name: str) -> Axis:
        """The axis called so."""
        return next(axis for axis in self.axes if axis.name == name)

    def counts(self, rows: dict[tuple[str, ...], int]) -> np.ndarray:
        """
        Counts by cell as one integer vector over the whole grid.

        Args:
            rows: Cell (a category for each axis, in order) to count; absent cells are zero.

        Raises:
            ValueError: a category that is not public. The data cannot add a cell.
        """
        vector = np.zeros([len(axis.categories) for axis in self.axes], dtype=np.int64)
        for cell, count in rows.items():
            vector[tuple(axis.place(category) for axis, category in zip(self.axes, cell, strict=True))] = count
        return vector.ravel()

    def rows(self, selection: dict[str, tuple[tuple[str, ...], ...]]) -> np.ndarray:
        """
        One 0/1 row for each combination of groups: which cells it adds up.

        Args:
            selection: Axis to groups of its categories; an axis not named is summed over.

        Returns:
            Groups x cells; with no axis named, one row of ones.
        """
        parts = []
        for axis in self.axes:
            groups = selection.get(axis.name, (axis.categories,))
            part = np.zeros((len(groups), len(axis.categories)))
            for place, group in enumerate(groups):
                part[place, [axis.place(category) for category in group]] = 1.0
            parts.append(part)
        return reduce(np.kron, parts)

    def row(self, **chosen: tuple[str, ...]) -> np.ndarray:
        """The 0/1 row of one group of cells: `row(source_group=("police",))`."""
        return np.asarray(self.rows({name: (group,) for name, group in chosen.items()})[0])


@dataclass(frozen=True)
class Marginal:
    """
    One thing measured: a table of sums over the grid.

    `sensitivity` is by how much the vector of sums can move, in Euclidean length, when
    everything about one person appears or disappears in one quarter. A person has at most
    `rows_per_person` rows, and all of them may fall into one sum, so it is that number;
    it is 1 for sums over marked rows alone, since at most one row of a person is marked.
    """

    name: str
    selection: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    sensitivity: int
    weight: int

    def matrix(self, grid: Grid) -> np.ndarray:
        """Sums x cells, of zeros and ones."""
        return grid.rows(dict(self.selection))


@dataclass(frozen=True)
class BaseTable:
    """
    One table of bounded rows: a person has at most `rows_per_person` of them in a quarter.

    The last three figures say what is known beforehand of the rows the bound left out, for
    each person marked as clipped; they are public, so each comes with a wide allowance.
    """

    name: str
    unit_many: str
    grid: Grid
    rows_per_person: int
    share_of_budget_percent: int
    marginals: tuple[Marginal, ...]
    lost_rows_per_clipped: float
    lost_rows_allowance: float
    lost_share_allowance: float
