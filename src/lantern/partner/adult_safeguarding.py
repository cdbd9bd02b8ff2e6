"""Adult social care's safeguarding concerns and enquiries: two tables, read into happenings."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from lantern.contract import LONDON
from lantern.partner import bundle, identity, person_label
from lantern.partner.adult_record import PERSON, TABLES, Register
from lantern.partner.bundle import Sheet
from lantern.partner.happening import Happening, Refused, Source
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError
from lantern.partner.table import Row

FORMAT = "adult_safeguarding"
MAPPING_VERSION = "adult_safeguarding-1"
_TITLES: bundle.Names = {
    "concerns": ("concerns", "Safeguarding concerns", "Adult concerns"),
    "enquiries": ("enquiries", "Safeguarding enquiries", "Adult enquiries", "S42 enquiries"),
}
_IDS = {"concerns": "concern", "enquiries": "enquiry"}
_Rows = dict[str, list[tuple[str, Row]]]


def source(files: list[Path], snapshot_at: datetime, leave_out: tuple[str, ...] = ()) -> Source:
    """Open concerns, enquiries or both: CSV files named so, or the sheets of one workbook."""
    sheets, inventory = bundle.opened(files, FORMAT, _TITLES, leave_out=leave_out)
    return Source(
        source_format=FORMAT,
        partner_type="asc",
        mapping_version=MAPPING_VERSION,
        snapshot_at=snapshot_at,
        happenings=_happenings(sheets, DateReader(snapshot_at)),
        period_to=snapshot_at.astimezone(LONDON).date(),
        inventory=inventory,
    )


def _happenings(sheets: dict[str, Sheet], dates: DateReader) -> Iterator[Happening | Refused]:
    register = Register(dates)
    told: _Rows = {}
    for name, (columns, required, _) in TABLES.items():
        if name in sheets:
            numbered = sheets[name].rows({**PERSON, **columns}, ("person", *required))
            told[name] = [(f"{name} row {number}", row) for number, row in numbered]
    yield from _people(told, register)
    register.shared = _shared(told)
    for name, rows in told.items():
        for where, row in rows:
            yield from _record(name, row, where, register)


def _record(name: str, row: Row, where: str, register: Register) -> Iterator[Happening | Refused]:
    register.left_out.clear()
    if not row.is_whole:
        yield Refused("row_shape", where)
        return
    try:
        made = TABLES[name][2](row, register)
    except UnusableError as error:
        yield Refused(error.reason, where)
        return
    for happening in made:
        happening.where = where
        yield happening
    yield from [Refused(reason, where, is_kept=True) for reason in register.left_out]


def _people(told: _Rows, register: Register) -> Iterator[Refused]:
    """Every adult once: each fact from the first row that has it, since both tables may tell it."""
    facts: dict[str, Row] = {}
    places: dict[str, str] = {}
    for where, row in (each for rows in told.values() for each in rows):
        if row["person"] and row.is_whole:
            held = facts.setdefault(row["person"], Row())
            places.setdefault(row["person"], where)
            for name in PERSON:
                if row[name]:
                    held.setdefault(name, row[name])
    for local_id, row in facts.items():
        left_out: list[str] = []
        register.people[local_id] = _person(local_id, row, register.dates, left_out)
        yield from [Refused(reason, places[local_id], is_kept=True) for reason in left_out]


def _person(local_id: str, row: Row, dates: DateReader, left_out: list[str]) -> Person:
    sex, group = person_label.sex(row["sex"]), person_label.ethnic_group(row["ethnicity"])
    if row["nhs"] and identity.valid_nhs(row["nhs"]) is None:
        left_out.append("nhs_invalid")
    left_out.extend(f"{name}_unmapped" for name, code in (("sex", sex), ("ethnicity", group)) if code is None)
    return Person(
        local_id=local_id,
        nhs=row["nhs"],
        forename=row["forename"],
        surname=row["surname"],
        dob=_birth(row["dob"], dates, left_out),
        sex=sex or "",
        postcode=row["postcode"],
        ethnic_group=group or "",
    )


def _birth(text: str, dates: DateReader, left_out: list[str]) -> date | None:
    try:
        born = identity.plausible_birth(dates.birth(text))
    except UnusableError:
        left_out.append("birth_date_unreadable")
        return None
    if born and born > dates.snapshot.astimezone(LONDON).date():
        left_out.append("birth_date_after_snapshot")
        return None
    return born


def _shared(told: _Rows) -> set[str]:
    """Concerns and enquiries about more than one adult."""
    adults: dict[str, set[str]] = {}
    for name, rows in told.items():
        column = _IDS[name]
        for _, row in rows:
            adults.setdefault(f"{column}|{row[column]}", set()).add(row["person"])
    return {record for record, people in adults.items() if len(people) > 1}
