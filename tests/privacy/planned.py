"""Small tables and questions to plan for, and the dense algebra that plans are checked against."""

import numpy as np

from lantern.privacy.grid import Axis, Grid, Marginal
from lantern.privacy.question import Question

MEDIAN = {"contacts": 4000, "referrals": 840, "waiting": 600, "first_notices": 1800, "concerns": 590}
SMALL = {"contacts": 1785, "referrals": 375, "waiting": 270, "first_notices": 800, "concerns": 260}
LARGE = {name: 250 * rows for name, rows in MEDIAN.items()}


def line(size: int) -> Grid:
    return Grid((Axis("place", tuple(f"p{number}" for number in range(size))),))


def count(row: np.ndarray, **other: object) -> Question:
    return Question("M_COUNT", 1, "all", "all", "count", row, row, **other)  # type: ignore[arg-type]


def dense_variances(grid: Grid, marginals: list[Marginal], weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Of each question, by the pseudo-inverse of the whole information matrix; infinite where it is not answered."""
    information = np.zeros((grid.size, grid.size))
    for marginal, weight in zip(marginals, weights, strict=True):
        matrix = marginal.matrix(grid).toarray()
        information += weight * matrix.T @ matrix
    inverse = np.linalg.pinv(information, rcond=1e-9, hermitian=True)
    answered = np.isclose(rows @ inverse @ information, rows, atol=1e-6 * np.abs(rows).max()).all(axis=1)
    return np.where(answered, np.einsum("qi,ij,qj->q", rows, inverse, rows), np.inf)
