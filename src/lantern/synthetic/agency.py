"""The invented partners that tell of worries: police, hospital, schools and housing, each with its own habits."""

from dataclasses import dataclass

import numpy as np

from lantern.synthetic.draw import Ints, chance
from lantern.synthetic.front_door import Contacts
from lantern.synthetic.merge import Merge, enter
from lantern.synthetic.population import Population
from lantern.synthetic.register import Habits, Register
from lantern.synthetic.season import MINUTES_A_DAY, Season, is_lost_hour

_EXTRA, _BROADER = 0.15, 0.30
"""Share of a partner's records that never became a contact; and more of them once it tells of more (assumed)."""
_STRANGERS = 0.3
"""Share of these about children the council has never heard of (assumed)."""


@dataclass(frozen=True)
class Agency:
    """
    How one partner keeps its records.

    `source` is the contact source it stands behind, `twice` the share of returning people it has two
    records of, `lag` the minutes from its record to the contact.
    """

    partner: str
    source: str
    habits: Habits
    lag: tuple[int, int]
    twice: float = 0.0
    has_tenancies: bool = False


@dataclass(frozen=True)
class Notices:
    """
    One entry per record of a partner: when, which incident, and the person as this partner knew them that day.

    `person` is the partner's own id; `known` is every id it ever used, with the child it stands for;
    `log` are its merges and splits, by those ids.
    """

    at: Ints
    incident: list[str]
    person: list[str]
    place: list[int]
    family: list[int]
    about: Register
    grade: list[str]
    known: dict[str, int]
    log: list[tuple[str, str, Merge]]

    @property
    def tenant(self) -> list[str]:
        """A landlord has no id for a child: the tenancy and the place in it stand for one."""
        return [f"TEN{family}|{place}" for family, place in zip(self.family, self.place, strict=True)]


def tell(
    rng: np.random.Generator,
    people: Population,
    contacts: Contacts,
    *,
    season: Season,
    agency: Agency,
    told_more_since: int,
    last_day: int,
) -> Notices:
    """
    Everything one partner told of: what became a contact, and some that did not.

    From the day `told_more_since` on it also tells of lesser worries, a change of its own definition.
    """
    own = np.flatnonzero(contacts.source == agency.source)
    extra_child, extra_at = _extra(rng, people, contacts, season, agency, len(own), told_more_since)
    children = np.concatenate([contacts.child[own], extra_child])
    at = np.concatenate([contacts.received[own], extra_at])
    at = at - rng.integers(*agency.lag, len(at))
    day, minute = np.divmod(at, MINUTES_A_DAY)
    at = at + np.where(minute == 0, 1, 0) + np.where(is_lost_hour(day, minute), 60, 0)
    incident = np.concatenate([contacts.incident[own], contacts.incident.max() + 1 + np.arange(len(extra_at))])
    _, incident = np.unique(incident, return_inverse=True)
    order = np.lexsort((children, at))
    return _notices(
        rng, people, agency, child=children[order], at=at[order], incident=incident[order], last_day=last_day
    )


def _extra(
    rng: np.random.Generator,
    people: Population,
    contacts: Contacts,
    season: Season,
    agency: Agency,
    own: int,
    told_more_since: int,
) -> tuple[Ints, Ints]:
    """Whom else a partner told of, and when."""
    count = int((_EXTRA + _BROADER) * own)
    child = np.where(
        chance(rng, _STRANGERS, count),
        rng.integers(0, len(people), count),
        contacts.child[rng.integers(0, len(contacts), count)],
    )
    first, last = int(contacts.received_day.min()) + 1, int(contacts.received_day.max())
    at = season.arrivals_between(rng, np.full(count, agency.source), first, last)
    day = at // MINUTES_A_DAY
    is_usual = chance(rng, _EXTRA / (_EXTRA + _BROADER), count)
    told = people.is_eligible(child, day) & (is_usual | (day >= told_more_since))
    return child[told], at[told]


def _notices(
    rng: np.random.Generator,
    people: Population,
    agency: Agency,
    *,
    child: Ints,
    at: Ints,
    incident: Ints,
    last_day: int,
) -> Notices:
    """What a partner wrote down: a slip belongs to its record of the person, so it is drawn once for each."""
    day = at // MINUTES_A_DAY
    entries = enter(rng, people, child, day, twice=agency.twice, last_day=last_day)
    register = Register.of(rng, people, agency.habits, entries.child, entries.seen, entries.is_forgotten)
    ids = [str(each) for each in (10_000 + rng.permutation(9 * len(register))[: len(register)]).tolist()]
    places = child - np.searchsorted(people.family, people.family[child], side="left") + 1
    references = 20_000 + rng.permutation(len(child) + 1)
    notices = Notices(
        at=at,
        incident=[f"{references[each]}" for each in incident.tolist()],
        person=[ids[each] for each in entries.of_row.tolist()],
        place=places.tolist(),
        family=people.family[child].tolist(),
        about=register.on(entries.of_row, day),
        grade=rng.choice(["Red", "Amber", "Green", "Blue"], size=len(child), p=[0.08, 0.30, 0.50, 0.12]).tolist(),
        known={},
        log=[(ids[each.old], ids[each.new], each) for each in entries.log],
    )
    local = notices.tenant if agency.has_tenancies else notices.person
    notices.known.update(zip(local, child.tolist(), strict=True))
    return notices
