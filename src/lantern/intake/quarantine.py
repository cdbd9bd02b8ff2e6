"""Rows that were held back: re-keyed, encrypted like everything else of the secure zone, and not for long."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from lantern import warehouse
from lantern.errors import LanternError
from lantern.home import Home
from lantern.intake.breach import HEADING_ROWS, ROWS_TOLD, Breach

CANNOT_BE_OPENED = "file_cannot_be_opened"
"""In the place of a rule: the file is there, but what it holds cannot be told."""


@dataclass(frozen=True)
class Held:
    """
    The rows of one delivery that are held, as far as they may be told: counts.

    `by_rule` counts rows; one row can break two rules. Of a file that cannot be opened no more is known
    than its name and the day it was written: no rows are counted, and `by_rule` says so.
    """

    delivery_id: str
    partner: str
    source_format: str
    rows: int
    by_rule: dict[str, int]
    held_on: date

    def days_left(self, days: int, today: date) -> int:
        """How many days these rows are still kept."""
        return (self.held_on + timedelta(days=days) - today).days


def path(home: Home, delivery_id: str) -> Path:
    """Where the held rows of a delivery are."""
    return home.quarantine / f"{delivery_id}.duckdb"


def listing(home: Home) -> list[Held]:
    """Every delivery of which rows are held, oldest first; a file that cannot be opened is told, and stops nothing."""
    found = [_about(home, each) for each in home.quarantine.glob("*.duckdb")]
    return sorted((each for each in found if each), key=lambda held: (held.held_on, held.delivery_id))


def _about(home: Home, file: Path) -> Held | None:
    """What is held in one file; nothing if another process has just removed it."""
    try:
        with _reading(home, file) as connection:
            row = connection.execute(
                "select delivery_id, partner, source_format, rows_held, held_on from delivery"
            ).fetchone()
            by_rule = connection.execute(
                "select rule, count(distinct row) from held_cell group by rule order by rule"
            ).fetchall()
    except LanternError:
        return _unopened(file)
    return Held(row[0], row[1], row[2], int(row[3]), {rule: int(count) for rule, count in by_rule}, row[4])


def _unopened(file: Path) -> Held | None:
    try:
        written = datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
    except FileNotFoundError:
        return None
    return Held(file.stem, "unknown", "unknown", 0, {CANNOT_BE_OPENED: 1}, written)


@contextmanager
def _reading(home: Home, file: Path) -> Iterator[Any]:
    with (
        warehouse.own_trouble(home, file.name, "These held rows were not read."),
        warehouse.encrypted(home, file, read_only=True) as connection,
    ):
        yield connection


def breaches(home: Home, delivery_id: str) -> list[Breach]:
    """
    Why rows of a delivery are held, as its sender was or should have been told.

    Empty once they are gone, and where their file cannot be opened.
    """
    file = path(home, delivery_id)
    if not file.exists():
        return []
    try:
        with _reading(home, file) as connection:
            found = connection.execute(
                f"""
                select rule, column_name, count(*), list(row order by row)[:{ROWS_TOLD}]
                from held_cell group by all order by all
                """
            ).fetchall()
    except LanternError:
        return []
    return [
        Breach(rule, column, "warning", int(count), tuple(row + 1 + HEADING_ROWS for row in rows))
        for rule, column, count, rows in found
    ]


def purge(home: Home, days: int, today: date | None = None) -> list[Held]:
    """
    Remove what has been held for `days` days; its counts stay in the register and in the reports.

    A file that cannot be opened is as old as the day it was written.

    Returns:
        What was removed.
    """
    now = today or datetime.now(UTC).date()
    expired = [held for held in listing(home) if held.days_left(days, now) <= 0]
    for held in expired:
        path(home, held.delivery_id).unlink(missing_ok=True)  # another process purges too
    if expired:
        warehouse.sync(home.quarantine)
    return expired
