"""What a delivery would hold, in counts and shapes, before anything is written."""

import re
from collections import Counter
from dataclasses import dataclass

from lantern import contract
from lantern.contract import Field

_SHOWN = 4
_STAYS = (
    "names, birth dates (the month goes, the day stays), postcodes, NHS numbers and pupil numbers (tokens go)",
    "your own ids of people, records, cases and households (keys go that only your key file can make)",
    "free text, and every column of your files that is not named above",
)
_RUNS = (("[0-9]", "9"), ("[A-Z]", "A"), ("[a-z]", "a"))


@dataclass(frozen=True)
class Column:
    """One column of the contract: how many cells are filled, and what they look like, commonest first."""

    name: str
    filled: int
    looks: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """
    A delivery as it would be sent.

    Privacy: no cell is shown but codes of the public code lists; of any other cell only its shape is,
        digits as 9 and letters as a or A.
    """

    terms: str
    events: int
    columns: tuple[Column, ...]
    event_types: dict[str, int]

    def lines(self) -> list[str]:
        """The page for the sender."""
        filled = [column for column in self.columns if column.filled]
        width = max(len(column.name) for column in filled)
        told = [f"What would be sent: {self.terms}.", "", "Events by type:"]
        told += [f"  {count:>10,}  {event_type}" for event_type, count in self.event_types.items()]
        told += [
            "",
            "Columns (filled cells, and what they look like; a code is shown as it is, anything else as a shape):",
        ]
        told += [f"  {column.name:<{width}} {column.filled:>10,}  {', '.join(column.looks)}" for column in filled]
        if empty := [column.name for column in self.columns if not column.filled]:
            told.append(f"  empty in every event: {', '.join(empty)}")
        return [*told, "", "What stays here:", *(f"  {each}" for each in _STAYS)]

    def as_dict(self) -> dict[str, object]:
        """The same for a program."""
        return {
            "terms": self.terms,
            "event_types": self.event_types,
            "columns": [
                {"name": column.name, "filled": column.filled, "looks": list(column.looks)} for column in self.columns
            ],
            "stays": list(_STAYS),
        }


def preview_of(columns: dict[str, list[str]], terms: str) -> Preview:
    """
    What a delivery would hold.

    Args:
        columns: The cells of every column of the contract; '' is null.
        terms: Mode, period and snapshot in words.
    """
    counted = [Counter(columns[field.name]) for field in contract.FIELDS]
    events = len(columns["event_key"])
    return Preview(
        terms=terms,
        events=events,
        columns=tuple(
            Column(field.name, events - cells.pop("", 0), _looks(field, cells))
            for field, cells in zip(contract.FIELDS, counted, strict=True)
        ),
        event_types=dict(Counter(columns["event_type"]).most_common()),
    )


def _looks(field: Field, cells: Counter[str]) -> tuple[str, ...]:
    if field.keyed:
        return ("64 hex digits",) if cells else ()
    looks: Counter[str] = Counter()
    for cell, count in cells.items():
        for look in cell.split(";") if field.codes else (shape_of(cell),):
            looks[look] += count
    shown = tuple(f"{look} ({count:,})" for look, count in looks.most_common(_SHOWN))
    return shown if len(looks) <= _SHOWN else (*shown, f"and {len(looks) - _SHOWN} more")


def shape_of(cell: str) -> str:
    """A cell with every digit as 9 and every letter as A or a: `E06999999` is A99999999."""
    for letters, sign in _RUNS:
        cell = re.sub(letters, sign, cell)
    return cell
