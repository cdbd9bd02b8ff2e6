"""An approval is of one plan: whatever is altered afterwards needs another."""

import subprocess
import sys

import pytest
from tests.release.conftest import OFFICER, PERIOD, write_release_inputs

from lantern.errors import ContractBroken, ReleaseRefused
from lantern.pipeline import build, release
from lantern.release import planning


@pytest.mark.parametrize("change", [{"micro_per_year": 50_000}, {"micro_per_year": 200_000}, {"definition": "pure"}])
def test_a_plan_altered_after_approval_is_refused(ready, ledger, change):
    """Half the allowance, or twice, or another promise: none is what was approved."""
    privacy = ready.partnership.privacy.model_copy(update=change)
    altered = ready.partnership.model_copy(update={"privacy": privacy})

    with pytest.raises(ReleaseRefused, match="altered since"):
        release.release(ready.home, altered, ledger, PERIOD)


@pytest.mark.parametrize(
    "change",
    [
        lambda found: {"release": found.release.model_copy(update={"embargo_days": 0})},
        lambda found: {"linkage": found.linkage.model_copy(update={"threshold": 0.95})},
        lambda found: {"partners": found.partners[:-1]},
        lambda found: {"expected": found.expected.model_copy(update={"contacts": found.expected.contacts + 100})},
    ],
    ids=["a shorter embargo", "looser linkage", "a partner fewer", "other volumes"],
)
def test_an_approval_does_not_outlive_a_change_of_what_makes_the_rows(ready, ledger, change):
    altered = ready.partnership.model_copy(update=change(ready.partnership))

    with pytest.raises(ReleaseRefused, match="altered since"):
        release.release(ready.home, altered, ledger, PERIOD)


def test_who_approves_and_where_files_are_left_are_no_part_of_what_is_approved(ready):
    found = ready.partnership
    moved = tuple(each.model_copy(update={"inbox": "s3://store@bucket/folder"}) for each in found.partners)
    publication = found.release.model_copy(update={"approvers": ("Another Invented Officer",)})
    altered = found.model_copy(update={"partners": moved, "release": publication})

    assert planning.plan_for(altered, PERIOD).digest == planning.plan_for(found, PERIOD).digest


def test_nothing_is_drawn_while_a_build_is_under_way(ready, ledger, monkeypatch):
    """The mark is looked at once the warehouse is held: a build begun in between has taken it away."""
    held = []
    asked = build.check_passed
    monkeypatch.setattr(build, "check_passed", lambda home: (held.append(is_held(home)), asked(home)))
    (ready.home.dbt / "passed").unlink()

    with pytest.raises(ContractBroken, match="the last build did not pass"):
        release.release(ready.home, ready.partnership, ledger, PERIOD)
    assert held == [True]
    assert [each.kind for each in ledger.entries()] == ["approve"]


def is_held(home) -> bool:
    """Whether another process could not write to the warehouse now."""
    script = (
        "import sys; from pathlib import Path; from lantern import warehouse; from lantern.errors import StoreBusy\n"
        "from lantern.home import Home\n"
        "try:\n    with warehouse.opened(Home(Path(sys.argv[1]), 'demo')): print('free')\n"
        "except StoreBusy: print('held')"
    )
    done = subprocess.run([sys.executable, "-c", script, str(home.root)], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "held"


def test_a_decision_on_another_plan_than_was_shown_is_not_recorded(hub, ledger):
    """A person was asked, the file was edited, and then the person answered."""
    write_release_inputs(hub)

    with pytest.raises(ReleaseRefused, match="altered since it was asked about"):
        release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="yes", plan_digest="a" * 64)

    assert ledger.entries() == []
