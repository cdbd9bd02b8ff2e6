"""Airflow's own scheduler, triggerer and pages on the demo's home, all in SQLite: nobody starts anything, and assets carry the work on."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.airflow_server import ENDED, serving, wait_for

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


def the_clock_is_far(airflow) -> bool:
    """Whether the triggerer knows of the inbox, what the clock began at the start is over, and no full hour is near."""
    triggerer = airflow.ask("/api/v2/monitor/health")["triggerer"]["status"]
    inboxes = airflow.ask("/api/v2/assets?name_pattern=demo.inbox")["assets"]
    watchers = [watcher["name"] for inbox in inboxes for watcher in inbox["watchers"]]
    is_watched = triggerer == "healthy" and watchers == ["demo.inbox"]
    is_over = all(each["state"] in ENDED for each in airflow.runs("demo.intake"))
    return is_watched and is_over and datetime.now(UTC).minute in range(1, 58)


@pytest.mark.timeout(1800)
def test_a_delivery_that_is_put_into_the_inbox_is_carried_to_the_release_dag(run, airflow):
    """A partner drops a delivery: the triggerer sees it, and intake, transform and release start by themselves."""
    assert {each["dag_id"] for each in airflow.dags()} >= {*DAGS, "demo.publish"}
    wait_for(lambda: the_clock_is_far(airflow))
    before = {dag: {each["dag_run_id"] for each in airflow.runs(dag)} for dag in DAGS}

    a_later_police_delivery(run, run.home.inbox)

    def started_by_assets():
        new = {dag: [each for each in airflow.runs(dag) if each["dag_run_id"] not in before[dag]] for dag in DAGS}
        done = {(dag, each["run_type"]) for dag, found in new.items() for each in found if each["state"] == "success"}
        return done >= {(dag, "asset_triggered") for dag in DAGS}

    wait_for(started_by_assets)
    assert list(run.home.inbox.glob("*/*")) == []
    (event,) = airflow.ask("/api/v2/assets/events?name_pattern=demo.inbox")["asset_events"]
    assert event["extra"] == {"from_trigger": True, "payload": "come"}
    spent = json.loads(run.command("ledger", "show", "--json").stdout)
    assert sum(line["micro"] for line in spent) == 8 * 100_000
    assert run.beyond_this_machine() == []
