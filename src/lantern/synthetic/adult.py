"""Adults at risk of the invented area, and the concerns and enquiries of adult social care about them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lantern.synthetic import front_door, name, sheet
from lantern.synthetic.draw import NONE, Ints, Texts, chance, picked
from lantern.synthetic.population import DAYS_A_YEAR, ETHNICITIES, Population, moves, postcodes, renamed
from lantern.synthetic.register import Habits, Register
from lantern.synthetic.season import MINUTES_A_DAY, Season

ADULT_CARE = "riverton_adult_social_care"
_CONCERNS_A_REFERRAL = 0.68
"""2,300 concerns a year beside 3,400 referrals of children (640,240 and 632,830 in England, less the filtered out)."""
_PEOPLE_A_CONCERN = 4.8
_LIKE_THE_LAST = 0.95
"""
Adults for each concern a year, and how often a concern is decided as the person's others are.

Set so that each person with a section 42 enquiry has 1.24 of them in a year, as in England (185,270 of 148,830 people,
SAC 2024-25). How many come back with a concern is not published; 40 % within 12 months is what goes with it.
"""
_FRAILTY_SHAPE = 0.5
_OLDER, _WOMEN = 0.63, 0.60
_LEAVERS_A_THOUSAND = 1.5
"""Concerns about someone who was known as a child and has since turned eighteen, per thousand (assumed)."""
_HABITS = Habits(nhs=0.90, known_as=0.05, placeholder=0.004)
_UNDECIDED, _OPEN_ENQUIRY = 0.004, 0.01
_DECISIONS = {
    "Section 42 enquiry": 28.9, "Other enquiry": 1.6, "No further action": 48.0, "Information and advice": 12.0,
    "Signposted to another service": 7.0, "Passed to allocated worker": 2.5,
}  # fmt: skip
"""Of concerns, 28.9 % became section 42 enquiries in 2024-25 (SAC); the rest is assumed."""
_SOURCES = {
    "Care home": 24.0, "Hospital": 14.0, "Ambulance service": 10.0, "Police": 12.0, "Domiciliary care agency": 9.0,
    "GP": 4.0, "Family member": 8.0, "Self": 2.5, "Social worker": 7.0, "Housing": 4.0, "Charity": 3.0, "Unknown": 2.5,
}  # fmt: skip
_RISKS = {
    "Neglect and acts of omission": 32.0, "Physical abuse": 18.0, "Financial or material": 14.0,
    "Psychological abuse": 13.0, "Self-neglect": 9.0, "Domestic abuse": 6.0, "Organisational abuse": 4.0,
    "Sexual abuse": 3.0, "Sexual exploitation": 0.4, "Modern slavery": 0.4, "Discriminatory abuse": 0.2,
}  # fmt: skip
_SECOND_RISK = 0.2
_RISK_SOURCES = {"Service provider": 33.0, "Known to the individual": 52.0, "Unknown to the individual": 15.0}
_LOCATIONS = {
    "Own home": 46.0, "Care home - residential": 22.0, "Care home - nursing": 11.0, "Hospital - acute": 5.0,
    "Hospital - mental health": 2.0, "Hospital - community": 1.0, "In the community": 4.0, "In a community service": 3.0,
    "Other": 6.0,
}  # fmt: skip
_OUTCOMES = {
    "Risk removed": 19.0, "Risk reduced": 43.5, "Risk remained": 7.5, "No risk identified": 15.0,
    "Assessment inconclusive": 8.0, "Enquiry ceased at individual's request": 7.0,
}  # fmt: skip
"""Of those with a risk identified, 89 % removed or reduced (SAC)."""
_WISHES = {
    "Fully achieved": 42.0, "Partially achieved": 18.0, "Not achieved": 4.0, "Asked but none expressed": 12.0,
    "Not asked": 15.0, "Don't know": 4.0, "Not recorded": 5.0,
}  # fmt: skip
_CAPACITY = {"Yes": 32.0, "No": 58.0, "Don't know": 5.0, "Not recorded": 5.0}
_SUPPORTED = 0.84
_MEDIAN_ENQUIRY_DAYS, _ENQUIRY_SPREAD = 35, 0.8


@dataclass(frozen=True)
class Concerns:
    """One entry per concern: minutes since 1970, -1 is none. `adult` is a place in `people`."""

    people: Population
    true_person: list[str]
    adult: Ints
    received: Ints
    decided: Ints
    decision: Texts
    source: Texts

    @property
    def is_enquiry(self) -> Ints:
        """The concerns that led to an enquiry."""
        return np.flatnonzero((self.decided >= 0) & np.isin(self.decision, ["Section 42 enquiry", "Other enquiry"]))


def concerns(
    rng: np.random.Generator,
    season: Season,
    children: Population,
    *,
    referrals_a_year: int,
    first: int,
    snapshot: int,
    nhs: list[str],
) -> Concerns:
    """Every concern of the span, about adults who are no one's children here but for a few who have grown up."""
    years = (snapshot - first) / DAYS_A_YEAR
    count = int(_CONCERNS_A_REFERRAL * referrals_a_year * years)
    size = int(_PEOPLE_A_CONCERN * _CONCERNS_A_REFERRAL * referrals_a_year)
    leavers = _leavers(rng, children, max(1, int(_LEAVERS_A_THOUSAND * count / 1_000)), snapshot)
    people = _adults(rng, children, size, leavers, first=first, snapshot=snapshot, nhs=nhs)
    weight = rng.gamma(_FRAILTY_SHAPE, 1 / _FRAILTY_SHAPE, size)
    adult = rng.choice(size, size=count, p=weight / weight.sum())
    received = season.arrivals_between(rng, np.full(count, "5A"), first, snapshot)
    grown = children.adult_on(leavers)
    later = rng.integers(grown, snapshot + 1) * MINUTES_A_DAY + rng.integers(9 * 60, 17 * 60, len(leavers))
    adult, received = np.concatenate([adult, size + np.arange(len(leavers))]), np.concatenate([received, later])
    order = np.argsort(received, kind="stable")
    adult, received = adult[order], received[order]
    decided = front_door.decide(rng, season, received, snapshot)
    is_open = chance(rng, _UNDECIDED, len(adult)) | (decided >= (snapshot + 1) * MINUTES_A_DAY)
    return Concerns(
        people=people,
        true_person=[f"adult_{each:06d}" for each in range(size)] + [f"person_{each:06d}" for each in leavers.tolist()],
        adult=adult,
        received=received,
        decided=np.where(is_open, NONE, decided),
        decision=_decisions(rng, adult),
        source=picked(rng, _SOURCES, len(adult)),
    )


def _decisions(rng: np.random.Generator, adult: Ints) -> Texts:
    """What is decided on each concern: of one person mostly the same."""
    usual = picked(rng, _DECISIONS, int(adult.max(initial=0)) + 1)[adult]
    return np.where(chance(rng, _LIKE_THE_LAST, len(adult)), usual, picked(rng, _DECISIONS, len(adult)))


def write(
    rng: np.random.Generator, folder: Path, season: Season, found: Concerns, snapshot: int
) -> tuple[dict[str, int], int]:
    """
    Write both tables.

    Returns:
        Every id of an adult with the place in `found.people` it stands for, and how many enquiries there are.
    """
    who, entry = np.unique(found.adult, return_inverse=True)
    seen = np.zeros(len(who), dtype=np.int64)
    np.maximum.at(seen, entry, found.received // MINUTES_A_DAY)
    register = Register.of(rng, found.people, _HABITS, who, seen)
    ids = [f"A{each}" for each in (10_000 + rng.permutation(9 * len(who))[: len(who)]).tolist()]
    numbers = [f"SC{30_000 + number}" for number in range(len(entry))]
    listed = entry.tolist()
    born = sheet.day_texts(register.born, "%d/%m/%Y")
    sheet.write(
        folder / "concerns.csv",
        {
            "concern_id": numbers,
            "person_id": [ids[each] for each in listed],
            "nhs_number": [register.nhs[each] for each in listed],
            "forename": [register.forename[each] for each in listed],
            "surname": [register.surname[each] for each in listed],
            "date_of_birth": [born[each] for each in listed],
            "sex": [register.sex[each] for each in listed],
            "ethnicity": found.people.ethnicity[found.adult].tolist(),
            "postcode": [register.postcode[each] for each in listed],
            "received_at": sheet.minute_texts(found.received, "%d/%m/%Y %H:%M"),
            "source": found.source.tolist(),
            "decided_at": sheet.minute_texts(found.decided, "%d/%m/%Y %H:%M"),
            "decision": np.where(found.decided >= 0, found.decision, "").tolist(),
        },
    )
    asked = found.is_enquiry
    who_of = [ids[each] for each in entry[asked].tolist()]
    columns = {"person_id": who_of, "concern_id": [numbers[each] for each in asked.tolist()]}
    sheet.write(folder / "enquiries.csv", columns | _enquiries(rng, season, found, asked, snapshot))
    return dict(zip(ids, who.tolist(), strict=True)), len(asked)


def _enquiries(
    rng: np.random.Generator, season: Season, found: Concerns, asked: Ints, snapshot: int
) -> dict[str, list[str]]:
    """How each enquiry began and, once it is concluded, what came of it."""
    size = len(asked)
    started = np.minimum(season.add(found.decided[asked] // MINUTES_A_DAY, rng.integers(0, 6, size)), snapshot)
    days = np.maximum(1, _MEDIAN_ENQUIRY_DAYS * np.exp(_ENQUIRY_SPREAD * rng.standard_normal(size))).astype(np.int64)
    ended = np.where(chance(rng, _OPEN_ENQUIRY, size) | (started + days > snapshot), NONE, started + days)
    first, second = picked(rng, _RISKS, size), picked(rng, _RISKS, size)
    has_second = chance(rng, _SECOND_RISK, size) & (first != second)
    capacity = picked(rng, _CAPACITY, size)
    support = np.where(chance(rng, _SUPPORTED, size), "Advocate", "Not supported")
    concluded = {
        "risk_types": np.where(has_second, np.char.add(np.char.add(first, ";"), second), first),
        "risk_source": picked(rng, _RISK_SOURCES, size),
        "risk_location": picked(rng, _LOCATIONS, size),
        "risk_outcome": picked(rng, _OUTCOMES, size),
        "wishes_outcome": picked(rng, _WISHES, size),
        "lacked_capacity": capacity,
        "supported": np.where(capacity == "Yes", support, ""),
    }
    return {
        "enquiry_id": [f"SE{number}" for number in range(size)],
        "started_at": sheet.day_texts(started, "%d/%m/%Y"),
        "ended_at": sheet.day_texts(ended, "%d/%m/%Y"),
        "enquiry_type": found.decision[asked].tolist(),
    } | {heading: np.where(ended >= 0, cells, "").tolist() for heading, cells in concluded.items()}


def _leavers(rng: np.random.Generator, children: Population, wanted: int, snapshot: int) -> Ints:
    """A few who have turned eighteen: they start anew, with another id and the same NHS number."""
    grown = np.flatnonzero(children.adult_on(np.arange(len(children))) < snapshot)
    return np.sort(rng.permutation(grown)[:wanted])


def _adults(
    rng: np.random.Generator,
    children: Population,
    size: int,
    leavers: Ints,
    *,
    first: int,
    snapshot: int,
    nhs: list[str],
) -> Population:
    """Adults, each a household of one, and after them those who were children here."""
    is_older = chance(rng, _OLDER, size)
    age = np.where(is_older, 65 + 32 * rng.random(size) ** 0.8, 22 + 43 * rng.random(size))
    born = (snapshot - age * DAYS_A_YEAR).astype(np.int64)
    is_woman = chance(rng, _WOMEN, size)
    day, surnames, former = renamed(rng, rng.choice(name.SURNAMES, size=size), first, snapshot)
    grown = leavers.tolist()
    own = children.family[leavers]
    homes = postcodes(rng, size * children.homes.shape[1]).reshape(size, -1)
    forenames = np.where(is_woman, rng.choice(name.FORENAMES_F, size=size), rng.choice(name.FORENAMES_M, size=size))
    count = size + len(grown)
    return Population(
        frailty=np.ones(count),
        moves=np.concatenate([moves(rng, size, first, snapshot), children.moves[own]]),
        homes=np.concatenate([homes, children.homes[own]]),
        family=np.arange(count),
        born=np.concatenate([born, children.born[leavers]]),
        is_unborn=np.zeros(count, dtype=bool),
        sex=np.concatenate([np.where(is_woman, "F", "M"), children.sex[leavers]]),
        ethnicity=np.concatenate([picked(rng, ETHNICITIES, size), children.ethnicity[leavers]]),
        is_disabled=chance(rng, 0.5, count),
        forename=forenames.tolist() + [children.forename[each] for each in grown],
        surname=surnames.tolist() + [children.surname[each] for each in grown],
        former_surname=former.tolist() + [children.former_surname[each] for each in grown],
        renamed=np.concatenate([day, children.renamed[leavers]]),
        nhs=nhs[:size] + [children.nhs[each] for each in grown],
        upn=[""] * count,
    )
