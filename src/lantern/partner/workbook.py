"""An Excel workbook (.xlsx) as lines of text: opened only if it is safe to, its dates and numbers kept exact."""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.parsers import expat

from lantern.errors import DeliveryRefused

ERRORS = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
"""What a spreadsheet shows in place of a value it could not work out."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MOST_BYTES, _MOST_RATIO = 1 << 30, 200
_MOST_ROWS = 1 << 20
_CHUNK = 1_000
_EXACT_BELOW = 10**15
"""A spreadsheet keeps fifteen digits; what stands in a longer number's other places is not what was typed."""


class MomentCell(str):
    """A real date, time or both of a spreadsheet, as ISO 8601: its form is known and needs no format."""

    __slots__ = ()


def is_workbook(path: Path) -> bool:
    """Whether the file is a zip archive, as .xlsx is, or an older or locked workbook."""
    try:
        with path.open("rb") as stream:
            return stream.read(4) in (_ZIP, _OLE)
    except OSError:
        raise DeliveryRefused("a file: it cannot be read. Nothing was made. Check its name and try again.") from None


def lines(path: Path, name: str, sheet: str = "") -> Iterator[list[str]]:
    """
    Every row of one sheet from row 1 on, empty rows too, as text.

    Args:
        path: The workbook.
        name: What to call it in a message.
        sheet: The sheet's name, case and spaces aside; the first sheet if empty.

    Returns:
        One list of stripped cells for each row; a date or time is a `MomentCell`. A formula is the value
        last worked out. A number has no `.0`; one of more than fifteen digits stands as `1.2E+15`, so that
        whoever wants an id in it sees that its digits are lost.

    Raises:
        DeliveryRefused: It is no .xlsx, is locked, is not safe to unpack, or has no such sheet.
    """
    _check(path, name)
    for count, cells in enumerate(_rows(path, name, sheet)):
        if count >= _MOST_ROWS:
            raise _refusal(name, "it has more rows than a sheet can have")
        yield cells


def titles(path: Path, name: str) -> list[str]:
    """
    The titles of the sheets that hold a table or could: a page that is a chart alone is none.

    Raises:
        DeliveryRefused: As for `lines`.
    """
    _check(path, name)
    with path.open("rb") as stream, _quiet(name):
        import openpyxl

        book = openpyxl.load_workbook(stream, read_only=True, keep_links=False)
        try:
            return [str(each.title) for each in book.worksheets]
        finally:
            book.close()


def _rows(path: Path, name: str, sheet: str) -> Iterator[list[str]]:
    # Given a name, openpyxl judges a file by it; given the file, by what is in it.
    with path.open("rb") as stream, ExitStack() as stack:
        with _quiet(name):
            import openpyxl

            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            stack.callback(book.close)
        found = _sheet(book, name, sheet)
        with _quiet(name):
            # The size a sheet claims is not always its size: believed, it would cut rows off.
            found.reset_dimensions()
            values = found.iter_rows(values_only=True)
        while True:
            with _quiet(name):
                chunk = [[_text(cell) for cell in cells] for cells in islice(values, _CHUNK)]
            if not chunk:
                return
            yield from chunk


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """What openpyxl warns of and stumbles over quotes cells: neither is passed on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except Exception:  # noqa: BLE001 - a damaged file breaks the reader in more ways than it names
            raise _refusal(name, "it is damaged") from None


def _sheet(book: Any, name: str, sheet: str) -> Any:
    wanted = " ".join(sheet.split()).lower()
    for found in book.worksheets:
        if not wanted or " ".join(found.title.split()).lower() == wanted:
            return found
    there = ", ".join(f"'{found.title}'" for found in book.worksheets)
    raise DeliveryRefused(
        f"{name}: the workbook has no sheet '{sheet}'; it has {there}. Nothing was made. Name one of these: "
        "'sheet' in the mapping, or --sheet of the command 'map'."
    )


def _text(cell: Any) -> str:  # noqa: PLR0911 - one line for each kind of cell
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, datetime):
        second = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
        # A date alone is a midnight to a spreadsheet.
        return MomentCell(second.date() if second.time() == time(0) else second.isoformat())
    if isinstance(cell, time):
        return MomentCell(cell.replace(microsecond=0).isoformat())
    if isinstance(cell, date):
        return MomentCell(cell.isoformat())
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if abs(cell) >= _EXACT_BELOW:
            return f"{cell:.14E}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    return str(cell)


def _check(path: Path, name: str) -> None:
    """Refuse what would unpack to more than it should, and XML with a document type, before any of it is used."""
    try:
        unsafe = _danger(path)
    except Exception:  # noqa: BLE001 - the same
        unsafe = "it is an older .xls, has a password, or is damaged"
    if unsafe:
        raise _refusal(name, unsafe)


def _danger(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        unpacked, packed = sum(each.file_size for each in members), sum(each.compress_size for each in members)
        if unpacked > _MOST_BYTES or unpacked > _MOST_RATIO * max(packed, 1):
            return "it unpacks to more than 1 GiB or to more than 200 times its size"
        if any(_has_document_type(archive, each) for each in members):
            return "its XML has a document type, which no spreadsheet program writes"
    return ""


class _PrologOverError(Exception):
    """The first element was reached: no document type can follow."""


def _has_document_type(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    found: list[str] = []
    parser = expat.ParserCreate()

    def stop(*_arguments: object) -> None:
        raise _PrologOverError

    def note(doctype: str, *_arguments: object) -> None:
        found.append(doctype)
        raise _PrologOverError

    parser.StartElementHandler, parser.StartDoctypeDeclHandler = stop, note
    try:
        with archive.open(member) as stream:
            while block := stream.read(1 << 14):
                parser.Parse(block)
    except (_PrologOverError, expat.ExpatError):
        # What is not XML at all is for the reader to refuse.
        pass
    return bool(found)


def _refusal(name: str, what: str) -> DeliveryRefused:
    return DeliveryRefused(
        f"{name}: as an Excel workbook it cannot be read: {what}. Nothing was made. "
        "Open it, save it as 'Excel Workbook (.xlsx)' without a password, or export it as CSV."
    )
