"""What of a source was read and what was not, so that a table that is missing is seen before the delivery is sent."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar

from lantern.errors import DeliveryRefused
from lantern.partner.plural import counted

_Each = TypeVar("_Each")
_CLOSE = 0.75
"""How alike a strange name and a table's must be for a message to ask whether it is meant."""


@dataclass
class Inventory:
    """
    The tables, lists or files of one source.

    `read` counts the rows (or whatever `unit` is) of each by name, `heading_rows` says where its headings stand;
    both are filled as the source is read. `missing` are tables of the format that are not there, `unused` those that
    are there and of which no event is made, `left_out` what the sender named to be left out, `other_sheets` those of a
    workbook of which one sheet is read. `files` gives the file's own name where several are read. `unread_dates` are those in
    none of the mapping's forms, `exchanged_dates` those of them that can be read with day and month exchanged.

    Privacy: names of tables, and names the sender gave to files and sheets. It stays at the partner.
    """

    unit: str = "row"
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    read: dict[str, int] = field(default_factory=dict)
    heading_rows: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    other_sheets: list[str] = field(default_factory=list)
    unread_dates: int = 0
    exchanged_dates: int = 0

    def counting(self, name: str, rows: Iterable[_Each]) -> Iterator[_Each]:
        """The same rows, counted under a name as they go by."""
        self.read[name] = 0
        for row in rows:
            self.read[name] += 1
            yield row

    @property
    def where(self) -> str:
        """How the places in the report are counted."""
        if self.unit == "row":
            return "rows are counted from the top of the file or sheet, titles and headings included"
        return f"each {self.unit} is counted from the top of its file"

    def lines(self) -> list[str]:
        """The account in words, one line each."""
        names = {name: f"{name} ({self.files[name]})" if name in self.files else name for name in self.read}
        width = max(map(len, names.values()), default=0)
        told = ["What was read:"] if names else []
        told += [
            f"  {said:<{width}}  {counted(self.read[name], self.unit)}{self._headings(name)}"
            for name, said in names.items()
        ]
        if self.missing:
            told.append(
                f"Not there: {', '.join(self.missing)}. What {'it tells' if len(self.missing) == 1 else 'they tell'} is missing "
                "from this delivery; a full delivery takes back what an earlier one told of it."
            )
        if self.unused:
            told.append(f"Not read, since no event is made of it: {', '.join(self.unused)}.")
        if self.left_out:
            told.append(f"Not read, since you left it out: {', '.join(self.left_out)}.")
        if self.other_sheets:
            told.append(f"Not read, since the mapping names one sheet of a workbook: {', '.join(self.other_sheets)}.")
        return told

    def _headings(self, name: str) -> str:
        if not self.read[name]:
            return ", nothing stands under its headings, which is as if it were not there" if self.unit == "row" else ""
        row = self.heading_rows.get(name, 1)
        return f", headings in row {row}" if row != 1 else ""

    def as_dict(self) -> dict[str, object]:
        """The same for a program."""
        return {
            "read": self.read,
            "missing": list(self.missing),
            "unused": list(self.unused),
            "left_out": list(self.left_out),
            "other_sheets": self.other_sheets,
        }


def same_name(first: str, second: str) -> bool:
    """Whether two names of files or sheets are one: case and surrounding or doubled spaces do not matter."""
    return first.casefold().split() == second.casefold().split()


def is_among(name: str, names: Iterable[str]) -> bool:
    """Whether a name is one of several, as `same_name` compares."""
    return any(same_name(name, each) for each in names)


def refuse_strangers(
    source_format: str, strangers: list[str], known: Mapping[str, str], plain: Callable[[str], str]
) -> None:
    """
    Refuse files or sheets that are no table of the format: left aside in silence, a misnamed one would be missed.

    Args:
        source_format: What to call the source.
        strangers: Their names, as the sender gave them.
        known: Every name of the tables that are not there, and what to call the table; a close one is asked after.
        plain: How names are compared.

    Raises:
        DeliveryRefused: There is one.
    """
    if not strangers:
        return
    by_plain = {plain(name): table for name, table in known.items()}
    asked = []
    for stranger in strangers:
        close = get_close_matches(plain(stranger), by_plain, 1, _CLOSE)
        asked.append(f"'{_shown(stranger)}'{f' (is it {by_plain[close[0]]}?)' if close else ''}")
    options = " ".join(f'--leave-out "{_shown(each)}"' for each in strangers)
    raise DeliveryRefused(
        f"{source_format}: {', '.join(asked)}: no table of this format has that name, so it would not be read. Nothing was "
        f"made. Give it the name of the table it is; where it is none, say so with {options}."
    )


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in name)
