"""What is taken away from a page, read back as a spreadsheet or a program would; and what its tables show."""

import csv
import io
import re
import zipfile
from html import unescape

from openpyxl import load_workbook

FIELD = {"type": "object", "required": ["name", "type", "description"], "properties": {"type": {"const": "string"}}}
PACKAGE = {
    "type": "object",
    "required": ["profile", "name", "title", "description", "version", "created", "sources", "resources"],
    "not": {"required": ["licenses"]},
    "properties": {
        "profile": {"const": "tabular-data-package"},
        "name": {"pattern": "^[-a-z0-9._/]+$"},
        "created": {"pattern": r"^\d{4}-\d\d-\d\dT00:00:00Z$"},
        "sources": {"type": "array", "minItems": 1, "items": {"required": ["title"]}},
        "resources": {
            "minItems": 2,
            "maxItems": 2,
            "items": {
                "required": ["name", "path", "profile", "schema", "bytes", "hash", "encoding"],
                "properties": {
                    "path": {"pattern": "^[a-z]+[.]csv$"},
                    "profile": {"const": "tabular-data-resource"},
                    "schema": {
                        "required": ["fields", "missingValues"],
                        "properties": {"fields": {"type": "array", "minItems": 1, "items": FIELD}},
                    },
                },
            },
        },
    },
}


def as_table(text):
    """The rows of a CSV below its heads, each by the heads' names."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    start = next(place for place, row in enumerate(rows) if row[:1] == ["measure"])
    return [dict(zip(rows[start], row, strict=True)) for row in rows[start + 1 :]]


def in_csv(part):
    import download

    return as_table(download.csv_of(part).decode("utf-8-sig"))


def in_workbook(part):
    import download

    sheet = load_workbook(io.BytesIO(download.xlsx_of(part)))["Figures"]
    heads, *rows = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    return [dict(zip(heads, row, strict=True)) for row in rows]


def in_package(part, name="figures"):
    import download

    with zipfile.ZipFile(io.BytesIO(download.package_of(part))) as archive:
        text = archive.read(f"{name}.csv").decode()
    return [dict(row) for row in csv.DictReader(io.StringIO(text, newline=""))]


def text_of(data):
    """All text of a file, a packed one's too."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return " ".join(archive.read(name).decode() for name in archive.namelist())


def cells_of(part):
    """Every cell of every table of every file."""
    import download

    found = [
        cell for row in csv.reader(io.StringIO(download.csv_of(part).decode("utf-8-sig"), newline="")) for cell in row
    ]
    for name in ("figures", "definitions"):
        found += [cell for row in in_package(part, name) for cell in row.values()]
    book = load_workbook(io.BytesIO(download.xlsx_of(part)))
    return found + [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]


def shown_in(opened):
    """(figure, likely range) of every row of the page's tables of this quarter, which are not those over time."""
    found = []
    for block in opened.html:
        for table in re.findall(r"<table.*?</table>", block):
            caption = re.search("<caption>(.*?)</caption>", table).group(1)
            if "quarter by quarter" in caption or "four quarters at a time" in caption:
                continue
            for row in re.findall("<tr.*?</tr>", table):
                cells = {
                    head: unescape(text) for head, text in re.findall(r'data-h="(.*?)"><span>(.*?)</span></td>', row)
                }
                if cells and not cells["Figure"].startswith("Not shown"):
                    found.append((cells["Figure"], cells["Likely range"]))
    return found
