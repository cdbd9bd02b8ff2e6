"""Where the rows belong that bounding left out: measured coarsely, laid like the rows kept. How surely, `loss` says."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import sparse, special

from lantern.privacy import leeway
from lantern.privacy.plan import TablePlan

FITTING_ROUNDS = 12
# A sum that noise took to nothing or below still has a place for lost rows.
FEWEST = 0.5


@dataclass(frozen=True, eq=False)
class Placement:
    """
    The lost rows as fitted, and what of the fit says how surely. `likely`, `above` and `of_all` as in `_Like`, `shapes` and the last four as in `Laid`.

    `design` (sums x shapes) is what each lost sum takes in of each shape. A shape may differ by `unlike` rows (one standard deviation), and
    is fitted as if by `prior`. `gain` (shapes x sums) makes rows `of_shapes` of the noised sums; `pull` is those sums over their own covariance.
    `rows` were kept; allowances are parts of `size` rows lost. Up to `most_unseen` of what was measured neither part saw: half of it is laid. It
    grows by `growing` with rows lost for each row kept.
    """

    likely: np.ndarray
    above: np.ndarray
    of_all: np.ndarray
    shapes: sparse.csr_array
    design: np.ndarray
    unlike: np.ndarray
    prior: np.ndarray
    gain: np.ndarray
    pull: np.ndarray
    of_shapes: np.ndarray
    rows: float
    size: float
    most_unseen: float
    growing: float
    total: float
    deviation: float
    expected: float
    is_too_much: bool

    @property
    def seen(self) -> float:
        """By how much what was measured is raised for what nobody saw."""
        return 1 + self.most_unseen / 2

    @property
    def cells(self) -> np.ndarray:
        """Rows laid in each cell."""
        return np.asarray(self.seen * (self.shapes @ self.of_shapes))


def placed(table: TablePlan, kept: np.ndarray, lost: tuple[np.ndarray, ...]) -> Placement:
    """
    Place the lost rows: by what was measured of them, and for the rest like the rows kept.

    A least squares of the measured lost sums and of pseudo-observations: that each category's part of the lost rows
    is its part of the rows kept, give or take its allowance. What the lost part's own bound left out is added as a
    part of what it measured: the public `lost_allowance`, and more where more was lost than the plan expects.

    Args:
        table: The table.
        kept: Rows kept by cell, reconciled.
        lost: The noised sums of the lost part, by marginal, in rows.

    Privacy: post-processing of noised sums.
    """
    of_table = leeway.shapes(table)
    likely, above, of_all = _likely(table, kept)
    shapes = sparse.csr_array(sparse.diags_array(likely) @ of_table.cells)
    sums, deviations = measured(table)
    noised, in_total = np.concatenate(lost), in_total_of(table)
    total, deviation = float(in_total @ noised), float(np.linalg.norm(in_total * deviations))
    rows = max(float(kept.sum()), 1.0)
    expected = leeway.expected(table, rows)
    size = leeway.taken(total, deviation, expected)
    unlike = size * np.concatenate([[1.0], of_table.allowed(likely)])
    prior = np.concatenate([[max(kept.sum(), size)], unlike[1:] * of_table.fitted])
    design = (sums @ shapes).toarray()
    spread = (design * prior**2) @ design.T + np.diag(deviations**2)
    solved = np.linalg.solve(spread, np.column_stack([design * prior**2, noised]))
    gain, pull = solved[:, :-1].T, solved[:, -1]
    # What even the lost part's bound left out lies anywhere between nothing and its allowance.
    most_unseen, growing, is_too_much = leeway.unseen(table, total / rows, deviation / rows)
    return Placement(
        likely=likely,
        above=above,
        of_all=of_all,
        shapes=shapes,
        design=design,
        unlike=unlike,
        prior=prior,
        gain=gain,
        pull=pull,
        of_shapes=gain @ noised,
        rows=rows,
        size=size,
        most_unseen=most_unseen,
        growing=growing,
        total=total,
        deviation=deviation,
        expected=expected,
        is_too_much=is_too_much,
    )


def _likely(table: TablePlan, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Each cell's part of the rows kept: the evenest parts with the sums that were measured. By sum, how surely it is above the fewest, and
    all of its marginal together.

    Source: iterative proportional fitting (Deming and Stephan 1940); the least squares' own cells are no guide, for it spreads what
        was not measured in rows and not in proportion.
    """
    cells = np.full(table.grid.size, 1 / table.grid.size)
    targets, above, of_all = [], [], []
    marginals = tuple(zip(_places(table), table.kept.deviations(), strict=True))
    for (sum_of_cell, size), deviation in marginals:
        known = np.bincount(sum_of_cell, kept, size)
        target = np.maximum(known, FEWEST)
        targets.append((sum_of_cell, size, target / target.sum()))
        above.append(special.ndtr((known - FEWEST) / deviation))
        of_all.append(np.full(size, target.sum()))
    # Where noise makes marginals disagree the last is held to: the one whose sums noise moves least beside what they are.
    clearest_last = np.argsort([-size * deviation for (_, size), deviation in marginals], kind="stable")
    for _ in range(FITTING_ROUNDS):
        for sum_of_cell, size, target in (targets[place] for place in clearest_last):
            cells *= (target / np.bincount(sum_of_cell, cells, size))[sum_of_cell]
    return cells, np.concatenate(above), np.concatenate(of_all)


@lru_cache(maxsize=16)
def _places(table: TablePlan) -> tuple[tuple[np.ndarray, int], ...]:
    """For each marginal of the rows kept, in which sum each cell lies, and how many sums there are."""
    matrices = [each.matrix(table.grid) for each in table.kept.marginals]
    return tuple((sparse.csc_array(each).indices, each.shape[0]) for each in matrices)


@lru_cache(maxsize=16)
def in_total_of(table: TablePlan) -> np.ndarray:
    """By what each measured sum counts in the number of all rows lost, which every marginal tells."""
    deviations = table.lost.deviations()
    sizes = np.array([each.size for each in table.lost.marginals])
    precision = 1 / (sizes * np.square(deviations))
    return np.asarray(np.repeat(precision / precision.sum(), sizes))


@lru_cache(maxsize=16)
def measured(table: TablePlan) -> tuple[sparse.csr_array, np.ndarray]:
    """Sums x cells of the lost part, and each sum's standard error."""
    part = table.lost
    sums = sparse.csr_array(sparse.vstack([each.matrix(table.grid) for each in part.marginals]))
    pairs = zip(part.marginals, part.deviations(), strict=True)
    return sums, np.concatenate([np.full(each.size, deviation) for each, deviation in pairs])
