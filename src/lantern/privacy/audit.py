"""Measures how much a release really tells about one child, and sets it beside what was promised."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy import stats

from lantern.privacy import neighbour
from lantern.privacy.bounding import Connection
from lantern.privacy.fault import PLANTED
from lantern.privacy.mechanism import MICRO
from lantern.privacy.neighbour import Drawing, Pair, Path
from lantern.privacy.plan import Family

FAMILIES: tuple[Family, ...] = ("zcdp", "pure")
_TIMES: dict[Family, int] = {"zcdp": 1, "pure": 2}
_AT_ONCE = 200_000
_THRESHOLDS = 400
_SHOWN, _TIE = 1e4, 1e-6
_WHOLE = 10  # one draw in so many is of the whole vector
_ENOUGH = 12_500  # the faintest planted fault shows in so many draws


@dataclass(frozen=True)
class Finding:
    """
    One pair, audited.

    `claimed` and `measured` are mu for `zcdp` (rho is mu^2 / 2) and epsilon for `pure`. `measured` is a lower limit:
    the truth is below it with odds of `alpha` at most. `fault` names the fault planted on the way, or is empty.
    """

    pair: str
    family: Family
    releases: int
    draws: int
    claimed: float
    measured: float
    fault: str = ""

    @property
    def is_above(self) -> bool:
        """More was told than was promised."""
        return self.measured > self.claimed

    @property
    def is_right(self) -> bool:
        """The real path keeps its promise; a planted fault breaks it and is seen to."""
        return self.is_above == bool(self.fault)

    @property
    def verdict(self) -> str:
        """In a word."""
        if self.fault:
            return "caught" if self.is_above else "MISSED"
        return "ABOVE" if self.is_above else "holds"


def audit(
    connection: Connection, draws: int, alpha: float = 0.001, families: tuple[Family, ...] = FAMILIES
) -> Iterator[Finding]:
    """
    Every pair of each family through the real path, then every planted fault on the pair where it shows.

    A tenth of the draws are of whole stacked vectors, as in a release; the others of the sums that the child moves
    alone. Each number's noise is its own, so the rest look alike with the child and without.

    Args:
        connection: A DuckDB connection to nothing; it is given invented people only.
        draws: How often each release is drawn without the child, and again with; twice as often for `pure`, where
            draws are cheaper and tell less. A planted fault is drawn less often: the faintest shows soon.
        alpha: The odds that any pair is found above its promise although it keeps it.
        families: Of which promises.

    Yields:
        One finding for each, as soon as it is known.

    Privacy: the rows are invented, and nothing drawn here is published or charged. An audit can show that a promise
        is broken; that it is kept rests on the proof in docs/mechanism.md.
    Source: Gaussian differential privacy (Dong, Roth and Su 2019): mu >= z(1 - FPR) - z(FNR) for any test;
        limits by Clopper and Pearson (1934), on a half of the draws that did not choose the threshold.
    """
    cases = {(family, pair.name): pair for family in families for pair in neighbour.pairs(family)}
    each = alpha / (len(cases) * len(FAMILIES) // len(families))
    for (family, _), pair in cases.items():
        yield measure(connection, pair, draws * _TIMES[family], each)
    for planted in PLANTED:
        for family in families:
            pair = cases[family, planted.pair]
            yield measure(connection, pair, min(draws, _ENOUGH) * _TIMES[family], each, planted.path(), planted.name)


def measure(
    connection: Connection, pair: Pair, draws: int, alpha: float, path: Path | None = None, fault: str = ""
) -> Finding:
    """One pair: bounded by SQL as in a release, drawn through the mechanism, and told apart as well as can be."""
    taken = path or Path()
    found = neighbour.drawings(connection, pair, taken)
    without, with_child = (_looked_at(found, world, draws, taken) for world in (0, 1))
    promise = pair.claimed_micro / MICRO
    return Finding(
        pair=pair.name,
        family=pair.family,
        releases=len(pair.releases),
        draws=draws,
        claimed=promise if pair.family == "pure" else sqrt(2 * promise),
        measured=told(pair.family, without, with_child, alpha),
        fault=fault,
    )


def told(family: Family, without: np.ndarray, with_child: np.ndarray, alpha: float) -> float:
    """
    How far apart two sets of draws are at least.

    Args:
        family: In which measure.
        without: What the best onlooker makes of each draw without the child: the higher, the more it looks like one with.
        with_child: The same of each draw with the child; as many.
        alpha: The odds of too high an answer.

    Returns:
        A lower limit of mu (pure: of epsilon), at least 0.
    """
    half = len(without) // 2
    pooled = np.concatenate([without[:half], with_child[:half]])
    found = np.unique(np.quantile(pooled, np.linspace(0, 1, _THRESHOLDS), method="nearest"))
    candidates = np.concatenate([found, np.nextafter(found, inf)])  # at least so much, and more than so much
    threshold = candidates[int(np.argmax(_limit(family, without[:half], with_child[:half], candidates, alpha)))]
    judged = _limit(family, without[half:], with_child[half:], np.array([threshold]), alpha)
    return max(0.0, float(judged[0]))


def _limit(
    family: Family, without: np.ndarray, with_child: np.ndarray, thresholds: np.ndarray, alpha: float
) -> np.ndarray:
    count = len(without)
    false = count - np.searchsorted(np.sort(without), thresholds)
    missed = np.searchsorted(np.sort(with_child), thresholds)
    false_most, missed_most = _most(false, count, alpha / 2), _most(missed, count, alpha / 2)
    if family == "zcdp":
        return np.asarray(-stats.norm.ppf(false_most) - stats.norm.ppf(missed_most))
    with np.errstate(divide="ignore"):
        with_is_likelier = np.log(1 - missed_most) - np.log(false_most)
        return np.asarray(np.maximum(with_is_likelier, np.log(1 - false_most) - np.log(missed_most)))


def _most(seen: np.ndarray, count: int, alpha: float) -> np.ndarray:
    """The highest chance that so many seen of `count` do not speak against (Clopper and Pearson)."""
    certain = seen >= count
    return np.where(certain, 1.0, stats.beta.ppf(1 - alpha, seen + 1, np.where(certain, 1, count - seen)))


def _looked_at(drawings: list[Drawing], world: int, draws: int, path: Path) -> np.ndarray:
    """
    What the best onlooker makes of each draw: the log of how much likelier it is with the child, under the claim.

    Sums that are not shown come first: one more of them shown outweighs any noise. What is equally likely either way
    is told apart by how much was shown in all, which a right mechanism makes no use of.
    """
    total = np.zeros(draws)
    for drawing in drawings:
        moved = np.flatnonzero(drawing.exact[0] != drawing.exact[1])
        for start, times, is_whole in _pieces(draws, drawing.exact[world].size):
            exact = drawing.exact[world] if is_whole else drawing.exact[world][moved]
            drawn = path.noised(drawing.family, exact, drawing.scales[world], times)
            shown = path.shown(exact, drawn)[:, moved] if is_whole else path.shown(exact, drawn)
            hidden = np.isnan(shown)
            ratio = np.where(hidden, 0.0, _log_ratio(drawing, moved, shown) + _TIE * _lean(drawing, moved, shown))
            total[start : start + times] += ratio.sum(axis=1) + _SHOWN * (~hidden).sum(axis=1)
    return total


def _pieces(draws: int, size: int) -> Iterator[tuple[int, int, bool]]:
    """From which draw on, how many, and whether of the whole vector: a tenth of them, and never more numbers at once than fit."""
    whole = draws // _WHOLE
    at_once = max(1, _AT_ONCE // size)
    for first, end in ((0, whole), (whole, draws)):
        for start in range(first, end, at_once):
            yield start, min(at_once, end - start), end == whole


def _log_ratio(drawing: Drawing, moved: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    if drawing.family == "zcdp":
        return _lean(drawing, moved, drawn)
    without, with_child = (exact[moved] for exact in drawing.exact)
    return np.asarray((np.abs(drawn - without) - np.abs(drawn - with_child)) / drawing.claimed_scale)


def _lean(drawing: Drawing, moved: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    without, with_child = (exact[moved] for exact in drawing.exact)
    return np.asarray((drawn - (without + with_child) / 2) * (with_child - without) / drawing.claimed_scale**2)


def summary(findings: list[Finding]) -> list[str]:
    """
    What an audit came to, in lines.

    Returns:
        How many pairs keep the promise, how near the nearest came, and how many planted faults were caught.
    """
    real = [each for each in findings if not each.fault]
    planted = [each for each in findings if each.fault]
    lines = [f"{sum(each.is_right for each in real)} of {len(real)} pairs keep their promise."]
    for family in sorted({each.family for each in real}, reverse=True):
        nearest = max((each for each in real if each.family == family), key=lambda each: each.measured / each.claimed)
        lines.append(
            f"{family}: the nearest is '{nearest.pair}', at least {nearest.measured / nearest.claimed:.3f} of what is claimed."
        )
    lines.append(f"{sum(each.is_right for each in planted)} of {len(planted)} planted faults were caught.")
    return lines
