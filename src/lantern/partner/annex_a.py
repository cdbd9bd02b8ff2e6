"""Ofsted's Annex A: a council's lists of children for an inspection, read into happenings."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from lantern.contract import LONDON
from lantern.errors import DeliveryRefused
from lantern.partner import bundle, identity, lifespan, person_label
from lantern.partner.annex_list import PERSON, Lists
from lantern.partner.annex_record import LISTS
from lantern.partner.bundle import Sheet
from lantern.partner.happening import Happening, Refused, Source
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError
from lantern.partner.outcome import yes_no
from lantern.partner.table import Row

FORMAT = "annex_a"
MAPPING_VERSION = "annex_a-2026"
_TITLES: bundle.Names = {
    "list_1": ("List 1", "Contacts"),
    "list_2": ("List 2", "Early Help"),
    "list_3": ("List 3", "Referrals"),
    "list_4": ("List 4", "Assessments"),
    "list_5": ("List 5", "Sec47 and ICPC", "Section 47 and ICPC", "s47 and ICPC", "Section 47"),
    "list_6": ("List 6", "Children in Need", "CIN"),
    "list_7": ("List 7", "Child Protection", "CPP"),
    "list_8": ("List 8", "Children in Care", "Children Looked After", "Looked After Children", "CLA", "LAC"),
}
_UNUSED: bundle.Names = {
    "list_9": ("List 9", "Care Leavers", "Leaving Care Services"),
    "list_10": ("List 10", "Adoption", "Children Adopted"),
    "list_11": ("List 11", "Adopters", "Prospective Adopters"),
}
_LONGEST_PREGNANCY = timedelta(days=300)
"""A date further ahead is no day on which a child is expected."""
_NOT_TOLD = {"list_1": "decisions_not_in_table", "list_2": "early_help_end_not_in_table"}
"""What a list cannot tell, said once for it."""


def source(files: list[Path], snapshot_at: datetime, leave_out: tuple[str, ...] = ()) -> Source:
    """Open one workbook of lists, or the lists as CSV files named List_1.csv and so on."""
    sheets, inventory = bundle.opened(files, FORMAT, _TITLES, unused=_UNUSED, leave_out=leave_out)
    return Source(
        source_format=FORMAT,
        partner_type="csc",
        mapping_version=MAPPING_VERSION,
        snapshot_at=snapshot_at,
        happenings=_happenings(sheets, DateReader(snapshot_at)),
        period_to=snapshot_at.astimezone(LONDON).date(),
        inventory=inventory,
    )


def _happenings(sheets: dict[str, Sheet], dates: DateReader) -> Iterator[Happening | Refused]:
    lists = Lists(dates)
    told: dict[str, list[tuple[str, Row]]] = {}
    for name, (columns, required, _) in LISTS.items():
        if name in sheets:
            numbered = sheets[name].rows({**PERSON, **columns}, ("child", *required))
            told[name] = [(f"{_TITLES[name][0]} row {number}", row) for number, row in numbered]
    if not any(told.values()):
        raise DeliveryRefused(f"{FORMAT}: not one list has a row. Nothing was made. Export the lists again.")
    yield from _people(told, lists)
    lists.look_ahead({name: [row for _, row in rows] for name, rows in told.items()})
    for name, rows in told.items():
        yield from _records(name, rows, lists)
        if name in _NOT_TOLD and rows:
            yield Refused(_NOT_TOLD[name], _TITLES[name][0], is_kept=True)


def _records(name: str, rows: list[tuple[str, Row]], lists: Lists) -> Iterator[Happening | Refused]:
    read = LISTS[name][2]
    for where, row in rows:
        lists.left_out.clear()
        if not row.is_whole:
            yield Refused("row_shape", where)
            continue
        try:
            made = read(row, lists)
        except UnusableError as error:
            yield Refused(error.reason, where)
            continue
        for happening in made:
            happening.where = where
            yield happening
        yield from [Refused(reason, where, is_kept=True) for reason in lists.left_out]


def _people(told: dict[str, list[tuple[str, Row]]], lists: Lists) -> Iterator[Happening | Refused]:
    """Every child once: each fact from the first list that has it, since a child stands in many."""
    seen: dict[str, dict[str, tuple[str, str]]] = {}
    for where, row in (each for rows in told.values() for each in rows):
        if row["child"] and row.is_whole:
            facts = seen.setdefault(row["child"], {})
            for name in PERSON:
                if row[name]:
                    facts.setdefault(name, (row[name], where))
    for local_id, facts in seen.items():
        left_out: list[tuple[str, str]] = []
        person = lists.people[local_id] = _person(local_id, facts, lists.dates, left_out)
        yield from [Refused(reason, where, is_kept=True) for reason, where in left_out]
        born = lifespan.birth(person)
        if born:
            born.where = facts["dob"][1]
            yield born


def _person(
    local_id: str, facts: dict[str, tuple[str, str]], dates: DateReader, left_out: list[tuple[str, str]]
) -> Person:
    def said(name: str) -> str:
        return facts.get(name, ("", ""))[0]

    def known(name: str, code: str | None) -> str:
        if code is None:
            left_out.append((f"{name}_unmapped", facts[name][1]))
        return code or ""

    for name, is_valid in (("nhs", identity.valid_nhs), ("upn", identity.valid_upn)):
        if said(name) and is_valid(said(name)) is None:
            left_out.append((f"{name}_invalid", facts[name][1]))
    born = None
    try:
        born = identity.plausible_birth(dates.birth(said("dob")))
    except UnusableError:
        left_out.append(("birth_date_unreadable", facts["dob"][1]))
    # The lists have one column: of a child not born yet it holds the day expected.
    today = dates.snapshot.astimezone(LONDON).date()
    is_expected = born is not None and born > today
    if born is not None and born > today + _LONGEST_PREGNANCY:
        left_out.append(("birth_date_after_snapshot", facts["dob"][1]))
        born = None
    is_disabled = yes_no(said("disability"))
    return Person(
        local_id=local_id,
        nhs=said("nhs"),
        upn=said("upn"),
        dob=None if is_expected else born,
        expected_dob=born if is_expected else None,
        sex=known("sex", person_label.sex(said("sex"))),
        ethnic_group=known("ethnicity", person_label.ethnic_group(said("ethnicity"))),
        disability="" if is_disabled is None else "y" if is_disabled else "n",
    )
