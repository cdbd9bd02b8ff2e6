"""The invented council's Annex A workbook: lists of the last six months, from the same records as its tables."""

from datetime import date
from pathlib import Path

import numpy as np

from lantern.synthetic import sheet
from lantern.synthetic.caseload import Records
from lantern.synthetic.casework import Cases
from lantern.synthetic.draw import NONE, Ints
from lantern.synthetic.notice import Columns
from lantern.synthetic.population import DAYS_A_YEAR

FILE = "Annex_A.xlsx"
_SPAN_DAYS = 183
_SEXES = {"M": "a) Male", "F": "b) Female", "U": "c) Not stated/recorded (or unborn)"}
_ABUSE = {"NEG": "Neglect", "EMO": "Emotional abuse", "PHY": "Physical abuse", "SAB": "Sexual abuse", "MUL": "MUL"}


def write(path: Path, records: Records, snapshot: int) -> None:
    """Write lists 1 to 8 as they stand at the snapshot: dates alone, no names and no decisions on contacts."""
    cases, since = records.cases.as_known_on(snapshot), snapshot - _SPAN_DAYS
    contacts = records.contacts
    recent = np.flatnonzero(contacts.received_day >= since)
    referred = cases.only(cases.referred >= since)
    assessed = cases.only((cases.assessment >= 0) & ((cases.assessed < 0) | (cases.assessed >= since)))
    enquired = cases.only(cases.enquired >= since)
    in_need = cases.only(~cases.is_nfa & ((cases.closed < 0) | (cases.closed >= since)))
    planned = cases.only((cases.plan >= 0) & ((cases.plan_ended < 0) | (cases.plan_ended >= since)))
    sheet.write_workbook(
        path,
        {
            "List 1": _child(records, records.of_contact[recent], snapshot)
            | {
                "Date of Contact": _days(contacts.received_day[recent]),
                "Contact Source": contacts.source[recent].tolist(),
            },
            "List 2": _headings("Assessment start date", "Assessment completion date"),
            "List 3": _of(records, referred, snapshot)
            | {
                "Date of referral": _days(referred.referred),
                "Referral Source": referred.source.tolist(),
                "Referral NFA?": np.where(referred.is_nfa, "a) Yes", "b) No").tolist(),
            },
            "List 4": _of(records, assessed, snapshot)
            | {
                "Continuous Assessment Start Date": _days(assessed.assessment),
                "Continuous Assessment Date of Authorisation": _days(assessed.assessed),
            },
            "List 5": _of(records, enquired, snapshot) | _protection(enquired),
            "List 6": _of(records, in_need, snapshot)
            | {
                "CIN Start Date": _days(in_need.referred),
                "Primary Need Code": in_need.need.tolist(),
                "CIN Closure Date": _days(in_need.closed),
                "Reason for Closure": np.where(in_need.closed >= 0, in_need.closure, "").tolist(),
            },
            "List 7": _of(records, planned, snapshot) | _plans(planned),
            "List 8": _headings("Date Started to be Looked After", "Date Ceased to be Looked After"),
        },
    )


def _of(records: Records, cases: Cases, snapshot: int) -> Columns:
    return _child(records, records.entry_of[cases.child], snapshot)


def _child(records: Records, entry: Ints, snapshot: int) -> Columns:
    """What every list says of a child; a birth date in the future is the one expected."""
    register = records.register
    born = register.born[entry]
    ages = np.where(born > snapshot, 0, (snapshot - born) / DAYS_A_YEAR).astype(np.int64)
    listed = entry.tolist()
    return {
        "Child Unique ID": [records.id_of[each] for each in listed],
        "Gender": [_SEXES[register.sex[each]] for each in listed],
        "Ethnicity": records.people.ethnicity[register.child[entry]].tolist(),
        "Date of Birth": _days(born),
        "Age of Child (Years)": ages.tolist(),
    }


def _protection(cases: Cases) -> Columns:
    is_over = (cases.enquiry_ended >= 0) & ~cases.is_silent
    has_conference = cases.conference >= 0
    return {
        "Strategy discussion initiating Section 47 Enquiry Start Date": _days(cases.enquired),
        "Was an Initial Child Protection Conference deemed unnecessary?": np.where(
            is_over, np.where(has_conference, "b) No", "a) Yes"), ""
        ).tolist(),
        "Date of Initial Child Protection Conference": _days(cases.conference),
        "Did the Initial Child Protection Conference Result in a Child Protection Plan": np.where(
            has_conference, np.where(cases.plan >= 0, "a) Yes", "b) No"), ""
        ).tolist(),
    }


def _plans(cases: Cases) -> Columns:
    words = [_ABUSE[code] for code in cases.abuse.tolist()]
    return {
        "Child Protection Plan Start Date": _days(cases.plan),
        "Child Protection Plan End Date": _days(cases.plan_ended),
        "Initial Category of Abuse": [*words],
        "Latest Category of Abuse": [*words],
        "Number of Previous Child Protection Plans": cases.earlier_plans.tolist(),
    }


def _headings(*headings: str) -> Columns:
    """A list with nothing in it: what the invented council does not keep."""
    found: Columns = {each: [] for each in ("Child Unique ID", "Gender", "Ethnicity", "Date of Birth", *headings)}
    return found


def _days(days: Ints) -> list[object]:
    """Real dates; an empty cell for none. Excel has no day before 1900."""
    found: list[date | None] = days.astype("datetime64[D]").tolist()
    return [None if day == NONE else each for day, each in zip(days.tolist(), found, strict=True)]
