"""Airflow's own scheduler and pages on the demo's home: one trigger, and assets carry the work on."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from lantern.home import PROJECT

DAGS = ["demo.intake", "demo.release", "demo.transform"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


SERVER_ERROR = 500


class Airflow:
    """A running `make airflow`, asked over its REST API as its pages ask it."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.token = ""

    def ask(self, path: str, body: dict | None = None, tries: int = 5) -> dict:
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            # SQLite has one writer: while the scheduler has it, Airflow answers 500 and has done nothing.
            if refusal.code != SERVER_ERROR or tries <= 1:
                raise
        time.sleep(2)
        return self.ask(path, body, tries - 1)

    def wait_for(self, what, seconds: float):
        """Ask until there is an answer that is not empty."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                if found := what():
                    return found
            time.sleep(1)
        pytest.fail("Airflow did not get there in time")

    def is_up(self) -> bool:
        health = self.ask("/api/v2/monitor/health")
        return all(health[part]["status"] == "healthy" for part in ("scheduler", "metadatabase", "dag_processor"))

    def runs(self, dag_id: str) -> list[dict]:
        return self.ask(f"/api/v2/dags/{dag_id}/dagRuns?limit=50")["dag_runs"]


@pytest.fixture
def airflow(run):
    """`make airflow` on the home the demo used."""
    port = free_port()
    environment = run.environment | {
        "AIRFLOW_PORT": str(port),
        "PYTHONPATH": os.pathsep.join([str(PROJECT / "dags"), run.environment["PYTHONPATH"]]),
    }
    environment["AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT"] = str(free_port())
    log = run.folder / "airflow-screen.txt"
    with log.open("w") as screen:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.serve"],
            env=environment,
            stdout=screen,
            stderr=screen,
            start_new_session=True,
        )
    found = Airflow(port)
    try:
        found.wait_for(found.is_up, 240)
        found.token = found.ask("/auth/token")["access_token"]
        yield found
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def a_later_police_delivery(run) -> None:
    """The same notices, extracted a day later: a new delivery that replaces the first."""
    partners = run.home.base / "partners"
    out = run.folder / "later"
    done = run.command(
        *("partner", "deliver", str(partners / "riverton_police" / "police_notices.csv")),
        *("--as", "police_notice", "--partner", "riverton_police"),
        *("--key-file", str(partners / "keys" / "riverton_police.toml")),
        *("--out", str(out), "--snapshot-at", "2026-10-01T23:59:59+01:00"),
    )
    assert done.returncode == 0, done.stderr
    (folder,) = filter(Path.is_dir, out.iterdir())
    inbox = run.home.inbox / "riverton_police" / folder.name
    shutil.copytree(folder, inbox, ignore=shutil.ignore_patterns("manifest.json"))
    shutil.copy(folder / "manifest.json", inbox)


def test_one_trigger_of_intake_carries_a_delivery_to_the_release_dag(run, airflow):
    """An engineer drops a file, triggers intake, and sees transform and release start by themselves."""
    dags = airflow.ask("/api/v2/dags")["dags"]
    assert sorted(dag["dag_id"] for dag in dags) == sorted([*DAGS, "demo.publish"])
    before = {dag: len(airflow.runs(dag)) for dag in DAGS}
    a_later_police_delivery(run)

    airflow.ask("/api/v2/dags/demo.intake/dagRuns", {"logical_date": None})

    def finished():
        new = {dag: airflow.runs(dag)[before[dag] :] if before[dag] else airflow.runs(dag) for dag in DAGS}
        done = {dag: [each for each in found if each["state"] == "success"] for dag, found in new.items()}
        return done if all(done.values()) else None

    done = airflow.wait_for(finished, 240)
    assert {each["run_type"] for dag in ("demo.transform", "demo.release") for each in done[dag]} >= {"asset_triggered"}
    assert list(run.home.inbox.glob("*/*")) == []
    spent = json.loads(run.command("ledger", "show", "--json").stdout)
    assert sum(line["micro"] for line in spent) == 8 * 100_000
    assert run.beyond_this_machine() == []
