"""Whether figures went up or down between two times, beyond noise and chance, over a whole page of them."""

import math
from collections.abc import Sequence
from typing import Literal

from scipy.stats import norm

from lantern.privacy.figure import Figure
from lantern.privacy.reconcile import Z95

Change = Literal["up", "down", "flat"]

LEVEL = 0.05
"""The chance that anything at all on a page is called up or down though practice is the same."""

# The rows of one person come together, so counts scatter more than Poisson's: by the mean square of rows a person over their
# mean, 1.43 for the 85, 11, 3 and 1 in a hundred with one to four contacts a quarter. Public; a little more is allowed.
DISPERSION = 1.5


def changes(pairs: Sequence[tuple[Figure, Figure]]) -> list[Change]:
    """
    Compare each figure with the same one at an earlier time that shares no quarter with it.

    Chance is what another quarter of the same people and practice would do: binomial for a share, Poisson for a
    count, widened because one person's rows come together. Holm's steps hold the chance of any false `up` or
    `down` in all the pairs at 5%, however they depend on one another: the pair furthest from its
    expectation is judged at a level of 5% over all pairs, the next over one fewer, until one is not far enough.

    Args:
        pairs: Now and then, of every figure that one release compares.

    Returns:
        For each pair `up`, `down`, or `flat` if the difference is within noise and chance.

    Source: Holm, A simple sequentially rejective multiple test procedure (1979).
    """
    distances = [_distance(now, then) for now, then in pairs]
    found: list[Change] = ["flat"] * len(pairs)
    for done, place in enumerate(sorted(range(len(pairs)), key=lambda each: -abs(distances[each]))):
        if 2 * norm.sf(abs(distances[place])) > LEVEL / (len(pairs) - done):
            break
        found[place] = "up" if distances[place] > 0 else "down"
    return found


def _distance(now: Figure, then: Figure) -> float:
    """The difference in standard errors."""
    spread = sum((each.half_width / Z95) ** 2 + DISPERSION * _chance(each, now, then) for each in (now, then))
    return (now.value - then.value) / math.sqrt(spread)


def _chance(each: Figure, now: Figure, then: Figure) -> float:
    """The variance by chance, under the supposition that nothing changed: at what both say together."""
    if each.question.statistic == "count":
        return max((now.value + then.value) / 2, 1.0)
    share = min(max((now.value + then.value) / 2, 0.01), 0.99)
    return share * (1 - share) / max(each.rows, 1.0)
