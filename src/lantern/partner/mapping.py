"""How any partner's table is described: which column plays which part, and what a row tells of."""

from dataclasses import dataclass, field
from functools import lru_cache

from lantern.partner.instant import UnusableError
from lantern.partner.source_label import source_code

PARTS: dict[str, int] = {
    "record": 9,
    "person": 9,
    "when": 2,
    "recorded": 2,
    "nhs": 1,
    "upn": 1,
    "forename": 1,
    "surname": 1,
    "dob": 1,
    "expected_dob": 1,
    "sex": 1,
    "postcode": 1,
    "ethnicity": 1,
    "household": 9,
    "incident": 9,
    "episode": 9,
    "supersedes": 9,
    "related_person": 9,
}
"""Every part a column can play, and how many columns may play it together: an id can be made of several, and a
moment of a date and a time of day."""

PERSON_CODES = ("sex", "ethnic_group", "disability")
"""Coded columns that belong to the person, not to the event."""

_SOURCE_NOT_KNOWN = "10"

MERGES = frozenset({"PERSON_MERGED", "PERSON_SPLIT"})
"""Events that tell of two of the partner's own ids."""


@lru_cache(maxsize=1 << 14)
def plain(label: str) -> str:
    """A label as it is compared: case and surrounding or doubled spaces do not matter."""
    return " ".join(label.casefold().split())


@dataclass(frozen=True)
class Translation:
    """
    How the labels of one source column become codes of one column of the contract.

    `codes` is by plain label; an empty code means that the label is known and carries nothing.
    `is_shared` looks further in the list of source labels. `separator` cuts a cell that holds many labels.
    """

    column: str
    codes: dict[str, str]
    is_shared: bool = False
    separator: str = ""

    def code(self, label: str) -> str | None:
        """The code, or None where the label is in no list."""
        code = self.codes.get(plain(label))
        return source_code(label) if code is None and self.is_shared else code


def translated(column: str, translation: Translation, text: str, left_out: list[str]) -> str:
    """
    The code of a cell, '' where it has none.

    Raises:
        UnusableError: The record's own status is in words the mapping does not know.
    """
    if translation.separator:
        return _many(column, translation, text, left_out)
    code = translation.code(text)
    if code is not None:
        return code
    if column == "record_status" and text:
        # Taken for active, a record that was withdrawn would be counted.
        raise UnusableError("record_status_unmapped")
    if column == "source_category":
        left_out.append("source_category_unmapped" if text else "source_category_missing")
        return _SOURCE_NOT_KNOWN
    if text:
        left_out.append(f"{column}_unmapped")
    return ""


def _many(column: str, translation: Translation, text: str, left_out: list[str]) -> str:
    labels = [label for label in text.split(translation.separator) if label.strip()]
    codes = [translation.code(label) for label in labels]
    if None in codes:
        left_out.append(f"{column}_unmapped")
    return ";".join(sorted({code for code in codes if code}))


@dataclass(frozen=True)
class Telling:
    """
    One event that a row can tell of.

    `event_type` is empty where a translation among `codes` says it. A row without a date for a required
    event is refused; any other event without a date did not happen. `parent` is the type of another event
    of the same row.
    """

    event_type: str
    when: tuple[str, ...]
    is_required: bool = True
    parent: str = ""
    constants: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Translation] = field(default_factory=dict)

    @property
    def event_types(self) -> set[str]:
        """Every type this event can have."""
        return {self.event_type} if self.event_type else {*self.codes["event_type"].codes.values()} - {""}


@dataclass(frozen=True)
class Scope:
    """Which rows are meant at all: those whose label in `column` is accepted. Labels are plain."""

    column: str
    accepted: frozenset[str]
    rejected: frozenset[str]


@dataclass(frozen=True)
class Mapping:
    """
    How a partner's table becomes happenings.

    `columns` gives a part its source columns. `constants` fills coded columns of the contract alike in
    every event; `codes` translates a source column into one. `tellings` are the events of a row. A draft
    is a proposal somebody has still to fill in: it can be read, but no delivery is made with it, nor with one in which
    a place is still marked (`to_fill` names these lines). Without `heading_row` the headings are looked for.
    """

    name: str
    version: str
    partner_type: str
    when_formats: tuple[str, ...]
    dob_formats: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    tellings: tuple[Telling, ...]
    constants: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Translation] = field(default_factory=dict)
    only: Scope | None = None
    sheet: str = ""
    heading_row: int | None = None
    is_draft: bool = False
    to_fill: tuple[str, ...] = ()

    @property
    def source_columns(self) -> list[str]:
        """Every column the table must have."""
        found = {column for columns in self.columns.values() for column in columns}
        found.update(each.column for each in self.codes.values())
        for telling in self.tellings:
            found.update(telling.when, (each.column for each in telling.codes.values()))
        return sorted(found | ({self.only.column} if self.only else set()))
