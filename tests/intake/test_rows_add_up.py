"""Loaded and held rows are all that were sent, whatever is wrong and whenever a run is killed."""

import signal
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import keyed
from tests.intake.sending import contacts, verdicts, with_two_bad

from lantern import warehouse
from lantern.errors import ContractBroken
from lantern.intake import acceptance, quarantine, register
from lantern.pipeline import intake

KILLED_AT = """
import os, signal, sys
from lantern.home import Home
from lantern.intake import acceptance
from lantern.partnership import read_partnership
from lantern.pipeline import intake

put, left = acceptance._put, [int(sys.argv[1])]

def counted(part, target):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    put(part, target)

acceptance._put = counted
home, partnership = Home.of("demo"), read_partnership("demo")
for each in intake.waiting(home, partnership):
    intake.receive(home, partnership, each)
"""


@pytest.mark.parametrize("renames", [0, 1])
def test_killed_between_its_two_files_a_delivery_is_taken_in_whole_the_next_time(hub, renames):
    """Before the first rename, and between the held rows and the accepted ones: the next run ends in one state."""
    hub.deliver(with_two_bad(hub))

    killed = subprocess.run([sys.executable, "-c", KILLED_AT, str(renames)], check=False, stderr=subprocess.DEVNULL)

    assert killed.returncode == -signal.SIGKILL
    assert len(list(hub.home.quarantine.glob("*.duckdb"))) == renames
    assert intake.load(hub.home) == {}
    (verdict,) = verdicts(hub)
    assert (verdict.outcome, verdict.held) == ("accepted", 2)
    assert list(intake.load(hub.home).values()) == [18]
    assert [held.rows for held in quarantine.listing(hub.home)] == [2]
    assert [path.suffix for folder in (hub.home.accepted, hub.home.quarantine) for path in folder.iterdir()] == [
        ".duckdb",
        ".duckdb",
    ]


def test_rows_that_do_not_add_up_are_not_accepted(hub, monkeypatch):
    """A step that loses a row between the checks and the store is stopped before anything is accepted."""
    keepable = acceptance.keepable
    monkeypatch.setattr(acceptance, "keepable", lambda *given: keepable(*given).slice(1))
    folder = hub.deliver(contacts(hub))

    with pytest.raises(ContractBroken, match="20 rows were sent, 19 would be loaded and 0 held"):
        verdicts(hub)

    assert [path.name for path in hub.home.accepted.iterdir()] == []
    assert len(list(hub.home.inbox.glob("*/*"))) == 1
    assert not folder.exists(), "it waits under its ticket"


def test_without_the_sum_a_lost_row_would_not_be_noticed(hub, monkeypatch):
    """The twin: no other step counts."""
    keepable, line = acceptance.keepable, register.line
    monkeypatch.setattr(acceptance, "keepable", lambda *given: keepable(*given).slice(1))
    monkeypatch.setattr(
        register,
        "line",
        lambda name, manifest, rows_loaded, rows_held: line(name, manifest, rows_loaded=20, rows_held=0),
    )
    hub.deliver(contacts(hub))

    (verdict,) = verdicts(hub)

    assert verdict.outcome == "accepted"


SLIPS = st.sampled_from(
    [
        {"outcome_code": "?"},
        {"event_at": "2026-02-31"},
        {"event_at": None},
        {"event_type": "CONCERN_DECIDED"},
        {"source_category": None},
        {"event_time_precision": "hour"},
        {"event_key": keyed("event", "CONTACT_RECEIVED", "c0")},
        {"event_key": keyed("event", "CONTACT_RECEIVED", "c1"), "sex": "F"},
        {},
    ]
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slips=st.lists(SLIPS, min_size=1, max_size=9), data=st.data())
def test_whatever_is_wrong_every_row_is_loaded_or_held_or_the_delivery_is_refused(hub, slips, data):
    """In = loaded + held, for any rows with any slips in any order; a refused delivery changes neither count."""
    rows = [hub.contact(number) | slip for number, slip in enumerate(slips)]
    good = [hub.contact(number) for number in range(len(slips), 45)]
    sent = data.draw(st.permutations(rows + good))
    hub.deliver(sent, snapshot_at=f"2026-10-01T00:{data.draw(st.integers(0, 59)):02}:00+01:00")

    (verdict,) = verdicts(hub)
    intake.load(hub.home)

    with warehouse.opened(hub.home, read_only=True) as connection:
        counts = connection.execute(
            "select sum(rows_sent), sum(rows_loaded), sum(rows_held) from raw.delivery"
        ).fetchone()
        (loaded,) = connection.execute("select count(*) from raw.partner_event").fetchone()
    held = sum(each.rows for each in quarantine.listing(hub.home))
    assert verdict.outcome in ("accepted", "already_accepted", "refused")
    assert (counts[1] or 0, counts[2] or 0) == (loaded, held)
    assert (counts[0] or 0) == loaded + held
