"""The Children in Need census: a council's yearly XML (2017 to 2026), read into happenings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from lantern import codelist
from lantern.errors import DeliveryRefused
from lantern.partner import identity
from lantern.partner.census_record import Referral, text_of
from lantern.partner.happening import Happening, Refused, Source
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError, end_of_day, naive

FORMAT = "cin_census"
MAPPING_VERSION = "cin_census-2017-2026"
_SEXES = {"M": "M", "F": "F", "U": "U", "1": "M", "2": "F", "0": "U", "9": "U"}
"""Sex since 2024-25, and GenderCurrent before it."""
_YEAR_END = (3, 31)
_XML_DATE = ("%Y-%m-%d%z",)
"""A date in XML may carry an offset; without one it is ISO and read as such."""


@dataclass(frozen=True)
class _Return:
    """One census file: its place among the files given, its reference date and its children."""

    number: int
    reference_on: date
    children: list[Element]


@dataclass
class _Reading:
    """What was told already, so that an older census never repeats or overrules a newer one."""

    is_many: bool
    told_by_newer: set[str] = field(default_factory=set)
    told_here: set[str] = field(default_factory=set)


def source(files: list[Path], snapshot_at: datetime | None) -> Source:
    """
    Open one census, or several years of them: where two tell of one referral, the newest counts.

    The snapshot is the end of the newest reference date: what was still open then is censored there.
    """
    returns = sorted(
        (_read(path, number) for number, path in enumerate(files, start=1)),
        key=lambda each: (each.reference_on, each.number),
        reverse=True,
    )
    newest, oldest = returns[0].reference_on, returns[-1].reference_on
    return Source(
        source_format=FORMAT,
        partner_type="csc",
        mapping_version=MAPPING_VERSION,
        snapshot_at=snapshot_at or end_of_day(newest),
        happenings=_happenings(returns, _Reading(is_many=len(returns) > 1)),
        period_from=_year_start(oldest),
        period_to=newest,
    )


def _year_start(reference_on: date) -> date:
    """The 1 April before a reference date."""
    is_past = (reference_on.month, reference_on.day) > _YEAR_END
    return date(reference_on.year if is_past else reference_on.year - 1, 4, 1)


def _read(path: Path, number: int) -> _Return:
    try:
        root = parse(path, forbid_dtd=True).getroot()
    except DefusedXmlException:
        raise DeliveryRefused(
            f"cin_census, file {number}: it declares a document type, which a census never does. "
            "Nothing was made. Export it again, and find out who changed it."
        ) from None
    except (ParseError, OSError, LookupError, ValueError):
        raise DeliveryRefused(
            f"cin_census, file {number}: it cannot be read as XML. Nothing was made. Export it again."
        ) from None
    if root is None:
        raise DeliveryRefused(f"cin_census, file {number}: it is empty. Nothing was made. Export it again.")
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rsplit("}", maxsplit=1)[-1]
    children = root.findall("./Children/Child")
    if root.tag != "Message" or not children:
        raise DeliveryRefused(
            f"cin_census, file {number}: no Message/Children/Child is in it. Nothing was made. "
            "Give the census file that is sent to the department."
        )
    try:
        reference_on = naive(text_of(root, "Header/CollectionDetails/ReferenceDate"), _XML_DATE, iso=True).date()
    except UnusableError:
        raise DeliveryRefused(
            f"cin_census, file {number}: Header/CollectionDetails/ReferenceDate is missing or not a date. "
            "Nothing was made. Export it again with its header."
        ) from None
    return _Return(number, reference_on, children)


def _happenings(returns: list[_Return], reading: _Reading) -> Iterator[Happening | Refused]:
    for each in returns:
        dates = DateReader(end_of_day(each.reference_on), formats=_XML_DATE)
        for number, child in enumerate(each.children, start=1):
            where = f"file {each.number}, child {number}" if reading.is_many else f"child {number}"
            yield from _child(child, dates, where, reading)
        reading.told_by_newer |= reading.told_here


def _child(child: Element, dates: DateReader, where: str, reading: _Reading) -> Iterator[Happening | Refused]:
    local_id = text_of(child, "ChildIdentifiers/LAchildID")
    if not local_id:
        yield Refused("person_missing", where)
        return
    left_out: list[str] = []
    person = _person(child, local_id, dates, left_out)
    for reason in left_out:
        yield Refused(reason, where, is_kept=True)
    details = child.findall("CINdetails")
    if not details:
        yield Refused("referral_missing", where)
    for number, detail in enumerate(details, start=1):
        referral = Referral(detail, person, dates, f"{where}, referral {number}")
        if referral.record in reading.told_by_newer:
            continue
        for each in referral.happenings():
            if isinstance(each, Happening):
                reading.told_here.add(referral.record)
            yield each


def _person(child: Element, local_id: str, dates: DateReader, left_out: list[str]) -> Person:
    upn = text_of(child, "ChildIdentifiers/UPN")
    if upn and identity.valid_upn(upn) is None:
        left_out.append("upn_invalid")
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
        upn=upn,
        dob=_birth(text_of(child, "ChildIdentifiers/PersonBirthDate"), dates, left_out),
        expected_dob=_birth(text_of(child, "ChildIdentifiers/ExpectedPersonBirthDate"), dates, left_out),
        sex=_SEXES.get(sex.upper(), ""),
        ethnic_group=groups.get(ethnicity, ""),
        disability="" if not disabilities else "n" if disabilities == {"NONE"} else "y",
    )


def _birth(text: str, dates: DateReader, left_out: list[str]) -> date | None:
    try:
        born = dates.birth(text)
    except UnusableError:
        left_out.append("birth_date_unreadable")
        return None
    if born and identity.plausible_birth(born) is None:
        left_out.append("birth_date_implausible")
        return None
    return born
