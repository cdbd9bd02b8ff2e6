"""
The running pipeline, killed at instants drawn by lot, whole process groups at a time, and run on until it ends.

`python -m tests.end_to_end.killing_pipeline HOME SCRATCH STAGE KILLS SEED` takes a home after the demo and prints one JSON object.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.intake import killing_intake
from tests.killing import forked
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

    `settled` says of what is there after it ran to its end what must be the same however often it was killed.
    """

    start: Callable[[Home], object]
    run: Callable[[Home], object]
    state: Callable[[Home], dict[str, Any]]
    faults: Callable[[dict[str, Any]], list[str]]
    settled: Callable[[dict[str, Any]], object]


@dataclass
class Tally:
    """What came of a stage: kills that met it alive, how often it ended, seconds undisturbed, and what was wrong."""

    kills: int = 0
    ended: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


SENDERS = "riverton_housing", "riverton_schools", "riverton_probation"
"""Whose deliveries wait: five small ones, so that most of an intake is what lies between them."""


def waiting(home: Home) -> None:
    """Nothing was taken in yet: some deliveries wait."""
    shutil.rmtree(home.base / "secure")
    shutil.rmtree(home.inbox)
    for made in sorted((home.base / "partners").glob("*/sent/*/*/*/manifest.json")):
        partner = made.parents[4].name
        if partner not in SENDERS:
            continue
        shutil.copytree(made.parent, home.inbox / partner / made.parent.name)


def delivery_faults(state: dict[str, Any]) -> list[str]:
    """What is loaded is whole, and is in the register; nothing else is."""
    listed = {row[0]: row[2] for row in state["register"]}
    return [] if listed == state["rows"] else ["rows that are not a whole delivery"]


def loaded(home: Home) -> None:
    """Everything was accepted and loaded; nothing was built."""
    for path in (home.warehouse, home.warehouse.with_suffix(".duckdb.wal"), home.dbt / "passed"):
        path.unlink(missing_ok=True)
    intake.load(home)


def run_build(home: Home) -> None:
    """What the transform DAG does."""
    build.build(home, read_partnership(home.partnership))


def tables(home: Home) -> dict[str, Any]:
    """Of each table its rows and a sum of hashes; and whether a release would take them."""
    found: dict[str, Any] = {"passed": (home.dbt / "passed").exists()}
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
    return ["half a build that passes"] if state["passed"] and len(state) < 50 else []


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
    "intake": Stage(waiting, killing_intake.run_intake, killing_intake.state, delivery_faults, lambda state: state),
    "build": Stage(loaded, run_build, tables, build_faults, lambda state: state),
    "release": Stage(
        undrawn, run_release, killing_release.state, killing_release.faults, lambda state: state["published"]
    ),
}


def killed_after(seconds: float, work: Callable[[], object]) -> tuple[int, str]:
    """Do work in a process group of its own, and kill all of it after so long; minus the signal if it was still at it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.close(reading)
        try:
            work()
        except BaseException:  # noqa: BLE001 - told to the parent, which counts it as a fault
            os.write(writing, traceback.format_exc()[-1500:].encode())
            os._exit(1)
        os._exit(0)
    os.close(writing)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.005)
    else:
        os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    said = os.read(reading, 1 << 14)
    os.close(reading)
    return os.waitstatus_to_exitcode(status), said.decode()


def campaign(stage: Stage, template: Path, scratch: Path, kills: int, rng: random.Random) -> Tally:
    """Kill a stage so many times; each time it is run on from what the last kill left, until it ends."""
    found = Tally()
    start = Home(scratch / "start", "demo")
    shutil.copytree(template, start.root, symlinks=True)
    ended, said = forked(lambda: stage.start(start))
    assert ended == 0, said
    # What the stage does not read is not copied for each of its runs.
    shutil.rmtree(start.base / "partners")

    def fresh() -> Home:
        home = Home(scratch / "now", "demo")
        shutil.rmtree(home.root, ignore_errors=True)
        shutil.copytree(start.root, home.root, symlinks=True)
        return home

    began = time.monotonic()
    home = fresh()
    ended, said = killed_after(3600, lambda: stage.run(home))
    found.seconds = time.monotonic() - began
    assert ended == 0, said
    expected = _looked(stage, Home(scratch / "now", "demo"), found)
    home, undisturbed = fresh(), 3600.0
    while found.kills < kills or found.ended == 0:
        patience = rng.uniform(0, found.seconds) if found.kills < kills else undisturbed
        ended, said = killed_after(patience, lambda home=home: stage.run(home))
        found.kills += ended == -signal.SIGKILL
        if ended > 0:
            found.faults.append(said)
        seen = _looked(stage, home, found)
        if ended == 0:
            found.ended += 1
            if seen is None or stage.settled(seen) != stage.settled(expected or {}):
                found.faults.append("what it left in the end is not what it leaves undisturbed")
            home = fresh()
    return found


def _looked(stage: Stage, home: Home, found: Tally) -> dict[str, Any] | None:
    ended, said = forked(lambda: stage.state(home))
    if ended:
        # Before anything was made there is nothing to be looked at.
        if home.warehouse.exists():
            found.faults.append(said)
        return None
    state: dict[str, Any] = json.loads(said)
    found.faults += stage.faults(state)
    return state


def main(template: Path, scratch: Path, stage: str, kills: int, seed: int) -> None:
    """Run the campaign of one stage."""
    rng = random.Random(seed)
    print(json.dumps(vars(campaign(STAGES[stage], template, scratch, kills, rng))))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
