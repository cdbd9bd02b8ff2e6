"""Makes overlapping noisy sums agree: parts add up to wholes, and every figure's error is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsqr

from lantern.privacy import loss
from lantern.privacy.grid import Grid
from lantern.privacy.loss import Laid
from lantern.privacy.plan import Part, TablePlan

Answers = dict[str, list[int]]
"""Noised stacked vectors by part name: all a release is worked out from."""

# Up to so many sums are solved at once; more are solved step by step, which needs no square of them.
DENSE_SUMS = 1000

Z95 = 1.959964
"""Half width of a 95% range in standard errors, of Gaussian noise."""
Z95_LAPLACE = 2.1183
"""The same of one Laplace term; of several together it is a little too wide."""

_MISSING = 1e-6


class Sums:
    """All sums of one part over its grid, each divided by its standard error: the design of the least squares."""

    def __init__(self, grid: Grid, part: Part) -> None:
        deviations = part.deviations()
        pairs = tuple(zip(part.marginals, deviations, strict=True))
        matrices = [each.matrix(grid) * (1 / deviation) for each, deviation in pairs]
        self.part = part
        self.design = sparse.csr_array(sparse.vstack(matrices))
        self.weights = np.concatenate([np.full(each.size, 1 / deviation) for each, deviation in pairs])
        self._inverse: np.ndarray | None = None
        if len(self.weights) <= DENSE_SUMS:
            self._inverse = np.linalg.pinv((self.design @ self.design.T).toarray(), rcond=1e-11, hermitian=True)

    def cells(self, stacked: Sequence[int] | np.ndarray) -> np.ndarray:
        """The shortest vector of cells that explains the noised sums best."""
        sums = self.weights * np.concatenate(self.part.split(np.asarray(stacked)))
        if self._inverse is not None:
            return np.asarray(self.design.T @ (self._inverse @ sums))
        return _solved(self.design, sums)

    def told(self, rows: np.ndarray) -> np.ndarray:
        """
        By how much each sum counts in the estimate of each row: its squares add up to the row's variance.

        Args:
            rows: Rows x cells.

        Returns:
            Sums x rows, in standard errors of each sum.

        Raises:
            ValueError: a row does not follow from what was measured.
        """
        if self._inverse is not None:
            told = self._inverse @ (self.design @ rows.T)
        else:
            told = np.column_stack([_solved(sparse.csr_array(self.design.T), row) for row in rows])
        if np.abs(self.design.T @ told - rows.T).max(initial=0.0) > _MISSING * max(
            np.abs(rows).max(initial=0.0), 1e-300
        ):
            raise ValueError("the plan does not measure what this figure needs")
        return np.asarray(told)


@lru_cache(maxsize=32)
def design(grid: Grid, part: Part) -> Sums:
    """The design of a part, made once: it needs no data."""
    return Sums(grid, part)


@dataclass(frozen=True)
class Reconciled:
    """
    The cells that explain all noisy sums of a table best, of rows kept and rows left out together, and their errors.

    A single cell may not be known at all (nobody measured it); sums that were measured, or follow from such sums,
    are known with the error `variance` gives. Two added are both quarters together: noise is drawn anew each
    quarter, but what is allowed on where lost rows belong may be wrong the same way each time, so it adds up in full.

    Privacy: post-processing of noised sums; nothing here has seen a row.
    """

    cells: np.ndarray
    quarters: tuple[tuple[Sums, Laid], ...]

    def value(self, row: np.ndarray) -> float:
        """The sum of cells a row selects or weighs, in rows."""
        return float(row @ self.cells)

    def variance(self, row: np.ndarray) -> float:
        """
        The variance of that sum: noise, and what is allowed on the rows left out.

        Raises:
            ValueError: the plan measured nothing this sum follows from.
        """
        return float(self.covariance(row[None, :])[0, 0])

    def covariance(self, rows: np.ndarray) -> np.ndarray:
        """The same of many rows (rows x cells) together; `variance` is its diagonal."""
        found = np.zeros((len(rows), len(rows)))
        for sums, laid in self.quarters:
            told, noise = sums.told(laid.carried(rows)), laid.noise(rows)
            found += told.T @ told + noise @ noise.T
        allowed = reduce(np.add, [laid.allowed(rows) for _, laid in self.quarters])
        return np.asarray(found + allowed @ allowed.T)

    @property
    def is_too_much_lost(self) -> bool:
        """In any of its quarters more was left out than can be put right."""
        return any(laid.is_too_much for _, laid in self.quarters)

    @property
    def z95(self) -> float:
        """Half width of a 95% range in standard errors."""
        is_pure = any(sums.part.family == "pure" for sums, _ in self.quarters)
        return Z95_LAPLACE if is_pure else Z95

    def __add__(self, other: "Reconciled") -> "Reconciled":
        return Reconciled(self.cells + other.cells, self.quarters + other.quarters)


def reconcile(table: TablePlan, answers: Answers) -> Reconciled:
    """
    Weighted least squares over all noisy sums of one table, each weighed by its noise.

    Args:
        table: The table, as it was drawn.
        answers: Part name to its noised stacked vector.

    Returns:
        Cells whose sums agree with each other. Negative values stay: clamping comes at
        display, after summing, or sums would grow.

    Source: generalised least squares (Aitken 1935); noise of a discrete Gaussian has the
        variance of its scale squared to within one part in a million at the scales used.
    """
    sums = design(table.grid, table.kept)
    kept = sums.cells(answers[table.kept.name])
    laid = loss.lay(table, kept, table.lost.split(np.asarray(answers[table.lost.name])))
    return Reconciled(kept + laid.cells, ((sums, laid),))


def expected(table: TablePlan, kept_cells: np.ndarray, lost_cells: np.ndarray) -> Reconciled:
    """
    What reconciling would give for these cells (in rows) without noise, with the errors that noise would leave.

    For foretelling from public numbers; never from data.
    """
    lost = tuple(each.matrix(table.grid) @ lost_cells for each in table.lost.marginals)
    laid = loss.lay(table, np.asarray(kept_cells, dtype=float), lost)
    return Reconciled(np.asarray(kept_cells + lost_cells, dtype=float), ((design(table.grid, table.kept), laid),))


def _solved(matrix: sparse.csr_array, right: np.ndarray) -> np.ndarray:
    # The columns are scaled by sums of very different weight; a few hundred steps reach the last digit all the same.
    return np.asarray(lsqr(matrix, right, atol=1e-13, btol=1e-13, conlim=0, iter_lim=20_000)[0])
