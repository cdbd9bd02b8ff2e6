"""Checks the front door asks of partners, and their answers: the 0-19 health service and probation."""

from dataclasses import dataclass

import numpy as np

from lantern.synthetic import front_door, sheet
from lantern.synthetic.draw import NONE, Ints, chance
from lantern.synthetic.front_door import Contacts
from lantern.synthetic.notice import Columns
from lantern.synthetic.population import Population
from lantern.synthetic.register import Habits, Register
from lantern.synthetic.season import MINUTES_A_DAY, Season

HEALTH, PROBATION = "riverton_community_health", "riverton_probation"
_HEALTH_HABITS = Habits(nhs=0.98, known_as=0.03, placeholder=0.004)
_PROBATION_HABITS = Habits(nhs=0.0, known_as=0.15, placeholder=0.02)
_HEALTH_SHARE, _PROBATION_SHARE = 0.22, 0.045
"""Share of incidents at the front door about which each is asked (assumed)."""
_ASKED_WITHIN = (10, 240)
_NEVER_ANSWERED, _CANCELLED = 0.015, 0.01
_ASKED_BY = {"MASH": 0.80, "Children's Services": 0.12, "Probation": 0.06, "Court": 0.02}
_LETTERS = {
    "WBRI": "A", "WIRI": "B", "WOTH": "C", "WROM": "C", "MWBC": "D", "MWAS": "F", "MOTH": "G", "AIND": "H", "APKN": "J",
    "ABAN": "K", "AOTH": "L", "BCRB": "M", "BAFR": "N", "OOTH": "S", "NOBT": "Z",
}  # fmt: skip
"""The NHS letters of the ethnicities that are invented."""


@dataclass(frozen=True)
class Checks:
    """
    One entry per check and child: when it was asked and answered, in minutes, and whom it is about.

    `of` is the check; `person` is the partner's own id of the child.
    """

    of: Ints
    child: Ints
    asked: Ints
    answered: Ints
    about: Register
    person: list[str]

    @property
    def known(self) -> dict[str, int]:
        """Every id, with the child it stands for."""
        return dict(zip(self.person, self.child.tolist(), strict=True))


def health(
    rng: np.random.Generator, people: Population, contacts: Contacts, season: Season, snapshot: int
) -> tuple[Checks, Columns]:
    """The log of a 0-19 service: it asks for the NHS number of everyone, and has times of day."""
    asked = _asked(rng, contacts, _HEALTH_SHARE)
    child, of, at, answered = _answered(rng, contacts, season, asked, snapshot)
    who, entry = np.unique(child, return_inverse=True)
    seen = np.zeros(len(who), dtype=np.int64)
    np.maximum.at(seen, entry, at // MINUTES_A_DAY)
    register = Register.of(rng, people, _HEALTH_HABITS, who, seen)
    ids = [f"P{each}" for each in (40_000 + rng.permutation(9 * len(who))[: len(who)]).tolist()]
    about = register.on(entry, at // MINUTES_A_DAY)
    checks = Checks(of, child, at, answered, about, [ids[each] for each in entry.tolist()])
    is_unborn = about.true_born > at // MINUTES_A_DAY
    is_cancelled = chance(rng, _CANCELLED, len(child))
    genders = {"M": "Male", "F": "Female", "U": "Not Known"}
    return checks, {
        "Request ID": [f"HC{number}" for number in range(len(child))],
        "Enquiry Reference": [f"E{each}" for each in of.tolist()],
        "Patient ID": [*checks.person],
        "NHS Number": [f"{each[:3]} {each[3:6]} {each[6:]}".strip() for each in about.nhs],
        "First Name": [*about.forename],
        "Surname": [*about.surname],
        "Date of Birth": [*sheet.day_texts(about.born, "%d %b %Y")],
        "Expected Delivery Date": [*sheet.day_texts(np.where(is_unborn, about.true_born, NONE), "%d %b %Y")],
        "Gender": [genders[each] for each in about.sex],
        "Ethnic Category": [_LETTERS[each] for each in people.ethnicity[child].tolist()],
        "Postcode": [*about.postcode],
        "Date Requested": [*sheet.minute_texts(at, "%d %b %Y %H:%M")],
        "Date Returned": [*sheet.minute_texts(answered, "%d %b %Y %H:%M")],
        "Status": np.where(is_cancelled, "Cancelled", np.where(answered >= 0, "Completed", "Requested")).tolist(),
    }


def probation(
    rng: np.random.Generator, people: Population, contacts: Contacts, season: Season, snapshot: int
) -> tuple[Checks, Columns]:
    """The log of probation: about an adult (CRN), with the children named on it; dates alone, and no NHS number."""
    asked = _asked(rng, contacts, _PROBATION_SHARE)
    child, of, at, answered = _answered(rng, contacts, season, asked, snapshot)
    # A child has a place on an adult's record, and that record one on every check about the family.
    family = people.family[child]
    crn = [f"X{100_000 + each}" for each in family.tolist()]
    place = child - np.searchsorted(people.family, family, side="left") + 1
    who, entry = np.unique(child, return_inverse=True)
    seen = np.zeros(len(who), dtype=np.int64)
    np.maximum.at(seen, entry, at // MINUTES_A_DAY)
    about = Register.of(rng, people, _PROBATION_HABITS, who, seen).on(entry, at // MINUTES_A_DAY)
    person = [f"{adult}|{each}" for adult, each in zip(crn, place.tolist(), strict=True)]
    sexes = {"M": "Male", "F": "Female", "U": "Not Known"}
    askers = rng.choice(list(_ASKED_BY), p=list(_ASKED_BY.values()), size=int(of.max(initial=0)) + 1)
    return Checks(of, child, at, answered, about, person), {
        "Check Ref": [f"CSC{each}" for each in of.tolist()],
        "CRN": [*crn],
        "Child No": place.tolist(),
        "Child Forename": [*about.forename],
        "Child Surname": [*about.surname],
        "Child DOB": [*sheet.day_texts(about.born, "%d/%m/%Y")],
        "Child Sex": [sexes[each] for each in about.sex],
        "Child Postcode": [*about.postcode],
        "Requested By": askers[of].tolist(),
        "Date Requested": [*sheet.day_texts(at // MINUTES_A_DAY, "%d/%m/%Y")],
        "Date Returned": [*sheet.day_texts(np.where(answered >= 0, answered // MINUTES_A_DAY, NONE), "%d/%m/%Y")],
    }


def _asked(rng: np.random.Generator, contacts: Contacts, share: float) -> Ints:
    """The contacts of some incidents, one entry for each child in them."""
    _, incident = np.unique(contacts.incident, return_inverse=True)
    is_asked = chance(rng, share, int(incident.max()) + 1)
    return np.flatnonzero(is_asked[incident] & ~contacts.is_open_case)


def _answered(
    rng: np.random.Generator, contacts: Contacts, season: Season, asked: Ints, snapshot: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """Child, check, asked and answered, in order of time; what comes after the snapshot is not known."""
    _, first, check = np.unique(contacts.incident[asked], return_index=True, return_inverse=True)
    received = contacts.received[asked][first]
    at = front_door.in_hours(rng, season, received, *_ASKED_WITHIN)
    answered = front_door.decide(rng, season, at, snapshot)
    answered = np.where(chance(rng, _NEVER_ANSWERED, len(at)), NONE, answered)
    end = (snapshot + 1) * MINUTES_A_DAY
    answered = np.where(answered < end, answered, NONE)
    rank = np.argsort(np.argsort(at, kind="stable"), kind="stable")
    order = np.lexsort((contacts.child[asked], rank[check]))
    order = order[at[check[order]] < end]
    check, child = check[order], contacts.child[asked][order]
    return child, rank[check], at[check], answered[check]
