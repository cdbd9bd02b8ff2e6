"""The TOML file of a mapping, read strictly: what the contract does not have is refused before any row is read."""

import re
import tomllib
from collections.abc import Iterator
from collections.abc import Mapping as Entries
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from lantern import codelist, contract
from lantern.errors import ConfigRefused
from lantern.partner import date_format, table
from lantern.partner.mapping import MERGES, PARTS, PERSON_CODES, Mapping, Scope, Telling, Translation, plain

_NAME = r"[a-z][a-z0-9_]{1,39}"
_VERSION = r"[0-9]{1,4}(\.[0-9]{1,3}){0,2}"
_TAKEN = frozenset({"ssd", "cin_census", "annex_a", "adult_safeguarding"})
"""Formats with a reader of their own."""

FILL_IN = "FILL IN"
"""What marks a place of a draft that somebody has still to fill in."""

_ANY = "any"
"""In a shipped mapping, in place of a partner type."""

_REQUIRED = frozenset({"name", "version", "partner_type", "columns", "when_formats"})
_ENTRIES = _REQUIRED | frozenset(
    ("event_type", "dob_formats", "sheet", "heading_row", "draft", "constants", "codes", "events", "only")
)
_EVENT_ENTRIES = frozenset({"event_type", "when", "parent", "required", "constants", "codes"})
_CODES_ENTRIES = frozenset({"column", "shared", "separator"})
_ALWAYS_WORKED_OUT = frozenset({"partner_type", "event_time_precision", "is_unborn"})


def shipped() -> tuple[str, ...]:
    """The mappings that come with Lantern."""
    names = [each.name for each in (resources.files(__package__) / "mappings").iterdir()]
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def read_mapping(name_or_path: str) -> Mapping:
    """
    A shipped mapping by name, or one in a TOML file.

    Args:
        name_or_path: A name, a path, or for a shipped mapping that any partner may use a name and the kind of
            partner, such as `person_merge:police`.

    Raises:
        ConfigRefused: There is none, or it names something the contract does not have.
    """
    name, _, partner_type = name_or_path.partition(":")
    is_shipped = name in shipped()
    path = resources.files(__package__) / "mappings" / f"{name}.toml" if is_shipped else Path(name_or_path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        where = f"line {place[1]}" if place else "its end"
        _refuse(f"the file is not valid TOML at {where}")
    except (OSError, ValueError):
        raise ConfigRefused(
            f"--as: it is neither ssd, cin_census, annex_a, adult_safeguarding, {', '.join(shipped())} nor a mapping file in TOML. "
            "Nothing was made. Use one of these, or give the path of a mapping."
        ) from None
    if is_shipped and entries["partner_type"] == _ANY:
        entries["partner_type"] = partner_type
        if partner_type not in codelist.codes("partner_type"):
            _refuse(
                f"'{name}' is for any partner: say which kind, such as {name}:police; a kind is one of "
                f"{', '.join(codelist.codes('partner_type'))}"
            )
    elif is_shipped and partner_type:
        _refuse(f"'{name}' is for one kind of partner: leave out what follows the colon")
    return replace(_mapping(entries), to_fill=tuple(_places_to_fill(text)))


def _places_to_fill(text: str) -> Iterator[str]:
    """
    The lines in which a draft is still marked, by number, and by name where that is a name of ours.

    Privacy: what else stands in front of an equals sign is a label out of the table.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.partition("=")[0].strip()
        if FILL_IN in line and entry != "draft" and not line.lstrip().startswith("#"):
            yield f"line {number} ({entry})" if entry in {*_ENTRIES, *PARTS, *contract.COLUMNS} else f"line {number}"


def _mapping(entries: dict[str, Any]) -> Mapping:
    _check_names(entries, _ENTRIES, _REQUIRED, "")
    name, version = _typed(entries, "name", str), _typed(entries, "version", str)
    if not re.fullmatch(_NAME, name) or not re.fullmatch(_VERSION, version):
        _refuse("'name' or 'version' is not in the agreed form")
    if name in _TAKEN:
        _refuse("'name' is the name of another format")
    columns = {part: _columns(part, given) for part, given in _typed(entries, "columns", dict).items()}
    codes = _translations(entries, "")
    mapping = Mapping(
        name=name,
        version=version,
        partner_type=_coded("partner_type", entries["partner_type"]),
        when_formats=_formats(entries, "when_formats"),
        dob_formats=_formats(entries, "dob_formats"),
        columns={part: each for part, each in columns.items() if part != "when"},
        tellings=_tellings(entries, columns, codes),
        constants=_constants(entries, codes, ""),
        codes={column: each for column, each in codes.items() if column != "event_type"},
        only=_scope(entries),
        sheet=_typed(entries, "sheet", str, ""),
        heading_row=_typed(entries, "heading_row", int) if "heading_row" in entries else None,
        is_draft=_typed(entries, "draft", bool, default=False),
    )
    _check(mapping)
    return mapping


def _refuse(what: str) -> NoReturn:
    raise ConfigRefused(f"mapping: {what}. Nothing was made. The mappings that come with Lantern show the form.")


def _check_names(entries: Entries[str, Any], known: frozenset[str], required: frozenset[str], where: str) -> None:
    unknown, missing = sorted(set(entries) - known), sorted(required - set(entries))
    if unknown or missing:
        _refuse(f"{where}entries missing: {', '.join(missing) or 'none'}; not known: {', '.join(unknown) or 'none'}")


def _typed(entries: Entries[str, Any], name: str, kind: type, default: Any = None) -> Any:
    given = entries.get(name, default)
    # A bool is an int to Python, and is not one here.
    if type(given) is not kind:
        _refuse(f"'{name}' is not in the agreed form")
    return given


def _texts(given: Any, where: str) -> tuple[str, ...]:
    texts = (given,) if isinstance(given, str) else given
    if not isinstance(texts, list | tuple) or not all(isinstance(each, str) for each in texts):
        _refuse(f"{where} takes a text or a list of texts")
    return tuple(texts)


def _columns(part: str, given: Any) -> tuple[str, ...]:
    if part not in PARTS:
        _refuse(f"[columns] '{part}' is no part a column can play")
    columns = tuple(table.heading(each) for each in _texts(given, f"[columns] '{part}'"))
    if not all(columns) or not 1 <= len(columns) <= PARTS[part]:
        most = "one column" if PARTS[part] == 1 else f"one to {PARTS[part]} columns"
        _refuse(f"[columns] '{part}' takes {most}")
    return columns


def _formats(entries: Entries[str, Any], name: str) -> tuple[str, ...]:
    formats = _texts(entries.get(name, []), f"'{name}'")
    if not all(date_format.is_usable(each) for each in formats):
        _refuse(f"'{name}' has a form that does not say day, month and year")
    if date_format.disagree(formats):
        _refuse(f"'{name}' has two forms that read one text as two days")
    return formats


@cache
def _code_lists() -> dict[str, str]:
    return {column.name: column.codes for column in contract.FIELDS if column.codes}


def _coded(column: str, code: Any) -> str:
    if column not in _code_lists():
        _refuse(f"'{column}' is no coded column of the contract")
    codes = codelist.codes(_code_lists()[column])
    if not isinstance(code, str) or code not in codes:
        _refuse(f"'{column}' is given a code that its code list does not have; it has {', '.join(codes)}")
    return code


def _constants(entries: Entries[str, Any], codes: Entries[str, Translation], where: str) -> dict[str, str]:
    given = _typed(entries, "constants", dict, {})
    for column in given:
        if column in _ALWAYS_WORKED_OUT or column == "event_type":
            _refuse(f"[{where}constants] '{column}' is not given here")
        if column in codes:
            _refuse(f"'{column}' has both a constant and a translation")
    return {column: _coded(column, code) for column, code in given.items()}


def _translations(entries: Entries[str, Any], where: str) -> dict[str, Translation]:
    given = _typed(entries, "codes", dict, {})
    return {column: _translation(column, each, f"[{where}codes.{column}]") for column, each in given.items()}


def _translation(column: str, given: Any, where: str) -> Translation:
    if column in _ALWAYS_WORKED_OUT:
        _refuse(f"{where} is not given here")
    if not isinstance(given, dict) or not isinstance(given.get("column"), str):
        _refuse(f"{where} needs 'column'")
    is_shared, separator = _typed(given, "shared", bool, default=False), _typed(given, "separator", str, "")
    if is_shared and column != "source_category":
        _refuse(f"{where} 'shared' is for source_category")
    if separator and column not in {each.name for each in contract.FIELDS if each.many}:
        _refuse(f"{where} 'separator' is for a column that holds several codes")
    codes: dict[str, str] = {}
    for label, code in given.items():
        if label not in _CODES_ENTRIES:
            if plain(label) in codes:
                _refuse(f"{where} has one label twice")
            codes[plain(label)] = _chosen(column, code, where)
    return Translation(table.heading(given["column"]), codes, is_shared, separator)


def _chosen(column: str, given: Any, where: str) -> str:
    """A code, or a code with the reason why an ambiguous label was given it; '' carries nothing."""
    if isinstance(given, dict):
        _check_names(given, frozenset({"code", "because"}), frozenset({"code", "because"}), f"{where} ")
        if not _typed(given, "because", str).strip():
            _refuse(f"{where} has a choice without its reason")
        given = given["code"]
    return "" if given == "" else _coded(column, given)


def _tellings(
    entries: Entries[str, Any], columns: dict[str, tuple[str, ...]], codes: dict[str, Translation]
) -> tuple[Telling, ...]:
    if "events" not in entries:
        if "when" not in columns:
            _refuse("[columns] needs record, person and, without [[events]], when")
        if ("event_type" in entries) == ("event_type" in codes):
            _refuse("give either 'event_type', [codes.event_type] or [[events]]")
        if "event_type" in codes:
            return (Telling("", columns["when"], codes={"event_type": codes["event_type"]}),)
        return (Telling(_coded("event_type", entries["event_type"]), columns["when"]),)
    if "event_type" in entries or "event_type" in codes or "when" in columns:
        _refuse("with [[events]], each of them has its own event_type and when")
    return tuple(_telling(each, number) for number, each in enumerate(_typed(entries, "events", list)))


def _telling(given: Any, number: int) -> Telling:
    if not isinstance(given, dict):
        _refuse("'events' is not in the agreed form")
    _check_names(given, _EVENT_ENTRIES, frozenset({"event_type", "when"}), "[[events]] ")
    codes = _translations(given, "events.")
    if "event_type" in codes:
        _refuse("[[events]] has its type in 'event_type'")
    return Telling(
        event_type=_coded("event_type", given["event_type"]),
        when=_columns("when", given["when"]),
        is_required=_typed(given, "required", bool, default=number == 0),
        parent=_typed(given, "parent", str, ""),
        constants=_constants(given, codes, "events."),
        codes=codes,
    )


def _scope(entries: Entries[str, Any]) -> Scope | None:
    if "only" not in entries:
        return None
    given = _typed(entries, "only", dict)
    _check_names(given, frozenset({"column", "accept", "reject"}), frozenset({"column", "accept"}), "[only] ")
    accepted, rejected = (
        frozenset(plain(each) for each in _texts(given.get(name, []), f"[only] '{name}'"))
        for name in ("accept", "reject")
    )
    if not accepted or accepted & rejected:
        _refuse("[only] accepts nothing, or accepts and rejects one label")
    return Scope(table.heading(_typed(given, "column", str)), accepted, rejected)


def _check(mapping: Mapping) -> None:
    """What only the whole mapping shows."""
    if not {"record", "person"} <= set(mapping.columns):
        _refuse("[columns] needs record, person and, without [[events]], when")
    if mapping.heading_row is not None and mapping.heading_row < 1:
        _refuse("'heading_row' is counted from 1")
    own = {"sex": "sex", "ethnicity": "ethnic_group"}
    if any(part in mapping.columns and column in mapping.codes for part, column in own.items()):
        _refuse("sex or ethnicity is given both in [columns] and in [codes]")
    _check_events(mapping)


def _check_events(mapping: Mapping) -> None:
    types = [each for telling in mapping.tellings for each in telling.event_types]
    if not types or len(types) != len(set(types)):
        _refuse("[[events]] is empty, or has one event type twice")
    only_from = codelist.translation("event_type", "only_from")
    if any(only_from[each] not in ("", mapping.partner_type) for each in types):
        _refuse("an event type is not one that this 'partner_type' tells of")
    if MERGES & set(types) and "related_person" not in mapping.columns:
        _refuse("[columns] needs related_person, for a merge or a split")
    for telling in mapping.tellings:
        told = {*mapping.constants, *mapping.codes, *telling.constants, *telling.codes}
        for each in sorted(telling.event_types & contract.NEEDS_SOURCE if "source_category" not in told else ()):
            _refuse(f"a {each} needs source_category, in [constants] or [codes]")
        if telling.parent and (telling.parent not in types or telling.parent == telling.event_type):
            _refuse("[[events]] 'parent' is the type of no other event of the row")
        if set(PERSON_CODES) & {*telling.constants, *telling.codes}:
            _refuse("sex, ethnic_group and disability belong to the row, not to one of [[events]]")
