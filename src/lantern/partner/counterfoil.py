"""What a sender keeps of a delivery: for each row of its events file, the row of the sender's own file it came from."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

COLUMNS = ("events_row", "source", "source_row")
_HEADING_ROWS = 1
"""Row 1 of an events file is its heading, as in a spreadsheet: the hub's report counts so too."""


def name_for(delivery: str) -> str:
    """The file's name beside a delivery's folder."""
    return f"{delivery}-rows.csv"


def write(path: Path, places: Iterable[str], source_format: str) -> None:
    """
    Write one row per event: its row in the events file, and where its source has it.

    Args:
        path: The file, which must not be there yet; no one else may read it.
        places: Where each event comes from, in the order of the events file, such as `ssd_contacts row 5`.
        source_format: What stands for the source where a place names none, as in a census.

    Privacy: row numbers and names of tables. It tells no one anything without the sender's own files, and stays
        beside the delivery, never in it: what is sent says nothing of where a row stood.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(COLUMNS)
        for number, place in enumerate(places, start=1 + _HEADING_ROWS):
            source, _, row = place.rpartition(" row ")
            lines.writerow((number, source or source_format, row))
