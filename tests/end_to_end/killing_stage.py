"""The stages of the pipeline as they are killed: how each starts, what runs, what is there, and what must never be."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.intake import killing_intake
from tests.release import killing_release

from lantern import warehouse
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.pipeline import build, intake, release
from lantern.release.ledger import Ledger

OFFICER = "Invented Privacy Officer"
PERIOD = Quarter(2025, 4)
BUILT = ("linkage", "intermediate", "marts", "release_inputs")


@dataclass(frozen=True)
class Stage:
    """
    One part of the pipeline: how its start is made from a home after the demo, what runs, what is there, what must not be.

    `settled` says of what is there after it ran to its end what must be the same however often it was killed. One that
    `is_warm` is run once before it is killed, in the process that its runs are forks of: what it imports and thinks out is there then,
    and kills meet it at its work.
    """

    start: Callable[[Home], object]
    run: Callable[[Home], object]
    state: Callable[[Home], dict[str, Any]]
    faults: Callable[[dict[str, Any]], list[str]]
    settled: Callable[[dict[str, Any]], object]
    is_warm: bool = True


SENDERS = "riverton_housing", "riverton_probation"
"""Whose deliveries wait: three small ones, so that most of an intake is what lies between them."""


def waiting(home: Home) -> None:
    """Nothing was taken in yet: some deliveries wait."""
    shutil.rmtree(home.base / "secure")
    shutil.rmtree(home.inbox)
    for made in sorted((home.base / "partners").glob("*/sent/*/*/*/manifest.json")):
        partner = made.parents[4].name
        if partner not in SENDERS:
            continue
        shutil.copytree(made.parent, home.inbox / partner / made.parent.name)


def loaded(home: Home) -> None:
    """Everything was accepted and loaded; nothing was built."""
    for path in (home.warehouse, home.warehouse.with_suffix(".duckdb.wal"), home.dbt / "passed", home.analyst):
        path.unlink(missing_ok=True)
    intake.load(home)


def run_build(home: Home) -> None:
    """What the transform DAG does."""
    build.build(home, read_partnership(home.partnership))
    build.publish_to_analysts(home)


def tables(home: Home) -> dict[str, Any]:
    """Of each table its rows and a sum of hashes; whether a release would take them; the tables of the analysts' file."""
    found: dict[str, Any] = {"passed": (home.dbt / "passed").exists(), "analyst": []}
    if home.analyst.exists():
        with warehouse.plain(home.analyst, read_only=True) as connection:
            found["analyst"] = [name for (name,) in connection.execute("show tables").fetchall()]
    with warehouse.opened(home, read_only=True) as connection:
        for (name,) in connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            f"where database_name = current_database() and schema_name in {BUILT} order by all"
        ).fetchall():
            query = f"select count(*), coalesce(sum(hash(t)::hugeint), 0)::varchar from {name} as t"
            found[name] = connection.execute(query).fetchone()
    return found


def build_faults(state: dict[str, Any]) -> list[str]:
    """None by themselves: half a build is allowed, as long as it is not taken for a whole one."""
    found = ["half a build that passes"] if state["passed"] and len(state) < 50 else []
    return [*found, "half an analysts' file"] if 0 < len(state["analyst"]) < 20 else found


def undrawn(home: Home) -> None:
    """Everything is built, nothing was drawn, one plan is approved."""
    for folder in (home.ledger.parent, home.base / "anchor", home.releases.parent, home.embargo):
        shutil.rmtree(folder, ignore_errors=True)
    home.spent.unlink()
    partnership = read_partnership(home.partnership)
    ledger = Ledger(home, partnership)
    release.approve(home, partnership, ledger, PERIOD, by=OFFICER, reason="it is to be killed")
    ledger.close()


def run_release(home: Home) -> None:
    """What the release DAG does, once more approved where a kill used the approval up."""
    killing_release.run_again(home, PERIOD)


STAGES = {
    "intake": Stage(
        waiting,
        killing_intake.run_intake,
        killing_intake.state,
        killing_intake.delivery_faults,
        lambda state: state,
    ),
    "build": Stage(loaded, run_build, tables, build_faults, lambda state: state, is_warm=False),
    "release": Stage(
        undrawn,
        run_release,
        killing_release.state,
        killing_release.faults,
        lambda state: state["published"],
    ),
}
