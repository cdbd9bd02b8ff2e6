"""Airflow's own scheduler and pages on the demo's home, all in SQLite: one trigger, and assets carry the work on."""

import json
import shutil
from pathlib import Path

import pytest
from tests.airflow_server import serving, wait_for

DAGS = ["demo.intake", "demo.release", "demo.transform"]


@pytest.fixture
def airflow(run):
    """`make airflow` on the home the demo used."""
    with serving(run.environment, run.folder / "airflow-screen.txt") as found:
        found.token = found.ask("/auth/token")["access_token"]
        yield found


def a_later_police_delivery(run, inbox: Path) -> None:
    """The same notices, extracted a day later: a new delivery that replaces the first."""
    partners = run.home.base / "partners"
    out = run.folder / "later"
    if not out.exists():
        done = run.command(
            *("partner", "deliver", str(partners / "riverton_police" / "police_notices.csv")),
            *("--as", "police_notice", "--partner", "riverton_police"),
            *("--key-file", str(partners / "keys" / "riverton_police.toml")),
            *("--out", str(out), "--snapshot-at", "2026-10-01T23:59:59+01:00"),
        )
        assert done.returncode == 0, done.stderr
    (folder,) = filter(Path.is_dir, out.iterdir())
    there = inbox / "riverton_police" / folder.name
    shutil.copytree(folder, there, ignore=shutil.ignore_patterns("manifest.json"))
    shutil.copy(folder / "manifest.json", there)


def test_one_trigger_of_intake_carries_a_delivery_to_the_release_dag(run, airflow):
    """An engineer drops a file, triggers intake, and sees transform and release start by themselves."""
    assert {each["dag_id"] for each in airflow.dags()} >= {*DAGS, "demo.publish"}
    before = {dag: {each["dag_run_id"] for each in airflow.runs(dag)} for dag in DAGS}
    a_later_police_delivery(run, run.home.inbox)

    airflow.trigger("demo.intake")

    def finished():
        new = {dag: [each for each in airflow.runs(dag) if each["dag_run_id"] not in before[dag]] for dag in DAGS}
        done = {dag: [each for each in found if each["state"] == "success"] for dag, found in new.items()}
        return done if all(done.values()) else None

    done = wait_for(finished)
    assert {each["run_type"] for dag in ("demo.transform", "demo.release") for each in done[dag]} >= {"asset_triggered"}
    assert list(run.home.inbox.glob("*/*")) == []
    spent = json.loads(run.command("ledger", "show", "--json").stdout)
    assert sum(line["micro"] for line in spent) == 8 * 100_000
    assert run.beyond_this_machine() == []
