"""
Killed at any of its side effects, intake loses nothing, doubles nothing and leaves nothing half loaded.

Every seventh one here; `LANTERN_THOROUGH=1` takes them all.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sending import contacts
from tests.conftest import THOROUGH

from lantern.home import PROJECT

SECONDS = 7200 if THOROUGH else 900


@pytest.fixture
def waiting(hub):
    """Two deliveries: one with a row to hold, one to refuse."""
    held = contacts(hub, 25)
    held[3]["sex"] = "X"
    refused = contacts(hub, 5)
    refused[0]["local_person_key"] = "not a key"
    hub.deliver(held)
    hub.deliver(refused)
    return hub


def killed(hub, tmp_path: Path, step: int) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "tests.intake.killing_intake", str(hub.home.root), str(tmp_path / "runs"), str(step)],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS - 20,
        cwd=PROJECT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.timeout(SECONDS)
def test_intake_killed_at_any_side_effect_goes_on_as_if_nothing_had_happened(waiting, tmp_path):
    # An odd step: statements count before and after, and both are hit.
    step = 1 if THOROUGH else 7

    found = killed(waiting, tmp_path, step)

    expected = found["expected"]
    assert [row[1:] for row in expected["register"]] == [[25, 24, 1]]
    assert list(expected["rows"].values()) == [24]
    assert (len(expected["quarantine"]), expected["waiting"], expected["work"]) == (1, 0, [])
    assert found["total"] >= 80
    assert len(found["runs"]) == -(-found["total"] // step)
    for run in found["runs"]:
        assert run["ended"] == [-9, 0, 0], run
        between = json.loads(run["between"])
        # What is loaded is whole, and is in the register; nothing else is.
        assert {row[0]: row[2] for row in between["register"]} == between["rows"], run["at"]
        assert json.loads(run["after"]) == expected, run["at"]
