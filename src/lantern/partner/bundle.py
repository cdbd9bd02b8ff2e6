"""Several tables that belong together: the sheets of one workbook, or CSV files of one folder."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from lantern.errors import DeliveryRefused
from lantern.partner import table, workbook
from lantern.partner.table import Row

_TITLE_ROWS = 10
"""Headings are looked for in so many rows: a list made for people has its title above them."""
_TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm"})

Names = Mapping[str, tuple[str, ...]]
"""What we call a thing, and every way it is written; the first way is the one a message uses."""


def plain(text: str) -> str:
    """Letters and digits alone, in small: how headings and titles are compared."""
    return re.sub(r"[^a-z0-9]+", "", text.lower())


@dataclass(frozen=True)
class Sheet:
    """One table of a bundle. `label` is what a message calls it; `title` is its sheet, '' for a CSV file."""

    label: str
    path: Path
    title: str = ""

    def rows(self, columns: Names, required: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
        """
        The rows with the numbers their owner sees, by our names of the columns.

        Args:
            columns: Our name of each column and the headings it may have; other columns are not read.
            required: Columns without which nothing can be told.

        Raises:
            DeliveryRefused: A required column is missing or stands twice, or the file is no table.
        """
        lines = enumerate(table.lines(self.path, self.label, self.title), start=1)
        first = list(islice(lines, _TITLE_ROWS))
        if not any(any(cells) for _, cells in first):
            return
        found = [(number, _placed(cells, columns)) for number, cells in first]
        heading_row, placed = max(found, key=lambda each: (len(set(required) & set(each[1])), len(each[1]), -each[0]))
        self._check(placed, columns, required)
        width = max(place[0] for place in placed.values()) + 1
        whole = max(width, len(first[heading_row - 1][1]))
        for number, cells in chain(first[heading_row:], lines):
            if any(cells):
                row = Row({name: cells[place[0]] for name, place in placed.items() if place[0] < len(cells)})
                row.is_whole = not any(cells[whole:])
                row.broken = frozenset(name for name, cell in row.items() if cell in workbook.ERRORS)
                yield number, row

    def _check(self, placed: dict[str, list[int]], columns: Names, required: tuple[str, ...]) -> None:
        missing = [columns[name][0] for name in required if name not in placed]
        if missing:
            raise DeliveryRefused(
                f"{self.label}: columns missing: {', '.join(missing)}. Nothing was made. "
                "Export the table again with its agreed columns."
            )
        twice = [columns[name][0] for name in required if len(placed[name]) > 1]
        if twice:
            raise DeliveryRefused(
                f"{self.label}: columns that stand twice: {', '.join(twice)}. Nothing was made. "
                "Rename or remove one of each, so that it is plain which is meant."
            )


def _placed(cells: list[str], columns: Names) -> dict[str, list[int]]:
    """Our columns and where they stand in a line, if it is the one with the headings."""
    places: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        if cell:
            places.setdefault(plain(cell), []).append(place)
    return {
        name: sorted(place for way in {plain(way) for way in ways} for place in places.get(way, []))
        for name, ways in columns.items()
        if any(plain(way) in places for way in ways)
    }


def opened(files: list[Path], source_format: str, names: Names) -> dict[str, Sheet]:
    """
    The tables found, by our names.

    Args:
        files: One workbook, CSV files, or one folder of either.
        source_format: What to call the source in a message.
        names: Our name of each table and the titles or file names it may have.

    Raises:
        DeliveryRefused: Two tables have one name, a file named is none of them, or none is there.
    """
    is_folder = len(files) == 1 and files[0].is_dir()
    listed = sorted(path for path in files[0].iterdir() if _is_table(path)) if is_folder else files
    found: dict[str, Sheet] = {}
    others = 0
    for path in listed:
        is_book = workbook.is_workbook(path)
        titles = _titles(path, source_format) if is_book else [path.stem]
        known = [(_name(title, names), title) for title in titles]
        others += not any(name for name, _ in known)
        for name, title in known:
            if name in found:
                raise DeliveryRefused(f"{source_format}: {name} is there twice. Nothing was made. Give one of the two.")
            if name:
                label = f"{source_format} {names[name][0]}"
                found[name] = Sheet(label, path, title if is_book else "")
    if not found or (others and not is_folder):
        raise DeliveryRefused(
            f"{source_format}: {others} of {len(listed)} files are none of its tables. Nothing was made. Give one "
            f"workbook with these sheets, or CSV files with these names: {', '.join(way[0] for way in names.values())}."
        )
    return found


def _is_table(path: Path) -> bool:
    """Whether a file of a folder is looked at: not a letter, nor what Excel keeps beside a workbook that is open."""
    return path.is_file() and path.suffix.lower() in _TABLES and not path.name.startswith(("~$", "."))


def _name(title: str, names: Names) -> str:
    """The table a title stands for; it may be numbered, or say more, as in `1. Contacts` or `List 1 - Contacts`."""
    said = plain(title)
    bare = said.lstrip("0123456789")
    exact = [name for name, ways in names.items() if {said, bare} & {plain(way) for way in ways}]
    started = [name for name, ways in names.items() if re.match(rf"(?:annexa)?{plain(ways[0])}(?!\d)", said)]
    return next(iter([*exact, *started]), "")


def _titles(path: Path, source_format: str) -> list[str]:
    # Asked for its first line, the workbook is looked over before it is opened here.
    next(table.lines(path, source_format), None)
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
    try:
        return [str(title) for title in book.sheetnames]
    finally:
        book.close()
