"""
Invented people for measuring accuracy: seeded, many worlds, each unlike the public figures in its own way.

Nobody in it exists. A world differs from what is public about multiplicity and sources by as much as places do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from lantern.privacy import multiplicity, workload
from lantern.privacy.grid import Grid
from lantern.privacy.multiplicity import Multiplicity

QUARTERS = 12
"""Four quarters of history, so that all who came before are known, then eight: a year, and the year before it."""
FIRST_BOUNDED = LOOKBACK = 4
CHANGED = QUARTERS - 4
"""From which quarter on a planted change is: the last year."""
MORE = 0.1
"""How many more rows there are then, and how much lower shares, in points of all rows."""
FEWER = 0.05
OF_FREQUENT = 0.45
"""Of all rows so many are of persons who appear most: those of whom bounding leaves rows out, and some more."""
APART = 0.5
"""By so much of itself is a category larger or smaller among them than among all. Seven in ten of a person's rows are as that
person's are: so what is left out differs from what is kept by about `leeway.CATEGORY_ALLOWANCE`."""
RAREST = 1e-15
"""Odds of a person with more rows than any that is invented."""

Moves = Mapping[str, tuple[tuple[str, ...], str]]
"""What is planted, by axis: of which categories rows are moved, and to which."""


@dataclass(frozen=True)
class World:
    """
    Rows of one table over `QUARTERS` quarters.

    For each quarter `persons` (one number a row) and `places` (the row's cell of the grid).
    """

    persons: list[np.ndarray]
    places: list[np.ndarray]


def world(
    name: str,
    grid: Grid,
    people: int,
    rng: np.random.Generator,
    like: Multiplicity | None = None,
    planted: Moves | None = None,
) -> World:
    """
    Invent the rows of a base table.

    Persons differ in how often they appear as the planner supposes, only some staying in view from quarter to quarter. Those who
    appear most lean to other sources and wait otherwise than the rest, so that bounding leaves out rows as unlike those it keeps as
    is allowed for; and what of a person is counted as having come before is true of the rows invented.

    Args:
        name: The table, for its public figures in the catalogue.
        grid: Its public grid.
        people: About how many persons have rows in a quarter.
        rng: Seeded.
        like: How often persons appear; if none is given, about as often as is public.
        planted: In the last year there are `MORE` rows, and of all rows `FEWER` are moved on each of these axes.
    """
    table = workload.table(name)
    public = table.multiplicity
    like = like or Multiplicity(
        rows=1 + (public.rows - 1) * rng.uniform(0.75, 1.25),
        returning=public.returning * rng.uniform(0.8, 1.2),
        shape=public.shape * rng.lognormal(0, 0.25),
    )
    mean = multiplicity._mean_rate(like)  # noqa: SLF001  # the planner's own reading of the public figures
    staying = multiplicity._staying(like, mean)  # noqa: SLF001
    everyone = people * like.rows / mean
    grown = np.where(np.arange(QUARTERS) >= CHANGED, 1 + MORE if planted else 1.0, 1.0)
    known, when = _staying(everyone * staying, mean, like.shape, grown, rng)
    pool = int(known.max(initial=0)) + 1
    news = [_appearing(everyone * (1 - staying), more * mean, like.shape, rng) for more in grown]
    rows = np.bincount(known, minlength=pool)
    most, of_frequent_ones = _most(np.concatenate([rows, *news]))
    pairs = zip(grid.axes, table.expected, strict=True)
    lean = {axis.name: _shares(np.array(expected), rng) for axis, expected in pairs}
    leaning = APART / (1 - of_frequent_ones)  # they are among all, and all lean with them
    of_frequent = {axis: _leaning(shares, leaning, rng) for axis, shares in lean.items()}
    own = {axis: _own(rows >= most, lean[axis], of_frequent[axis], rng) for axis in lean}
    persons, places, seen = [], [], np.zeros((QUARTERS, pool), dtype=bool)
    for quarter, new in enumerate(news):
        again = known[when == quarter]
        numbers = pool + quarter * 100_000_000 + np.arange(len(new))
        found = np.concatenate([again, np.repeat(numbers, new)])
        whose = np.concatenate([again, np.repeat(pool + np.arange(len(new)), new)])
        # Rows of one person stand together, and only those who stay in view were seen in an earlier quarter.
        earlier = np.diff(found, prepend=-1) == 0
        earlier[: len(again)] |= seen[max(quarter - LOOKBACK, 0) : quarter].any(axis=0)[again]
        seen[quarter, again] = True
        # Two rows of a person are alike, whatever the axis, where both are as that person's are.
        is_own = rng.random(len(found)) < np.sqrt(public.alike)
        columns = []
        for axis in grid.axes:
            drawn = rng.choice(len(axis.categories), len(found), p=lean[axis.name])
            if axis.name in table.return_axes:
                drawn = _came_before(axis.categories, lean[axis.name], drawn, earlier, rng)
            else:
                of_new = _own(new >= most, lean[axis.name], of_frequent[axis.name], rng)
                drawn = np.where(is_own, np.concatenate([own[axis.name], of_new])[whose], drawn)
            if planted and quarter >= CHANGED and axis.name in planted:
                drawn = _moved(axis.categories, drawn, *planted[axis.name], rng)
            columns.append(drawn)
        persons.append(found)
        places.append(np.ravel_multi_index(columns, [len(axis.categories) for axis in grid.axes]))
    return World(persons, places)


def _appearing(everyone: float, mean: float, shape: float, rng: np.random.Generator) -> np.ndarray:
    """
    The rows of each of those who have any, among so many persons whose rates are gamma distributed.

    Those without rows are most, and are never made: of a thousand referred once a quarter there are fifty times as many who might be.
    """
    rows = stats.nbinom(shape, shape / (shape + mean))
    found = np.arange(1, int(rows.isf(RAREST)) + 2)
    odds = rows.pmf(found)
    return rng.choice(found, rng.binomial(round(everyone), odds.sum()), p=odds / odds.sum())


def _staying(
    everyone: float, mean: float, shape: float, grown: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """
    All rows of persons who stay in view: whose each is, by a number from 0, and in which quarter.

    Source: a person's Poisson rows of all quarters, spread over the quarters as the rate is, are Poisson in each.
    """
    rows = _appearing(everyone, grown.sum() * mean, shape, rng)
    persons = np.repeat(np.arange(len(rows)), rows)
    return persons, rng.choice(len(grown), len(persons), p=grown / grown.sum())


def _most(rows: np.ndarray) -> tuple[int, float]:
    """How many rows those have at least who have about `OF_FREQUENT` of all rows, and never one alone; and what part of all rows is theirs."""
    of_each = np.bincount(rows, minlength=2) * np.arange(max(rows.max(initial=0), 1) + 1)
    of_more = np.append(of_each[::-1].cumsum()[::-1] / of_each.sum(), 0.0)
    found = 2 + int(np.argmin(np.abs(of_more[2:] - OF_FREQUENT)))
    return found, float(of_more[found])


def _leaning(shares: np.ndarray, leaning: float, rng: np.random.Generator) -> np.ndarray:
    """Shares each of which is larger or smaller by so much of itself, one standard deviation."""
    found = rng.gamma(leaning**-2, size=len(shares)) * shares
    return np.asarray(found / found.sum())


def _own(is_frequent: np.ndarray, shares: np.ndarray, of_frequent: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The category that is each person's own."""
    drawn = (rng.choice(len(shares), len(is_frequent), p=each) for each in (of_frequent, shares))
    return np.where(is_frequent, *drawn)


def _came_before(
    categories: tuple[str, ...],
    shares: np.ndarray,
    drawn: np.ndarray,
    earlier: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """One of the categories that tell of it where the person has an earlier row, else `no`; a row that is not asked about stays so."""
    again = np.array(
        [0.0 if each in ("no", "not_asked") else share for each, share in zip(categories, shares, strict=True)]
    )
    answer = np.where(earlier, rng.choice(len(categories), len(drawn), p=again / again.sum()), categories.index("no"))
    if "not_asked" in categories:
        answer = np.where(drawn == categories.index("not_asked"), drawn, answer)
    return answer


def _moved(
    categories: tuple[str, ...], drawn: np.ndarray, of: tuple[str, ...], to: str, rng: np.random.Generator
) -> np.ndarray:
    """Rows of some categories moved to another: `FEWER` of all rows."""
    those = np.isin(drawn, [categories.index(each) for each in of])
    part = FEWER * len(drawn) / max(int(those.sum()), 1)
    return np.where(those & (rng.random(len(drawn)) < part), categories.index(to), drawn)


def _shares(percent: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    shares = percent * rng.lognormal(0, 0.15, len(percent))
    return np.asarray(shares / shares.sum())
