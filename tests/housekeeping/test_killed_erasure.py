"""
An erasure that is killed at any of its side effects is run again, and ends as if it had never been.

At a few places here; `LANTERN_THOROUGH=1` takes every third.
"""

import json
import subprocess
import sys

import pytest
from tests.conftest import THOROUGH
from tests.housekeeping.invented_persons import GONE, hub_keys

from lantern.home import PROJECT

SECONDS = 7200 if THOROUGH else 900


@pytest.mark.timeout(SECONDS)
def test_an_erasure_killed_at_any_side_effect_is_run_again_and_goes_on(before, tmp_path):
    every = 3 if THOROUGH else 79
    command = [sys.executable, "-W", "ignore", "-m", "tests.housekeeping.killing_erasure", str(before.hub.home.root)]
    done = subprocess.run(
        [*command, str(tmp_path / "runs"), str(every)],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])

    expected = found["expected"]
    assert not hub_keys(before.hub.home, GONE) & set(expected["keys"])
    assert (expected["unfinished"], expected["parts"], len(expected["accepted"])) == ([], [], 2)
    assert len(found["points"]) > 100
    assert len(found["runs"]) == -(-len(found["points"]) // every)
    assert [(run["point"], run["faults"]) for run in found["runs"] if run["faults"]] == []
