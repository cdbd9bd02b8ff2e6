"""Noised sums drawn towards what their own margins say, as far as noise is large beside the chance that counts have anyway."""

from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy import sparse

from lantern.privacy import placement
from lantern.privacy.grid import Groups, Marginal
from lantern.privacy.plan import TablePlan
from lantern.privacy.reconcile import Answers, Sums, design

_LEAST = 1.0  # times a sum: what rows that come by chance scatter by (Poisson). No table is taken to be evener


def shrunk(table: TablePlan, answers: Answers) -> np.ndarray:
    """
    Cells, of rows kept and lost together, that are nearer to the truth on the whole than those of `reconcile`.

    Each sum of several axes is drawn from its noised value towards what the sums with one axis fewer would make it, by the part
    that noise has in how far the two are apart on the whole. Where a table does not follow its margins, that part is small. Cells
    are shrunk and not figures, so that parts still add up to wholes.

    Args:
        table: The table, as it was drawn.
        answers: Part name to its noised stacked vector.

    Privacy: post-processing of noised sums.
    Source: Fay and Herriot, Estimates of income for small places (1979), with a log-linear model of the margins (Deming and Stephan
        1940): on the whole never much worse than no shrinking (James and Stein 1961), for one unlike sum it may be.
    """
    sums = design(table.grid, table.kept)
    stacked = np.asarray(answers[table.kept.name])
    model = _model(table, sums.cells(stacked))
    noised = table.kept.split(stacked)
    kept = _drawn(sums, model, np.concatenate(noised), _scatter(table, noised, model))
    return np.asarray(
        kept + placement.placed(table, kept, table.lost.split(np.asarray(answers[table.lost.name]))).cells
    )


def _model(table: TablePlan, cells: np.ndarray) -> np.ndarray:
    """The evenest cells with the margins of these."""
    rows = max(float(cells.sum()), 1.0)
    targets = [np.maximum(np.bincount(places, cells, size), placement.FEWEST) for places, size in _margins(table)]
    found = np.full(table.grid.size, rows / table.grid.size)
    for _ in range(placement.FITTING_ROUNDS):
        for (places, size), target in zip(_margins(table), targets, strict=True):
            found *= (target * (rows / target.sum()) / np.bincount(places, found, size))[places]
    return found


def _scatter(table: TablePlan, noised: tuple[np.ndarray, ...], model: np.ndarray) -> float:
    """
    The variance of a sum about the model, for each row of it, noise apart: that of the marginal which follows the model least.

    Coarse marginals have a say of their own, so that a change of few sums is not lost among many that follow the model.
    """
    found = [_LEAST]
    pairs = zip(table.kept.marginals, _places(table), noised, table.kept.deviations(), strict=True)
    for marginal, (places, size), values, deviation in pairs:
        # The model takes the margins from the sums, so that they differ in what is left of them alone.
        free = float(np.prod([1 - 1 / len(groups) for _, groups in marginal.selection]))
        if len(marginal.selection) > 1 and free > 0:
            told = np.bincount(places, model, size)
            apart = float(((values - told) ** 2).sum()) / free - size * deviation**2
            found.append(apart / float(told.sum()))
    return max(found)


def _drawn(sums: Sums, model: np.ndarray, noised: np.ndarray, scatter: float) -> np.ndarray:
    """The most likely cells, if they scatter about the model by so many times themselves and sums by their noise."""
    cells = model.copy()
    for block in sums.blocks:
        places = block.places
        spread = sparse.csr_array(places @ sparse.diags_array(scatter * model[block.cells]))
        together = (spread @ places.T).toarray()
        together[np.diag_indices_from(together)] += sums.weights[block.sums] ** -2.0
        cells[block.cells] += spread.T @ np.linalg.solve(together, noised[block.sums] - places @ model[block.cells])
    return cells


@lru_cache(maxsize=16)
def _places(table: TablePlan) -> tuple[tuple[np.ndarray, int], ...]:
    """For each marginal of the rows kept, in which sum each cell lies, and how many sums there are."""
    return tuple((each.places(table.grid), each.size) for each in table.kept.marginals)


@lru_cache(maxsize=16)
def _margins(table: TablePlan) -> tuple[tuple[np.ndarray, int], ...]:
    """The same of the marginals with one axis fewer; one axis alone stays as it is."""
    found: dict[tuple[tuple[str, Groups], ...], None] = {}
    for each in table.kept.marginals:
        axes = len(each.selection)
        found |= dict.fromkeys(combinations(each.selection, max(axes - 1, min(axes, 1))))
    margins = [Marginal("margin", selection) for selection in found]
    return tuple((each.places(table.grid), each.size) for each in margins)
