"""
Killed at any of its side effects, intake loses nothing, doubles nothing and leaves nothing half loaded.

Every ninth one here; `LANTERN_THOROUGH=1` takes them all.
"""

import json

import pytest
from sending import contacts
from tests.conftest import THOROUGH
from tests.intake.killing_intake import INTAKE
from tests.killing import campaign_of

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


@pytest.mark.timeout(SECONDS)
def test_intake_killed_at_any_side_effect_goes_on_as_if_nothing_had_happened(waiting, tmp_path):
    # An odd step: statements count before and after, and both are hit.
    step = 1 if THOROUGH else 9

    found = campaign_of("tests.intake.killing_intake", waiting.home.root, tmp_path / "runs", step, SECONDS - 20)

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
