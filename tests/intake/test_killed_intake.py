"""Killed at any of its side effects, intake loses nothing, doubles nothing and leaves nothing half loaded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sending import contacts

KILLING = Path(__file__).with_name("killing.py")


@pytest.fixture
def waiting(hub):
    """Three deliveries: one good, one with a row to hold, one to refuse."""
    held = contacts(hub, 25)
    held[3]["sex"] = "X"
    refused = contacts(hub, 5)
    refused[0]["local_person_key"] = "not a key"
    hub.deliver(contacts(hub, 20))
    hub.deliver(held, snapshot_at="2026-09-29T23:59:59+01:00", period_to="2026-09-29")
    hub.deliver(refused)
    return hub


def killed(hub, tmp_path: Path, step: int) -> dict:
    done = subprocess.run(
        [sys.executable, str(KILLING), str(hub.home.root), str(tmp_path / "runs"), str(step)],
        capture_output=True,
        text=True,
        check=False,
        timeout=800,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_intake_killed_at_any_side_effect_goes_on_as_if_nothing_had_happened(waiting, tmp_path):
    found = killed(waiting, tmp_path, step=1)

    expected = found["expected"]
    assert sorted(expected["rows"].values()) == [20, 24]
    assert [row[1:] for row in sorted(expected["register"], key=lambda row: row[1])] == [[20, 20, 0], [25, 24, 1]]
    assert len(expected["quarantine"]) == 1
    assert expected["waiting"] == 0
    assert len(found["runs"]) == found["total"] >= 40
    for run in found["runs"]:
        assert run["ended"] == -9, run
        between = json.loads(run["between"])
        # What is loaded is whole, and is in the register; nothing else is.
        assert {row[0]: row[2] for row in between["register"]} == between["rows"], run["at"]
        assert run["after_ended"] == 0, run["after"]
        assert json.loads(run["after"]) == expected, run["at"]
