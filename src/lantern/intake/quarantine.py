"""Rows that were held back: re-keyed, encrypted like everything else of the secure zone, and not for long."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from lantern import warehouse
from lantern.home import Home
from lantern.intake.breach import HEADING_ROWS, ROWS_TOLD, Breach


@dataclass(frozen=True)
class Held:
    """
    The rows of one delivery that are held, as far as they may be told: counts.

    `by_rule` counts rows; one row can break two rules.
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
    """Every delivery of which rows are held, oldest first."""
    found = [_about(home, each) for each in home.quarantine.glob("*.duckdb")]
    return sorted(found, key=lambda held: (held.held_on, held.delivery_id))


def _about(home: Home, file: Path) -> Held:
    with warehouse.encrypted(home, file, read_only=True) as connection:
        row = connection.execute(
            "select delivery_id, partner, source_format, rows_held, held_on from delivery"
        ).fetchone()
        by_rule = connection.execute(
            "select rule, count(distinct row) from held_cell group by rule order by rule"
        ).fetchall()
    assert row is not None  # written in one piece with the rows
    return Held(row[0], row[1], row[2], int(row[3]), {rule: int(count) for rule, count in by_rule}, row[4])


def breaches(home: Home, delivery_id: str) -> list[Breach]:
    """Why rows of a delivery are held, as its sender was or should have been told; empty once they are gone."""
    file = path(home, delivery_id)
    if not file.exists():
        return []
    with warehouse.encrypted(home, file, read_only=True) as connection:
        found = connection.execute(
            f"""
            select rule, column_name, count(*), list(row order by row)[:{ROWS_TOLD}]
            from held_cell group by all order by all
            """
        ).fetchall()
    return [
        Breach(rule, column, "warning", int(count), tuple(row + 1 + HEADING_ROWS for row in rows))
        for rule, column, count, rows in found
    ]


def purge(home: Home, days: int, today: date | None = None) -> list[Held]:
    """
    Remove what has been held for `days` days; its counts stay in the register and in the reports.

    Returns:
        What was removed.
    """
    now = today or datetime.now(UTC).date()
    expired = [held for held in listing(home) if held.days_left(days, now) <= 0]
    for held in expired:
        path(home, held.delivery_id).unlink()
    if expired:
        warehouse.sync(home.quarantine)
    return expired
