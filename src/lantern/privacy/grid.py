"""The public grid a table is counted on, and the marginals measured over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy import sparse

Groups = tuple[tuple[str, ...], ...]


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

    def rows(self, selection: Mapping[str, Groups]) -> sparse.csr_array:
        """
        One 0/1 row for each combination of groups: which cells it adds up.

        Args:
            selection: Axis to groups of its categories; an axis not named is summed over.

        Returns:
            Groups x cells; with no axis named, one row of ones.
        """
        parts = [sparse.csr_array(np.ones((1, 1)))]
        for axis in self.axes:
            groups = selection.get(axis.name, (axis.categories,))
            part = np.zeros((len(groups), len(axis.categories)))
            for place, group in enumerate(groups):
                part[place, [axis.place(category) for category in group]] = 1.0
            parts.append(sparse.csr_array(part))
        return sparse.csr_array(reduce(lambda left, right: sparse.kron(left, right, format="csr"), parts))

    def row(self, **chosen: tuple[str, ...]) -> np.ndarray:
        """The 0/1 row of one group of cells: `row(source_group=("police",))`."""
        return np.asarray(self.rows({name: (group,) for name, group in chosen.items()}).toarray()[0])


@dataclass(frozen=True)
class Marginal:
    """
    One table of sums over the grid: for each axis named, a partition of its categories into groups.

    Every row of data falls into exactly one sum, so one row adds 1 to one sum and 0 to the others.
    """

    name: str
    selection: tuple[tuple[str, Groups], ...] = ()

    @property
    def size(self) -> int:
        """How many sums."""
        return int(np.prod([len(groups) for _, groups in self.selection] or [1]))

    def places(self, grid: Grid) -> np.ndarray:
        """
        In which sum each cell of the grid lies, counted from 0.

        Raises:
            ValueError: the groups of an axis leave out a category or hold one twice: then a row
                would count in no sum or in two, and the price of a row would not be one price.
        """
        selection = {grid.axis(name).name: groups for name, groups in self.selection}
        found = np.zeros(1, dtype=np.int32)
        for axis in grid.axes:
            groups = selection.get(axis.name, (axis.categories,))
            numbers = {category: number for number, group in enumerate(groups) for category in group}
            if sum(len(group) for group in groups) != len(numbers) or numbers.keys() != set(axis.categories):
                raise ValueError(f"marginal {self.name}: its groups do not partition the axis {axis.name}")
            of_axis = np.array([numbers[category] for category in axis.categories], dtype=np.int32)
            found = (found[:, None] * len(groups) + of_axis).ravel()
        return found

    def matrix(self, grid: Grid) -> sparse.csr_array:
        """Sums x cells, of zeros and ones; refused like `places`."""
        places = self.places(grid)
        cells = np.arange(len(places), dtype=np.int32)
        return sparse.csr_array((np.ones(len(places)), (places, cells)), shape=(self.size, len(places)))
