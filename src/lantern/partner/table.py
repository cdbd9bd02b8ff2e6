"""A partner's table, CSV or XLSX, read row by row with the row numbers its owner sees."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from lantern.errors import DeliveryRefused
from lantern.partner import workbook
from lantern.partner.inventory import Inventory

TITLE_ROWS = 10
"""Headings are looked for in so many rows: a table made for people has its title above them."""

_NOTHING = frozenset({"NULL", "null"})
_DELIMITERS = ",;\t|"
_NO_TEXT = (b"%PDF", b"PAR1")
_MARK = 64
"""Bytes in which a file shows that it is XML."""
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


def text_of(path: Path, name: str) -> str:
    """
    The file as text: UTF-8, UTF-16 with its mark, or the Windows code page of western Europe.

    Args:
        path: The file.
        name: What to call it in a message.

    Raises:
        DeliveryRefused: It cannot be read, or is a program's own file, XML or a web page.
    """
    try:
        raw = path.read_bytes()
    except OSError:
        raise DeliveryRefused("a file: it cannot be read. Nothing was made. Check its name and try again.") from None
    is_wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not is_wide and (b"\x00" in raw or raw.startswith(_NO_TEXT)):
        raise _no_table(name, "a program's own file (a PDF, an image, a database), not text")
    if raw[:_MARK].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").startswith(b"<"):
        raise _no_table(name, "XML or a web page")
    if is_wide:
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _no_table(name: str, what: str) -> DeliveryRefused:
    return DeliveryRefused(
        f"{name}: it is {what}, and no table. Nothing was made. Export the table as CSV or save it as 'Excel Workbook "
        "(.xlsx)'; a census in XML is delivered with --as cin_census."
    )


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
    text = text_of(path, name)
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
    path: Path,
    name: str,
    required: Iterable[str],
    *,
    sheet: str = "",
    heading_row: int | None = None,
    inventory: Inventory | None = None,
) -> Iterator[tuple[int, Row]]:
    """
    The rows of a table with their row numbers.

    Args:
        path: The file.
        name: What to call it in a message.
        required: Columns it must have, as `heading` writes them; the rest may be absent.
        sheet: The sheet of a workbook; the first one if empty.
        heading_row: The row that holds the headings, counted from 1 as a spreadsheet does; looked for if None.
        inventory: Where the rows are counted, and the row of the headings is noted.

    Returns:
        Row number and the row. Empty rows are left out but counted.

    Raises:
        DeliveryRefused: The file is empty or no table, or a column is missing or stands twice.
    """
    wanted = set(required)
    headings, at, found = _opened(path, name, wanted, sheet, heading_row)
    _check(headings, wanted, name, at)
    read = _rows(found, headings, at)
    if inventory is None:
        return read
    inventory.heading_rows[name] = at
    return inventory.counting(name, read)


def headings_of(path: Path, name: str, required: Iterable[str]) -> list[str]:
    """The headings of a table, found as `rows` finds them, whether or not it has the columns it must have."""
    return _opened(path, name, set(required), "", None)[0]


def _opened(
    path: Path, name: str, required: set[str], sheet: str, heading_row: int | None
) -> tuple[list[str], int, Iterator[list[str]]]:
    """The headings, their row, and the lines under them. The row with most of the columns that must be there has them."""
    found = lines(path, name, sheet)
    first = list(islice(found, heading_row or TITLE_ROWS))
    if not any(map(any, first)):
        raise DeliveryRefused(
            f"{name}: the file is empty. Nothing was made. Export it again."
            if heading_row is None
            else f"{name}: row {heading_row}, where its headings should stand, and all above it are empty. Nothing was made. "
            "Correct 'heading_row' in the mapping, or leave that line out: headings are then looked for."
        )
    named = [[heading(cell) for cell in cells] for cells in first]
    scores = [(len(required.intersection(each)), -number) for number, each in enumerate(named, start=1)]
    at = heading_row or -max(scores)[1]
    return (named[at - 1] if at <= len(named) else []), at, chain(first[at:], found)


def _rows(found: Iterator[list[str]], headings: list[str], heading_row: int) -> Iterator[tuple[int, Row]]:
    for number, cells in enumerate(found, start=heading_row + 1):
        if any(cells):
            row = Row(zip(headings, cells, strict=False))
            row.is_whole = len(cells) <= len(headings)
            if not workbook.ERRORS.isdisjoint(cells):
                row.broken = frozenset(column for column, cell in row.items() if cell in workbook.ERRORS)
            yield number, row


def _check(headings: list[str], required: set[str], name: str, at: int) -> None:
    missing = sorted(required - set(headings))
    if missing:
        raise DeliveryRefused(
            f"{name}: columns missing: {', '.join(missing)}. Row {at} was taken for the headings. Nothing was made. "
            f"Export the table again with its agreed columns. Headings are looked for in the first {TITLE_ROWS} rows; "
            "where they stand lower, a mapping can say so with 'heading_row'."
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
