"""`lantern doctor` on a whole hub, on hubs damaged in one place each, and on one that is damaged all over."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from tests.release.conftest import write_release_inputs
from tests.release.ledger_line import OFFICER
from typer.testing import CliRunner

from lantern import warehouse
from lantern.cli import app
from lantern.home import Home
from lantern.intake import report
from lantern.partnership import read_partnership
from lantern.release import planning
from lantern.release.ledger import Ledger
from lantern.watching import lateness, machine, soundness, standing
from lantern.watching.alarm import MEANING
from lantern.watching.examination import examine, worst

CANARY = "Zebedee Quillfeather"


def lines(table: str) -> list[list[str]]:
    """The rows of a drawn table, without its heading."""
    return [[cell.strip() for cell in row.split("|")] for row in table.strip().splitlines()[1:]]


def test_a_whole_hub_is_well_in_every_part(seen, home):
    found = seen()

    assert set(found) == set(MEANING) - {"step-failed"}
    assert {state for states in found.values() for state in states} == {"ok"}
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 0


def alter_ledger(home: Home) -> None:
    with sqlite3.connect(home.ledger) as connection:
        connection.execute("update entry set micro = micro - 1 where kind = 'spend'")
    connection.close()


def forget_a_spend(home: Home) -> None:
    with warehouse.encrypted(home, home.spent) as connection:
        connection.execute("delete from draw")


def lose_a_release(home: Home) -> None:
    with warehouse.plain(home.released) as connection:
        connection.execute("delete from release")


def behead(home: Home) -> None:
    with home.warehouse.open("r+b") as stream:
        stream.write(b"\0" * 20_000)


def cut(path: str) -> Callable[[Home], None]:
    def do(home: Home) -> None:
        whole = (home.base / path).read_bytes()
        (home.base / path).write_bytes(whole[: len(whole) // 2])

    return do


def remove(pattern: str) -> Callable[[Home], None]:
    def do(home: Home) -> None:
        paths = list(home.base.glob(pattern))
        assert paths
        for path in paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return do


DAMAGE: dict[str, Callable[[Home], None]] = {
    "a key is open to others": lambda home: (home.secrets / "hub.key").chmod(0o640),
    "the keys' folder is open": lambda home: home.secrets.chmod(0o755),
    "no project key is trusted": remove("secrets/trusted_keys.json"),
    "the warehouse is gone": remove("secure/warehouse.duckdb"),
    "the warehouse is cut": cut("secure/warehouse.duckdb"),
    "the warehouse has another head": behead,
    "the accepted files are gone": remove("secure/accepted/*.duckdb"),
    "the build did not pass": remove("secure/dbt/passed"),
    "the ledger was altered": alter_ledger,
    "the ledger is gone": remove("ledger"),
    "a spend was forgotten": forget_a_spend,
    "the store of spends is gone": remove("secure/spent.duckdb"),
    "the board's file is gone": remove("released/released.duckdb"),
    "the board's file is cut": cut("released/released.duckdb"),
    "the board's file lacks one": lose_a_release,
    "a restore was stopped": lambda home: (home.base / "restoring").mkdir(),
}

EXPECTED = """
what was done                | alarm      | state | and also
a key is open to others      | keys       | wrong |
the keys' folder is open     | keys       | wrong |
no project key is trusted    | keys       | warn  |
the warehouse is gone        | stores     | wrong |
the warehouse is cut         | stores     | wrong |
the warehouse has another head | stores     | wrong | approval-waiting
the accepted files are gone  | stores     | wrong |
the build did not pass       | build      | warn  |
the ledger was altered       | ledger     | wrong | spends board-file clock approval-waiting
the ledger is gone           | ledger     | wrong | spends board-file clock approval-waiting
a spend was forgotten        | spends     | wrong |
the store of spends is gone  | spends     | wrong |
the board's file is gone     | board-file | wrong |
the board's file is cut      | board-file | wrong |
the board's file lacks one   | board-file | wrong |
a restore was stopped        | locks      | warn  |
"""


@pytest.mark.parametrize(("what", "alarm", "state", "also"), lines(EXPECTED))
def test_each_damage_is_told_as_what_it_is_and_hides_nothing_else(what, alarm, state, also, home, seen):
    """`and also`: parts of which nothing can be known meanwhile. The last test of a whole hub is the twin."""
    DAMAGE[what](home)

    found = seen()

    troubled = {name for name, states in found.items() if set(states) != {"ok"}}
    assert set(found) == set(MEANING) - {"step-failed"}
    assert state in found[alarm]
    assert troubled == {alarm, *also.split()}


def test_every_damage_that_can_be_done_is_in_the_table():
    assert [row[0] for row in lines(EXPECTED)] == list(DAMAGE)


def test_all_damages_at_once_are_all_told(home):
    for what, damage in DAMAGE.items():
        if "gone" in what and "accepted" not in what:
            damage(home)
    shutil.rmtree(home.secrets)

    done = CliRunner().invoke(app, ["doctor", "--json"])

    told = json.loads(done.stdout)
    troubled = {each["check"] for each in told["findings"] if each["state"] != "ok"}
    assert done.exit_code == 4
    assert told["verdict"] == "wrong"
    assert {"keys", "stores", "ledger", "board-file"} <= troubled
    assert all(each["page"].endswith(f"/{each['check']}.md") for each in told["findings"] if each["state"] != "ok")


def test_an_empty_home_is_looked_at_and_nothing_is_made_in_it(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTERN_HOME", str(tmp_path / "nowhere"))

    found = examine("demo")

    assert len(found) >= len(MEANING) - 1
    assert {each.alarm for each in found if each.state == "wrong"} == {"keys"}
    assert list(tmp_path.iterdir()) == []


def test_a_partnership_that_is_not_configured_is_one_finding_among_others(tmp_path, monkeypatch):
    monkeypatch.setenv("LANTERN_HOME", str(tmp_path / "nowhere"))

    found = {each.alarm: each.state for each in examine("nobody_here")}

    assert found["configuration"] == "wrong"
    assert {"disk", "locks", "build"} <= set(found)


def test_a_look_that_breaks_in_an_unforeseen_way_is_told_by_its_kind_and_never_by_its_words(home, seen, monkeypatch):
    def broken(_):
        raise ValueError(CANARY)

    monkeypatch.setattr(machine, "disk", broken)

    found = examine("demo")

    assert [each.said for each in found if each.alarm == "disk"] == ["it cannot be looked at (ValueError)."]
    assert CANARY not in str(found)
    assert worst(found) == "wrong"


def test_a_quarter_waits_too_long_from_the_agreed_days_after_it_was_ripe_until_somebody_decides(hub):
    """Also where no ledger has been begun: the first release of a hub."""
    write_release_inputs(hub, rows=5)
    newest = max(planning.due(hub.partnership, planning.known(hub.home)))
    ripe = planning.due_on(newest, hub.partnership.release.embargo_days)
    days = hub.partnership.alerts.approval_days

    def waiting(after: int) -> list[str]:
        noon = datetime.combine(ripe + timedelta(days=after), time(12), UTC)
        return [each.about for each in standing.approvals(hub.home, hub.partnership, noon) if each.state == "warn"]

    assert str(newest) not in waiting(days)
    assert str(newest) in waiting(days + 1)
    assert not hub.home.ledger.exists()

    decide(hub, newest, approved=False)
    assert str(newest) not in waiting(days + 1)


def decide(hub, period, *, approved):
    ledger = Ledger(hub.home, hub.partnership)
    ledger.decide(period=str(period), plan_digest="0" * 64, approved=approved, by=OFFICER, reason="not yet")
    ledger.close()


def test_what_was_approved_and_never_published_is_told_too(hub):
    """Its plan was altered since, say: the decision is on record, and nothing comes of it."""
    write_release_inputs(hub, rows=5)
    newest = max(planning.due(hub.partnership, planning.known(hub.home)))
    decide(hub, newest, approved=True)
    days = hub.partnership.alerts.approval_days

    def told(after):
        now = datetime.now(UTC) + timedelta(days=after)
        found = standing.approvals(hub.home, hub.partnership, now)
        return [each.said for each in found if each.about == str(newest)]

    assert told(days) == []
    (said,) = told(days + 1)
    assert "was approved on" in said
    assert "has not been published" in said


CLOCK = """
the clock is off by | state
-3 minutes          | ok
-2 days             | wrong
44 days             | ok
46 days             | warn
"""


@pytest.mark.parametrize(("off", "state"), lines(CLOCK))
def test_a_clock_that_goes_back_is_wrong_and_one_that_leaps_is_told(off, state, home):
    count, unit = off.split()
    now = datetime.now(UTC) + timedelta(**{unit: int(count)})

    found = list(standing.clock(home, read_partnership("demo"), now))

    assert [each.state for each in found] == [state]


def test_a_warehouse_that_is_in_use_is_no_damage(home, seen):
    writer = f"from lantern import warehouse; from lantern.home import Home\nwith warehouse.opened(Home.of('{home.partnership}')): print('in', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", writer], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "in\n"
        found = seen()
        process.communicate("\n")

    assert "warn" in found["stores"]
    assert "wrong" not in {state for states in found.values() for state in states}
    assert seen()["stores"] == ["ok", "ok", "ok"]


def test_deliveries_that_were_accepted_and_wait_for_more_than_a_day_are_told(home):
    later = datetime.now(UTC) + timedelta(days=2)
    accepted = next(home.accepted.glob("*.duckdb"))
    accepted.touch()

    assert [each.state for each in soundness.last_build(home, datetime.now(UTC))] == ["ok"]
    assert [each.state for each in soundness.last_build(home, later)] == ["warn"]

    (home.dbt / "passed").touch()
    assert [each.state for each in soundness.last_build(home, later)] == ["ok"]


def test_the_reports_of_deliveries_alone_say_when_a_partner_delivered(published):
    at = lateness.accepted_at(published.home, "riverton_council")

    assert at is not None
    assert abs(datetime.now(UTC) - at) < timedelta(hours=1)
    assert lateness.accepted_at(published.home, "riverton_police") is None
    assert report.counts(published.home, "riverton_council") == {"accepted": 1}
