"""What is allowed for rows that nobody saw: how many they may be, and how unlike the rows kept."""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy import sparse, special

from lantern.privacy.grid import Groups
from lantern.privacy.plan import TablePlan

# Rows left out are laid like the rows kept; by so much of itself (one standard deviation) may a category of an axis be larger or
# smaller among them, and by so much, as part of that, one of its pairs with the categories of another axis. Public: nobody has
# measured it.
CATEGORY_ALLOWANCE = 0.4
PAIR_ALLOWANCE = 0.33
# Categories, and groups of them, that are measured among the lost rows may be so unlike (who comes back is most of them). They
# are left to that measurement: fitted as if they might be so many times as unlike.
MEASURED_ALLOWANCE = 2.0
MEASURED_FREELY = 5.0
# Rows left out are few, and lie by chance: of so many expected in a place, the variance is so many times as many. Most are left out
# in part, which makes it less; those of a person are alike, which makes it more: 0.35 to 1.2 times in the demo's tables at any size.
CHANCE = 1.0
# Pairs of axes are allowed for while they have so few categories together; beyond, each axis alone.
PAIRS = 400
# A loss so many times the expected one less one, times this, is what the allowance for the unseen loss grows by. The worlds of
# `multiplicity.histories`: at 1.8, 2.7, 3.1 and 5.3 times the unseen was .16, .28, .31 and .55 of the measured loss; up to twice
# as much is allowed.
ALLOWED_BEYOND = 0.3
# Beyond this part of all rows, and beyond what was expected, most of what is said of the lost rows would be a guess.
MOST_LOST = 0.2
ANYWHERE = 12**-0.5
"""The standard deviation of what lies anywhere between nothing and one."""
_SURE = 2.0  # standard errors
_NEVER = 10.0
_OFTEN = 2.0  # one standard deviation of a loss that nobody has measured yet, in losses expected
_FAINT = 1e-9


@dataclass(frozen=True, eq=False)
class Shapes:
    """
    The ways in which the lost rows of a table may lie otherwise than the rows kept.

    `cells` is cells x shapes: all cells first, then categories of each axis, groups that are measured, and pairs of categories. By
    `most`, a part of itself, may each but the first differ; it is `fitted` as if by so many times as much. `pairs` (shapes x shapes)
    tells which pairs a category is made of.
    """

    cells: sparse.csr_array
    most: np.ndarray
    fitted: np.ndarray
    pairs: sparse.csr_array

    def allowed(self, likely: np.ndarray) -> np.ndarray:
        """
        By what part of all lost rows each shape but the first may differ, one standard deviation, beside its pairs.

        Pairs add up to their category, and what they may differ by is part of what that may.

        Args:
            likely: Each cell's part of the rows kept.
        """
        shares = np.maximum(self.cells.T @ likely, _FAINT)[1:]
        own = self.most**2 - self.pairs @ (self.most * shares) ** 2 / shares**2
        return np.asarray(np.sqrt(np.maximum(own, 0.0)))


@lru_cache(maxsize=16)
def shapes(table: TablePlan) -> Shapes:
    """The shapes of a table: they follow from its plan."""
    grid = table.grid
    single: dict[str, Groups] = {axis.name: tuple((category,) for category in axis.categories) for axis in grid.axes}
    found, places = [grid.rows({})], {}
    most: list[float] = []
    for name, groups in single.items():
        measured = _measured_groups(table, name)
        # Groups of several are shapes of their own: how they are made up stays as public.
        joined = tuple(sorted(each for each in measured if 1 < len(each) < len(groups)))
        places[name] = len(most) + np.arange(len(groups))
        found.append(grid.rows({name: (*groups, *joined)}))
        most += [MEASURED_ALLOWANCE if each in measured else CATEGORY_ALLOWANCE for each in (*groups, *joined)]
    made_of = []
    for one, other in combinations(single, 2):
        of_both = np.array([places[one].repeat(len(places[other])), np.tile(places[other], len(places[one]))])
        if of_both.shape[1] <= PAIRS:
            at = len(most) + np.arange(of_both.shape[1])
            made_of += [pair for of_each in of_both for pair in zip(of_each, at, strict=True)]
            found.append(grid.rows({one: single[one], other: single[other]}))
            most += [PAIR_ALLOWANCE] * len(at)
    rows, columns = np.array(made_of, dtype=int).reshape(-1, 2).T
    pairs = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(most), len(most)))
    freely = np.where(np.array(most) == MEASURED_ALLOWANCE, MEASURED_FREELY, 1.0)
    return Shapes(sparse.csr_array(sparse.vstack(found).T), np.array(most), freely, pairs)


def _measured_groups(table: TablePlan, name: str) -> set[tuple[str, ...]]:
    """The groups of categories of an axis that are told apart among the lost rows."""
    selections = [selection for each in table.lost.marginals for selection in each.selection]
    return {group for axis, groups in selections if axis == name for group in groups}


def taken(total: float, deviation: float, expected: float) -> float:
    """
    The loss that allowances are parts of: it is itself noised, and a low draw must not narrow them.

    The root mean square of what it may be: none is below nothing, `_OFTEN` times what is expected is one standard deviation,
    and the noised sum tells the rest. Where noise is less than the loss that is the sum; where it is more, about what is public.
    A sum that is beyond doubt more than that is taken at its word.

    Args:
        total: Rows lost, as noised.
        deviation: Its standard error.
        expected: Rows that the plan expects to lose; infinite where it expects nothing.

    Source: moments of a truncated Gaussian (Johnson, Kotz and Balakrishnan 1994, 10.1).
    """
    if total - _SURE * deviation > _OFTEN * expected:
        expected = math.inf
    # So far below nothing no sum is but by a noise that nobody draws, and it would tell no more.
    total = max(total, -_NEVER * deviation)
    variance = 1 / (deviation**-2 + max(_OFTEN * expected, _FAINT) ** -2)
    mean, spread = total * variance / deviation**2, math.sqrt(variance)
    sure = mean / spread
    raised = math.exp(-(sure**2) / 2 - math.log(2 * math.pi) / 2 - float(special.log_ndtr(sure)))
    return math.sqrt(max(mean**2 + variance + mean * spread * raised, _FAINT))


def unseen(table: TablePlan, lost: float, deviation: float) -> tuple[float, float, bool]:
    """
    By what part the unseen loss may raise the measured one, by how much that grows with `lost`, and whether too much was lost to say.

    Where persons come back more often than is public, the lost part too sees less of what is lost; the noised loss itself tells.

    Args:
        table: The table, with what its plan expects.
        lost: Rows lost for each row kept, noised.
        deviation: Its standard error.
    """
    part = _part_of_all(lost)
    doubtful = max(table.expected_loss, _SURE * deviation, _FAINT)
    beyond = max(part / doubtful - 1, 0.0)
    allowance = table.lost_allowance + ALLOWED_BEYOND * beyond
    growing = ALLOWED_BEYOND * (1 - part) ** 2 / doubtful if beyond else 0.0
    is_beyond = part - _SURE * deviation > table.expected_loss
    return allowance, growing, is_beyond and _part_of_all((1 + allowance / 2) * lost) > MOST_LOST


def expected(table: TablePlan, kept: float) -> float:
    """Rows that the plan expects to lose where so many are kept."""
    part = table.expected_loss
    return kept * part / (1 - part) if part < 1 else math.inf


def _part_of_all(lost: float) -> float:
    return max(lost, 0.0) / (1 + max(lost, 0.0))
