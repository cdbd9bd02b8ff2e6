"""Writing tables and times as the invented partners' systems do."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from openpyxl import Workbook

from lantern.synthetic.draw import NONE, Ints

_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def write(path: Path, columns: Mapping[str, Sequence[object]]) -> None:
    """One CSV file from columns of equal length, in the order given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream, lineterminator="\r\n")
        lines.writerow(columns)
        lines.writerows(zip(*columns.values(), strict=True))


def write_workbook(path: Path, sheets: Mapping[str, Mapping[str, Sequence[object]]]) -> None:
    """One workbook with a table on each sheet: dates as real dates, numbers as numbers."""
    book = Workbook(write_only=True)
    for title, columns in sheets.items():
        page = book.create_sheet(title)
        page.append(list(columns))
        for cells in zip(*columns.values(), strict=True):
            page.append(cells)
    saved = io.BytesIO()
    book.save(saved)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A workbook says in two places when it was made; the same seed must give the same file.
    with zipfile.ZipFile(saved) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as timeless:
        for each in made.namelist():
            content = _MOMENT.sub(b"2026-09-30T23:59:59Z", made.read(each)) if "docProps" in each else made.read(each)
            timeless.writestr(zipfile.ZipInfo(each), content, zipfile.ZIP_DEFLATED)


def day_texts(days: Ints, pattern: str = "%Y-%m-%d") -> list[str]:
    """Days since 1970 in a source's own way of writing; -1 is an empty cell."""
    return _written(days, "datetime64[D]", pattern)


def minute_texts(minutes: Ints, pattern: str = "%Y-%m-%d %H:%M:%S") -> list[str]:
    """Minutes since 1970, local time, in a source's own way of writing; -1 is an empty cell."""
    return _written(minutes, "datetime64[m]", pattern)


def _written(numbers: Ints, unit: str, pattern: str) -> list[str]:
    # Dates repeat: each is written once.
    different, places = np.unique(numbers, return_inverse=True)
    moments: Iterable[object] = different.astype(unit).tolist()
    texts = [
        "" if number == NONE else f"{moment:{pattern}}"
        for moment, number in zip(moments, different.tolist(), strict=True)
    ]
    return [texts[each] for each in places.tolist()]
