"""A partner's CSV file, read row by row with the row numbers its owner sees."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from lantern.errors import DeliveryRefused

FIRST_ROW = 2
"""The heading is row 1, as a spreadsheet shows it."""

_NOTHING = frozenset({"NULL", "null"})


class Row(dict[str, str]):
    """One row: a column that is not in the file reads as an empty cell. A row with stray cells is not whole."""

    is_whole = True

    def __missing__(self, key: str) -> str:
        return ""


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


def rows(path: Path, name: str, required: Iterable[str]) -> Iterator[tuple[int, Row]]:
    """
    The rows of a CSV file with their row numbers.

    Args:
        path: The file.
        name: What to call it in a message.
        required: Columns it must have, in lower case as all headings are read; the rest may be absent.

    Returns:
        Row number (the heading is row 1) and the row, every cell stripped.

    Raises:
        DeliveryRefused: A column is missing, or the file is no CSV.
    """
    lines = csv.reader(io.StringIO(text_of(path), newline=""))
    try:
        headings = [cell.strip().lower() for cell in next(lines, [])]
        missing = sorted(set(required) - set(headings))
        if missing:
            raise DeliveryRefused(
                f"{name}: columns missing: {', '.join(missing)}. Nothing was made. "
                "Export the table again with its agreed columns."
            )
        for number, cells in enumerate(lines, start=FIRST_ROW):
            if any(cells):
                clean = ("" if cell in _NOTHING else cell.strip() for cell in cells)
                row = Row(zip(headings, clean, strict=False))
                row.is_whole = len(cells) <= len(headings)
                yield number, row
    except csv.Error:
        raise DeliveryRefused(f"{name}: it cannot be read as CSV. Nothing was made. Export it again.") from None
