"""Intake, killed at each of its side effects: `python -m tests.intake.killing_intake TEMPLATE SCRATCH EVERY`."""

from typing import Any

from tests.killing import Step, as_undisturbed, main

from lantern import warehouse
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.pipeline import intake


def run_intake(home: Home) -> None:
    """What the DAG does: list, receive each, load."""
    partnership = read_partnership(home.partnership)
    for each in intake.waiting(home, partnership):
        intake.receive(home, partnership, each)
    intake.load(home)


def state(home: Home) -> dict[str, Any]:
    """What is there: rows by delivery, the register, what is held, what waits, what lies about."""
    rows: dict[str, int] = {}
    register: list[Any] = []
    digest = ""
    if home.warehouse.exists():
        with warehouse.opened(home, read_only=True) as connection:
            known = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
            if "partner_event" in known:
                rows = dict(
                    connection.execute(
                        "select delivery_id, count(*) from raw.partner_event group by all order by all"
                    ).fetchall()
                )
                digest = str(
                    connection.execute(
                        "select md5(string_agg(line, '|' order by line)) from "
                        "(select cast(event as varchar) as line from raw.partner_event as event)"
                    ).fetchone()
                )
            if "delivery" in known:
                register = connection.execute(
                    "select delivery_id, rows_sent, rows_loaded, rows_held from raw.delivery order by all"
                ).fetchall()
    files = {name: sorted(p.name for p in getattr(home, name).glob("*")) for name in ("accepted", "quarantine", "work")}
    waiting = len([each for each in home.inbox.glob("*/*") if each.is_dir()])
    return {"rows": rows, "register": register, "digest": digest, "waiting": waiting, **files}


def delivery_faults(seen: dict[str, Any]) -> list[str]:
    """What is loaded is whole, and is in the register; nothing else is."""
    listed = {row[0]: row[2] for row in seen["register"]}
    return [] if listed == seen["rows"] else ["rows that are not a whole delivery"]


def killed_faults(between: dict[str, Any], after: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """What must never be: half a delivery loaded, or anything else in the end than without the kill."""
    return [*delivery_faults(between), *as_undisturbed(between, after, expected)]


INTAKE = Step("intake", run_intake, state, run_intake, killed_faults)

if __name__ == "__main__":
    main(INTAKE)
