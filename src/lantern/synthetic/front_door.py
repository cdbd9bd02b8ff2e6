"""Contacts: who tells the front door of whom, when, and when a manager decides what to do."""

from dataclasses import dataclass

import numpy as np

from lantern.synthetic.casework import Cases
from lantern.synthetic.draw import NONE, Bools, Ints, Texts, banded, chance, picked
from lantern.synthetic.population import DAYS_A_YEAR, Population
from lantern.synthetic.season import MINUTES_A_DAY, Season, is_lost_hour

CONTACTS_A_REFERRAL = 4.8
"""Just over 3.0 million contacts to 0.62 million referrals (ADCS and DfE, 2023-24)."""
_OPEN_CASE_SHARE = 0.04
_SURPLUS = 1.9
_INVOLVED = 0.6
"""Share of a family's children whom one incident concerns."""

_CONTACT_SOURCES = {
    "6": 40.0, "2A": 18.0, "2B": 1.5, "3A": 2.5, "3B": 2.0, "3C": 1.0, "3D": 1.0, "3E": 4.5, "3F": 3.0, "5A": 3.0,
    "5B": 3.5, "5C": 2.0, "5D": 2.0, "1A": 4.0, "1B": 1.0, "1C": 0.7, "1D": 1.5, "7": 3.5, "8": 3.5, "9": 1.3,
    "4": 1.5, "10": 1.0,
}  # fmt: skip
_OUTCOMES = {"NFA": 60.0, "ADVICE": 30.0, "OTHER_OUTCOMES_EXIST": 8.0, "OLA_CP": 1.0, "MISSING": 1.0}

PRIORITIES = ("red", "amber", "green", "blue")
_PRIORITY_SHARES = (0.08, 0.30, 0.50, 0.12)
_RED = 0
_DELAYS = (
    ((0, 0, 85.0), (1, 1, 14.0), (2, 2, 1.0)),
    ((0, 0, 54.0), (1, 1, 39.0), (2, 2, 4.0), (3, 4, 3.0)),
    ((0, 0, 33.0), (1, 1, 49.0), (2, 2, 8.0), (3, 3, 5.0), (4, 8, 4.0), (9, 15, 1.0)),
    ((0, 0, 29.0), (1, 1, 44.0), (2, 2, 12.0), (3, 3, 9.0), (4, 8, 5.0), (9, 15, 1.0)),
)
"""Working days to a decision, red to blue, heaped on the limit of one; 85 to 90 % come within it (Bracknell Forest)."""
_CHANGED, _LOWERED, _NEAR_LIMIT = 0.06, 0.80, 0.30
"""Share of priorities changed before the decision, of those the lowered ones, and of those just before the limit (assumed)."""
_LIMIT_DAYS = (0, 1, 3, 3)
_RED_LIMIT = 4 * 60
_OPENS, _CLOSES, _TOO_LATE = 9 * 60, 17 * 60 + 30, 16 * 60 + 45
_DIP_DAYS, _DIP_BEFORE = 14, 230
_UNDECIDED_OLD, _UNDECIDED_NEW, _NEW_DAYS = 0.002, 0.015, 60


@dataclass(frozen=True)
class Contacts:
    """
    One entry per child in a contact. Instants are minutes since 1970, London time; -1 is none.

    `first_priority` and `priority` are places in `PRIORITIES`, -1 on an open case; they differ if it was changed.
    """

    child: Ints
    incident: Ints
    source: Texts
    received: Ints
    decided: Ints
    outcome: Texts
    is_open_case: Bools
    case: Ints
    first_priority: Ints
    priority: Ints
    changed: Ints

    def __len__(self) -> int:
        """Contacts."""
        return len(self.child)

    @property
    def received_day(self) -> Ints:
        """The day of receipt."""
        return self.received // MINUTES_A_DAY


def involve(rng: np.random.Generator, people: Population, family: Ints) -> tuple[Ints, Ints]:
    """
    The children whom incidents concern.

    Args:
        rng: Where chance comes from.
        people: The population; the children of a family stand next to each other in it.
        family: One family for each incident.

    Returns:
        Incident number and child, one entry for each child in each incident.
    """
    starts = np.searchsorted(people.family, family, side="left")
    sizes = np.searchsorted(people.family, family, side="right") - starts
    incident = np.repeat(np.arange(len(family)), sizes)
    child = np.arange(len(incident)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(starts, sizes)
    kept = chance(rng, _INVOLVED, len(incident))
    return incident[kept], child[kept]


def decide(rng: np.random.Generator, season: Season, received: Ints, snapshot: int) -> Ints:
    """The minute each contact is decided: mostly in office hours, later in two weeks of short staffing."""
    size = len(received)
    day, minute = np.divmod(received, MINUTES_A_DAY)
    priority = rng.choice(len(_PRIORITY_SHARES), size=size, p=_PRIORITY_SHARES)
    delay = np.zeros(size, dtype=np.int64)
    for rank, bands in enumerate(_DELAYS):
        mask = priority == rank
        delay[mask] = banded(rng, bands, int(mask.sum()))
    in_dip = (day >= snapshot - _DIP_BEFORE) & (day < snapshot - _DIP_BEFORE + _DIP_DAYS) & chance(rng, 0.75, size)
    delay += np.where(in_dip, rng.integers(1, 9, size), 0)
    is_closed = ~season.is_working(day) | (minute > _TOO_LATE)
    by_night = (priority == _RED) & (delay == 0) & is_closed
    delay = np.where((delay == 0) & is_closed & ~by_night, 1, delay)
    start = np.where(delay == 0, np.maximum(minute + 5, _OPENS), _OPENS)
    spread = rng.random(size) ** np.where(delay == 0, 1.5, np.where(chance(rng, 0.4, size), 0.3, 1.0))
    decided = season.add(day, delay) * MINUTES_A_DAY + start + ((_CLOSES - start) * spread).astype(np.int64)
    decided = np.where(by_night, received + rng.integers(20, 180, size), decided)
    day, minute = np.divmod(decided, MINUTES_A_DAY)
    return decided + np.where(minute == 0, 1, 0) + np.where(is_lost_hour(day, minute), 60, 0)


def in_hours(rng: np.random.Generator, season: Season, since: Ints, soonest: int, latest: int) -> Ints:
    """A minute in office hours some minutes after others: what comes at night waits for the next working day."""
    at = since + rng.integers(soonest, latest, len(since))
    day, minute = np.divmod(at, MINUTES_A_DAY)
    is_late = ~season.is_working(day) | (minute >= _CLOSES)
    opening = np.where(is_late, season.add(day, np.ones_like(day)), day) * MINUTES_A_DAY + _OPENS
    return np.where(is_late | (minute < _OPENS), opening + rng.integers(0, 60, len(since)), at)


def contacts(
    rng: np.random.Generator, people: Population, season: Season, cases: Cases, *, first_day: int, snapshot: int
) -> Contacts:
    """
    Every contact of the span: one for each referral, and those that led to none.

    Contacts about children with an open case go to the worker who knows them: 4 % are recorded here.
    """
    own = np.flatnonzero((cases.referred >= first_day) & (cases.received >= first_day * MINUTES_A_DAY))
    wanted = int((CONTACTS_A_REFERRAL - 1) * len(own))
    incident, child, received, source = _incidents(rng, people, season, wanted)
    day = received // MINUTES_A_DAY
    usable = (day >= first_day) & (day <= snapshot) & people.is_eligible(child, day)
    is_open = cases.is_open(child, day)
    open_wanted = int(_OPEN_CASE_SHARE * (wanted + len(own)))
    kept = np.concatenate(
        [
            rng.permutation(np.flatnonzero(usable & is_open))[:open_wanted],
            rng.permutation(np.flatnonzero(usable & ~is_open))[: wanted - open_wanted],
        ]
    )
    # Siblings of one incident are decided about together.
    _, one, of_child = np.unique(incident[kept], return_index=True, return_inverse=True)
    decided = decide(rng, season, received[kept][one], snapshot)
    is_new = day[kept][one] > snapshot - _NEW_DAYS
    never = np.where(is_new, chance(rng, _UNDECIDED_NEW, len(one)), chance(rng, _UNDECIDED_OLD, len(one)))
    decided = np.where(never | (decided >= (snapshot + 1) * MINUTES_A_DAY), NONE, decided)[of_child]
    outcome = np.where(is_open[kept], "EXISTING_REFERRAL", picked(rng, _OUTCOMES, len(kept)))
    all_received = np.concatenate([cases.received[own], received[kept]])
    by_time = np.argsort(all_received, kind="stable")
    all_received = all_received[by_time]
    all_decided = np.concatenate([cases.decided[own], decided])[by_time]
    is_open_case = np.concatenate([np.zeros(len(own), dtype=bool), is_open[kept]])[by_time]
    all_incidents = np.concatenate([cases.incident[own], incident[kept] + 1 + cases.incident.max()])[by_time]
    _, one, of_child = np.unique(all_incidents, return_index=True, return_inverse=True)
    told = _prioritise(rng.spawn(1)[0], season, all_received[one], all_decided[one], snapshot)
    first, last, changed = (each[of_child] for each in told)
    return Contacts(
        child=np.concatenate([cases.child[own], child[kept]])[by_time],
        incident=all_incidents,
        source=np.concatenate([cases.source[own], source[kept]])[by_time],
        received=all_received,
        decided=all_decided,
        outcome=np.concatenate([np.where(cases.enquired[own] >= 0, "CP_ENQUIRY", "NEW_REFERRAL"), outcome])[by_time],
        is_open_case=is_open_case,
        case=np.concatenate([own, np.full(len(kept), -1)])[by_time],
        first_priority=np.where(is_open_case, NONE, first),
        priority=np.where(is_open_case, NONE, last),
        changed=np.where(is_open_case, NONE, changed),
    )


def _prioritise(
    rng: np.random.Generator, season: Season, received: Ints, decided: Ints, snapshot: int
) -> tuple[Ints, Ints, Ints]:
    """The priority first given to each incident, the last one and when it was changed. It draws from a chance of its own."""
    first = _priority_of(rng, season, received, decided)
    is_lowered = (first < len(PRIORITIES) - 1) & ((first == _RED) | chance(rng, _LOWERED, len(first)))
    last = np.where(is_lowered, first + 1, first - 1)
    day = received // MINUTES_A_DAY
    until = np.where(
        decided > received, decided, np.minimum(received + MINUTES_A_DAY, (snapshot + 1) * MINUTES_A_DAY - 1)
    )
    limit = season.add(day, np.array(_LIMIT_DAYS)[first]) * MINUTES_A_DAY + _CLOSES
    limit = np.where(first == _RED, received + _RED_LIMIT, limit) - rng.integers(1, 30, len(first))
    at = received + (rng.random(len(first)) * (until - received)).astype(np.int64)
    at = np.where(is_lowered & chance(rng, _NEAR_LIMIT, len(first)) & (limit < until), limit, at)
    day, minute = np.divmod(at, MINUTES_A_DAY)
    # Never exactly midnight, which reads as a date alone, nor in an hour that there is not.
    is_changed = chance(rng, _CHANGED, len(first)) & (at > received) & (minute > 0) & ~is_lost_hour(day, minute)
    return first, np.where(is_changed, last, first), np.where(is_changed, at, NONE)


def _priority_of(rng: np.random.Generator, season: Season, received: Ints, decided: Ints) -> Ints:
    """A priority for each contact, by how likely each is after so many working days to the decision (`decide`)."""
    is_decided = decided >= 0
    days = season.between(received // MINUTES_A_DAY, np.where(is_decided, decided, received) // MINUTES_A_DAY)
    weights = np.array(
        [
            [
                share * sum(part / (last - begin + 1) for begin, last, part in bands if begin <= each <= last)
                for share, bands in zip(_PRIORITY_SHARES, _DELAYS, strict=True)
            ]
            for each in range(int(days.max(initial=0)) + 1)
        ]
    )
    # Longer than any priority takes, and undecided: as all are.
    weights[weights.sum(axis=1) == 0] = _PRIORITY_SHARES
    found = np.where(is_decided[:, None], weights[days], _PRIORITY_SHARES)
    up_to = np.cumsum(found / found.sum(axis=1, keepdims=True), axis=1)
    place: Ints = (rng.random(len(days))[:, None] > up_to[:, :-1]).sum(axis=1)
    return place


def _incidents(
    rng: np.random.Generator, people: Population, season: Season, wanted: int
) -> tuple[Ints, Ints, Ints, Texts]:
    """More child-contacts over the whole season than are wanted, for some fall outside or on open cases."""
    weight = people.frailty**0.6
    children_each = _INVOLVED * len(people) / len(people.frailty)
    span = len(season.others) / DAYS_A_YEAR
    count = int(_SURPLUS * wanted / children_each * max(1.0, span / (span - 2)))
    family = rng.choice(len(weight), size=count, p=weight / weight.sum())
    source = picked(rng, _CONTACT_SOURCES, count)
    received = season.arrivals(rng, source)
    incident, child = involve(rng, people, family)
    return incident, child, received[incident], source[incident]
