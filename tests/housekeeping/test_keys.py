"""A key is renewed and nothing is lost by it: no record, no spend, no link."""

import json
import shutil

import pytest
from tests.conftest import CANARY_VALUE, CHECK, keyed
from tests.housekeeping.invented_persons import LATER, POLICE, cells, council_events, people_loaded, police_events
from tests.intake.sending import verdicts
from typer.testing import CliRunner

from lantern import secret, warehouse
from lantern.cli import app
from lantern.errors import ConfigRefused
from lantern.housekeeping import rebuild, warehouse_key
from lantern.intake import rewriting
from lantern.linkage import person
from lantern.pipeline import intake

WHO = {"by": "Somebody", "reason": "the old one may have been seen"}


@pytest.fixture
def renewing(hub_before, tmp_path):
    """A hub whose new key is in place, the file with the old one, and what its stores held but for the warehouse."""
    home = hub_before.home
    old = tmp_path / "old.key"
    shutil.copy2(home.secrets / "warehouse.key", old)
    home.warehouse.rename(tmp_path / "aside")
    held = cells(home)
    (tmp_path / "aside").rename(home.warehouse)
    (home.secrets / "warehouse.key").write_text("ab" * 32 + "\n")
    return home, old, held


def test_every_store_is_under_the_new_key_alone_and_holds_what_it_held(renewing):
    home, old, held = renewing

    assert warehouse_key.renew(home, old, **WHO) == 4  # two deliveries, held rows, spends

    assert cells(home) == held
    rebuild.reload(home)
    assert people_loaded(home) == 119
    (home.secrets / "warehouse.key").write_text(old.read_text())
    for path in (home.spent, *home.accepted.iterdir(), *home.quarantine.iterdir()):
        with (
            pytest.raises(ConfigRefused, match="key does not open it"),
            warehouse.encrypted(home, path, read_only=True),
        ):
            pass


def test_stopped_on_the_way_nothing_opens_half_and_it_is_run_again(renewing, monkeypatch):
    home, old, held = renewing
    real, done = rewriting.copy_all, []

    def stopping(*given, **more):
        if done:
            pytest.fail("the process ended here")
        done.append(real(*given, **more))

    with monkeypatch.context() as patch:
        patch.setattr(rewriting, "copy_all", stopping)
        with pytest.raises(pytest.fail.Exception):
            warehouse_key.renew(home, old, **WHO)
    with pytest.raises(ConfigRefused, match="key does not open it"):
        cells(home)

    assert warehouse_key.renew(home, old, **WHO) == 3
    assert cells(home) == held


def test_the_same_key_is_refused_and_so_is_one_that_opens_nothing(renewing):
    home, old, _ = renewing
    with pytest.raises(ConfigRefused, match="the same"):
        warehouse_key.renew(home, home.secrets / "warehouse.key", **WHO)
    old.write_text("cd" * 32 + "\n")
    with pytest.raises(ConfigRefused, match="key does not open it"):
        warehouse_key.renew(home, old, **WHO)
    assert home.warehouse.exists()


def test_while_partners_change_keys_deliveries_under_both_are_accepted_and_a_child_is_one_person(hub_before):
    """The council sends its extract of September again under the new key; then goes on under it. The police has not changed yet."""
    home, new = hub_before.home, {"key_id": "next", "key_check": "e" * 64, "canary": "f" * 64}
    secret.trust(home, f"next={'e' * 64}.{'f' * 64}")
    again = [
        {name: keyed("new", cell) if cell and name.startswith("token_") else cell for name, cell in event.items()}
        for event in council_events(hub_before)
    ]
    hub_before.deliver(again, **new)
    hub_before.deliver(again, **new, snapshot_at=LATER)
    hub_before.deliver(police_events(hub_before), **POLICE, snapshot_at=LATER)

    assert [each.outcome for each in verdicts(hub_before)] == ["accepted"] * 3
    intake.load(home)
    assert person.link(home) == 60 + 1  # one whose row was held in the first extract, and so is in one of the two
    secret.distrust(home, "test")
    hub_before.deliver(police_events(hub_before, range(50)), **POLICE, snapshot_at=LATER)
    assert [each.outcome for each in verdicts(hub_before)] == ["refused"]


def test_a_project_key_is_listed_with_who_uses_it_and_retired_when_another_is_trusted(hub_before, monkeypatch):
    home = hub_before.home
    monkeypatch.setenv("LANTERN_HOME", str(home.root))
    with pytest.raises(ConfigRefused, match="only one that is trusted"):
        secret.distrust(home, "test")
    secret.trust(home, f"next={'e' * 64}.{CANARY_VALUE}")

    listed = json.loads(CliRunner().invoke(app, ["keys", "--json"]).stdout)
    retired = json.loads(CliRunner().invoke(app, ["keys", "retire", "test", "--json"]).stdout)

    assert listed["trusted"] == ["next", "test"]
    assert [(each["partner"], each["key_id"]) for each in listed["newest"]] == [
        ("riverton_council", "test"),
        ("riverton_police", "test"),
    ]
    assert retired == {"trusted": ["next"], "behind": ["riverton_council", "riverton_police"]}
    assert not secret.trusted_keys(home).get("test")
    assert secret.TrustedKey(CHECK, CANARY_VALUE).has_check_value(CHECK)
