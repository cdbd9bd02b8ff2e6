"""Planting slips in the partners' tables, where a real source would have them."""

from calendar import monthrange
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np

from lantern.synthetic.casework import Cases
from lantern.synthetic.defect import Planting
from lantern.synthetic.draw import NONE, Ints
from lantern.synthetic.notice import Columns
from lantern.synthetic.sheet import day_texts

_MARCH, _OCTOBER, _SUNDAY = 3, 10, 6
_FEWEST_OPEN_DAYS = 20
_CORRECTED_DAYS = 70


def of_police(planting: Planting, columns: Columns, file: str, *, first: date, last: date, broader_from: int) -> None:
    """Clocks that change, a grade nobody has agreed, rows written twice, and more told of from one day on."""
    partner, rows = "riverton_police", np.arange(len(columns["notice_ref"]))
    for name, month in (("clock_gap", _MARCH), ("clock_overlap", _OCTOBER)):
        days = [day for year in range(first.year, last.year + 1) if first < (day := _last_sunday(year, month)) < last]
        for each in planting.plant(name, partner, file, rows) if days else []:
            minute = int(planting.rng.integers(0, 60))
            columns["submitted"][each] = f"{days[-1]:%d/%m/%Y} 01:{minute:02d}"
    for each in planting.plant("label_not_mapped", partner, file, rows):
        columns["officer_grade"][each] = "Violet"
    planting.note("broader_definition", partner, file, [f"from {day_texts(np.array([broader_from]))[0]}"])
    repeat(planting, partner, file, columns)


def of_hospital(planting: Planting, columns: Columns, file: str) -> None:
    """A number of ones where the NHS number was not at hand."""
    rows = np.arange(len(columns["PatientId"]))
    for each in planting.plant("nhs_repeated_digit", "riverton_hospital", file, rows):
        columns["NHSNumber"][each] = "111 111 1111"


def of_schools(planting: Planting, columns: Columns, file: str) -> None:
    """Numbers that went through a spreadsheet, and numbers typed in small letters."""
    partner = "riverton_schools"
    for each in planting.plant("nhs_scientific", partner, file, _filled(columns, "NHS number")):
        columns["NHS number"][each] = f"{int(str(columns['NHS number'][each])):.5E}".replace("E+0", "E+")
    for each in planting.plant("upn_lower_case", partner, file, _filled(columns, "UPN")):
        columns["UPN"][each] = str(columns["UPN"][each]).lower()


def of_contacts(planting: Planting, columns: Columns, file: str) -> None:
    """Decisions before the receipt or twice, sources of nobody's list, and rows written twice."""
    partner, rows = "riverton_council", np.arange(len(columns["cont_contact_id"]))
    decided = _filled(columns, "x_cont_decision_dttm")
    for each in planting.plant("decision_before_receipt", partner, file, decided):
        received = datetime.fromisoformat(str(columns["cont_contact_date"][each]))
        early = received - timedelta(hours=int(planting.rng.integers(30, 80)))
        columns["x_cont_decision_dttm"][each] = f"{early:%Y-%m-%d %H:%M:%S}"
    for each in planting.plant("label_not_mapped", partner, file, rows):
        columns["cont_contact_source_code"][each] = "Drop-in desk, old list"
    # A contact decided again is exported as a second row under its id.
    again = planting.some("two_decisions", partner, file, decided)
    planting.note("two_decisions", partner, file, _appended(columns, again))
    for each, original in zip(range(-len(again), 0), again, strict=True):
        first = datetime.fromisoformat(str(columns["x_cont_decision_dttm"][original]))
        columns["x_cont_decision_dttm"][each] = f"{first - timedelta(minutes=1):%Y-%m-%d %H:%M:%S}"
    repeat(planting, partner, file, columns)


def repeat(planting: Planting, partner: str, file: str, columns: Columns) -> None:
    """Some rows again at the end of the table."""
    rows = np.arange(len(next(iter(columns.values()))))
    planting.note(
        "duplicate_row", partner, file, _appended(columns, planting.some("duplicate_row", partner, file, rows))
    )


def second_referrals(planting: Planting, cases: Cases, snapshot: int) -> Cases:
    """The cases and, at their end, referrals of children whose case was open: data errors, closed with it."""
    file, partner = "ssd/ssd_cin_episodes.csv", "riverton_council"
    last = np.minimum(np.where(cases.closed > 0, cases.closed, snapshot), snapshot)
    chosen = planting.some(
        "referral_on_open_case", partner, file, np.flatnonzero(last - cases.referred > _FEWEST_OPEN_DAYS)
    )
    found = cases.only(np.array(chosen, dtype=np.int64))
    day = found.referred + ((last[chosen] - found.referred) // 2)
    none, no = np.full(len(found), NONE), np.zeros(len(found), dtype=bool)
    later = replace(
        found,
        referred=day,
        received=found.received + (day - found.referred) * 1_440,
        decided=found.decided + (day - found.referred) * 1_440,
        is_nfa=no,
        assessment=none,
        assessed=none,
        enquired=none,
        enquiry_ended=none,
        conference=none,
        plan=none,
        plan_ended=none,
    )
    planting.note("referral_on_open_case", partner, file, range(len(cases), len(cases) + len(later)))
    return cases.and_then(later)


def enquiries(planting: Planting, cases: Cases, snapshot: int) -> Cases:
    """Enquiries of which nothing says how they ended, and conferences told of at both levels of the census."""
    partner, known = "riverton_council", cases.as_known_on(snapshot)
    asked = np.flatnonzero(known.enquired >= 0)
    is_over = (known.enquiry_ended[asked] >= 0) & (known.conference[asked] < 0)
    file = "ssd/ssd_s47_enquiry.csv"
    silent = planting.plant("silent_enquiry", partner, file, np.flatnonzero(is_over))
    twice = planting.some("conference_twice", partner, "cin_census/CIN_*.xml", np.flatnonzero(known.conference >= 0))
    is_silent, is_twice = cases.is_silent.copy(), cases.is_told_twice.copy()
    is_silent[asked[silent]] = True
    is_twice[twice] = True
    return replace(cases, is_silent=is_silent, is_told_twice=is_twice)


def corrected(planting: Planting, early: Columns, late: Columns, *, file: str, since: date) -> None:
    """Alerts of the first file that stand in the second again, under the same number and with a later date."""
    days = [datetime.strptime(str(each), "%d.%m.%Y").date() for each in early["alert_date"]]  # noqa: DTZ007 - a date
    near = np.flatnonzero([(since - day).days < _CORRECTED_DAYS for day in days])
    size = len(late["alert_date"])
    chosen = planting.some("late_correction", "riverton_housing", file, near)
    for heading, cells in late.items():
        cells += [early[heading][each] for each in chosen]
    late["alert_date"][size:] = [f"{since + timedelta(days=place):%d.%m.%Y}" for place in range(len(chosen))]
    planting.note("late_correction", "riverton_housing", file, range(size, size + len(chosen)))


def missing_month(first: date, last: date) -> tuple[date, date]:
    """The first and last day of the month in the middle of a span, which one partner never delivers."""
    middle = first + (last - first) // 2
    return middle.replace(day=1), middle.replace(day=monthrange(middle.year, middle.month)[1])


def _filled(columns: Columns, heading: str) -> Ints:
    return np.flatnonzero([bool(cell) for cell in columns[heading]])


def _appended(columns: Columns, rows: list[int]) -> range:
    """Write some rows again at the end, and say which rows these are now."""
    size = len(next(iter(columns.values())))
    for cells in columns.values():
        cells += [cells[each] for each in rows]
    return range(size, size + len(rows))


def _last_sunday(year: int, month: int) -> date:
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() - _SUNDAY) % 7)
