"""People a partner has entered twice, and its log of records merged and split again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lantern.synthetic.draw import Bools, Ints, chance
from lantern.synthetic.population import Population

_FOUND = 0.6
"""Share of people entered twice whose two records are found to be one person."""
_WRONG_A_THOUSAND = 1.5
_UNDONE_DAYS = 20


@dataclass(frozen=True)
class Merge:
    """One line of a log: on a day, `old` was found to be `new` (merge), or to be someone else after all (split)."""

    old: int
    new: int
    day: int
    is_split: bool = False


@dataclass(frozen=True)
class Entries:
    """
    A partner's records of people: whom each is about, and which one every row of its table is under.

    `child` has one entry per record of a person, `seen` the last day it was used, and `is_forgotten`
    whether the person was entered again since; `of_row` has one entry per row.
    """

    child: Ints
    seen: Ints
    is_forgotten: Bools
    of_row: Ints
    log: Sequence[Merge]


def enter(
    rng: np.random.Generator, people: Population, child: Ints, day: Ints, *, twice: float, last_day: int
) -> Entries:
    """
    One record for each person, but two for some: the first one was forgotten when they came again.

    Args:
        rng: Where chance comes from.
        people: The population; brothers and sisters stand next to each other in it.
        child: Whom each row of the partner's table is about.
        day: When.
        twice: Share of those who come on more than one day that have two records.
        last_day: Until when the log is kept.
    """
    who, of_row = np.unique(child, return_inverse=True)
    first, seen = np.full(len(who), 10**6), np.zeros(len(who), dtype=np.int64)
    np.minimum.at(first, of_row, day)
    np.maximum.at(seen, of_row, day)
    returning = np.flatnonzero(first < seen)
    forgotten = returning[chance(rng, twice, len(returning))]
    second = np.full(len(who), -1)
    second[forgotten] = len(who) + np.arange(len(forgotten))
    is_old = (second[of_row] >= 0) & (day == first[of_row])
    log = [
        Merge(old=int(second[each]), new=int(each), day=int(rng.integers(seen[each], last_day + 1)))
        for each in forgotten[chance(rng, _FOUND, len(forgotten))].tolist()
    ]
    if twice:
        log += _wrong(rng, people, who, seen, last_day)
    return Entries(
        child=np.concatenate([who, who[forgotten]]),
        seen=np.concatenate([seen, first[forgotten]]),
        is_forgotten=np.arange(len(who) + len(forgotten)) >= len(who),
        of_row=np.where(is_old, second[of_row], of_row),
        log=sorted(log, key=lambda each: (each.day, each.old, each.is_split)),
    )


def _wrong(rng: np.random.Generator, people: Population, who: Ints, seen: Ints, last_day: int) -> list[Merge]:
    """A brother and a sister merged by mistake, and split again some weeks later."""
    family = people.family[who]
    pairs = np.flatnonzero((family[:-1] == family[1:]) & (np.maximum(seen[:-1], seen[1:]) < last_day - _UNDONE_DAYS))
    wanted = max(1, int(_WRONG_A_THOUSAND * len(who) / 1_000))
    found = []
    for each in np.sort(rng.permutation(pairs)[:wanted]).tolist():
        day = int(rng.integers(max(seen[each], seen[each + 1]), last_day - _UNDONE_DAYS))
        found.append(Merge(old=each + 1, new=each, day=day))
        found.append(Merge(old=each + 1, new=each, day=day + _UNDONE_DAYS, is_split=True))
    return found
