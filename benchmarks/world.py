"""
Invented people for measuring accuracy: seeded, many worlds, each unlike the public figures in its own way.

Nobody in it exists. A world differs from what is public about multiplicity and sources by as much as places do.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

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
    stay lean to other sources and wait otherwise than the rest, so that bounding leaves out rows unlike those it
    keeps; and what of a person is counted as having come before is true of the rows invented.

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
    pool = rng.gamma(like.shape, mean / like.shape, int(everyone * staying) + 1)
    pairs = zip(grid.axes, table.expected, strict=True)
    lean = {axis.name: _shares(np.array(expected), rng) for axis, expected in pairs}
    of_frequent = {axis: rng.lognormal(0, 0.4, len(shares)) * shares for axis, shares in lean.items()}
    own = {axis: rng.choice(len(of), len(pool), p=of / of.sum()) for axis, of in of_frequent.items()}
    persons, places, seen = [], [], []
    for quarter in range(QUARTERS):
        grown = 1 + MORE if planted and quarter >= CHANGED else 1.0
        new = rng.gamma(like.shape, mean / like.shape, int(everyone * (1 - staying)))
        found = _persons(quarter, grown * pool, grown * new, rng)
        seen.append(np.unique(found))
        columns = []
        for axis in grid.axes:
            drawn = rng.choice(len(axis.categories), len(found), p=lean[axis.name])
            if axis.name in table.return_axes:
                earlier = seen[max(quarter - LOOKBACK, 0) : quarter]
                drawn = _came_before(axis.categories, lean[axis.name], drawn, found, earlier, rng)
            else:
                known = (found < len(pool)) & (rng.random(len(found)) < public.alike)
                drawn = np.where(known, own[axis.name][np.minimum(found, len(pool) - 1)], drawn)
            if planted and quarter >= CHANGED and axis.name in planted:
                drawn = _moved(axis.categories, drawn, *planted[axis.name], rng)
            columns.append(drawn)
        persons.append(found)
        places.append(np.ravel_multi_index(columns, [len(axis.categories) for axis in grid.axes]))
    return World(persons, places)


def _persons(quarter: int, pool: np.ndarray, new: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One number for each row: small ones are of the pool, the others of persons seen in this quarter alone."""
    numbers = len(pool) + quarter * 100_000_000 + np.arange(len(new))
    return np.concatenate([np.repeat(np.arange(len(pool)), rng.poisson(pool)), np.repeat(numbers, rng.poisson(new))])


def _came_before(
    categories: tuple[str, ...],
    shares: np.ndarray,
    drawn: np.ndarray,
    found: np.ndarray,
    seen: list[np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    """One of the categories that tell of it where the person has an earlier row, else `no`; a row that is not asked about stays so."""
    _, first = np.unique(found, return_index=True)
    earlier = np.ones(len(found), dtype=bool)
    earlier[first] = np.isin(found[first], np.concatenate(seen)) if seen else False
    again = np.array(
        [0.0 if each in ("no", "not_asked") else share for each, share in zip(categories, shares, strict=True)]
    )
    answer = np.where(earlier, rng.choice(len(categories), len(found), p=again / again.sum()), categories.index("no"))
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
