"""Drawn tables turned into CSV files, and deliveries read back: what the partner tests share."""

import csv
from datetime import date, datetime
from pathlib import Path

from pyarrow import parquet

from lantern.partner.account import Outcome

SNAPSHOT = datetime(2026, 9, 30, 23, 59, 59)  # noqa: DTZ001 - a partner writes London time

SINCE = date(2020, 4, 1)
"""Since when a drawn council's tables hold every record."""


def drawn(drawing: str) -> tuple[list[str], list[list[str]]]:
    """A table drawn with `|` and a rule of dashes, as headings and rows."""
    lines = [line.strip() for line in drawing.strip().splitlines()]
    kept = [line for line in lines if not set(line) <= set("-+ ")]
    headings, *rows = [[cell.strip() for cell in line.split("|")] for line in kept]
    return headings, rows


def write_drawn(path: Path, drawing: str) -> Path:
    """Write a drawn table as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    headings, rows = drawn(drawing)
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(headings)
        lines.writerows(rows)
    return path


def events_of(outcome: Outcome) -> list[dict[str, str]]:
    """The events of a delivery; null is ''."""
    assert outcome.folder is not None
    table = parquet.read_table(outcome.folder / "events.parquet")
    return [{name: cell or "" for name, cell in row.items()} for row in table.to_pylist()]


def told(events: list[dict[str, str]], *columns: str) -> list[tuple[str, ...]]:
    """Some columns of the events, sorted, to compare with what is expected."""
    return sorted(tuple(event[column] for column in columns) for event in events)
