"""The Children in Need census: a council's yearly XML (2017 to 2026), read into happenings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from xml.etree.ElementTree import Element

from lantern import codelist
from lantern.contract import LONDON
from lantern.partner import census_file, identity, lifespan
from lantern.partner.census_file import CensusFile, text_of
from lantern.partner.census_record import Referral, place_among
from lantern.partner.happening import Happening, Refused, Source
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError, end_of_day
from lantern.partner.inventory import Inventory

FORMAT = "cin_census"
MAPPING_VERSION = "cin_census-2017-2026"
_SEXES = {"M": "M", "F": "F", "U": "U", "1": "M", "2": "F", "0": "U", "9": "U"}
"""Sex since 2024-25, and GenderCurrent before it."""
_YEAR_END = (3, 31)


@dataclass
class _Reading:
    """What was told already, so that an older census never repeats or overrules a newer one."""

    inventory: Inventory
    is_many: bool
    told_by_newer: set[str] = field(default_factory=set)
    told_here: set[str] = field(default_factory=set)


def source(files: list[Path], snapshot_at: datetime | None) -> Source:
    """
    Open one census, or several years of them: where two tell of one referral, the newest counts.

    The snapshot is the end of the newest reference date: what was still open then is censored there.
    """
    returns = sorted(
        (census_file.opened(path, number) for number, path in enumerate(files, start=1)),
        key=lambda each: (each.reference_on, each.number),
        reverse=True,
    )
    inventory = Inventory(unit="child")
    newest, oldest = returns[0].reference_on, returns[-1].reference_on
    return Source(
        source_format=FORMAT,
        partner_type="csc",
        mapping_version=MAPPING_VERSION,
        snapshot_at=snapshot_at or end_of_day(newest),
        happenings=_happenings(returns, _Reading(inventory, is_many=len(returns) > 1)),
        period_from=_year_start(oldest),
        period_to=newest,
        inventory=inventory,
    )


def _year_start(reference_on: date) -> date:
    """The 1 April before a reference date."""
    is_past = (reference_on.month, reference_on.day) > _YEAR_END
    return date(reference_on.year if is_past else reference_on.year - 1, 4, 1)


def _happenings(returns: list[CensusFile], reading: _Reading) -> Iterator[Happening | Refused]:
    for each in returns:
        dates = DateReader(end_of_day(each.reference_on), formats=census_file.XML_DATE)
        name = f"file {each.number}"
        reading.inventory.files[name] = each.path.name
        for number, child in enumerate(reading.inventory.counting(name, each.children()), start=1):
            where = f"file {each.number}, child {number}" if reading.is_many else f"child {number}"
            yield from _child(child, dates, each.reference_on.year, where, reading)
        reading.told_by_newer |= reading.told_here


def _child(
    child: Element, dates: DateReader, year: int, where: str, reading: _Reading
) -> Iterator[Happening | Refused]:
    local_id = text_of(child, "ChildIdentifiers/LAchildID")
    if not local_id:
        yield Refused("person_missing", where)
        return
    left_out: list[str] = []
    person = _person(child, local_id, dates, left_out)
    for reason in left_out:
        yield Refused(reason, where, is_kept=True)
    yield from _lifespan(person, text_of(child, "ChildIdentifiers/PersonDeathDate"), dates, where, reading)
    details = child.findall("CINdetails")
    if not details:
        yield Refused("referral_missing", where)
    alike: dict[str, list[str]] = {}
    for number, detail in enumerate(details, start=1):
        place = place_among(alike.setdefault(text_of(detail, "CINreferralDate"), []), detail)
        referral = Referral(detail, person, dates, year, f"{where}, referral {number}", place)
        if referral.record in reading.told_by_newer:
            continue
        for each in referral.happenings():
            if isinstance(each, Happening):
                reading.told_here.add(referral.record)
            yield each


def _lifespan(
    person: Person, death: str, dates: DateReader, where: str, reading: _Reading
) -> Iterator[Happening | Refused]:
    made = [lifespan.birth(person)]
    try:
        made.append(lifespan.death(person, death, dates))
    except UnusableError as error:
        yield Refused(error.reason, f"{where}, PersonDeathDate")
    for happening in made:
        if happening and (name := f"{happening.event_type}|{happening.record}") not in reading.told_by_newer:
            reading.told_here.add(name)
            happening.where = where
            yield happening


def _person(child: Element, local_id: str, dates: DateReader, left_out: list[str]) -> Person:
    numbers = [text_of(child, f"ChildIdentifiers/{name}") for name in ("UPN", "FormerUPN")]
    left_out.extend("upn_invalid" for number in numbers if number and identity.valid_upn(number) is None)
    sex = text_of(child, "ChildIdentifiers/Sex") or text_of(child, "ChildIdentifiers/GenderCurrent")
    if sex and sex.upper() not in _SEXES:
        left_out.append("sex_invalid")
    ethnicity = text_of(child, "ChildCharacteristics/Ethnicity").upper()
    groups = codelist.translation("ethnicity", "ethnic_group")
    if ethnicity and ethnicity not in groups:
        left_out.append("ethnicity_unknown")
    disabilities = {text_of(each) for each in child.findall("ChildCharacteristics/Disabilities/Disability")} - {""}
    return Person(
        local_id=local_id,
        # A child who moved from a temporary number is still known elsewhere by it.
        upn=next((number for number in numbers if identity.valid_upn(number)), ""),
        dob=_birth(text_of(child, "ChildIdentifiers/PersonBirthDate"), dates, left_out, is_past=True),
        expected_dob=_birth(text_of(child, "ChildIdentifiers/ExpectedPersonBirthDate"), dates, left_out, is_past=False),
        sex=_SEXES.get(sex.upper(), ""),
        ethnic_group=groups.get(ethnicity, ""),
        disability="" if not disabilities else "n" if disabilities == {"NONE"} else "y",
    )


def _birth(text: str, dates: DateReader, left_out: list[str], *, is_past: bool) -> date | None:
    try:
        born = dates.birth(text)
    except UnusableError:
        left_out.append("birth_date_unreadable")
        return None
    if born and identity.plausible_birth(born) is None:
        left_out.append("birth_date_implausible")
        return None
    if is_past and born and born > dates.snapshot.astimezone(LONDON).date():
        left_out.append("birth_date_after_snapshot")
        return None
    return born
