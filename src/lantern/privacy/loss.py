"""How surely the rows that bounding left out lie where they are laid: noise, chance, and how unlike the rows kept they may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import sparse

from lantern.privacy import leeway, placement
from lantern.privacy.block import Block
from lantern.privacy.placement import Placement
from lantern.privacy.plan import TablePlan

_MISSED = 2  # independent errors of what neither part saw: as a part of the loss measured, and of its standard error
_SINGULAR = 1e-10


@dataclass(frozen=True, eq=False)
class Laid:
    """
    The lost rows of one table and quarter, laid on its cells.

    `cells` are the rows expected in each; `shapes` (cells x shapes) the ways in which they may lie otherwise, `by_noise` and
    `by_allowance` how far they do (shapes x independent errors of one standard deviation each). `by_chance` is the variance of each
    cell's rows, being few; what the lost `sums` (sums x cells) tell moves the shapes by `told` (shapes x sums). `like` says how they
    follow the rows kept. `total` rows were lost, as noised, with the standard error `deviation`, where the plan expects `expected`.
    `is_too_much`: more was lost than can be put right.
    """

    cells: np.ndarray
    like: "_Like"
    shapes: sparse.csr_array
    by_noise: np.ndarray
    by_allowance: np.ndarray
    by_chance: np.ndarray
    sums: sparse.csr_array
    told: np.ndarray
    total: float
    deviation: float
    expected: float
    is_too_much: bool

    def shaped(self, rows: sparse.csr_array) -> sparse.csr_array:
        """Rows x shapes: how much of each shape each sum of cells takes in; of most nothing."""
        return sparse.csr_array(rows @ self.shapes)

    def chance(self, rows: sparse.csr_array, shaped: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
        """
        What it leaves that few rows lie by chance otherwise than laid, beside what the lost sums tell of it.

        Returns:
            Rows x rows; and rows x shapes, to be taken times `shaped` and added with its transpose.
        """
        in_rows = rows @ sparse.diags_array(self.by_chance)
        in_sums = (self.sums @ sparse.diags_array(self.by_chance) @ self.sums.T).toarray()
        both = (in_rows @ self.sums.T).toarray()
        return (in_rows @ rows.T).toarray(), (shaped @ self.told @ in_sums / 2 - both) @ self.told.T


@dataclass(frozen=True, eq=False)
class _Like:
    """
    How the lost rows as laid change with the rows kept that they are laid like, to first order.

    A cell's part of the rows kept moves the lost rows `in_place`, and by what it moves of each shape: less what the lost sums hold
    fast, and with the fit of those sums. `by_shape` (sums of the rows kept x shapes) is the latter by sum, `in_all` over all cells.
    A sum of the rows kept is followed as often as noise leaves it `above` the fewest: below, it stands as the fewest however it moves.
    `of_all` are all sums of its marginal, each at least the fewest, whose part it is.
    Source: the implicit function theorem on the least squares, and on the log-linear model that the fitted parts are
    (Deming and Stephan 1940).
    """

    likely: np.ndarray
    above: np.ndarray
    of_all: np.ndarray
    in_place: np.ndarray
    by_shape: np.ndarray
    in_all: np.ndarray
    first: int

    def shaped(self, rows: sparse.csr_array, shaped: sparse.csr_array) -> sparse.csr_array:
        """Rows x ways in which all cells move together: each shape, and the rows kept as a whole."""
        return sparse.csr_array(sparse.hstack([shaped, (rows @ self.in_place)[:, None]]))

    def followed(self, block: Block, rows: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
        """
        How the lost rows follow the sums of a block.

        Args:
            block: Its sums and cells.
            rows: Rows x cells of the block.

        Returns:
            Sums x rows, by what of the rows lies here; and sums x the ways of `shaped`, by what lies anywhere.
        """
        sums = (block.places @ sparse.diags_array(self.likely[block.cells]) @ block.places.T).toarray()
        # Sums of one marginal add up to those of another: a trace of a ridge makes the equations solvable and moves nothing.
        sums[np.diag_indices_from(sums)] += _SINGULAR
        here = block.places @ sparse.diags_array(self.in_place[block.cells]) @ rows.T
        of_all = self.of_all[block.sums][:, None]
        found = np.linalg.solve(sums, np.hstack([here.toarray(), self.by_shape[block.sums]])) / of_all
        # Parts add up to one: what all cells move by is taken off, once, which any marginal's sums do for all cells.
        is_first = (block.sums < self.first)[:, None] / of_all
        found = np.hstack([found[:, : rows.shape[0]], found[:, rows.shape[0] :] - is_first * self.in_all, -is_first])
        found *= self.above[block.sums][:, None]
        return found[:, : rows.shape[0]], found[:, rows.shape[0] :]


def lay(table: TablePlan, kept: np.ndarray, lost: tuple[np.ndarray, ...]) -> Laid:
    """
    Lay the lost rows on the cells, as `placement.placed` does, and say how far they may lie otherwise.

    Args:
        table: The table.
        kept: Rows kept by cell, reconciled.
        lost: The noised sums of the lost part, by marginal, in rows.

    Privacy: post-processing of noised sums.
    """
    fit = placement.placed(table, kept, lost)
    sums, deviations = placement.measured(table)
    told, by_total = (
        fit.seen * fit.gain,
        np.outer(fit.of_shapes, placement.in_total_of(table)) * fit.growing / 2 / fit.rows,
    )
    missed = np.zeros((len(fit.prior), _MISSED))
    missed[:, 0], missed[0, 1] = (fit.most_unseen * leeway.ANYWHERE * each for each in (fit.of_shapes, fit.deviation))
    return Laid(
        cells=fit.cells,
        like=_like(table, fit),
        shapes=fit.shapes,
        by_noise=(told + by_total) * deviations,
        by_chance=leeway.CHANCE * fit.size * fit.likely,
        sums=sums,
        told=told,
        by_allowance=np.column_stack([fit.seen * (np.diag(fit.unlike) - fit.gain @ (fit.design * fit.unlike)), missed]),
        total=fit.total,
        deviation=fit.deviation,
        expected=fit.expected,
        is_too_much=fit.is_too_much,
    )


def _like(table: TablePlan, fit: Placement) -> _Like:
    """How the rows laid follow the rows kept: by the fit of the lost sums, and by what those sums hold fast."""
    of_table, (sums, _), places, cells = leeway.shapes(table), placement.measured(table), _sums(table), fit.cells
    residual = fit.seen * fit.likely * (sums.T @ fit.pull)
    in_shapes = (places @ sparse.diags_array(residual) @ of_table.cells).toarray()
    held = (places @ sparse.diags_array(cells) @ sums.T).toarray()
    # What the lost sums leave unknown of each shape: the prior's variance, less what they tell.
    known = fit.design * fit.prior**2
    by_shape = in_shapes * fit.prior**2 - (in_shapes @ fit.gain) @ known - held @ fit.gain.T
    of_residual = of_table.cells.T @ residual
    in_all = of_residual * fit.prior**2 - (of_residual @ fit.gain) @ known - (sums @ cells) @ fit.gain.T
    return _Like(fit.likely, fit.above, fit.of_all, cells, by_shape, in_all, table.kept.marginals[0].size)


def together(quarters: Sequence[Laid]) -> np.ndarray:
    """
    How much of what quarters allow is allowed for their sum, by independent error; of one quarter, all.

    What is allowed may be wrong the same way each time, so it adds up in full. But of the loss of four quarters the standard error
    is half of the four added up, so it is better known.
    """
    names = "total", "deviation", "expected"
    totals, deviations, expected = (np.array([getattr(each, name) for each in quarters], dtype=float) for name in names)
    of_all = float(np.sqrt((deviations**2).sum()))
    is_placed = leeway.taken(totals.sum(), of_all, expected.sum()) / sum(
        map(leeway.taken, totals, deviations, expected)
    )
    found = np.full(quarters[0].by_allowance.shape[1], is_placed)
    found[-_MISSED:] = 1.0, of_all / deviations.sum()
    return found


@lru_cache(maxsize=16)
def _sums(table: TablePlan) -> sparse.csr_array:
    """Sums x cells of the rows kept."""
    return sparse.csr_array(sparse.vstack([each.matrix(table.grid) for each in table.kept.marginals]))
