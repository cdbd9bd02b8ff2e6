"""How often persons appear, from public figures, and what a person budget would leave out of them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import optimize, special, stats
from scipy.stats import qmc

from lantern.privacy.leeway import CATEGORY_ALLOWANCE
from lantern.privacy.plan import Family

_POINTS = 1 << 14
_RARER = (
    3  # points crowd where persons are rare: at a million persons, the few with very many rows are most of the loss
)
_RAREST = 1e-12
_OTHERS = 6  # quarters before the one looked at: three in its window, three in theirs
_WINDOW = 4
_PAIR = 2  # rows of a person in a quarter


@dataclass(frozen=True)
class Multiplicity:
    """
    Of the persons of a quarter: their rows (mean), how many also had rows in the year before, how unlike they are.

    `shape` is of the gamma distribution of persons' rates; less is more unlike. `alike` is the part of pairs of a person's
    rows of a quarter that fall into one cell whatever the axis. `is_once`: the table has one period, in which everybody has one row and a
    gamma-Poisson number besides. `unlike` is by what part of itself (one standard deviation)
    a category may be larger or smaller among rows left out than among those kept. Public, never from the data in hand (T32).
    """

    rows: float = 1.2
    returning: float = 0.25
    shape: float = 0.3
    alike: float = 0.5
    unlike: float = CATEGORY_ALLOWANCE
    is_once: bool = False


@dataclass(frozen=True)
class Loss:
    """
    Parts of all rows, between 0 and 1: left out by the kept part's bound, and of those unseen by the lost part too.

    `uneven` is the variance over rows of the part of a row left out, against the square of the part kept: by chance the rows
    of one cell are left out more than those of another, and nobody measures which.
    """

    lost: float
    unseen: float
    uneven: float = 0.0


@cache
def histories(public: Multiplicity) -> tuple[np.ndarray, np.ndarray]:
    """
    Rows of typical persons in seven quarters; the last is the one looked at, and none is empty there.

    Returns:
        Histories x quarters, whole numbers, and what part of the persons have each. Spread by a Sobol sequence: no chance, so one plan
        everywhere. Points are close together among persons with many rows, and stand for fewer persons each.

    Source: gamma-Poisson frailty (Greenwood and Yule 1920), where only some persons stay in view from quarter to quarter,
        as many as it takes to bring back the public share.
    """
    if public.is_once:
        return _once(public)
    shape, mean = public.shape, _mean_rate(public)
    at = (qmc.Sobol(d=3 + _OTHERS, scramble=False).random(_POINTS) + 0.5 / _POINTS) % 1.0
    left = 1 - at[:, :2]  # of persons' rows now, and of their rates: how many have more
    weights = (_RARER * left ** (_RARER - 1)).prod(axis=1)
    more = left**_RARER
    chance = shape / (shape + mean)
    none = chance**shape
    now = stats.nbinom.isf(more[:, 0] * (1 - none), shape, chance).clip(1)
    rate = special.gammainccinv(shape + now, more[:, 1]) * mean / (shape + mean)
    stays = at[:, 2] < _staying(public, mean)
    before = stats.poisson.ppf(at[:, 3:], np.maximum(rate, 1e-9)[:, None]) * stays[:, None]
    found, place = np.unique(np.column_stack([before, now]), axis=0, return_inverse=True)
    return found, np.bincount(place, weights) / weights.sum()


def _once(public: Multiplicity) -> tuple[np.ndarray, np.ndarray]:
    besides = stats.nbinom(public.shape, public.shape / (public.shape + public.rows - 1))
    rows = 1 + np.arange(besides.isf(_RAREST) + 1)
    return np.column_stack([*[np.zeros_like(rows)] * _OTHERS, rows]), besides.pmf(rows - 1)


def _mean_rate(public: Multiplicity) -> float:
    """The mean rate at which those with any rows have `rows` of them."""

    def excess(mean: float) -> float:
        return float(mean / (1 - (1 + mean / public.shape) ** -public.shape) - public.rows)

    return float(optimize.brentq(excess, 1e-9, public.rows))


def _staying(public: Multiplicity, mean: float) -> float:
    one, four, five = ((1 + quarters * mean / public.shape) ** -public.shape for quarters in (1, 4, 5))
    seen_if_all_stayed = 1 - (four - five) / (1 - one)
    return float(min(1.0, public.returning / seen_if_all_stayed))


@cache
def losses(
    public: Multiplicity,
    family: Family,
    kept: tuple[float, ...],
    lost: tuple[float, ...],
    same: tuple[float, float] = (1.0, 1.0),
) -> dict[tuple[float, float], Loss]:
    """
    What person budgets would leave out of the public histories, in the steady state.

    Args:
        public: How often persons appear.
        family: Decides how rows add up: squared lengths or lengths.
        kept: Budgets of the part kept, in rows.
        lost: Budgets of the part lost, in rows.
        same: For each part, how likely two rows of a person meet in one sum, weighed by the cost of the sums.

    Returns:
        By pair of budgets, kept and lost.
    """
    rows, persons = histories(public)
    kept_same, lost_same = (_meeting(rows, public.alike, each) for each in same)
    rows = np.vstack([rows, rows])
    persons = np.concatenate([public.alike * persons, (1 - public.alike) * persons])
    now = rows[:, -1] * persons
    total = now.sum()
    found = {}
    for kept_budget in kept:
        left_out = 1 - _weights(family, kept_budget, rows, kept_same, np.ones_like(rows))
        part = float(now @ left_out[:, -1] / total)
        uneven = float(now @ (left_out[:, -1] - part) ** 2 / total) / (1 - part) ** 2
        for lost_budget in lost:
            seen = _weights(family, lost_budget, rows, lost_same, left_out)[:, -1]
            unseen = np.maximum(left_out[:, -1] - seen, 0.0)
            found[kept_budget, lost_budget] = Loss(part, float(now @ unseen / total), uneven)
    return found


def _meeting(rows: np.ndarray, alike: float, same: float) -> np.ndarray:
    """
    How likely two rows of a person meet in one sum, in each quarter of all histories twice: of persons whose rows are alike, then of others.

    Two rows either are alike or not, and cost 4 or less accordingly: where a budget lies between, one pair loses rows and the
    other does not. Of more rows some are alike, and `same`, the mean, tells what they cost.
    """
    of_others = max(same - alike, 0.0) / (1 - alike) if alike < 1 else same
    return np.vstack([np.where(rows == _PAIR, each, same) for each in (1.0, of_others)])


def _weights(family: Family, budget: float, rows: np.ndarray, same: float | np.ndarray, most: np.ndarray) -> np.ndarray:
    """The weight of each person's rows of each quarter, at most `most`, by the rule of `bounding.bound`."""
    squared = family == "zcdp"
    cost = rows * (1 + (rows - 1) * same) if squared else rows
    spent, weights = np.zeros_like(rows), np.zeros_like(rows)
    for quarter in range(rows.shape[1]):
        left = np.maximum(budget - spent[:, max(quarter - _WINDOW + 1, 0) : quarter].sum(axis=1), 0.0)
        part = left / np.maximum(cost[:, quarter], 1e-12)
        weights[:, quarter] = np.minimum(most[:, quarter], np.sqrt(part) if squared else part)
        spent[:, quarter] = weights[:, quarter] ** (2 if squared else 1) * cost[:, quarter]
    return weights
