"""
A build, killed at any of its side effects and run again, leaves the tables of one that was never killed.

Each kill costs a build more, so `LANTERN_THOROUGH=1` alone kills, at the first fault point of each name; that each fault would be
seen is shown here.
"""

import json

import pytest
from tests.conftest import THOROUGH, empty_hub
from tests.dbt.killing_build import BUILD
from tests.intake.sending import contacts, verdicts
from tests.killing import campaign_of

from lantern.pipeline import intake

SECONDS = 7200


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """A hub with forty contacts that were loaded and never built."""
    monkeypatch.setenv("LANTERN_HOME", str(tmp_path / "home"))
    hub = empty_hub()
    hub.deliver(contacts(hub, 40))
    assert [each.outcome for each in verdicts(hub)] == ["accepted"]
    intake.load(hub.home)
    return hub


@pytest.mark.skipif(not THOROUGH, reason="eighty builds: LANTERN_THOROUGH=1")
@pytest.mark.timeout(SECONDS)
def test_a_build_killed_at_any_side_effect_is_made_again_the_same(loaded, tmp_path):
    found = campaign_of("tests.dbt.killing_build", loaded.home.root, tmp_path / "runs", 0, SECONDS - 20)

    assert len(found["runs"]) == len(set(found["points"])) >= 40
    assert {"start lantern.pipeline.dbt_process", "write secure/dbt/passed"} < {run["point"] for run in found["runs"]}
    assert [(run["point"], run["faults"]) for run in found["runs"] if run["faults"]] == []


def test_the_faults_a_killed_build_must_not_have_would_be_seen():
    """The twin: each fault, planted by hand."""
    half: dict = {"passed": False, "analyst": [], "marts.fct_contacts": [0, "0"]}
    whole = {"passed": True, "analyst": [f"table_{each}" for each in range(30)], "marts.fct_contacts": [40, "1"]}
    whole |= {f"marts.table_{each}": [1, "1"] for each in range(60)}

    def judged(between: dict, after: dict, ended: tuple = (-9, 0, 0)) -> list[str]:
        run = {"ended": list(ended), "said": "", "between": json.dumps(between), "after": json.dumps(after)}
        return BUILD.judged(run, whole)

    assert judged(half, whole) == []
    assert judged(half | {"passed": True}, whole) == ["half a build that passes"]
    assert judged(half | {"analyst": ["dim_persons"]}, whole) == ["half an analysts' file"]
    assert len(judged(half, whole | {"marts.fct_contacts": [39, "2"]})) == 1
    assert len(judged(half, whole, (-9, 0, 1))) == 1
