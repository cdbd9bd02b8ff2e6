"""Which marginals to measure, and with what part of a row's cost each, so that figures come out as sure as they can."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import helmert

from lantern.privacy import candidate
from lantern.privacy.candidate import Partition, Slot
from lantern.privacy.grid import Grid, Marginal
from lantern.privacy.plan import Family

_ROUNDS, _GAP = 600, 1e-4
_SWEEP, _NOTHING = 25, 1e-6
_UNSEEN = 1e-8
_SINGULAR = 1e-3
_NEGLIGIBLE = 0.005  # of a row's cost
_FOR_FEWER = 0.004  # how much more error is taken for fewer marginals
_MANY, _FOR_FEWER_OF_MANY = 10, 0.03  # and while there are many: each is counted for every person and drawn
_FOR_WHOLE = 1e-3  # and for whole multipliers


@dataclass(frozen=True, eq=False)
class Strategy:
    """
    Marginals with whole multipliers, and the variance of each question for noise of variance 1 / (part of cost).

    `variances` are per question for a row cost of 1 and noise of variance 1 on a marginal that had all of it: times
    (person budget in rows) / (2 rho) they are the variance of a figure (pure: 2 (budget / epsilon)^2).
    """

    marginals: tuple[Marginal, ...]
    multipliers: tuple[int, ...]
    variances: np.ndarray
    slots: tuple[Slot, ...]


@dataclass(frozen=True, eq=False)
class _Weighing:
    """
    The least-squares problem in blocks: simple axes are told apart into their mean and the rest, which never mix.

    `moment` is blocks x n x n, what the questions ask of each block; `factor` candidates x blocks and `cut` candidates
    x n^2 make the information matrix of a block out of weights. Exact, and small however many strata there are.
    Source: the residual basis of marginals (Xiao et al., ResidualPlanner, 2023).
    """

    moment: np.ndarray
    factor: np.ndarray
    cut: np.ndarray
    rows: tuple[np.ndarray, ...]

    def only(self, places: np.ndarray) -> "_Weighing":
        """The same of some candidates."""
        return replace(self, factor=self.factor[places], cut=self.cut[places])

    def inverses(self, weights: np.ndarray) -> np.ndarray:
        """Blocks x n x n: the covariance of each block; directions nobody measured are left at zero."""
        size = self.moment.shape[1]
        information = ((weights[:, None] * self.factor).T @ self.cut).reshape(-1, size, size)
        return _inverses(information)

    def error(self, weights: np.ndarray) -> float:
        """The weighted error of all questions; infinite if one of them cannot be answered."""
        inverses = self.inverses(weights)
        size = self.moment.shape[1]
        information = ((weights[:, None] * self.factor).T @ self.cut).reshape(-1, size, size)
        unseen = self.moment - information @ inverses @ self.moment
        if np.abs(unseen).max() > _UNSEEN * np.abs(self.moment).max():
            return float("inf")
        return float(np.einsum("bij,bji->", inverses, self.moment))

    def gains(self, weights: np.ndarray) -> np.ndarray:
        """By how much the error falls with each candidate's weight; their weighted sum is the error."""
        inverses = self.inverses(weights)
        pulled = inverses @ self.moment @ inverses
        return np.asarray(np.einsum("jb,jb->j", self.factor, self.cut @ pulled.reshape(len(pulled), -1).T))

    def variances(self, weights: np.ndarray) -> np.ndarray:
        """Of each question, not weighed."""
        inverses = self.inverses(weights)
        return np.asarray(
            sum(
                np.einsum("qdi,ij,qdj->q", rows, inverse, rows)
                for rows, inverse in zip(self.rows, inverses, strict=True)
            )
        )


def _inverses(information: np.ndarray) -> np.ndarray:
    """Pseudo-inverses of many matrices: plain ones, several times faster, where none is near to singular."""
    try:
        roots = np.diagonal(np.linalg.cholesky(information), axis1=1, axis2=2)
    except np.linalg.LinAlgError:
        roots = np.zeros((1, 1))
    if (roots.min(axis=1) > _SINGULAR * roots.max(axis=1)).all():
        return np.asarray(np.linalg.inv(information))
    return np.asarray(np.linalg.pinv(information, rcond=1e-9, hermitian=True))


def strategy(grid: Grid, rows: np.ndarray, scales: np.ndarray, family: Family) -> Strategy:
    """
    The marginals that make the weighted error least.

    Args:
        grid: The public grid.
        rows: Questions x cells: gradients at public counts.
        scales: What each question's row is multiplied by: the root of its weight over its tolerance.
        family: `zcdp` weighs squared lengths, `pure` lengths.
    """
    found = candidate.slots(grid, rows)
    chosen = candidate.combined(found)
    problem = _weighing(found, chosen, rows, scales)
    parts = _parts(problem, family)
    kept = np.flatnonzero(parts)
    problem, parts = problem.only(kept), parts[kept]
    needed = np.flatnonzero(parts := _fewer(problem, parts, family))
    problem, kept = problem.only(needed), kept[needed]
    whole = _whole(problem, parts[needed], family)
    marginals = tuple(candidate.marginal(grid, found, chosen[place]) for place in kept)
    return Strategy(marginals, tuple(int(each) for each in whole), problem.variances(_weights(whole, family)), found)


def _weights(multipliers: np.ndarray, family: Family) -> np.ndarray:
    """Inverse variances for a row cost of 1."""
    cost = (multipliers**2).sum() if family == "zcdp" else multipliers.sum() ** 2
    return np.asarray(multipliers**2 / cost)


def _of_parts(parts: np.ndarray, family: Family) -> np.ndarray:
    return parts if family == "zcdp" else parts**2


def _parts(problem: _Weighing, family: Family) -> np.ndarray:
    """Parts of a row's cost by candidate, by multiplicative updates from several starts (one is enough for `zcdp`)."""
    count = len(problem.factor)
    best = _updated(problem, np.full(count, 1 / count), "zcdp")
    if family == "zcdp":
        return best
    largest = np.argsort(-np.round(best, 9), kind="stable")
    starts = [_updated(problem, best, family)]
    for size in range(1, 7):
        start = np.zeros(count)
        start[largest[:size]] = 1 / size
        if np.isfinite(problem.error(start**2)):
            starts.append(_updated(problem, start, family))
    return min(starts, key=lambda parts: round(problem.error(parts**2), 9))


def _updated(problem: _Weighing, parts: np.ndarray, family: Family) -> np.ndarray:
    """
    Parts after many rounds of `part <- part * sqrt(gain per cost)`.

    Source: the multiplicative algorithm of optimal design (Silvey, Titterington and Torsney 1978). The gap
        between the greatest gain and the weighted mean of gains bounds how far the error is from the least (zcdp).
    """
    every, places = len(parts), np.arange(len(parts))
    for step in range(_ROUNDS):
        weights = _of_parts(parts, family)
        gains = problem.gains(weights)
        pull = gains if family == "zcdp" else gains * parts
        mean = parts @ pull
        held = parts > 0
        if pull[held].max() <= mean * (1 + _GAP):
            break
        parts = parts * np.sqrt(np.maximum(pull / mean, 0.0))
        parts /= parts.sum()
        if step % _SWEEP == _SWEEP - 1:
            parts = _without(problem, parts, parts < _NOTHING, family)
            # What is dropped never comes back: without it each round is many times faster.
            left = np.flatnonzero(parts)
            problem, parts, places = problem.only(left), parts[left], places[left]
    found = np.zeros(every)
    found[places] = parts
    return found


def _without(problem: _Weighing, parts: np.ndarray, dropped: np.ndarray, family: Family) -> np.ndarray:
    """The parts without some candidates, unless a question would then go unanswered."""
    fewer = np.where(dropped, 0.0, parts)
    fewer /= fewer.sum()
    return fewer if np.isfinite(problem.error(_of_parts(fewer, family))) else parts


def _fewer(problem: _Weighing, parts: np.ndarray, family: Family) -> np.ndarray:
    """Without the negligible, and then without whatever can go for next to nothing: each marginal costs time to draw."""
    best = problem.error(_of_parts(parts, family))
    parts = _updated(problem, _without(problem, parts, parts < _NEGLIGIBLE, family), family)
    while np.count_nonzero(parts) > 1:
        smallest = np.argsort(np.where(parts > 0, np.round(parts, 9), np.inf), kind="stable")[0]
        tried = _without(problem, parts, np.arange(len(parts)) == smallest, family)
        if tried is parts:
            break
        tried = _updated(problem, tried, family)
        more = _FOR_FEWER_OF_MANY if np.count_nonzero(parts) > _MANY else _FOR_FEWER
        if problem.error(_of_parts(tried, family)) > best * (1 + more):
            break
        parts = tried
    return parts


def _whole(problem: _Weighing, parts: np.ndarray, family: Family) -> np.ndarray:
    """Whole multipliers, no finer than it takes for rounding to cost a thousandth."""
    exact = np.sqrt(parts) if family == "zcdp" else parts
    exact = np.round(exact, 6)
    least = problem.error(_of_parts(parts, family))
    fineness = 8
    while True:
        whole = np.where(parts > 0, np.maximum(np.rint(fineness * exact / exact.max()), 1), 0)
        if problem.error(_weights(whole, family)) <= least * (1 + _FOR_WHOLE):
            return np.asarray(whole)
        fineness *= 2


def _weighing(
    found: tuple[Slot, ...], chosen: list[tuple[Partition, ...]], rows: np.ndarray, scales: np.ndarray
) -> _Weighing:
    simple = [place for place, slot in enumerate(found) if slot.is_simple]
    cut = [place for place, slot in enumerate(found) if not slot.is_simple]
    blocks = [tuple(bool(number >> place & 1) for place in range(len(simple))) for number in range(1 << len(simple))]
    blocks = [
        each for each in blocks if all(found[p].size > 1 or not rest for p, rest in zip(simple, each, strict=True))
    ]
    factor = np.array([[_factor(found, simple, block, each) for block in blocks] for each in chosen], dtype=float)
    cuts: dict[tuple[Partition, ...], np.ndarray] = {}
    for each in chosen:
        key = tuple(each[place] for place in cut)
        if key not in cuts:
            cuts[key] = _together(key)
    told = np.array([cuts[tuple(each[place] for place in cut)] for each in chosen])
    pieces = _blocked(found, simple, cut, blocks, rows)
    moment = np.array([np.einsum("q,qdi,qdj->ij", scales**2, piece, piece, optimize=True) for piece in pieces])
    return _Weighing(moment, factor, told, pieces)


def _factor(
    found: tuple[Slot, ...], simple: list[int], block: tuple[bool, ...], chosen: tuple[Partition, ...]
) -> float:
    """How strongly a candidate tells of a block: an axis summed over tells of its mean as often as it has classes."""
    factor = 1.0
    for place, rest in zip(simple, block, strict=True):
        summed = max(chosen[place]) == 0 and found[place].size > 1
        factor *= (0.0 if rest else found[place].size) if summed else 1.0
    return factor


def _together(cuts: tuple[Partition, ...]) -> np.ndarray:
    """Which pairs of classes of the cut axes fall into one group, flattened."""
    pairs = np.ones((1, 1))
    for cut in cuts:
        numbers = np.array(cut)
        pairs = np.kron(pairs, numbers[:, None] == numbers[None, :])
    return np.asarray(pairs.ravel())


def _blocked(
    found: tuple[Slot, ...], simple: list[int], cut: list[int], blocks: list[tuple[bool, ...]], rows: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Each block's share of the questions: questions x directions x classes of the cut axes."""
    tensor = rows.reshape(len(rows), *(slot.categories for slot in found))
    for place, slot in enumerate(found):
        # A class is one cell: its categories are alike to every question.
        tensor = np.take(tensor, slot.heads, axis=place + 1)
    tensor = np.transpose(tensor, (0, *(place + 1 for place in simple), *(place + 1 for place in cut)))
    for place, axis in enumerate(simple):
        basis = helmert(found[axis].size, full=True) if found[axis].size > 1 else np.ones((1, 1))
        tensor = np.moveaxis(np.tensordot(tensor, basis, axes=(place + 1, 1)), -1, place + 1)
    classes = int(np.prod([found[place].size for place in cut]))
    pieces = []
    for block in blocks:
        inside = tuple(slice(1, None) if rest else slice(0, 1) for rest in block)
        pieces.append(tensor[(slice(None), *inside)].reshape(len(rows), -1, classes))
    return tuple(pieces)
