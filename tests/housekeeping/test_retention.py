"""What may no longer be kept goes, from every store, and no later than its agreement says."""

import os
import shutil
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.conftest import Hub, empty_hub
from tests.housekeeping.conftest import contents
from tests.housekeeping.invented_persons import POLICE, cells, council_events, police_events, request_of
from tests.intake.sending import verdicts

from lantern import warehouse
from lantern.errors import ConfigRefused
from lantern.home import Home
from lantern.housekeeping import erasure, rebuild, removal, retention
from lantern.partnership import Partnership, Retention
from lantern.pipeline import intake
from lantern.release import spent

TODAY = date(2026, 11, 10)
AGES = """
happened   | council kept 24 | police kept 36
-----------+-----------------+---------------
2023-07-04 | no              | no
2023-11-30 | no              | no
2023-12-01 | no              | yes
2024-11-30 | no              | yes
2024-12-01 | yes             | yes
2026-09-14 | yes             | yes
"""


@pytest.fixture(scope="module")
def sent(tmp_path_factory) -> Hub:
    """One event of each partner on each day above."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(tmp_path_factory.mktemp("sent") / "home"))
        hub = empty_hub()
    days = [line.split("|")[0].strip() for line in AGES.strip().splitlines()[2:]]
    assert len(days) == 6
    hub.deliver([event | {"event_at": day} for event, day in zip(council_events(hub, range(6)), days, strict=True)])
    of_police = [event | {"event_at": day} for event, day in zip(police_events(hub, range(6)), days, strict=True)]
    hub.deliver(of_police, **POLICE)
    assert [each.outcome for each in verdicts(hub)] == ["accepted", "accepted"]
    intake.load(hub.home)
    return hub


@pytest.fixture
def aged(sent, tmp_path, monkeypatch) -> Hub:
    """Two years of the council's may be kept, three of others. Making the warehouse anew stops short of dbt, which has tests of its own."""
    monkeypatch.setattr(rebuild, "rebuild", lambda home, _: rebuild.reload(home))
    home = Home(shutil.copytree(sent.home.root, tmp_path / "home"), "demo")
    return Hub(home, keeping(sent.partnership, months=36, partners={"riverton_council": 24}))


def keeping(partnership: Partnership, **told) -> Partnership:
    return partnership.model_copy(update={"retention": Retention(**told)})


def happened(hub: Hub) -> dict[str, list[str]]:
    with warehouse.opened(hub.home, read_only=True) as connection:
        rows = connection.execute("select partner_org, event_on from raw.partner_event order by all").fetchall()
    return {
        name: [str(day) for partner, day in rows if partner == name] for name in ("riverton_council", "riverton_police")
    }


def kept_in_table(column: int) -> list[str]:
    lines = [[cell.strip() for cell in line.split("|")] for line in AGES.strip().splitlines()[2:]]
    return [cells[0] for cells in lines if cells[column] == "yes"]


def test_events_older_than_their_partners_clock_go_from_deliveries_and_warehouse(aged):
    done = retention.run(aged.home, aged.partnership, TODAY)

    assert (done.events, done.deliveries, done.is_rebuilt) == (6, 2, True)
    assert happened(aged) == {"riverton_council": kept_in_table(1), "riverton_police": kept_in_table(2)}
    with warehouse.opened(aged.home, read_only=True) as connection:
        told = connection.execute(
            "select partner, period_from, rows_sent, rows_loaded from raw.delivery order by partner"
        ).fetchall()
    assert told == [("riverton_council", date(2024, 12, 1), 2, 2), ("riverton_police", date(2023, 12, 1), 4, 4)]


def test_a_second_run_finds_nothing_to_do(aged):
    retention.run(aged.home, aged.partnership, TODAY)
    before = contents(aged.home.accepted)

    again = retention.run(aged.home, aged.partnership, TODAY)

    assert (again.events, again.files, again.is_rebuilt) == (0, 0, False)
    assert contents(aged.home.accepted) == before


def test_without_retention_nothing_goes_and_status_can_say_so(aged):
    aged.partnership = keeping(aged.partnership)

    assert not retention.run(aged.home, aged.partnership, TODAY).events
    assert sum(map(len, happened(aged).values())) == 12
    assert retention.words(aged.partnership).startswith("no [retention] is set")


def test_stopped_after_the_deliveries_it_makes_the_warehouse_anew_the_next_time(aged, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(removal, "carry_out", lambda _: pytest.fail("the process ended here"))
        with pytest.raises(pytest.fail.Exception):
            retention.run(aged.home, aged.partnership, TODAY)
    assert not aged.home.warehouse.exists()

    assert retention.run(aged.home, aged.partnership, TODAY).is_rebuilt
    assert happened(aged)["riverton_council"] == kept_in_table(1)


def test_a_hub_that_has_loaded_nothing_yet_is_left_to_its_intake(aged):
    """Were it loaded here, intake would find nothing new, and no build and no release would be told of it."""
    aged.partnership = keeping(aged.partnership)
    aged.home.warehouse.unlink()

    assert not retention.run(aged.home, aged.partnership, TODAY).is_rebuilt

    assert not aged.home.warehouse.exists()
    assert len(intake.load(aged.home)) == len(list(aged.home.accepted.glob("*.duckdb")))


def test_a_clock_that_jumped_ahead_removes_nothing_until_somebody_has_looked_at_it(aged):
    far = TODAY + timedelta(days=3650)
    with pytest.raises(ConfigRefused, match=r"its clock may be wrong\. No event was removed"):
        retention.run(aged.home, aged.partnership, far)
    assert sum(map(len, happened(aged).values())) == 12

    assert retention.run(aged.home, aged.partnership, far, is_clock_right=True).events == 12


def test_what_stopped_runs_and_rebuilds_left_goes_when_it_is_old_and_not_before(aged):
    base, old, new = aged.home.base, time.time() - 2 * 24 * 3600, time.time()
    aside = rebuild.aside(aged.home)
    days = aged.partnership.quarantine.days
    names = {
        aged.home.spill / "left.tmp": old,
        aged.home.spill / "used.tmp": new,
        base / "secure" / "x.part": old,
        base / "released" / "y.part": new,
        aside / f"{datetime.now(UTC) - timedelta(days=days + 1):%Y%m%dT%H%M%S%fZ}" / "warehouse.duckdb": old,
        aside / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}" / "warehouse.duckdb": old,
    }
    for path, at in names.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("invented")
        os.utime(path, (at, at))

    done = retention.run(aged.home, keeping(aged.partnership), datetime.now(UTC).date(), is_clock_right=True)

    assert done.files == 3
    assert [path.exists() for path in names] == [False, True, False, True, False, True]


def test_who_is_on_the_list_of_the_erased_and_came_back_by_hand_goes_again(aged, tmp_path):
    sound = Path(shutil.copytree(aged.home.accepted, tmp_path / "sound"))
    erasure.erase(aged.home, aged.partnership, request_of([5]), by="Somebody", reason="asked")
    without = cells(aged.home)
    for path in sound.iterdir():
        shutil.copy2(path, aged.home.accepted)

    assert retention.run(aged.home, keeping(aged.partnership), TODAY).events == 2
    assert cells(aged.home) & cells_of_five(aged) <= without


def cells_of_five(aged) -> set[str]:
    return {cell for cell in cells(aged.home) if len(cell) == 32}


@given(months=st.integers(24, 600), today=st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_nothing_older_than_the_clock_is_kept_and_nothing_a_month_younger_goes(months, today):
    since = retention.cutoff(months, today)

    place = 12 * today.year + today.month - 1 - months
    same_month = date(place // 12, place % 12 + 1, 1)
    assert since.day == 1
    # Nothing of a day before the clock's own is kept: the clock stands on the same day of its month.
    assert since >= same_month
    assert (since - same_month).days <= 31
    assert since > same_month or today.day == 1


def test_a_clock_shorter_than_a_release_looks_back_or_of_nobody_is_refused(hub):
    with pytest.raises(ValidationError, match="greater than or equal to 24"):
        Retention(months=12)
    told = hub.partnership.model_dump() | {"retention": {"partners": {"nobody": 36}}}
    with pytest.raises(ValidationError, match="no partner here"):
        Partnership.model_validate(told)


def test_what_a_person_spent_is_forgotten_with_the_last_event_and_not_before(aged):
    """Whoever has an event left may be in the next release, and pays for what was drawn before."""
    keys = {}
    for path in removal.deliveries(aged.home):
        with warehouse.encrypted(aged.home, path, read_only=True) as store:
            rows = store.execute("select partner_org, event_on, local_person_key from partner_event").fetchall()
        keys |= {(partner, str(day)): key for partner, day, key in rows}
    assert len(keys) == 12
    paid = pa.table({"person": pa.array(range(12), pa.int32()), "local_person_key": list(keys.values())})
    spends = pa.table(
        {"part": ["contacts"] * 12, "person": pa.array(range(12), pa.int32()), "pico": pa.array([7] * 12)}
    )
    spent.record(aged.home, "invented", spent.Payment("2026-Q1", "zcdp", spends, paid, frozenset()))

    retention.run(aged.home, aged.partnership, TODAY)

    stay = {
        key for (partner, day), key in keys.items() if day in kept_in_table(1 if partner == "riverton_council" else 2)
    }
    with warehouse.encrypted(aged.home, aged.home.spent, read_only=True) as store:
        assert {key for (key,) in store.execute("select local_person_key from record").fetchall()} == stay
        assert store.execute("select count(*) from spend").fetchone() == (len(stay),)
    assert not list(aged.home.spent.parent.glob("spent.[!d]*"))
