"""
Killed at any of its side effects, intake loses nothing, doubles nothing and leaves nothing half loaded.

Every ninth one here; `LANTERN_THOROUGH=1` takes them all.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sending import contacts
from tests.conftest import THOROUGH
from tests.intake.killing_intake import INTAKE

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
    step = 1 if THOROUGH else 9

    found = killed(waiting, tmp_path, step)

    expected = found["expected"]
    assert [row[1:] for row in expected["register"]] == [[25, 24, 1]]
    assert list(expected["rows"].values()) == [24]
    assert (len(expected["quarantine"]), expected["waiting"], expected["work"]) == (1, 0, [])
    assert len(found["points"]) >= 80
    assert len(found["runs"]) == -(-len(found["points"]) // step)
    assert [(run["point"], run["faults"]) for run in found["runs"] if run["faults"]] == []


def test_what_a_killed_intake_must_not_leave_would_be_seen():
    """The twin: each fault, planted by hand."""
    whole = {"register": [["d1", 5, 4, 1]], "rows": {"d1": 4}}
    good = {"ended": [-9, 0, 0], "said": "", "between": json.dumps(whole), "after": json.dumps(whole)}

    assert INTAKE.judged(good, whole) == []
    for rows in ({}, {"d1": 3}, {"d1": 4, "d2": 1}):
        half = json.dumps(whole | {"rows": rows})
        assert INTAKE.judged(good | {"between": half}, whole) == ["rows that are not a whole delivery"]
        assert INTAKE.judged(good | {"after": half}, whole) == [
            "what it left in the end is not what it leaves undisturbed"
        ]
    assert len(INTAKE.judged(good | {"ended": [0, 0, 0]}, whole)) == 1
