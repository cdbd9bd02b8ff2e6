"""Airflow's own scheduler and pages: a person approves over the API, another quarter by the command line, and both are released."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from tests.release.conftest import OFFICER, write_release_inputs

from lantern import warehouse
from lantern.home import PROJECT
from lantern.release.ledger import Ledger

REASON = "Approved over Airflow's own interface, as a test."


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Airflow:
    """A running `make airflow` with a login, asked as its pages ask it."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.token = ""

    def ask(self, path: str, body: dict | None = None, method: str | None = None) -> dict:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def is_up(self) -> bool:
        health = self.ask("/api/v2/monitor/health")
        return all(health[part]["status"] == "healthy" for part in ("scheduler", "metadatabase", "dag_processor"))

    def questions(self) -> dict[int, dict]:
        """What waits for a person, by the number of its step; one that is being written does not wait yet."""
        found = self.ask("/api/v2/dags/demo.release/dagRuns/~/hitlDetails?response_received=false")["hitl_details"]
        waiting = [each for each in found if each["task_instance"]["state"] == "awaiting_input"]
        return {each["task_instance"]["map_index"]: each for each in waiting}

    def answer(self, question: dict, reason: str) -> None:
        where = question["task_instance"]
        run = urllib.parse.quote(where["dag_run_id"], safe="")
        self.ask(
            f"/api/v2/dags/demo.release/dagRuns/{run}/taskInstances/ask_approver/{where['map_index']}/hitlDetails",
            {"chosen_options": ["Approve"], "params_input": {"reason": reason}},
            method="PATCH",
        )


def wait_for(what, seconds: float = 400):
    """Ask until there is an answer that is not empty."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if found := what():
                return found
        time.sleep(1)
    pytest.fail("Airflow did not get there in time")


def end(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def two_due(hub):
    """A hub with two quarters due, 2026-Q1 and 2026-Q2: the history begins a year before the first of them."""
    write_release_inputs(hub, periods=("2026-Q1", "2026-Q2"))
    with warehouse.opened(hub.home) as connection:
        connection.execute("update intermediate.int_histories set history_from_on = date '2025-01-01'")
    return hub


@pytest.fixture
def airflow(two_due, tmp_path):
    port = free_port()
    environment = os.environ | {
        "AIRFLOW_LOGIN": "1",
        "LANTERN_GLANCE_SECONDS": "30",
        "AIRFLOW_PORT": str(port),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "PYTHONPATH": str(PROJECT / "dags"),
        "HOME": str(tmp_path),
    }
    with (tmp_path / "screen.txt").open("w") as screen:
        command = [sys.executable, "-W", "ignore", "-m", "orchestration.serve"]
        process = subprocess.Popen(command, env=environment, stdout=screen, stderr=screen, start_new_session=True)
    try:
        found = Airflow(port)
        wait_for(found.is_up)
        passwords = json.loads((two_due.home.root / "airflow" / "passwords.json").read_text())
        assert sorted(passwords) == [OFFICER]
        login = {"username": OFFICER, "password": passwords[OFFICER]}
        found.token = found.ask("/auth/token", login)["access_token"]
        yield found
    finally:
        end(process)


def decisions(hub) -> list[tuple[str, str, str, str]]:
    ledger = Ledger(hub.home, hub.partnership)
    try:
        return [
            (entry.kind, entry.period, entry.body["by"], entry.body["reason"])
            for entry in ledger.entries()
            if entry.kind in ("approve", "refuse")
        ]
    finally:
        ledger.close()


def test_a_real_answer_in_airflow_becomes_a_line_of_the_ledger_and_a_release(two_due, airflow):
    """
    Two quarters wait. The first is answered in Airflow, once with no reason and then with one; the second by hand.

    2026-Q1   Approve, no reason   not recorded, asked again
              Approve, a reason    recorded under the Airflow user's name
    2026-Q2   lantern approve      the waiting step sees it and goes on
    """
    wait_for(lambda: "demo.release" in [dag["dag_id"] for dag in airflow.ask("/api/v2/dags")["dags"]])
    airflow.ask("/api/v2/dags/demo.release/dagRuns", {"logical_date": None})
    asked = wait_for(lambda: len(airflow.questions()) == 2 and airflow.questions())
    assert "1 January to 31 March 2026" in asked[0]["subject"]
    assert "What it costs" in asked[0]["body"]
    assert [user["name"] for user in asked[0]["assigned_users"]] == [OFFICER]

    airflow.answer(asked[0], "  ")
    wait_for(lambda: airflow.questions().get(0))
    assert decisions(two_due) == []

    def answered():
        if question := airflow.questions().get(0):
            airflow.answer(question, REASON)
        return decisions(two_due)

    wait_for(answered)
    lantern = [
        *(sys.executable, "-W", "ignore", "-c", "from lantern.cli import main; main()"),
        *("approve", "2026-Q2", "--by", OFFICER, "--reason", "by hand"),
    ]
    wait_for(lambda: subprocess.run(lantern, capture_output=True, check=False).returncode == 0)

    def ended():
        (run,) = airflow.ask("/api/v2/dags/demo.release/dagRuns")["dag_runs"]
        return run["state"] if run["state"] in ("success", "failed") else None

    assert wait_for(ended) == "success"
    assert decisions(two_due) == [
        ("approve", "2026-Q1", OFFICER, REASON),
        ("approve", "2026-Q2", OFFICER, "by hand"),
    ]
    assert sorted(path.name for path in two_due.home.releases.glob("20*")) == ["2026-Q1-1", "2026-Q2-1"]
