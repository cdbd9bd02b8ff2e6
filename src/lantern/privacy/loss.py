"""Where the rows belong that bounding left out: measured coarsely, laid like the rows kept, allowed to differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy import sparse

from lantern.privacy.block import Block
from lantern.privacy.grid import Groups
from lantern.privacy.plan import TablePlan

# Rows left out are laid like the rows kept; by so much of itself (one standard deviation) may a category of an axis, or of two
# axes together, be larger or smaller among them. Public: nobody has measured it.
CATEGORY_ALLOWANCE = 0.4
PAIR_ALLOWANCE = 0.3
# Categories, and groups of them, that are measured among the lost rows are left to that measurement.
MEASURED_ALLOWANCE = 4.0
# Pairs of axes are allowed for while they have so few categories together; beyond, each axis alone.
PAIRS = 400
FITTING_ROUNDS = 12
# A sum that noise took to nothing or below still has a place for lost rows.
FEWEST = 0.5
# A loss so many times the expected one less one, times this, is what the allowance for the unseen loss grows by. The worlds of
# `multiplicity.histories`: at 1.8, 2.7, 3.1 and 5.3 times the unseen was .16, .28, .31 and .55 of the measured loss; up to twice
# as much is allowed.
ALLOWED_BEYOND = 0.3
# Beyond this part of all rows, and beyond what was expected, most of what is said of the lost rows would be a guess.
MOST_LOST = 0.2
_SURE = 2.0  # standard errors
_MISSED = 2  # independent errors of what neither part saw: as a part of the loss measured, and of its standard error
_SINGULAR = 1e-10
_FAINT = 1e-9


@dataclass(frozen=True, eq=False)
class Laid:
    """
    The lost rows of one table and quarter, laid on its cells.

    `cells` are the rows expected in each; `shapes` (cells x shapes) the ways in which they may lie otherwise, `by_noise` and
    `by_allowance` how far they do (shapes x independent errors of one standard deviation each). `like` says how they follow the
    rows kept. `total` rows were lost, as noised, with the standard error `deviation`. `is_too_much`: more was lost than can be put right.
    """

    cells: np.ndarray
    like: "_Like"
    shapes: sparse.csr_array
    by_noise: np.ndarray
    by_allowance: np.ndarray
    total: float
    deviation: float
    is_too_much: bool

    def shaped(self, rows: sparse.csr_array) -> np.ndarray:
        """Rows x shapes: how much of each shape each sum of cells takes in."""
        return np.asarray((rows @ self.shapes).toarray())


@dataclass(frozen=True, eq=False)
class _Like:
    """
    How the lost rows as laid change with the rows kept that they are laid like, to first order.

    A cell's part of the rows kept moves the lost rows `in_place`, and by what it moves of each shape: less what the lost sums hold
    fast, and with the fit of those sums. `by_shape` (sums of the rows kept x shapes) is the latter by sum, `in_all` over all cells.
    Source: the implicit function theorem on the least squares, and on the log-linear model that the fitted parts are
    (Deming and Stephan 1940).
    """

    likely: np.ndarray
    kept: float
    in_place: np.ndarray
    by_shape: np.ndarray
    in_all: np.ndarray
    first: int

    def shaped(self, rows: sparse.csr_array, shaped: np.ndarray) -> np.ndarray:
        """Rows x ways in which all cells move together: each shape, and the rows kept as a whole."""
        return np.column_stack([shaped, rows @ self.in_place])

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
        found = np.linalg.solve(sums, np.hstack([here.toarray(), self.by_shape[block.sums]])) / self.kept
        own, common = found[:, : rows.shape[0]], found[:, rows.shape[0] :]
        # Parts add up to one: what all cells move by is taken off, once, which any marginal's sums do for all cells.
        is_first = (block.sums < self.first)[:, None] / self.kept
        return own, np.hstack([common - is_first * self.in_all, -is_first])


def lay(table: TablePlan, kept: np.ndarray, lost: tuple[np.ndarray, ...]) -> Laid:
    """
    Lay the lost rows on the cells: by what was measured of them, and for the rest like the rows kept.

    A least squares of the measured lost sums and of pseudo-observations: that each category's part of the lost rows
    is its part of the rows kept, give or take its allowance. What the lost part's own bound left out is added as a
    part of what it measured: the public `lost_allowance`, and more where more was lost than the plan expects.

    Args:
        table: The table.
        kept: Rows kept by cell, reconciled.
        lost: The noised sums of the lost part, by marginal, in rows.

    Privacy: post-processing of noised sums.
    """
    indicators, allowances = _shapes(table)
    likely = _likely(table, kept)
    shapes = sparse.csr_array(sparse.diags_array(likely) @ indicators)
    sums, deviations = _measured(table)
    noised = np.concatenate(lost)
    total, deviation = _total(table, noised, deviations)
    size = _taken(total, deviation)
    prior = np.concatenate([[max(kept.sum(), size)], size * allowances])
    design = (sums @ shapes).toarray()
    spread = (design * prior**2) @ design.T + np.diag(deviations**2)
    gain = np.linalg.solve(spread, design * prior**2).T
    remaining = np.diag(prior**2) - gain @ (design * prior**2)
    # What even the lost part's bound left out lies between nothing and its allowance: half of it is laid, half allowed.
    rows = max(float(kept.sum()), 1.0)
    allowance, is_too_much = _allowance(table, total / rows, deviation / rows)
    seen = 1 + allowance / 2
    fit = gain @ noised
    missed = np.zeros((len(prior), _MISSED))
    missed[:, 0], missed[0, 1] = allowance / 2 * fit, allowance / 2 * deviation
    cells = seen * np.asarray(shapes @ fit)
    residual = seen * likely * (sums.T @ np.linalg.solve(spread, noised))
    places = _sums(table)
    fitted = sparse.csr_array(places @ sparse.diags_array(residual) @ indicators) @ remaining
    held = sparse.csr_array(places @ sparse.diags_array(cells) @ sums.T) @ gain.T
    in_all = (indicators.T @ residual) @ remaining - (sums @ cells) @ gain.T
    return Laid(
        cells=cells,
        like=_Like(likely, rows, cells, fitted - held, in_all, table.kept.marginals[0].size),
        shapes=shapes,
        by_noise=seen * gain * deviations,
        by_allowance=np.column_stack([seen * (np.diag(prior) - gain @ (design * prior)), missed]),
        total=total,
        deviation=deviation,
        is_too_much=is_too_much,
    )


def together(quarters: Sequence[Laid]) -> np.ndarray:
    """
    How much of what quarters allow is allowed for their sum, by independent error; of one quarter, all.

    What is allowed may be wrong the same way each time, so it adds up in full. But each quarter takes its loss a standard error larger
    than its sums say, and of the loss of four the standard error is half of the four added up.
    """
    totals, deviations = (np.array([getattr(each, name) for each in quarters]) for name in ("total", "deviation"))
    of_all = float(np.sqrt((deviations**2).sum()))
    is_placed = _taken(totals.sum(), of_all) / sum(map(_taken, totals, deviations))
    found = np.full(quarters[0].by_allowance.shape[1], is_placed)
    found[-_MISSED:] = 1.0, of_all / deviations.sum()
    return found


def _taken(total: float, deviation: float) -> float:
    """Allowances are parts of a loss that is itself noised: taken a little larger, so that a low draw does not narrow them."""
    return max(float(total), 0.0) + float(deviation)


def _allowance(table: TablePlan, lost: float, deviation: float) -> tuple[float, bool]:
    """
    By what part the unseen loss may raise the measured one, and whether too much was lost to say.

    Where persons come back more often than is public, the lost part too sees less of what is lost; the noised loss itself tells.

    Args:
        table: The table, with what its plan expects.
        lost: Rows lost for each row kept, noised.
        deviation: Its standard error.
    """
    part = _part_of_all(lost)
    beyond = max(part / max(table.expected_loss, _SURE * deviation, _FAINT) - 1, 0.0)
    allowance = table.lost_allowance + ALLOWED_BEYOND * beyond
    is_beyond = part - _SURE * deviation > table.expected_loss
    return allowance, is_beyond and _part_of_all((1 + allowance / 2) * lost) > MOST_LOST


def _part_of_all(lost: float) -> float:
    return max(lost, 0.0) / (1 + max(lost, 0.0))


def _likely(table: TablePlan, kept: np.ndarray) -> np.ndarray:
    """
    Each cell's part of the rows kept: the evenest parts with the sums that were measured.

    Source: iterative proportional fitting (Deming and Stephan 1940); the least squares' own cells are no guide, for it spreads what
        was not measured in rows and not in proportion.
    """
    cells = np.full(table.grid.size, 1 / table.grid.size)
    targets = []
    for sum_of_cell, size in _places(table):
        target = np.maximum(np.bincount(sum_of_cell, kept, size), FEWEST)
        targets.append((sum_of_cell, size, target / target.sum()))
    for _ in range(FITTING_ROUNDS):
        for sum_of_cell, size, target in targets:
            cells *= (target / np.bincount(sum_of_cell, cells, size))[sum_of_cell]
    return cells


@lru_cache(maxsize=16)
def _places(table: TablePlan) -> tuple[tuple[np.ndarray, int], ...]:
    """For each marginal of the rows kept, in which sum each cell lies, and how many sums there are."""
    matrices = [each.matrix(table.grid) for each in table.kept.marginals]
    return tuple((sparse.csc_array(each).indices, each.shape[0]) for each in matrices)


@lru_cache(maxsize=16)
def _sums(table: TablePlan) -> sparse.csr_array:
    """Sums x cells of the rows kept."""
    return sparse.csr_array(sparse.vstack([each.matrix(table.grid) for each in table.kept.marginals]))


def _total(table: TablePlan, noised: np.ndarray, deviations: np.ndarray) -> tuple[float, float]:
    """All rows lost, by every marginal's own total, and its standard error."""
    ends = np.cumsum([each.size for each in table.lost.marginals])[:-1]
    totals = np.array([piece.sum() for piece in np.split(noised, ends)])
    precision = 1 / np.array([(piece**2).sum() for piece in np.split(deviations, ends)])
    return float(totals @ precision / precision.sum()), float(precision.sum() ** -0.5)


@lru_cache(maxsize=16)
def _measured(table: TablePlan) -> tuple[sparse.csr_array, np.ndarray]:
    """Sums x cells of the lost part, and each sum's standard error."""
    part = table.lost
    sums = sparse.csr_array(sparse.vstack([each.matrix(table.grid) for each in part.marginals]))
    pairs = zip(part.marginals, part.deviations(), strict=True)
    return sums, np.concatenate([np.full(each.size, deviation) for each, deviation in pairs])


@lru_cache(maxsize=16)
def _shapes(table: TablePlan) -> tuple[sparse.csr_array, np.ndarray]:
    """Cells x shapes (all cells first), and by what part of all lost rows each shape but the first may differ."""
    grid = table.grid
    single: dict[str, Groups] = {axis.name: tuple((category,) for category in axis.categories) for axis in grid.axes}
    found, allowances = [grid.rows({})], []
    for name, groups in single.items():
        measured = _measured_groups(table, name)
        # Groups of several are shapes of their own: how they are made up stays as public.
        joined = tuple(sorted(each for each in measured if 1 < len(each) < len(groups)))
        found.append(grid.rows({name: (*groups, *joined)}))
        allowances += [MEASURED_ALLOWANCE if each in measured else CATEGORY_ALLOWANCE for each in (*groups, *joined)]
    for one, other in combinations(single, 2):
        if len(single[one]) * len(single[other]) <= PAIRS:
            found.append(grid.rows({one: single[one], other: single[other]}))
            allowances += [PAIR_ALLOWANCE] * (len(single[one]) * len(single[other]))
    return sparse.csr_array(sparse.vstack(found).T), np.array(allowances)


def _measured_groups(table: TablePlan, name: str) -> set[tuple[str, ...]]:
    """The groups of categories of an axis that are told apart among the lost rows."""
    selections = [selection for each in table.lost.marginals for selection in each.selection]
    return {group for axis, groups in selections if axis == name for group in groups}
