"""Any partner's CSV described by a short mapping: which column plays which part."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from lantern import codelist, contract
from lantern.errors import ConfigRefused
from lantern.partner import identity, table
from lantern.partner.happening import Happening, Refused, Source
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, UnusableError, naive

_SHIPPED = Path(__file__).parent / "mappings"
_NAME = r"[a-z][a-z0-9_]{1,39}"
_ONE_COLUMN = ("when", "nhs", "upn", "forename", "surname", "dob", "sex", "postcode", "household", "incident")
_MANY_COLUMNS = ("record", "person")
_REQUIRED = ("record", "person", "when")
_ENTRIES = frozenset({"name", "version", "partner_type", "event_type", "when_formats", "dob_formats"})
_SECTIONS = frozenset({"columns", "constants", "codes"})


@dataclass(frozen=True)
class Mapping:
    """
    How a partner's table becomes happenings.

    `columns` gives a part its source columns; an id may be made of several. `constants` fills coded
    columns of the contract alike in every row; `codes` translates a source column into one.
    """

    name: str
    version: str
    partner_type: str
    event_type: str
    when_formats: tuple[str, ...]
    dob_formats: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    constants: dict[str, str] = field(default_factory=dict)
    codes: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    @property
    def source_columns(self) -> list[str]:
        """Every column the table must have."""
        mapped = [column for columns in self.columns.values() for column in columns]
        return sorted({*mapped, *(column for column, _ in self.codes.values())})


def shipped() -> tuple[str, ...]:
    """The mappings that come with Lantern."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.toml")))


def read_mapping(name_or_path: str) -> Mapping:
    """
    A shipped mapping by name, or one in a TOML file.

    Raises:
        ConfigRefused: There is none, or it names something the contract does not have.
    """
    path = _SHIPPED / f"{name_or_path}.toml" if name_or_path in shipped() else Path(name_or_path)
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ConfigRefused(
            f"--as: it is neither ssd, cin_census, {', '.join(shipped())} nor a mapping file in TOML. "
            "Nothing was made. Use one of these, or give the path of a mapping."
        ) from None
    return _mapping(entries)


def _mapping(entries: dict[str, Any]) -> Mapping:
    unknown = sorted(set(entries) - _ENTRIES - _SECTIONS)
    missing = sorted((_ENTRIES | {"columns"}) - set(entries))
    if unknown or missing:
        _refuse(f"entries missing: {', '.join(missing) or 'none'}; not known: {', '.join(unknown) or 'none'}")
    columns = {part: _columns(part, given) for part, given in entries["columns"].items()}
    if not set(_REQUIRED) <= set(columns):
        _refuse(f"[columns] needs {', '.join(_REQUIRED)}")
    codes = {column: _translation(column, dict(given)) for column, given in entries.get("codes", {}).items()}
    constants = {column: _coded(column, code) for column, code in entries.get("constants", {}).items()}
    if not re.fullmatch(_NAME, str(entries["name"])) or not re.fullmatch(
        r"[a-z0-9_.\-]{1,10}", str(entries["version"])
    ):
        _refuse("'name' or 'version' is not in the agreed form")
    if str(entries["name"]) in ("ssd", "cin_census"):
        _refuse("'name' is the name of another format")
    return Mapping(
        name=str(entries["name"]),
        version=str(entries["version"]),
        partner_type=_coded("partner_type", entries["partner_type"]),
        event_type=_coded("event_type", entries["event_type"]),
        when_formats=tuple(entries["when_formats"]),
        dob_formats=tuple(entries["dob_formats"]),
        columns=columns,
        constants=constants,
        codes=codes,
    )


def _refuse(what: str) -> None:
    raise ConfigRefused(f"mapping: {what}. Nothing was made. The mappings that come with Lantern show the form.")


def _columns(part: str, given: str | list[str]) -> tuple[str, ...]:
    if part not in (*_ONE_COLUMN, *_MANY_COLUMNS):
        _refuse(f"[columns] '{part}' is no part a column can play")
    columns = (given,) if isinstance(given, str) else tuple(given)
    if not columns or (part in _ONE_COLUMN and len(columns) > 1):
        _refuse(f"[columns] '{part}' takes one column")
    return tuple(column.lower() for column in columns)


@cache
def _code_lists() -> dict[str, str]:
    return {column.name: column.codes for column in contract.FIELDS if column.codes}


def _coded(column: str, code: object) -> str:
    if column not in _code_lists():
        _refuse(f"'{column}' is no coded column of the contract")
    if str(code) not in codelist.codes(_code_lists()[column]):
        _refuse(f"'{column}' is given a code that its code list does not have")
    return str(code)


def _translation(column: str, given: dict[str, Any]) -> tuple[str, dict[str, str]]:
    source = given.pop("column", None)
    if not isinstance(source, str):
        _refuse(f"[codes.{column}] needs 'column'")
    return str(source).lower(), {label.lower(): _coded(column, code) for label, code in given.items()}


def source(mapping: Mapping, files: list[Path], snapshot_at: datetime) -> Source:
    """Open one or more tables of one mapping."""
    return Source(
        source_format=mapping.name,
        partner_type=mapping.partner_type,
        mapping_version=f"{mapping.name[:29]}-{mapping.version}",
        snapshot_at=snapshot_at,
        happenings=_happenings(mapping, files, DateReader(snapshot_at, mapping.when_formats, iso=False)),
    )


def _happenings(mapping: Mapping, files: list[Path], dates: DateReader) -> Iterator[Happening | Refused]:
    for file_number, path in enumerate(files, start=1):
        name = mapping.name if len(files) == 1 else f"{mapping.name} file {file_number}"
        for number, row in table.rows(path, name, mapping.source_columns):
            left_out: list[str] = []
            where = f"{name} row {number}"
            try:
                happening = _happening(mapping, row, dates, left_out)
            except UnusableError as error:
                yield Refused(error.reason, where)
                continue
            happening.where = where
            yield happening
            for reason in left_out:
                yield Refused(reason, where, is_kept=True)


def _happening(mapping: Mapping, row: table.Row, dates: DateReader, left_out: list[str]) -> Happening:
    if not row.is_whole:
        raise UnusableError("row_shape")
    person = _person(mapping, row, left_out)
    cells = dict(mapping.constants)
    for column, (source_column, translation) in mapping.codes.items():
        if column != "sex":
            cells[column] = _translated(column, row[source_column], translation, left_out)
    incident = _cell(mapping, row, "incident")
    return Happening(
        record=f"{_id(mapping, row, 'record')}|{person.local_id}",
        event_type=mapping.event_type,
        when=dates.required(_cell(mapping, row, "when")),
        person=person,
        cells=cells,
        incident=incident,
    )


def _person(mapping: Mapping, row: table.Row, left_out: list[str]) -> Person:
    sex = _cell(mapping, row, "sex")
    if "sex" in mapping.codes:
        source_column, translation = mapping.codes["sex"]
        sex = _translated("sex", row[source_column], translation, left_out)
    nhs, upn = _cell(mapping, row, "nhs"), _cell(mapping, row, "upn")
    if nhs and identity.valid_nhs(nhs) is None:
        left_out.append("nhs_invalid")
    if upn and identity.valid_upn(upn) is None:
        left_out.append("upn_invalid")
    return Person(
        local_id=_id(mapping, row, "person"),
        nhs=nhs,
        upn=upn,
        forename=_cell(mapping, row, "forename"),
        surname=_cell(mapping, row, "surname"),
        dob=_birth(mapping, row, left_out),
        sex=sex if sex in codelist.codes("sex") else "",
        postcode=_cell(mapping, row, "postcode"),
        household_id=_cell(mapping, row, "household"),
    )


def _birth(mapping: Mapping, row: table.Row, left_out: list[str]) -> date | None:
    text = _cell(mapping, row, "dob")
    if not text:
        return None
    try:
        return identity.plausible_birth(naive(text, mapping.dob_formats, iso=False).date())
    except UnusableError:
        left_out.append("birth_date_unreadable")
        return None


def _translated(column: str, text: str, translation: dict[str, str], left_out: list[str]) -> str:
    code = translation.get(text.lower(), "")
    if text and not code:
        left_out.append(f"{column}_unmapped")
    return code


def _cell(mapping: Mapping, row: table.Row, part: str) -> str:
    columns = mapping.columns.get(part)
    return row[columns[0]] if columns else ""


def _id(mapping: Mapping, row: table.Row, part: str) -> str:
    pieces = [row[column] for column in mapping.columns[part]]
    if not all(pieces):
        raise UnusableError(f"{part}_id_missing")
    return "|".join(pieces)
