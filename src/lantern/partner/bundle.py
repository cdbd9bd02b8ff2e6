"""Several tables that belong together: the sheets of one workbook, or CSV files of one folder."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from lantern.errors import DeliveryRefused
from lantern.partner import table, workbook
from lantern.partner.inventory import Inventory, is_among, refuse_strangers
from lantern.partner.table import TITLE_ROWS, Row

_TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm"})
_PAGES = frozenset(
    ("guidance", "guidancenotes", "contents", "cover", "coversheet", "frontsheet", "readme", "instructions", "notes")
)
"""Sheets that are there to be read, as the inspectors' own template has them."""

Names = Mapping[str, tuple[str, ...]]
"""What we call a thing, and every way it is written; the first way is the one a message uses."""


def plain(text: str) -> str:
    """Letters and digits alone, in small: how headings and titles are compared."""
    return re.sub(r"[^a-z0-9]+", "", text.lower())


@dataclass(frozen=True)
class Sheet:
    """
    One table of a bundle. `label` is what a message calls it; `title` is its sheet, '' for a CSV file.

    Its rows are counted in `inventory` under `name`.
    """

    name: str
    label: str
    path: Path
    title: str
    inventory: Inventory

    def rows(self, columns: Names, required: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
        """
        The rows with the numbers their owner sees, by our names of the columns.

        Args:
            columns: Our name of each column and the headings it may have; other columns are not read.
            required: Columns without which nothing can be told.

        Raises:
            DeliveryRefused: A required column is missing or stands twice, or the file is no table.
        """
        yield from self.inventory.counting(self.name, self._rows(columns, required))

    def _rows(self, columns: Names, required: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
        lines = enumerate(table.lines(self.path, self.label, self.title), start=1)
        first = list(islice(lines, TITLE_ROWS))
        if not any(any(cells) for _, cells in first):
            return
        found = [(number, _placed(cells, columns)) for number, cells in first]
        heading_row, placed = max(found, key=lambda each: (len(set(required) & set(each[1])), len(each[1]), -each[0]))
        self._check(placed, columns, required, heading_row)
        self.inventory.heading_rows[self.name] = heading_row
        width = max(place[0] for place in placed.values()) + 1
        whole = max(width, len(first[heading_row - 1][1]))
        for number, cells in chain(first[heading_row:], lines):
            if any(cells):
                row = Row({name: cells[place[0]] for name, place in placed.items() if place[0] < len(cells)})
                row.is_whole = not any(cells[whole:])
                row.broken = frozenset(name for name, cell in row.items() if cell in workbook.ERRORS)
                yield number, row

    def _check(self, placed: dict[str, list[int]], columns: Names, required: tuple[str, ...], heading_row: int) -> None:
        missing = [columns[name][0] for name in required if name not in placed]
        if missing:
            raise DeliveryRefused(
                f"{self.label}: columns missing: {', '.join(missing)}. Row {heading_row} was taken for the headings, which are "
                f"looked for in the first {TITLE_ROWS} rows. Nothing was made. Export the table again with its agreed columns."
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


def opened(
    files: list[Path], source_format: str, names: Names, *, unused: Names | None = None, leave_out: tuple[str, ...] = ()
) -> tuple[dict[str, Sheet], Inventory]:
    """
    The tables found, by our names, and what else was there or was not.

    Args:
        files: One workbook, CSV files, or one folder of either.
        source_format: What to call the source in a message.
        names: Our name of each table and the titles or file names it may have.
        unused: The same of tables of the format of which no event is made.
        leave_out: Files and sheets that the sender wants left out, by their names.

    Raises:
        DeliveryRefused: Two tables have one name, a file or a sheet is none of them, or none is there.
    """
    found: dict[str, Sheet] = {}
    inventory = Inventory()
    unused_here, left_out, strangers = list[str](), list[str](), list[str]()
    for path, title in _candidates(files, source_format, leave_out):
        said = title or path.stem
        name = _name(said, names)
        if is_among(title or path.name, leave_out):
            left_out.append(title or path.name)
        elif name in found:
            raise DeliveryRefused(f"{source_format}: {name} is there twice. Nothing was made. Give one of the two.")
        elif name:
            label = f"{source_format} {names[name][0]}"
            found[name] = Sheet(names[name][0], label, path, title, inventory)
        elif _name(said, unused or {}) or (title and plain(title) in _PAGES):
            unused_here.append(said)
        elif not title or _is_filled(path, source_format, title):
            strangers.append(title or path.name)
    inventory.missing = tuple(ways[0] for name, ways in names.items() if name not in found)
    inventory.unused, inventory.left_out = tuple(unused_here), tuple(left_out)
    known = {way: ways[0] for name, ways in names.items() if name not in found for way in ways}
    refuse_strangers(source_format, strangers, known, plain)
    if not found:
        raise DeliveryRefused(
            f"{source_format}: not one of its tables is there. Nothing was made. Give one workbook with these sheets, or "
            f"CSV files with these names: {', '.join(way[0] for way in names.values())}."
        )
    return found, inventory


def _candidates(files: list[Path], source_format: str, leave_out: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """Every file that may be a table, and every sheet of a workbook with its title."""
    for path in tables_in(files):
        if is_among(path.name, leave_out) or not workbook.is_workbook(path):
            yield path, ""
        else:
            yield from ((path, title) for title in workbook.titles(path, source_format))


def _is_filled(path: Path, source_format: str, title: str) -> bool:
    """Whether a sheet holds anything: an empty one that Excel adds by itself hides nothing."""
    return any(map(any, table.lines(path, source_format, title)))


def tables_in(files: list[Path]) -> list[Path]:
    """The files themselves, or those of one folder that may be tables."""
    is_folder = len(files) == 1 and files[0].is_dir()
    return sorted(path for path in files[0].iterdir() if _is_table(path)) if is_folder else files


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
