"""
Downloads: the listing of a page as files, for a spreadsheet and for programs.

Pure functions. Equal releases give equal bytes: no file holds a time or a name of its making. Every text passes one
guard, so that no spreadsheet takes a cell for a formula.
"""

import csv
import hashlib
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from io import BytesIO, StringIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

import words
from listing import DEFINITION_COLUMNS, FIGURE_COLUMNS, Part, definition, definitions, figures, notes

CREATOR = "Lantern"
# A zip keeps a time for each part; the first it can hold says nothing of when this one was made.
NO_TIME = (1980, 1, 1, 0, 0, 0)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
COLUMN_WIDTH = 24

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Download:
    """One file to take away."""

    label: str
    file_name: str
    mime: str
    data: bytes


# Made once, whoever asks: what is the same in every cell is the same file, so a new release can find no old one.
@lru_cache(maxsize=64)
def downloads(part: Part) -> tuple[Download, ...]:
    """Make the three files of a page."""
    start = f"lantern-{part.release.release_id}-{part.name}"
    return (
        Download("CSV for a spreadsheet", f"{start}-figures.csv", "text/csv", csv_of(part)),
        Download(
            "Excel workbook",
            f"{start}-figures.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            xlsx_of(part),
        ),
        Download("Data package for programs", f"{start}-package.zip", "application/zip", package_of(part)),
    )


def csv_of(part: Part) -> bytes:
    """Write a page's figures for a spreadsheet: the notes first, an empty line, then the table with its heads."""
    said = [[note] for note in notes(part)]
    # Without the mark at its start a spreadsheet may read the letters in some other way.
    return _csv([*said, [], list(FIGURE_COLUMNS), *figures(part)]).encode("utf-8-sig")


def xlsx_of(part: Part) -> bytes:
    """Write a page's figures as a workbook of three sheets, every cell a text."""
    book = Workbook()
    book.remove(book.worksheets[0])
    _sheet(book.create_sheet("Figures"), [list(FIGURE_COLUMNS), *figures(part)])
    _sheet(book.create_sheet("Definitions"), [list(DEFINITION_COLUMNS), *definitions(part)])
    _sheet(book.create_sheet("Notes"), [["note"], *([note] for note in notes(part))])
    said = book.properties
    said.creator = said.lastModifiedBy = CREATOR
    said.title = f"{part.partnership.title}, {words.months(part.release)}"
    said.created = said.modified = datetime.combine(part.release.published_on, time())
    written = BytesIO()
    # The library's own way of saving puts the time of now into the workbook.
    with zipfile.ZipFile(written, "w") as archive:
        ExcelWriter(book, archive).save()
    with zipfile.ZipFile(written) as archive:
        return _packed({name: archive.read(name) for name in archive.namelist()})


def package_of(part: Part) -> bytes:
    """Write a page's figures as a Frictionless Data Package: two plain tables and what each field of them holds."""
    tables = {
        "figures": _csv([list(FIGURE_COLUMNS), *figures(part)]).encode(),
        "definitions": _csv([list(DEFINITION_COLUMNS), *definitions(part)]).encode(),
    }
    schemas = {
        "figures": _schema(FIGURE_COLUMNS, missing=("", "[x]"))
        | {
            "foreignKeys": [
                {"fields": ["definition"], "reference": {"resource": "definitions", "fields": ["definition"]}}
            ]
        },
        "definitions": _schema(DEFINITION_COLUMNS) | {"primaryKey": ["definition"]},
    }
    described = {
        "profile": "tabular-data-package",
        "name": f"lantern-{part.release.release_id}-{part.name}".lower(),
        "title": f"{part.partnership.title}: {words.months(part.release)}",
        # No licence is named: on what terms the figures may be used is the partnership's to say.
        "description": "\n".join([*notes(part), words.TERMS]),
        "version": part.release.release_id,
        "created": f"{part.release.published_on}T00:00:00Z",
        "sources": [{"title": f"{definition(each)}: {each.title}. {each.source}"} for each in part.measures],
        "resources": [_resource(name, data, schemas[name]) for name, data in tables.items()],
    }
    text = json.dumps(described, ensure_ascii=False, indent=2) + "\n"
    return _packed({"datapackage.json": text.encode()} | {f"{name}.csv": data for name, data in tables.items()})


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _csv(rows: Rows) -> str:
    stream = StringIO(newline="")
    csv.writer(stream).writerows([guarded(text) for text in row] for row in rows)
    return stream.getvalue()


def _sheet(sheet: Worksheet, rows: Rows) -> None:
    """Fill a sheet; what a text looks like never makes it a number, a day or a formula."""
    for place, row in enumerate(rows, start=1):
        for column, text in enumerate(row, start=1):
            cell = sheet.cell(place, column, guarded(text))
            cell.data_type = "s"
            cell.number_format = "@"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if place == 1:
                cell.font = Font(bold=True)
    for column in range(1, len(rows[0]) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = COLUMN_WIDTH * (4 if len(rows[0]) == 1 else 1)
    sheet.freeze_panes = "A2"


def _schema(columns: Mapping[str, str], missing: Sequence[str] = ("",)) -> dict[str, object]:
    fields = [{"name": name, "type": "string", "description": said} for name, said in columns.items()]
    return {"fields": fields, "missingValues": list(missing)}


def _resource(name: str, data: bytes, schema: dict[str, object]) -> dict[str, object]:
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "schema": schema,
    }


def _packed(parts: Mapping[str, bytes]) -> bytes:
    """Pack parts in their order, with no time of making."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, NO_TIME), data, zipfile.ZIP_DEFLATED)
    return written.getvalue()
