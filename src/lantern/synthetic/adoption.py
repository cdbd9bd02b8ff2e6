"""Adopted children: a second record, with another name and another number, that nobody may join to the first."""

from dataclasses import replace

import numpy as np

from lantern.synthetic import name
from lantern.synthetic.casework import Cases
from lantern.synthetic.draw import Ints
from lantern.synthetic.front_door import Contacts
from lantern.synthetic.identifier import pupil_numbers
from lantern.synthetic.population import Population, postcodes

_A_THOUSAND_REFERRALS = 0.6
_QUIET_DAYS = 60
_NEW_LIFE_DAYS = 10**6


def adopt(
    rng: np.random.Generator, people: Population, cases: Cases, contacts: Contacts, *, first_day: int, nhs: list[str]
) -> tuple[Population, Cases, Contacts]:
    """
    Let a few closed cases end in adoption, and what comes later be about someone new.

    Args:
        rng: Where chance comes from.
        people: The population.
        cases: Every case; those received since `first_day` are written down.
        contacts: Every contact.
        first_day: The first day that is written down.
        nhs: NHS numbers nobody has.

    Returns:
        The population with one more person for each adopted child, who has the forename, sex and
        birth date of the first and all else anew; the cases, closed as RC1; the contacts, moved.
    """
    last = _last_closed(cases, contacts)
    last = np.where((last >= 0) & (cases.referred[last] >= first_day), last, -1)
    able = np.flatnonzero((last >= 0) & (contacts.case < 0) & ~contacts.is_open_case)
    _, one_each = np.unique(contacts.child[able], return_index=True)
    wanted = max(1, int(_A_THOUSAND_REFERRALS * len(cases) / 1_000))
    chosen = np.sort(rng.permutation(able[one_each])[:wanted])
    closure = cases.closure.copy()
    closure[last[chosen]] = "RC1"
    first = contacts.child[chosen]
    child = contacts.child.copy()
    for place, (contact, before) in enumerate(zip(chosen.tolist(), first.tolist(), strict=True)):
        later = (contacts.child == before) & (contacts.received >= contacts.received[contact])
        child[later & (contacts.case < 0)] = len(people) + place
    return _joined(rng, people, first, nhs), replace(cases, closure=closure), replace(contacts, child=child)


def _last_closed(cases: Cases, contacts: Contacts) -> Ints:
    """For each contact the child's last case, if it was closed well before and no other follows; else -1."""
    last = np.full(int(max(cases.child.max(), contacts.child.max())) + 1, -1)
    order = np.argsort(cases.referred, kind="stable")
    last[cases.child[order]] = order
    found = last[contacts.child]
    closed = np.where(found >= 0, cases.closed[found], -1)
    is_after = (closed >= 0) & (closed + _QUIET_DAYS < contacts.received_day)
    return np.where(is_after & ~cases.is_nfa[found], found, -1)


def _joined(rng: np.random.Generator, people: Population, first: Ints, nhs: list[str]) -> Population:
    """The population and, at its end, the adopted children under their new names, each a family of its own."""
    count, families = len(first), len(people.frailty)
    surnames = rng.choice(name.SURNAMES, size=count).tolist()
    years = people.born[first].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    # Their new pupil numbers follow the last one given out.
    numbers = pupil_numbers(np.concatenate([np.zeros(len(people), dtype=np.int64), years]))[len(people) :]
    at_school = [bool(people.upn[each]) for each in first.tolist()]
    return replace(
        people,
        frailty=np.concatenate([people.frailty, np.zeros(count)]),
        moves=np.concatenate([people.moves, np.full((count, people.moves.shape[1]), _NEW_LIFE_DAYS)]),
        homes=np.concatenate([people.homes, np.repeat(postcodes(rng, count)[:, None], people.homes.shape[1], axis=1)]),
        family=np.concatenate([people.family, families + np.arange(count)]),
        born=np.concatenate([people.born, people.born[first]]),
        is_unborn=np.concatenate([people.is_unborn, people.is_unborn[first]]),
        sex=np.concatenate([people.sex, people.sex[first]]),
        ethnicity=np.concatenate([people.ethnicity, people.ethnicity[first]]),
        is_disabled=np.concatenate([people.is_disabled, people.is_disabled[first]]),
        forename=people.forename + [people.forename[each] for each in first.tolist()],
        surname=people.surname + surnames,
        former_surname=people.former_surname + surnames,
        renamed=np.concatenate([people.renamed, np.zeros(count, dtype=np.int64)]),
        nhs=people.nhs + nhs[:count],
        upn=people.upn + [number if has else "" for number, has in zip(numbers, at_school, strict=True)],
    )
