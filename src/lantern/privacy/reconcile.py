"""Makes overlapping noisy sums agree: parts add up to wholes, and every figure's error is known."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from operator import add
from weakref import WeakKeyDictionary

import numpy as np
from scipy import sparse

from lantern.privacy import loss
from lantern.privacy.block import blocks
from lantern.privacy.grid import Grid
from lantern.privacy.loss import Laid
from lantern.privacy.plan import Part, TablePlan

Answers = dict[str, list[int]]
"""Noised stacked vectors by part name: all a release is worked out from."""

Z95 = 1.959964
"""Half width of a 95% range in standard errors, of Gaussian noise."""
Z95_LAPLACE = 2.1183
"""The same of one Laplace term; of several together it is a little too wide."""

_MISSING = 1e-6


@dataclass(frozen=True, eq=False)
class Selected:
    """Rows x cells, chosen by questions and never by data: what follows from them and a plan alone is worked out once."""

    rows: sparse.csr_array


@dataclass(frozen=True)
class Told:
    """
    Which of the rows selected have cells in a block, and by how much each of its sums counts in the estimate of each.

    `told` is sums x rows, in standard errors of each sum; `cells` are the rows over the block's cells.
    """

    rows: np.ndarray
    cells: sparse.csr_array
    told: np.ndarray


class Sums:
    """All sums of one part over its grid, each divided by its standard error: the design of the least squares, block by block."""

    def __init__(self, grid: Grid, part: Part) -> None:
        deviations = part.deviations()
        pairs = tuple(zip(part.marginals, deviations, strict=True))
        self.part = part
        self.weights = np.concatenate([np.full(each.size, 1 / deviation) for each, deviation in pairs])
        places = [each.matrix(grid) for each in part.marginals]
        self.size = grid.size
        self.blocks = blocks(places)
        self.designs = [
            sparse.csr_array(sparse.diags_array(self.weights[block.sums]) @ block.places) for block in self.blocks
        ]
        # Sums of one marginal add up to those of another, so the square has no inverse and needs the next best thing.
        self._inverses = [
            np.linalg.pinv((each @ each.T).toarray(), rcond=1e-11, hermitian=True) for each in self.designs
        ]
        # How far a whole row more in each sum moves each estimate, as sums tell it.
        self.whole = [self._told(at, sparse.csr_array(block.places.T)) for at, block in enumerate(self.blocks)]

    def cells(self, stacked: Sequence[int] | np.ndarray) -> np.ndarray:
        """The shortest vector of cells that explains the noised sums best."""
        sums = self.weights * np.concatenate(self.part.split(np.asarray(stacked)))
        found = np.zeros(self.size)
        for block, matrix, inverse in zip(self.blocks, self.designs, self._inverses, strict=True):
            found[block.cells] = matrix.T @ (inverse @ sums[block.sums])
        return found

    def told(self, selected: Selected) -> tuple[Told, ...]:
        """
        By how much each sum counts in the estimate of each row, by block: its squares add up to the row's variance.

        Raises:
            ValueError: a row does not follow from what was measured.
        """
        found = []
        largest = max(np.abs(selected.rows.data).max(initial=0.0), 1e-300)
        by_cell = selected.rows.tocsc()
        for at, block in enumerate(self.blocks):
            here = sparse.csr_array(by_cell[:, block.cells])
            rows = np.flatnonzero(np.diff(here.indptr))
            cells = here[rows]
            told = self._told(at, sparse.csr_array(cells.T))
            if np.abs(self.designs[at].T @ told - cells.T).max(initial=0.0) > _MISSING * largest:
                raise ValueError("the plan does not measure what this figure needs")
            found.append(Told(rows, cells, told))
        return tuple(found)

    def _told(self, at: int, right: sparse.csr_array) -> np.ndarray:
        """Sums x columns: the shortest that the design's transpose takes to these columns of a block's cells."""
        return np.asarray(self._inverses[at] @ (self.designs[at] @ right).toarray())


@lru_cache(maxsize=32)
def design(grid: Grid, part: Part) -> Sums:
    """The design of a part, made once: it needs no data."""
    return Sums(grid, part)


@lru_cache(maxsize=32)
def _told(sums: Sums, selected: Selected) -> tuple[Told, ...]:
    return sums.told(selected)


@dataclass(frozen=True, eq=False)
class Errors:
    """
    How far rows selected are off together. Figures ask for few at a time, so that of all rows no covariance is made.

    What noise and chance leave is `own` (rows x rows) and twice the symmetric part of `across` times `like` (rows x ways in which all cells
    move together); what is allowed is `allowed`, rows x independent errors of one standard deviation each.
    """

    own: np.ndarray
    across: np.ndarray
    like: np.ndarray
    allowed: np.ndarray

    def covariance(self, places: np.ndarray) -> np.ndarray:
        """Of rows by their places; of many equally long lists of places at once, if places have more axes."""
        noise = self.across[places] @ self.like[places].swapaxes(-1, -2)
        allowed = self.allowed[places]
        own = self.own[places[..., :, None], places[..., None, :]]
        return np.asarray(own + noise + noise.swapaxes(-1, -2) + allowed @ allowed.swapaxes(-1, -2))

    def __add__(self, other: "Errors") -> "Errors":
        """Noise is drawn anew; what is allowed may be wrong the same way again, and adds up."""
        across, like = np.hstack([self.across, other.across]), np.hstack([self.like, other.like])
        return Errors(self.own + other.own, across, like, self.allowed + other.allowed)


@dataclass(frozen=True, eq=False)
class Quarter:
    """The errors of one quarter; those of rows selected are worked out once for the quarter and for the years it is part of."""

    sums: Sums
    laid: Laid
    _known: "WeakKeyDictionary[Selected, Errors]" = field(default_factory=WeakKeyDictionary, repr=False)

    def errors(self, selected: Selected) -> Errors:
        """Those of rows selected."""
        if selected not in self._known:
            self._known[selected] = _errors(self.sums, self.laid, selected)
        return self._known[selected]


@dataclass(frozen=True)
class Reconciled:
    """
    The cells that explain all noisy sums of a table best, of rows kept and rows left out together, and their errors.

    A single cell may not be known at all (nobody measured it); sums that were measured, or follow from such sums,
    are known with the error `variance` gives. Two added are both quarters together: noise is drawn anew each
    quarter, but what is allowed on where lost rows belong may be wrong the same way each time, so it adds up (`loss.together`).

    Privacy: post-processing of noised sums; nothing here has seen a row.
    """

    cells: np.ndarray
    quarters: tuple[Quarter, ...]

    def value(self, row: np.ndarray) -> float:
        """The sum of cells a row selects or weighs, in rows."""
        return float(row @ self.cells)

    def variance(self, row: np.ndarray) -> float:
        """
        The variance of that sum: noise, and what is allowed on the rows left out.

        Raises:
            ValueError: the plan measured nothing this sum follows from.
        """
        return float(self.covariance(Selected(sparse.csr_array(row[None, :])))[0, 0])

    def covariance(self, selected: Selected) -> np.ndarray:
        """The same of many rows together; `variance` is its diagonal."""
        return self.errors(selected).covariance(np.arange(selected.rows.shape[0]))

    def errors(self, selected: Selected) -> Errors:
        """What covariances of rows selected are made of."""
        found = reduce(add, (each.errors(selected) for each in self.quarters))
        return replace(found, allowed=found.allowed * loss.together([each.laid for each in self.quarters]))

    @property
    def is_too_much_lost(self) -> bool:
        """In any of its quarters more was left out than can be put right."""
        return any(each.laid.is_too_much for each in self.quarters)

    @property
    def z95(self) -> float:
        """Half width of a 95% range in standard errors."""
        is_pure = any(each.sums.part.family == "pure" for each in self.quarters)
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
    return Reconciled(kept + laid.cells, (Quarter(sums, laid),))


def expected(table: TablePlan, kept_cells: np.ndarray, lost_cells: np.ndarray) -> Reconciled:
    """
    What reconciling would give for these cells (in rows) without noise, with the errors that noise would leave.

    For foretelling from public numbers; never from data.
    """
    lost = tuple(each.matrix(table.grid) @ lost_cells for each in table.lost.marginals)
    laid = loss.lay(table, np.asarray(kept_cells, dtype=float), lost)
    return Reconciled(
        np.asarray(kept_cells + lost_cells, dtype=float), (Quarter(design(table.grid, table.kept), laid),)
    )


def _errors(sums: Sums, laid: Laid, selected: Selected) -> Errors:
    """
    What noise and chance leave of one quarter, and what is allowed.

    A row follows the sums of its own blocks by `own` and, since lost rows are laid on all cells in a few shapes, those of every block by what its
    lost rows have of each shape: so no square of all sums is ever made.
    """
    shaped = laid.shaped(selected.rows)
    like = laid.like.shaped(selected.rows, shaped)
    found, by_shape = laid.chance(selected.rows, shaped)
    across = np.zeros(like.shape)
    across[:, : by_shape.shape[1]] = by_shape
    shared = np.zeros((like.shape[1], like.shape[1]))
    for at, (block, each) in enumerate(zip(sums.blocks, _told(sums, selected), strict=True)):
        here, everywhere = laid.like.followed(block, each.cells)
        own, common = each.told + sums.whole[at] @ here, sums.whole[at] @ everywhere
        found[np.ix_(each.rows, each.rows)] += own.T @ own
        across[each.rows] += own.T @ common
        shared += common.T @ common
    shapes = laid.by_noise.shape[0]
    shared[:shapes, :shapes] += laid.by_noise @ laid.by_noise.T
    return Errors(found, across + like @ shared / 2, like.toarray(), shaped @ laid.by_allowance)
