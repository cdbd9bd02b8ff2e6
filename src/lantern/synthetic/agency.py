"""The other invented partners: police, hospital, schools and housing, each with its own table and habits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lantern.synthetic import sheet
from lantern.synthetic.casework import NONE
from lantern.synthetic.draw import Floats, Ints, chance
from lantern.synthetic.front_door import Contacts
from lantern.synthetic.population import Population
from lantern.synthetic.season import MINUTES_A_DAY, Season, is_lost_hour

_EXTRA = 0.15
"""Share of a partner's records that never became a contact (assumed)."""
_TYPO, _SWAPPED_BIRTH, _FORMER_HOME = 0.025, 0.005, 0.12
_LAST_SWAPPABLE = 12


@dataclass(frozen=True)
class Agency:
    """
    How one partner keeps its records.

    `source` is the contact source it stands behind, `nhs` and `upn` the share of people it has a
    number for (assumed, by kind of partner), `lag` the minutes from its record to the contact.
    """

    partner: str
    file: str
    source: str
    nhs: float
    upn: float
    lag: tuple[int, int]
    columns: Callable[["_Notices"], dict[str, Sequence[object]]]
    has_tenancies: bool = False


@dataclass(frozen=True)
class _Notices:
    """One entry per record of a partner: when, which incident, and the person as this partner knows them."""

    at: Ints
    incident: list[str]
    person: list[str]
    place: list[int]
    family: list[int]
    forename: list[str]
    surname: list[str]
    born: Ints
    sex: list[str]
    postcode: list[str]
    nhs: list[str]
    upn: list[str]
    grade: list[str]

    @property
    def tenant(self) -> list[str]:
        """A landlord has no id for a child: the tenancy and the place in it stand for one."""
        return [f"TEN{family}|{place}" for family, place in zip(self.family, self.place, strict=True)]


def write(
    rng: np.random.Generator, folder: Path, people: Population, contacts: Contacts, *, season: Season, agency: Agency
) -> tuple[dict[int, str], int]:
    """
    Write one partner's table.

    Returns:
        The partner's own id of each child in it, and how many rows it has.
    """
    own = np.flatnonzero(contacts.source == agency.source)
    extra = int(_EXTRA * len(own))
    children = np.concatenate([contacts.child[own], contacts.child[rng.integers(0, len(contacts), extra)]])
    earliest, latest = int(contacts.received.min()), int(contacts.received.max())
    spare = np.clip(season.arrivals(rng, np.full(extra, agency.source)), earliest, latest)
    at = np.concatenate([contacts.received[own], spare]) - rng.integers(*agency.lag, len(own) + extra)
    day, minute = np.divmod(at, MINUTES_A_DAY)
    at = at + np.where(minute == 0, 1, 0) + np.where(is_lost_hour(day, minute), 60, 0)
    incident = np.concatenate([contacts.incident[own], contacts.incident.max() + 1 + np.arange(extra)])
    _, incident = np.unique(incident, return_inverse=True)
    order = np.lexsort((children, at))
    notices = _notices(rng, people, agency, child=children[order], at=at[order], incident=incident[order])
    sheet.write(folder / agency.partner / agency.file, agency.columns(notices))
    local = notices.tenant if agency.has_tenancies else notices.person
    return dict(zip(children[order].tolist(), local, strict=True)), len(order)


def _notices(
    rng: np.random.Generator, people: Population, agency: Agency, *, child: Ints, at: Ints, incident: Ints
) -> _Notices:
    """What a partner wrote down: a slip belongs to its record of the person, so it is drawn once per child."""
    size = len(people)
    ids = 10_000 + rng.permutation(size)
    places = np.arange(size) - np.searchsorted(people.family, people.family, side="left") + 1
    former, swapped = chance(rng, _FORMER_HOME, size), chance(rng, _SWAPPED_BIRTH, size)
    has_nhs, has_upn = chance(rng, agency.nhs, size), chance(rng, agency.upn, size)
    slips = {key: rng.random(size) for key in ("forename", "surname")}
    born = np.where(swapped, _day_and_month_swapped(people.born), people.born)
    grades = rng.choice(["Red", "Amber", "Green", "Blue"], size=len(child), p=[0.08, 0.30, 0.50, 0.12])
    references = 20_000 + rng.permutation(len(child) + 1)
    listed = child.tolist()
    return _Notices(
        at=at,
        incident=[f"{references[each]}" for each in incident.tolist()],
        person=[str(ids[each]) for each in listed],
        place=[int(places[each]) for each in listed],
        family=[int(people.family[each]) for each in listed],
        forename=[_slipped(people.forename[each], slips["forename"], each) for each in listed],
        surname=[_slipped(people.surname[each], slips["surname"], each) for each in listed],
        born=np.where(people.is_unborn[child], NONE, born[child]),
        sex=people.sex[child].tolist(),
        postcode=[(people.former_postcode if former[each] else people.postcode)[each] for each in listed],
        nhs=[people.nhs[each] if has_nhs[each] else "" for each in listed],
        upn=[people.upn[each] if has_upn[each] else "" for each in listed],
        grade=grades.tolist(),
    )


def _slipped(text: str, slips: Floats, child: int) -> str:
    """A name with two letters changed over, for one person in forty."""
    slip = float(slips[child])
    if slip >= _TYPO or len(text) < 4:  # noqa: PLR2004 - shorter names leave no room for a slip
        return text
    at = 1 + int(slip / _TYPO * (len(text) - 2))
    return text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]


def _day_and_month_swapped(born: Ints) -> Ints:
    """3 July for 7 March, where both are dates."""
    dates = born.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    year = dates.astype("datetime64[Y]")
    month = (months - year.astype("datetime64[M]")).astype(np.int64)
    day = (dates - months.astype("datetime64[D]")).astype(np.int64)
    turned = (year.astype("datetime64[M]") + np.minimum(day, 11)).astype("datetime64[D]") + month
    return np.where(day < _LAST_SWAPPABLE, turned.astype(np.int64), born)


def _police(notices: _Notices) -> dict[str, Sequence[object]]:
    sexes = {"M": "Male", "F": "Female", "U": "Unknown"}
    return {
        "notice_ref": [f"PPN{each}" for each in notices.incident],
        "submitted": sheet.minute_texts(notices.at, "%d/%m/%Y %H:%M"),
        "force_person_id": notices.person,
        "first_name": notices.forename,
        "last_name": [each.upper() for each in notices.surname],
        "date_of_birth": sheet.day_texts(notices.born, "%d/%m/%Y"),
        "sex": [sexes[each] for each in notices.sex],
        "home_postcode": notices.postcode,
        "nhs_no": notices.nhs,
        "officer_grade": notices.grade,
    }


def _hospital(notices: _Notices) -> dict[str, Sequence[object]]:
    sexes = {"M": "1", "F": "2", "U": "9"}
    return {
        "AttendanceId": [f"{each}-{number}" for number, each in enumerate(notices.incident)],
        "PatientId": notices.person,
        "FlagRaisedAt": sheet.minute_texts(notices.at, "%Y-%m-%dT%H:%M:%S"),
        "NHSNumber": [f"{each[:3]} {each[3:6]} {each[6:]}".strip() for each in notices.nhs],
        "GivenName": notices.forename,
        "FamilyName": notices.surname,
        "BirthDate": sheet.day_texts(notices.born),
        "SexCode": [sexes[each] for each in notices.sex],
        "Postcode": notices.postcode,
    }


def _schools(notices: _Notices) -> dict[str, Sequence[object]]:
    return {
        "Concern ID": [f"{each}/{number}" for number, each in enumerate(notices.incident)],
        "Passed on": sheet.minute_texts(notices.at, "%d %b %Y %H:%M"),
        "Pupil ID": notices.person,
        "UPN": notices.upn,
        "NHS number": notices.nhs,
        "Legal surname": notices.surname,
        "Legal forename": notices.forename,
        "DOB": sheet.day_texts(notices.born, "%d %b %Y"),
        "Sex": notices.sex,
        "Post code": [each.replace(" ", "").lower() for each in notices.postcode],
    }


def _housing(notices: _Notices) -> dict[str, Sequence[object]]:
    return {
        "alert_no": notices.incident,
        "alert_date": sheet.day_texts(notices.at // MINUTES_A_DAY, "%d.%m.%Y"),
        "tenancy_ref": [f"TEN{each}" for each in notices.family],
        "occupant_no": notices.place,
        "occupant_surname": notices.surname,
        "occupant_forename": notices.forename,
        "occupant_dob": sheet.day_texts(notices.born, "%d.%m.%Y"),
        "occupant_sex": [each.lower() if each != "U" else "" for each in notices.sex],
        "property_postcode": notices.postcode,
        "nhs_number": notices.nhs,
    }


AGENCIES = (
    Agency("riverton_police", "police_notices.csv", "6", 0.08, 0.0, (20, 840), _police),
    Agency("riverton_hospital", "attendances.csv", "3E", 0.98, 0.0, (10, 600), _hospital),
    Agency("riverton_schools", "concerns.csv", "2A", 0.40, 0.97, (5, 90), _schools),
    Agency("riverton_housing", "alerts.csv", "4", 0.04, 0.0, (1, 60), _housing, has_tenancies=True),
)
