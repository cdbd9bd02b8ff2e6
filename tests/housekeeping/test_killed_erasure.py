"""
An erasure that is killed at any of its side effects is run again, and ends as if it had never been.

At a few places here; `LANTERN_THOROUGH=1` takes every third.
"""

import pytest
from tests.conftest import THOROUGH
from tests.housekeeping.invented_persons import GONE, hub_keys
from tests.killing import campaign_of

SECONDS = 7200 if THOROUGH else 900


@pytest.mark.timeout(SECONDS)
def test_an_erasure_killed_at_any_side_effect_is_run_again_and_goes_on(before, tmp_path):
    every = 3 if THOROUGH else 79
    module = "tests.housekeeping.killing_erasure"
    found = campaign_of(module, before.hub.home.root, tmp_path / "runs", every, SECONDS)

    expected = found["expected"]
    assert not hub_keys(before.hub.home, GONE) & set(expected["keys"])
    assert (expected["unfinished"], expected["parts"], len(expected["accepted"])) == ([], [], 2)
    assert len(found["points"]) > 100
    assert len(found["runs"]) == -(-len(found["points"]) // every)
    assert [(run["point"], run["faults"]) for run in found["runs"] if run["faults"]] == []
