"""A partner that leaves takes with it what it sent; what was released stays, and nothing more is taken from it."""

import pyarrow as pa
import pytest
from tests.housekeeping.conftest import contents, empty_home
from tests.housekeeping.invented_persons import LATER, PERSONS, POLICE, cells, local_key, police_events, send
from tests.leak import found_in

from lantern import secret, warehouse
from lantern.errors import ConfigRefused
from lantern.housekeeping import backup, leaving, logbook, rebuild, removal, restoration
from lantern.intake import acceptance, departure, rekeying, verification

WHO = {"by": "Invented Privacy Officer", "reason": "its agreement has ended"}


def police_keys(home) -> set[str]:
    keys = pa.array([local_key("police", each) for each in PERSONS]).dictionary_encode()
    hub_key = secret.key(home, "hub")
    return set(
        rekeying.rekeyed("local_person_key", keys, hub_key=hub_key, partner="riverton_police")
        .cast(pa.string())
        .to_pylist()
    )


@pytest.fixture
def left(hub_before):
    """The police has left, with a delivery in its inbox."""
    hub_before.deliver(police_events(hub_before), **POLICE, snapshot_at=LATER)
    released = contents(hub_before.home.base / "released")
    removed = leaving.leave(hub_before.home, hub_before.partnership, "riverton_police", **WHO)
    assert (removed.deliveries, removed.files) == (1, 1)
    assert contents(hub_before.home.base / "released") == released != {}
    return hub_before


def test_nothing_it_sent_is_left_and_the_others_are_as_they_were(left):
    assert police_keys(left.home) & cells(left.home) == set()
    assert found_in(left.home.base, {local_key("police", each) for each in PERSONS}) == []
    assert rebuild.reload(left.home)[1].values()
    with warehouse.opened(left.home, read_only=True) as connection:
        told = connection.execute("select partner_org, count(*) from raw.partner_event group by all").fetchall()
    assert told == [("riverton_council", 59)]


def test_its_further_deliveries_are_refused_and_the_others_are_not(left):
    assert send(left, range(100, 130)) == ["accepted", "refused"]


def test_without_the_list_it_would_be_let_in_again(left, monkeypatch):
    """The twin."""
    monkeypatch.setattr(verification.departure, "departed", lambda _: {})

    assert send(left, range(100, 130)) == ["accepted", "accepted"]


def test_an_older_backup_is_restored_without_it(left, before, tmp_path):
    after = backup.backup(left.home, before.key, tmp_path / "new", tmp_path / "new")
    home = empty_home(before, tmp_path)

    restoration.restore(home, before.key, before.backed_up.hub, after.ledger)

    assert police_keys(home) & cells(home) == set()
    assert len(removal.deliveries(home)) == 1


def test_stopped_on_the_way_it_is_run_again(hub_before, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(removal, "carry_out", lambda _: pytest.fail("the process ended here"))
        with pytest.raises(pytest.fail.Exception):
            leaving.leave(hub_before.home, hub_before.partnership, "riverton_police", **WHO)
    assert [each["about"] for each in logbook.unfinished(hub_before.home)] == ["riverton_police"]
    assert list(departure.departed(hub_before.home)) == ["riverton_police"]

    assert leaving.leave(hub_before.home, hub_before.partnership, "riverton_police", **WHO).deliveries == 1
    assert logbook.unfinished(hub_before.home) == []


def test_run_again_after_it_was_done_and_stopped_on_the_way_is_unfinished(hub_before):
    for state in ("begun", "done", "begun"):
        logbook.note(hub_before.home, "leave", state, about="riverton_police")

    assert [each["about"] for each in logbook.unfinished(hub_before.home)] == ["riverton_police"]


def test_an_intake_that_runs_beside_it_leaves_nothing_in_a_warehouse_moved_aside(hub_before, monkeypatch):
    """An hourly intake loads the old files between their end and that of the first warehouse; the twin sees that it does."""
    home, real = hub_before.home, removal.carry_out

    def beside(home):
        acceptance.load(home)
        assert police_keys(home) & cells(home)
        return real(home)

    monkeypatch.setattr(removal, "carry_out", beside)
    leaving.leave(home, hub_before.partnership, "riverton_police", **WHO)
    monkeypatch.undo()

    assert rebuild.reload(home)[0] == ()
    assert police_keys(home) & cells(home) == set()


def test_nobody_leaves_who_is_no_partner(hub_before):
    with pytest.raises(ConfigRefused, match="no partner is called so"):
        leaving.leave(hub_before.home, hub_before.partnership, "riverton_nobody", **WHO)
