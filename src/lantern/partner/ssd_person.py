"""The children of the Standard Safeguarding Dataset: one row of ssd_person and what other tables say of the child."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lantern import codelist
from lantern.contract import LONDON
from lantern.partner import identity, lifespan, table
from lantern.partner.happening import Happening, Refused
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError
from lantern.partner.inventory import Inventory
from lantern.partner.outcome import code_in_front, yes_no

NAME = "ssd_person"
ASIDE = ("ssd_address", "ssd_family", "ssd_disability", "ssd_linked_identifiers")
"""Tables that tell of a child and make no event."""
_PLACEHOLDERS = ("SSD_PH", "PLACEHOLDER")
"""What the dataset's own queries write where a council has nothing. As a name it would make one person of many."""


@dataclass
class _Aside:
    """What the other tables say, by person id."""

    postcode: dict[str, str] = field(default_factory=dict)
    family: dict[str, str] = field(default_factory=dict)
    disability: dict[str, str] = field(default_factory=dict)
    number: dict[tuple[str, str], str] = field(default_factory=dict)


def read(
    tables: dict[str, Path], dates: DateReader, people: dict[str, Person], inventory: Inventory
) -> Iterator[Happening | Refused]:
    """
    Fill `people` by local id, and tell of births and deaths.

    A child's first row counts. A value that cannot be used is left out and the child is kept.
    """
    aside = _aside(tables, dates, inventory)
    for number, row in table.rows(tables[NAME], NAME, ["pers_person_id"], inventory=inventory):
        where = f"{NAME} row {number}"
        local_id = _said(row["pers_person_id"])
        if not local_id or not row.is_whole:
            yield Refused("row_shape" if local_id else "person_missing", where)
            continue
        left_out: list[str] = []
        person = people.setdefault(local_id, _person(local_id, row, aside, dates, left_out))
        yield from (Refused(reason, where, is_kept=True) for reason in left_out)
        yield from _lifespan(person, row["pers_death_date"], dates, where)


def _lifespan(person: Person, death: str, dates: DateReader, where: str) -> Iterator[Happening | Refused]:
    made = [lifespan.birth(person)]
    try:
        made.append(lifespan.death(person, death, dates))
    except UnusableError as error:
        yield Refused(error.reason, f"{where}, pers_death_date")
    for happening in made:
        if happening:
            happening.where = where
            yield happening


def _said(text: str) -> str:
    """The cell, or '' for the dataset's own placeholder."""
    return "" if text.upper().startswith(_PLACEHOLDERS) else text


def _person(local_id: str, row: table.Row, aside: _Aside, dates: DateReader, left_out: list[str]) -> Person:
    said = {column: _said(cell) for column, cell in row.items() if cell}
    numbers = {
        "nhs": [
            said.get("pers_single_unique_id"),
            said.get("pers_common_child_id"),
            aside.number.get((local_id, "nhs")),
        ],
        "upn": [said.get("pers_upn"), aside.number.get((local_id, "upn")), aside.number.get((local_id, "former"))],
    }
    ethnicity = code_in_front(said.get("pers_ethnicity", ""), "ethnicity")
    sex = said.get("pers_sex", "")[:1].upper()
    if ethnicity is None:
        left_out.append("ethnicity_unmapped")
    if sex and sex not in codelist.codes("sex"):
        left_out.append("sex_unmapped")
        sex = ""
    return Person(
        local_id=local_id,
        nhs=_number(numbers["nhs"], "nhs", left_out),
        upn=_number(numbers["upn"], "upn", left_out),
        forename=said.get("pers_forename", ""),
        surname=said.get("pers_surname", ""),
        dob=_birth(said.get("pers_dob", ""), dates, left_out, is_past=True),
        expected_dob=_birth(said.get("pers_expected_dob", ""), dates, left_out, is_past=False),
        sex=sex,
        postcode=aside.postcode.get(local_id, ""),
        ethnic_group=codelist.translation("ethnicity", "ethnic_group").get(ethnicity or "", ""),
        disability=aside.disability.get(local_id, ""),
        household_id=aside.family.get(local_id, ""),
    )


def _number(candidates: list[str | None], kind: str, left_out: list[str]) -> str:
    """The first candidate that passes its check. One that does not is counted, even where another stands in for it."""
    is_valid = identity.valid_nhs if kind == "nhs" else identity.valid_upn
    for candidate in candidates:
        if candidate and is_valid(candidate):
            return candidate
        if candidate:
            left_out.append(f"{kind}_invalid")
    return ""


def _birth(text: str, dates: DateReader, left_out: list[str], *, is_past: bool) -> date | None:
    try:
        born = identity.plausible_birth(dates.birth(text))
    except UnusableError:
        left_out.append("birth_date_unreadable")
        return None
    if is_past and born and born > dates.snapshot.astimezone(LONDON).date():
        left_out.append("birth_date_after_snapshot")
        return None
    return born


def _aside(tables: dict[str, Path], dates: DateReader, inventory: Inventory) -> _Aside:
    return _Aside(
        postcode=column(tables, "ssd_address", "addr_person_id", "addr_postcode", inventory),
        family=column(tables, "ssd_family", "fami_person_id", "fami_family_id", inventory),
        disability=_disabilities(tables, inventory),
        number=_numbers(tables, dates, inventory),
    )


def column(tables: dict[str, Path], name: str, key: str, wanted: str, inventory: Inventory) -> dict[str, str]:
    """One column of a table by another; where a key comes twice the last filled cell counts."""
    if name not in tables:
        return {}
    found = table.rows(tables[name], name, [key, wanted], inventory=inventory)
    return {row[key]: row[wanted] for _, row in found if row[wanted]}


def _disabilities(tables: dict[str, Path], inventory: Inventory) -> dict[str, str]:
    """A child with any disability is y, and n where none is said outright; a child who is not in the table is not known."""
    name, found = "ssd_disability", dict[str, str]()
    if name in tables:
        needed = ["disa_person_id", "disa_disability_code"]
        for _, row in table.rows(tables[name], name, needed, inventory=inventory):
            code = _said(row["disa_disability_code"]).upper()
            if code:
                is_none = code == "NONE" or yes_no(code) is False
                person = row["disa_person_id"]
                found[person] = "n" if is_none and found.get(person) != "y" else "y"
    return found


def _numbers(tables: dict[str, Path], dates: DateReader, inventory: Inventory) -> dict[tuple[str, str], str]:
    """The linked number of each kind that is valid from the latest day."""
    name, found = "ssd_linked_identifiers", dict[tuple[str, str], tuple[date, str]]()
    if name in tables:
        needed = ["link_person_id", "link_identifier_type", "link_identifier_value"]
        for _, row in table.rows(tables[name], name, needed, inventory=inventory):
            kind, value = _kind(row["link_identifier_type"]), _said(row["link_identifier_value"])
            if kind and value:
                key, since = (row["link_person_id"], kind), _since(row["link_valid_from_date"], dates)
                if key not in found or found[key][0] <= since:
                    found[key] = (since, value)
    return {key: value for key, (_, value) in found.items()}


def _kind(text: str) -> str:
    low = text.lower()
    if "upn" in low or "pupil number" in low:
        return "former" if "former" in low else "upn"
    return "nhs" if "nhs" in low else ""


def _since(text: str, dates: DateReader) -> date:
    try:
        return dates.birth(text) or date.min
    except UnusableError:
        return date.min
