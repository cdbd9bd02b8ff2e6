"""
Killed at any of its side effects, a release leaves a spend or nothing, never a publication without one, never two answers.

Every thirteenth one here; `LANTERN_THOROUGH=1` takes them all.
"""

import json

import pytest
from tests.conftest import THOROUGH
from tests.killing import campaign_of
from tests.release.killing_release import RELEASE

SECONDS = 7200 if THOROUGH else 900


@pytest.mark.timeout(SECONDS)
def test_a_release_killed_at_any_side_effect_is_paid_for_and_answered_once(ready, ledger, tmp_path):
    ledger.close()
    step = 1 if THOROUGH else 13  # odd: statements count before and after, and both are hit

    found = campaign_of("tests.release.killing_release", ready.home.root, tmp_path / "runs", step, SECONDS - 20)

    assert len(found["points"]) >= 40
    assert len(found["runs"]) == -(-len(found["points"]) // step)
    assert [(run["point"], run["faults"]) for run in found["runs"] if run["faults"]] == []
    reached = [json.loads(run["between"])["kinds"][-1] for run in found["runs"]]
    assert {"approve", "answer"} < set(reached)


def test_the_faults_a_killed_release_must_not_have_would_be_seen():
    """The twin: each fault, planted by hand."""
    good = {
        "kinds": ["approve", "spend", "answer", "publish"],
        "answers": ["m"],
        "sums": ["s"],
        "folders": {"2026-Q2-1": "m"},
        "published": ["2026-Q2-1"],
        "shown": ["2026-Q2-1"],
    }
    planted = {
        "two answers": {"answers": ["m", "n"]},
        "an answer before its spend": {"kinds": ["approve", "answer", "spend"]},
        "a folder of what was not drawn": {"folders": {"2026-Q2-1": "other"}},
        "published, and no folder": {"folders": {}},
        "shown, and not published": {"published": []},
        "not published once": {"shown": []},
        "another answer than was drawn": {"sums": ["t"]},
    }

    run = {"ended": [-9, 0, 0], "said": "", "between": json.dumps(good), "after": json.dumps(good)}
    assert RELEASE.judged(run, good) == []
    for fault, change in planted.items():
        found = RELEASE.judged(run | {"after": json.dumps(good | change)}, good)
        assert any(fault in each for each in found), fault
    assert len(RELEASE.judged(run | {"ended": [-9, 1, 0]}, good)) == 1
