"""
The running pipeline, killed at instants drawn by lot, loses nothing, doubles nothing and publishes nothing unspent.

The build is killed once here; `LANTERN_THOROUGH=1` kills each stage a hundred times. Intake and release are killed at their side effects, too.
"""

import json
import subprocess
import sys

import pytest
from tests.conftest import THOROUGH
from tests.end_to_end import killing_pipeline
from tests.end_to_end.killing_pipeline import STAGES

from lantern.home import PROJECT

KILLS = 100 if THOROUGH else 1
SECONDS = 7200 if THOROUGH else 900


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("stage", STAGES if THOROUGH else ["build"])
def test_a_stage_killed_again_and_again_ends_as_if_it_had_never_been(run, tmp_path, stage):
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "tests.end_to_end.killing_pipeline"),
            *(str(run.home.root), str(tmp_path / "campaign"), stage, str(KILLS), "300"),
        ],
        env=run.environment | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS - 20,
        cwd=PROJECT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)

    assert found["kills"] == KILLS
    assert found["ended"] >= 1
    assert found["faults"] == []


def test_what_a_killed_stage_must_not_leave_would_be_seen():
    """The twin: each fault, planted by hand. Those of a release are planted in its own test."""
    whole = {"register": [["d1", 5, 4, 1]], "rows": {"d1": 4}}

    assert killing_pipeline.delivery_faults(whole) == []
    for rows in ({}, {"d1": 3}, {"d1": 4, "d2": 1}):
        assert killing_pipeline.delivery_faults(whole | {"rows": rows}) == ["rows that are not a whole delivery"]
    assert killing_pipeline.build_faults({"passed": True, "marts.one": [1, "2"]}) == ["half a build that passes"]
    assert killing_pipeline.build_faults({"passed": False}) == []
