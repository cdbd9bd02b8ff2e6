"""Makes overlapping noisy sums agree: parts add up to wholes, and every figure's error is known."""

from dataclasses import dataclass

import numpy as np

from lantern.privacy.grid import BaseTable
from lantern.privacy.plan import Measured


@dataclass(frozen=True)
class Reconciled:
    """
    The best cell values that explain all noisy sums, and their covariance.

    A single cell may not be known at all (nobody measured it); sums that were measured, or
    follow from such sums, are known with the error `variance` gives.
    """

    cells: np.ndarray
    covariance: np.ndarray
    information: np.ndarray

    def value(self, row: np.ndarray) -> float:
        """The sum of cells a row selects or weighs."""
        return float(row @ self.cells)

    def variance(self, row: np.ndarray) -> float:
        """
        The variance of that sum from noise alone.

        Raises:
            ValueError: the plan measured nothing this sum follows from.
        """
        through = self.covariance @ row
        if not np.allclose(self.information @ through, row, atol=1e-6):
            raise ValueError("the plan does not measure what this figure needs")
        return float(row @ through)


def covariance(table: BaseTable, measured: tuple[Measured, ...]) -> tuple[np.ndarray, np.ndarray]:
    """
    The information matrix of a table's measurements and its pseudo-inverse, the covariance.

    Needs no data: errors are known before anything is drawn.
    """
    information = np.zeros((table.grid.size, table.grid.size))
    for each in measured:
        matrix = each.marginal.matrix(table.grid)
        information += matrix.T @ matrix / each.scale**2
    return information, np.linalg.pinv(information, rcond=1e-10, hermitian=True)


def reconcile(table: BaseTable, measured: tuple[Measured, ...], answers: dict[str, np.ndarray]) -> Reconciled:
    """
    Weighted least squares over all noisy sums of one table, each weighed by its noise.

    Args:
        table: The table.
        measured: What the plan measured of it.
        answers: Marginal name to its noisy sums.

    Returns:
        Cells whose sums agree with each other. Negative values stay: clamping comes at
        display, after summing, or sums would grow.

    Source: generalised least squares (Aitken 1935); noise of a discrete Gaussian has the
        variance of its scale squared to within one part in a million at the scales used.
    """
    information, spread = covariance(table, measured)
    weighted = np.zeros(table.grid.size)
    for each in measured:
        weighted += each.marginal.matrix(table.grid).T @ answers[each.marginal.name] / each.scale**2
    return Reconciled(spread @ weighted, spread, information)
