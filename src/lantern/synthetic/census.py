"""The invented council's Children in Need census: one XML file a year, from the same records as its tables."""

from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

from lantern.synthetic.caseload import COUNCIL, Records
from lantern.synthetic.casework import Cases
from lantern.synthetic.council import factors_of
from lantern.synthetic.defect import Planting
from lantern.synthetic.draw import Ints
from lantern.synthetic.season import Season, day_number
from lantern.synthetic.sheet import day_texts

_FIRST_WITH_SEX = 2025
_GENDERS = {"M": "1", "F": "2", "U": "0"}
_TARGET, _REVIEW_DAYS = 15, 90


def years(first_day: date, snapshot: date) -> list[int]:
    """Every census year, named by the 31 March it ends on, that ends after the first day and by the snapshot."""
    ended = snapshot.year if snapshot >= date(snapshot.year, 3, 31) else snapshot.year - 1
    begun = first_day.year if first_day <= date(first_day.year, 3, 31) else first_day.year + 1
    return list(range(begun, ended + 1))


def write(folder: Path, records: Records, season: Season, year: int, slips: Planting) -> None:
    """
    One year's return: referrals in the year, and cases open at any time in it.

    Everything stands as it was known on 31 March: what came later is not in it.
    """
    start, reference = day_number(date(year - 1, 4, 1)), day_number(date(year, 3, 31))
    cases = records.cases.as_known_on(reference)
    cases = cases.only((cases.referred <= reference) & ((cases.closed < 0) | (cases.closed >= start)))
    cases = cases.only(np.lexsort((cases.referred, cases.child)))
    root = ET.Element("Message")
    _header(root, year)
    children = ET.SubElement(root, "Children")
    days = _Days(cases, records, season)
    previous, node, number = -1, children, 0
    for index, child in enumerate(cases.child.tolist()):
        if child != previous:
            node, number = ET.SubElement(children, "Child"), number + 1
            _child(node, records, days, child=child, year=year, reference=reference)
            previous = child
        _details(node, cases, days, index, reference)
        if cases.is_told_twice[index] and days.conference[index]:
            slips.note("conference_twice", COUNCIL, f"cin_census/CIN_{year}.xml", [f"child {number}"])
    ET.indent(root)
    folder.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(folder / f"CIN_{year}.xml", encoding="utf-8", xml_declaration=True)


class _Days:
    """Every date of the cases as text, made once."""

    def __init__(self, cases: Cases, records: Records, season: Season) -> None:
        self.referred = day_texts(cases.referred)
        self.closed = day_texts(cases.closed)
        self.assessment = day_texts(cases.assessment)
        self.assessed = day_texts(cases.assessed)
        self.enquired = day_texts(cases.enquired)
        self.target = day_texts(season.add(cases.enquired, np.full(len(cases), _TARGET)))
        self.conference = day_texts(cases.conference)
        self.plan = day_texts(cases.plan)
        self.plan_ended = day_texts(cases.plan_ended)
        self.review = day_texts(cases.plan + _REVIEW_DAYS)
        self.born = day_texts(records.register.born)


def _header(root: ET.Element, year: int) -> None:
    header = ET.SubElement(root, "Header")
    collection = ET.SubElement(header, "CollectionDetails")
    _texts(collection, {"Collection": "CIN", "Year": str(year), "ReferenceDate": f"{year}-03-31"})
    source = ET.SubElement(header, "Source")
    _texts(
        source,
        {
            "SourceLevel": "L",
            "LEA": "999",
            "SoftwareCode": "Invented",
            "Release": "1",
            "SerialNo": "001",
            "DateTime": f"{year}-06-30T09:00:00",
        },
    )


def _texts(node: ET.Element, entries: dict[str, str]) -> None:
    for tag, text in entries.items():
        if text:
            ET.SubElement(node, tag).text = text


def _child(node: ET.Element, records: Records, days: "_Days", *, child: int, year: int, reference: int) -> None:
    people, register, entry = records.people, records.register, int(records.entry_of[child])
    is_unborn = bool(people.born[child] > reference)
    born = days.born[entry]
    sex = "U" if is_unborn else register.sex[entry]
    upn = "" if is_unborn else register.upn[entry]
    _texts(
        ET.SubElement(node, "ChildIdentifiers"),
        {
            "LAchildID": records.id_of[entry],
            "UPN": upn,
            "UPNunknown": "" if upn else "UN1",
            "PersonBirthDate": "" if is_unborn else born,
            "ExpectedPersonBirthDate": born if is_unborn else "",
            "Sex": sex if year >= _FIRST_WITH_SEX else "",
            "GenderCurrent": "" if year >= _FIRST_WITH_SEX else _GENDERS[sex],
        },
    )
    characteristics = ET.SubElement(node, "ChildCharacteristics")
    _texts(characteristics, {"Ethnicity": str(people.ethnicity[child])})
    disabilities = ET.SubElement(characteristics, "Disabilities")
    _texts(disabilities, {"Disability": "LD" if people.is_disabled[child] else "NONE"})


def _details(node: ET.Element, cases: Cases, days: _Days, index: int, reference: int) -> None:
    details = ET.SubElement(node, "CINdetails")
    closed = days.closed[index]
    _texts(
        details,
        {
            "CINreferralDate": days.referred[index],
            "ReferralSource": str(cases.source[index]),
            "PrimaryNeedCode": str(cases.need[index]),
            "CINclosureDate": closed,
            "ReasonForClosure": str(cases.closure[index]) if closed else "",
            "DateOfInitialCPC": days.conference[index] if cases.is_told_twice[index] else "",
        },
    )
    if days.assessment[index]:
        _assessment(details, cases, days, index)
    if days.enquired[index]:
        _enquiry(details, cases, days, index)
    ET.SubElement(details, "ReferralNFA").text = "true" if cases.is_nfa[index] else "false"
    if days.plan[index]:
        _plan(details, cases, days, index, reference)


def _assessment(details: ET.Element, cases: Cases, days: _Days, index: int) -> None:
    node = ET.SubElement(details, "Assessments")
    done = days.assessed[index]
    _texts(node, {"AssessmentActualStartDate": days.assessment[index], "AssessmentAuthorisationDate": done})
    if done:
        found = ET.SubElement(node, "FactorsIdentifiedAtAssessment")
        for code in factors_of(cases.factors[index]):
            ET.SubElement(found, "AssessmentFactors").text = code


def _enquiry(details: ET.Element, cases: Cases, days: _Days, index: int) -> None:
    held = days.conference[index]
    is_needless = not held and cases.enquiry_ended[index] >= 0 and not cases.is_silent[index]
    _texts(
        ET.SubElement(details, "Section47"),
        {
            "S47ActualStartDate": days.enquired[index],
            "InitialCPCtarget": "" if is_needless else days.target[index],
            "DateOfInitialCPC": held,
            "ICPCnotRequired": "true" if is_needless else "false",
        },
    )


def _plan(details: ET.Element, cases: Cases, days: _Days, index: int, reference: int) -> None:
    node = ET.SubElement(details, "ChildProtectionPlans")
    abuse = str(cases.abuse[index])
    _texts(
        node,
        {
            "CPPstartDate": days.plan[index],
            "CPPendDate": days.plan_ended[index],
            "InitialCategoryOfAbuse": abuse,
            "LatestCategoryOfAbuse": abuse,
            "NumberOfPreviousCPP": str(cases.earlier_plans[index]),
        },
    )
    last = _last_day(cases.plan_ended, index, reference)
    if cases.plan[index] + _REVIEW_DAYS <= last:
        _texts(ET.SubElement(node, "Reviews"), {"CPPreviewDate": days.review[index]})


def _last_day(ended: Ints, index: int, reference: int) -> int:
    return reference if ended[index] < 0 else int(ended[index])
