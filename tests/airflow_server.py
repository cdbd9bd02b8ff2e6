"""Airflow's own scheduler and pages, started as `make airflow` starts them and asked as its pages ask."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lantern.home import PROJECT
from tests.servers import free_port

SERVER_ERROR = 500
ENDED = ("success", "failed")


@dataclass
class Airflow:
    """A running Airflow; `token` is of whoever logged in."""

    base: str
    token: str = field(default="")

    def ask(self, path: str, body: dict | None = None, method: str | None = None, tries: int = 5) -> Any:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            # SQLite has one writer: while the scheduler has it, Airflow answers 500 and has done nothing.
            if refusal.code != SERVER_ERROR or tries <= 1:
                raise
        time.sleep(2)
        return self.ask(path, body, method, tries - 1)

    def is_up(self) -> bool:
        health = self.ask("/api/v2/monitor/health")
        return all(health[part]["status"] == "healthy" for part in ("scheduler", "metadatabase", "dag_processor"))

    def log_in(self, name: str, password: str) -> None:
        self.token = self.ask("/auth/token", {"username": name, "password": password})["access_token"]

    def dags(self) -> list[dict]:
        return self.ask("/api/v2/dags")["dags"]

    def runs(self, dag_id: str) -> list[dict]:
        return self.ask(f"/api/v2/dags/{dag_id}/dagRuns?limit=50&order_by=run_after")["dag_runs"]

    def trigger(self, dag_id: str) -> str:
        """Start a run; its id."""
        return self.ask(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"]

    def tries(self, dag_id: str, run_id: str) -> dict[tuple[str, int], int]:
        """How often each task of a run was started, by its name and place in a mapping."""
        run = urllib.parse.quote(run_id, safe="")
        found = self.ask(f"/api/v2/dags/{dag_id}/dagRuns/{run}/taskInstances?limit=100")["task_instances"]
        return {(each["task_id"], each["map_index"]): each["try_number"] for each in found}

    def clear(self, dag_id: str, run_id: str) -> int:
        """Clear every task of a run, as a person may on the pages; how many there are."""
        body = {"dag_run_id": run_id, "dry_run": False, "only_failed": False, "reset_dag_runs": True}
        return self.ask(f"/api/v2/dags/{dag_id}/clearTaskInstances", body)["total_entries"]

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


def could_carry_a_row(value: Any) -> bool:
    """Whether something that passed between tasks is more than names, ids and counts; said here once more, from the outside."""
    if isinstance(value, list):
        return any(could_carry_a_row(each) for each in value)
    if isinstance(value, dict):
        return any(could_carry_a_row(each) for pair in value.items() for each in pair)
    if isinstance(value, str):
        return not re.fullmatch(r"[A-Za-z0-9_.-]{0,80}", value)
    return not (value is None or isinstance(value, int))


def wait_for(what: Callable[[], Any], seconds: float = 800) -> Any:
    """Ask until there is an answer that is not empty."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if found := what():
                return found
        time.sleep(1)
    pytest.fail("Airflow did not get there in time")


@contextmanager
def serving(environment: Mapping[str, str], screen: Path) -> Iterator[Airflow]:
    """`python -m orchestration.serve` until the block ends, with every process it started."""
    port = free_port()
    more = {
        "AIRFLOW_PORT": str(port),
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT / "dags"), environment.get("PYTHONPATH")])),
    }
    with screen.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "orchestration.serve"],
            env={**environment, **more},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        found = Airflow(f"http://127.0.0.1:{port}")
        wait_for(found.is_up)
        yield found
    finally:
        _end(process)


def _end(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
