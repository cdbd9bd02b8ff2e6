"""
A backup that is killed leaves no half backup under its name; a restore that is killed is run again and brings everything back.

At a few places here; `LANTERN_THOROUGH=1` takes them all.
"""

import shutil

import pytest
from tests.conftest import THOROUGH
from tests.housekeeping.conftest import empty_home
from tests.housekeeping.killing_backup import STEPS
from tests.killing import campaign_of

from lantern.home import Home

SECONDS = 7200 if THOROUGH else 900


@pytest.fixture
def template(before, tmp_path):
    """What each starts from: the hub itself with the backups' key; or a machine with the hub's keys, and its backups."""

    def made(name: str) -> Home:
        home = Home(tmp_path / "home", "demo")
        if name == "backup":
            shutil.copytree(before.hub.home.root, home.root)
        else:
            empty_home(before, tmp_path).root.rename(home.root)
        copies = home.root / "backups"
        copies.mkdir()
        shutil.copy2(before.hub.home.root.parent / "backup.key", copies)
        for path in (before.backed_up.hub, before.backed_up.ledger) if name == "restore" else ():
            shutil.copy2(path, copies)
        return home

    return made


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize(("name", "points", "every"), [("backup", 10, 5), ("restore", 70, 11)])
def test_killed_at_any_fault_point_it_is_run_again_and_is_whole(template, tmp_path, name, points, every):
    every = 1 if THOROUGH else every
    module = "tests.housekeeping.killing_backup"
    found = campaign_of(module, template(name).root, tmp_path / "runs", every, SECONDS, name)

    assert len(found["expected"]["lines"]) == 4
    assert len(found["points"]) >= points
    assert len(found["runs"]) == -(-len(found["points"]) // every)
    assert [(run["point"], run["faults"]) for run in found["runs"] if run["faults"]] == []


def test_what_a_killed_backup_or_restore_must_not_leave_would_be_seen():
    """The twin: each fault, planted by hand."""
    one = {"a": "digest"}
    whole = {"hub": [one], "ledger": [one], "damaged": 0, "half": [], "lines": ["m"]}
    there = {"lines": ["m"], "whole": True, "stores": {"secure/accepted": one}, "about": []}
    judged = {name: step.faults for name, step in STEPS.items()}

    assert judged["backup"](whole, whole, whole) == []
    assert judged["backup"](whole | {"damaged": 1}, whole, whole) == ["a damaged backup"]
    assert judged["backup"](whole | {"half": ["x.age.part"]}, whole, whole) == []
    assert judged["backup"](whole, whole | {"half": ["x.age.part"]}, whole) == ["a half backup lies about"]
    assert judged["backup"](whole, whole | {"hub": []}, whole) == ["no backup of the hub"]
    assert judged["backup"](whole | {"hub": [{}]}, whole, whole) == ["a backup of the hub that is not what is there"]
    assert judged["backup"](whole, whole | {"lines": []}, whole) == ["another ledger"]
    assert judged["restore"](there, there, there) == []
    assert judged["restore"](there | {"whole": False}, there, there) == ["a ledger without its spends"]
    for change in ({"stores": {}}, {"lines": []}, {"about": ["restoring"]}):
        assert judged["restore"](there, there | change, there) == ["not all is back"]
