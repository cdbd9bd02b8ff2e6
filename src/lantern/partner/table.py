"""A partner's table, CSV or XLSX, read row by row with the row numbers its owner sees."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from lantern.errors import DeliveryRefused
from lantern.partner import workbook

_NOTHING = frozenset({"NULL", "null"})
_DELIMITERS = ",;\t|"
_SAMPLE = 1 << 16
"""Characters looked at to find the delimiter: more than any heading takes."""


class Row(dict[str, str]):
    """
    One row by heading: a column that is not in the file reads as an empty cell.

    A row with more cells than headings is not whole. `broken` names the columns where a spreadsheet
    shows an error in place of a value.
    """

    is_whole = True
    broken: frozenset[str] = frozenset()

    def __missing__(self, key: str) -> str:
        return ""


def heading(text: str) -> str:
    """A column's name as it is compared: small letters, single spaces, line breaks in it as spaces."""
    return " ".join(text.split()).lower()


def text_of(path: Path) -> str:
    """The file as text: UTF-8, UTF-16 with its mark, or the Windows code page of western Europe."""
    try:
        raw = path.read_bytes()
    except OSError:
        raise DeliveryRefused("a file: it cannot be read. Nothing was made. Check its name and try again.") from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def lines(path: Path, name: str, sheet: str = "") -> Iterator[list[str]]:
    """
    Every line of a table from row 1 on, titles and empty lines too, each cell stripped.

    Args:
        path: A workbook or a text file, told apart by what is in it, not by its name.
        name: What to call it in a message.
        sheet: The sheet of a workbook; the first one if empty.

    Raises:
        DeliveryRefused: It is neither, or not a safe one.
    """
    return workbook.lines(path, name, sheet) if workbook.is_workbook(path) else _text_lines(path, name)


def _text_lines(path: Path, name: str) -> Iterator[list[str]]:
    text = text_of(path)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text[:_SAMPLE]), strict=True)
        for cells in reader:
            yield ["" if cell in _NOTHING else cell.strip() for cell in cells]
    except csv.Error:
        raise DeliveryRefused(
            f"{name}: a quotation mark is opened and not closed, or stands in the wrong place, so its rows cannot be told "
            "apart. Nothing was made. Export it again as CSV, and look for a stray quotation mark in the source."
        ) from None


def _delimiter(sample: str) -> str:
    """The mark that cuts the usual line into most cells; a comma unless another does better."""

    def usual_cells(mark: str) -> int:
        first = islice(csv.reader(io.StringIO(sample, newline=""), delimiter=mark), 11)
        counts = sorted(len(cells) for cells in first if cells)
        return counts[len(counts) // 2] if counts else 0

    return max(_DELIMITERS, key=usual_cells)


def rows(
    path: Path, name: str, required: Iterable[str], *, sheet: str = "", heading_row: int = 1
) -> Iterator[tuple[int, Row]]:
    """
    The rows of a table with their row numbers.

    Args:
        path: The file.
        name: What to call it in a message.
        required: Columns it must have, as `heading` writes them; the rest may be absent.
        sheet: The sheet of a workbook; the first one if empty.
        heading_row: The row that holds the headings, counted from 1 as a spreadsheet does.

    Returns:
        Row number and the row. Empty rows are left out but counted.

    Raises:
        DeliveryRefused: A column is missing or stands twice, or the file is no table.
    """
    found = lines(path, name, sheet)
    headings = [heading(cell) for cell in next(islice(found, heading_row - 1, None), [])]
    _check(headings, set(required), name)
    return _rows(found, headings, heading_row)


def _rows(found: Iterator[list[str]], headings: list[str], heading_row: int) -> Iterator[tuple[int, Row]]:
    for number, cells in enumerate(found, start=heading_row + 1):
        if any(cells):
            row = Row(zip(headings, cells, strict=False))
            row.is_whole = len(cells) <= len(headings)
            if not workbook.ERRORS.isdisjoint(cells):
                row.broken = frozenset(column for column, cell in row.items() if cell in workbook.ERRORS)
            yield number, row


def _check(headings: list[str], required: set[str], name: str) -> None:
    missing = sorted(required - set(headings))
    if missing:
        raise DeliveryRefused(
            f"{name}: columns missing: {', '.join(missing)}. Nothing was made. "
            "Export the table again with its agreed columns."
        )
    twice = sorted(column for column in required if headings.count(column) > 1)
    if twice:
        raise DeliveryRefused(
            f"{name}: columns that stand twice: {', '.join(twice)}. Nothing was made. "
            "Rename or remove one of each, so that it is plain which is meant."
        )


def first_lines(path: Path, name: str, sheet: str, most: int) -> list[list[str]]:
    """The first lines of a table, at most so many, for someone who does not know its headings yet."""
    return list(islice(lines(path, name, sheet), most))
