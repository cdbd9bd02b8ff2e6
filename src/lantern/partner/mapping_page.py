"""A mapping as a page to be read: the columns it looks for, its date forms, and what each label becomes."""

from lantern.partner.mapping import Mapping, Scope, Translation

_WIDTH = 26
_LETTERS = {
    "%d": "DD", "%m": "MM", "%Y": "YYYY", "%y": "YY", "%b": "Mon", "%B": "Month", "%H": "hh", "%I": "hh", "%M": "mm",
    "%S": "ss", "%f": "ffffff", "%p": "AM/PM", "%z": "+hh:mm",
}  # fmt: skip


def lines(mapping: Mapping) -> list[str]:
    """The page, one line each. Column names are in small letters, as they are compared."""
    told = [f"{mapping.name}, version {mapping.version}, of a partner of type {mapping.partner_type}."]
    if mapping.sheet:
        told.append(f"Sheet: {mapping.sheet}.")
    told += ["", "Columns (part, and the column that plays it; case and spaces do not matter):"]
    told += [_line(part, " and ".join(columns)) for part, columns in mapping.columns.items()]
    told += ["", "What a row tells of, and when:"]
    for telling in mapping.tellings:
        named = telling.event_type or "as the table says"
        needed = "" if telling.is_required else ", where it has a date"
        told.append(f"  {named}: {' and '.join(telling.when)}{needed}")
    told += ["", _line("dates", " or ".join(map(written, mapping.when_formats)) or "real dates of a workbook")]
    if mapping.dob_formats:
        told.append(_line("birth dates", " or ".join(map(written, mapping.dob_formats))))
    if mapping.only:
        told += ["", *_scope(mapping.only)]
    constants = dict(mapping.constants)
    for telling in mapping.tellings:
        constants |= telling.constants
    if constants:
        told += ["", "The same in every event:", *(_line(column, code) for column, code in constants.items())]
    codes = [*mapping.codes.items(), *(each for telling in mapping.tellings for each in telling.codes.items())]
    for column, translation in codes:
        told += ["", *_translation(column, translation)]
    return told


def written(date_format: str) -> str:
    """A date form as people write it: `%d/%m/%Y %H:%M` is DD/MM/YYYY hh:mm."""
    for sign, letters in _LETTERS.items():
        date_format = date_format.replace(sign, letters)
    return date_format


def _line(name: str, said: str) -> str:
    return f"  {name:<{_WIDTH}} {said}"


def _scope(only: Scope) -> list[str]:
    told = [f"Which rows count, by '{only.column}' (any other label is refused):"]
    for name, labels in (("taken", only.accepted), ("left aside", only.rejected)):
        if labels:
            told.append(_line(name, ", ".join(each or "(empty)" for each in sorted(labels))))
    return told


def _translation(column: str, translation: Translation) -> list[str]:
    other = "the row is refused" if column in ("event_type", "record_status") else "left out and counted"
    told = [f"{column}, from '{translation.column}' (any other label: {other}):"]
    if translation.separator:
        told.append(_line("several labels", f"with '{translation.separator}' between them"))
    told += [_line(label or "(empty)", code or "carries nothing") for label, code in translation.codes.items()]
    if translation.is_shared:
        told.append(
            _line("any source", "a code of the referral sources, or a label of the list that comes with Lantern")
        )
    return told
