"""What the labels of a column seem to mean: codes proposed for them from a list of labels in use."""

import re
from dataclasses import dataclass, field
from functools import cache

from lantern import codelist
from lantern.partner import heading
from lantern.partner.mapping import plain
from lantern.partner.shape import Shape
from lantern.partner.source_label import source_code

_HALF = 0.5
_SEPARATOR = re.compile(r"[,;|]")


@dataclass
class Labels:
    """
    The labels of one column and the codes proposed for them; `unknown` have none.

    `is_listed` means that the reader knows these labels by itself, so that none needs to be written.

    Privacy: labels are cells. They are written into the proposed file at the partner, never into a message.
    """

    column: str
    codes: dict[str, str] = field(default_factory=dict, repr=False)
    unknown: list[str] = field(default_factory=list, repr=False)
    separator: str = ""
    is_listed: bool = False


def score(role: str, shape: Shape, names: list[str]) -> float:
    """How surely a column holds labels of a role: its heading says so, and half its labels are understood."""
    likeness = heading.likeness(shape.heading, names)
    if not likeness or shape.is_date or shape.is_free_text:
        return 0.0
    if not shape.filled:
        return likeness * _HALF if role in ("sex", "ethnicity") else 0.0
    found = labels(role, shape)
    understood = len(found.codes) / max(len(found.codes) + len(found.unknown), 1)
    return likeness * understood if understood >= _HALF else 0.0


def labels(role: str, shape: Shape) -> Labels:
    """The codes proposed for a column's labels in a role."""
    separator = _separator(shape) if role == "abuse_codes" else ""
    pieces = [piece.strip() for each in shape.labels for piece in (each.split(separator) if separator else [each])]
    found = Labels(shape.heading, separator=separator, is_listed=role in ("source_category", "ethnicity"))
    for piece in {plain(each): each for each in pieces if each}.values():
        code = _code(role, piece)
        if code:
            found.codes[piece] = code
        else:
            found.unknown.append(piece)
    return found


def scope_score(shape: Shape) -> float:
    """How surely a column says which rows are meant: half its labels are known as accepted or rejected."""
    known = heading.words()["scope"]
    likeness = heading.likeness(shape.heading, known["column"])
    listed = {*known["accept"], *known["reject"]}
    understood = [plain(each) in listed for each in shape.labels]
    accepts = any(plain(each) in known["accept"] for each in shape.labels)
    return likeness * sum(understood) / len(understood) if accepts and sum(understood) * 2 >= len(understood) else 0.0


def scope(shape: Shape) -> Labels:
    """Each label of such a column with 'accept' or 'reject' for its code."""
    known = heading.words()["scope"]
    found = Labels(shape.heading)
    for each in shape.labels:
        verdict = next((name for name in ("accept", "reject") if plain(each) in known[name]), "")
        if verdict:
            found.codes[each] = verdict
        else:
            found.unknown.append(each)
    return found


def _separator(shape: Shape) -> str:
    marks = [mark for each in shape.labels for mark in _SEPARATOR.findall(each)]
    return max(sorted(set(marks)), key=marks.count, default=",")


def _code(role: str, text: str) -> str:
    if role == "source_category":
        return source_code(text) or ""
    if role == "ethnicity":
        return "known" if plain(text) in _ethnicities() else ""
    listed = heading.words()["labels"][role]
    return next((code for code, names in listed.items() if plain(text) in names), "")


@cache
def _ethnicities() -> frozenset[str]:
    names = [*codelist.labels("ethnicity").items(), *codelist.labels("ethnic_group").items()]
    return frozenset(plain(text) for pair in names for text in pair)
