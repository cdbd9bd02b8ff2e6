"""A proposed mapping as the TOML file a person finishes, and as the report that person reads."""

import json
import re
from pathlib import Path

from lantern.errors import ConfigRefused
from lantern.partner import heading
from lantern.partner.label import Labels
from lantern.partner.mapping_file import FILL_IN
from lantern.partner.plural import counted
from lantern.partner.proposal import Proposal
from lantern.partner.shape import Shape

_PARTS_ORDER = ("record", "person", "when", "nhs", "upn", "forename", "surname", "dob", "expected_dob", "postcode")
_A_THIRD, _NUMBERS = 1 / 3, ("nhs", "upn", "postcode")
_UNKNOWN_TYPE, _UNKNOWN_SOURCE = "other", "10"


def mapping_name(text: str) -> str:
    """A mapping's name from a file's: small letters, digits and _."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:29]
    return name if re.fullmatch(r"[a-z][a-z0-9_]+", name) else f"table_{name}".rstrip("_")


def as_toml(made: Proposal, name: str) -> str:
    """
    The mapping file.

    Privacy: it holds the labels of columns with few different cells, for the partner to check. It is read
        at the partner and stays there.
    """
    lines = [
        "# Proposed by 'lantern partner map' from a sample. Say here what one row of the table is.",
        "# This file holds labels out of your table: read it before you show it to anyone.",
        *(f"# Look at: {_printable(doubt)}." for doubt in made.doubts),
        f"name = {_text(name)}",
        'version = "1"',
        _marked(f"partner_type = {_text(made.partner_type or _UNKNOWN_TYPE)}", "partner_type" in made.missing),
    ]
    if made.missing:
        lines.append("draft = true  # remove this line when every FILL IN is filled in")
    if made.sheet:
        lines.append(f"sheet = {_text(made.sheet)}")
    if made.heading_row != 1:
        lines.append(f"heading_row = {made.heading_row}")
    is_coded = "event_type" in made.codes
    if len(made.tellings) <= 1 and not is_coded:
        lines.append(f"event_type = {_text(made.tellings[0][0] if made.tellings else 'PARTNER_NOTIFICATION')}")
    lines += [
        _marked(f"{name} = {_texts(tuple(formats))}", name in made.missing)
        for name, formats in (("when_formats", made.when_formats), ("dob_formats", made.dob_formats))
    ]
    lines += ["", *_columns(made), *_source(made), *_scope(made.only), *_events(made)]
    for column, found in made.codes.items():
        if column != "source_category" or len(made.tellings) <= 1:
            lines += _codes(column, found)
    return "\n".join([*lines, *_not_taken(made), ""])


def _columns(made: Proposal) -> list[str]:
    parts = dict(made.parts)
    if len(made.tellings) == 1:
        parts["when"] = made.tellings[0][1]
    lines = ["[columns]"]
    for part in (*_PARTS_ORDER, *sorted(set(parts) - set(_PARTS_ORDER))):
        if part in parts:
            lines.append(f"{part} = {_texts(parts[part]) if len(parts[part]) > 1 else _text(parts[part][0])}")
        elif part in made.missing:
            # No table has this column, so that a delivery is refused by it even if the draft line is removed.
            lines.append(_marked(f"{part} = {_text(FILL_IN)}", part in made.missing))
    return [*lines, ""]


def _source(made: Proposal) -> list[str]:
    """A notification has a source; a request for information or an episode of help has not, unless a column says it."""
    if not made.needs_source:
        return []
    source = heading.words()["source_of"].get(made.partner_type)
    line = f"source_category = {_text(source or _UNKNOWN_SOURCE)}"
    return ["[constants]", "# what a contact from this kind of partner counts as", _marked(line, not source), ""]


def _events(made: Proposal) -> list[str]:
    lines = []
    for number, (event_type, columns, parent) in enumerate(made.tellings if len(made.tellings) > 1 else []):
        when = _texts(columns) if len(columns) > 1 else _text(columns[0])
        lines += ["[[events]]", f"event_type = {_text(event_type)}", f"when = {when}"]
        lines += [f"parent = {_text(parent)}", ""] if parent else [""]
        if number == 0 and "source_category" in made.codes:
            # Who asked is said of the first event of a row; the others follow from it.
            lines += _codes("source_category", made.codes["source_category"], "events.codes")
    return lines


def _scope(only: Labels | None) -> list[str]:
    if only is None:
        return []
    accepted = tuple(each for each, verdict in only.codes.items() if verdict == "accept")
    rejected = tuple(each for each, verdict in only.codes.items() if verdict == "reject")
    lines = ["[only]", f"column = {_text(only.column)}", f"accept = {_texts(accepted)}", f"reject = {_texts(rejected)}"]
    return [*lines, *(f"# {_text(each)}  # not understood: accept or reject it" for each in only.unknown), ""]


def _codes(column: str, found: Labels, section: str = "codes") -> list[str]:
    lines = [f"[{section}.{column}]", f"column = {_text(found.column)}"]
    if found.separator:
        lines.append(f"separator = {_text(found.separator)}")
    if found.is_listed:
        lines.append("shared = true  # the list of source labels that comes with Lantern")
    else:
        lines += [f"{_text(each)} = {_text(code)}" for each, code in found.codes.items()]
    return [*lines, *(f'# {_text(each)} = ""  # not understood: give it a code' for each in found.unknown), ""]


def _not_taken(made: Proposal) -> list[str]:
    lines = [f"# Never carried: {_text(column)}: {why}." for column, why in refused(made).items()]
    return lines + [f"# Not understood, left out: {_text(column)}." for column in left_out(made)]


def refused(made: Proposal) -> dict[str, str]:
    """Columns that no mapping should carry, and why."""
    spare = [shape for shape in made.shapes if shape.heading not in made.used]
    reasons = {shape.heading: _danger(shape) for shape in spare}
    return {column: why for column, why in reasons.items() if why}


def left_out(made: Proposal) -> list[str]:
    """Columns that were not understood."""
    never = refused(made)
    return [each.heading for each in made.shapes if each.heading not in made.used and each.heading not in never]


def _danger(shape: Shape) -> str:
    if shape.is_free_text:
        return "free text"
    if any(getattr(shape, number) >= _A_THIRD for number in _NUMBERS):
        return "numbers or postcodes of people in an unexpected place"
    if heading.is_refused(shape.heading):
        return "its heading names free text, an address or another person"
    return "what reads as names in an unexpected place" if shape.is_name_like else ""


def report(made: Proposal) -> str:
    """What was understood and what was not, in headings, forms and counts; no cell is in it."""
    lines = [
        f"{counted(len(made.shapes), 'column')}, {counted(made.rows, 'row')} looked at, headings in row {made.heading_row}.",
        "",
        "Taken:",
        *(
            f"  {role:<16} {', '.join(columns):<34} {_form(made, columns[0])}".rstrip()
            for role, columns in _taken(made)
        ),
    ]
    for title, listed in (
        (f"Not found; the line is marked {FILL_IN}", made.missing),
        ("Look at", made.doubts),
        ("Never carried", [f"{column}: {why}" for column, why in refused(made).items()]),
        ("Not understood, left out", [f"{column:<34} {_form(made, column)}".rstrip() for column in left_out(made)]),
    ):
        if listed:
            lines += ["", f"{title}:", *(f"  {each}" for each in listed)]
    return "\n".join(lines)


def _taken(made: Proposal) -> list[tuple[str, tuple[str, ...]]]:
    taken = list(made.parts.items())
    several = len(made.tellings) > 1
    taken += [(event_type if several else "when", columns) for event_type, columns, _ in made.tellings]
    taken += [(column, (found.column,)) for column, found in made.codes.items()]
    return taken + ([("only", (made.only.column,))] if made.only else [])


def _form(made: Proposal, column: str) -> str:
    shape = made.shape(column)
    if not shape.filled:
        return "empty"
    if shape.is_real_date:
        return "dates of the spreadsheet"
    return f"{shape.pattern or 'words'}  ({shape.filled:,} filled, {shape.distinct:,} different)"


def write(made: Proposal, name: str, out: Path) -> None:
    """
    Write the mapping file, and over nothing.

    Raises:
        ConfigRefused: The file exists, or it cannot be written.
    """
    try:
        with out.open("x", encoding="utf-8") as stream:
            stream.write(as_toml(made, name))
    except OSError:
        raise ConfigRefused(
            "--out: the file exists already, or cannot be written there. Nothing was written. Give another name."
        ) from None


def next_step(made: Proposal, out: Path | None) -> str:
    """What to do with the file that was written, or what to do to have one."""
    if out is None:
        return "Nothing was written. Give --out mapping.toml to have the mapping."
    labelled = sum(bool(each.codes or each.unknown) for each in (*made.codes.values(), made.only) if each)
    first = "Fill in the lines marked FILL IN and remove the line 'draft = true'." if made.missing else "Read it."
    labels = (
        f"It holds labels out of {counted(labelled, 'column')} of your table: read it before you show it to anyone."
        if labelled
        else "It holds no label of your table."
    )
    return f"Written to {out.name}. {first} {labels}\nThen: lantern partner deliver FILE --as {out.name} ..., first with --dry-run."


def _marked(line: str, is_missing: bool) -> str:  # noqa: FBT001 - it reads as one sentence
    return f"{line}  # {FILL_IN}" if is_missing else line


def _texts(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    """A basic string of TOML, which is one of JSON but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _printable(text: str) -> str:
    """A heading may hold a line break or a control character; a comment of TOML may not."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
