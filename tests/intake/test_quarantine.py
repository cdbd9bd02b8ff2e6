"""Rows that are held back: re-keyed, counted, told in counts, and gone after their days."""

import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from tests.intake.sending import CANARY, kept_cells, verdicts, with_two_bad
from tests.leak import found_in
from typer.testing import CliRunner

from lantern import contract, warehouse
from lantern.cli import app
from lantern.errors import ConfigRefused
from lantern.home import PROJECT
from lantern.intake import quarantine, report
from lantern.partnership import Quarantine, read_partnership
from lantern.pipeline import intake

TODAY = datetime.now(UTC).date()


def test_held_rows_are_kept_under_the_hubs_keys_and_without_what_was_wrong(holding):
    (held,) = quarantine.listing(holding.home)
    cells = kept_cells(holding)

    assert (held.partner, held.rows, held.held_on) == ("riverton_council", 2, TODAY)
    assert held.by_rule == {
        "is_a_day_of_the_calendar": 1,
        "is_in_the_code_list": 1,
        "is_of_the_agreed_shape": 1,
    }
    sent = {event[name] for event in with_two_bad(holding) for name in contract.KEYED if event[name]}
    assert len(sent) > 40
    assert sent & cells == set()
    assert {CANARY, "May 2015"} & cells == set()
    assert found_in(holding.home.root, [CANARY, *sorted(sent)[:5]]) == []


def test_held_rows_are_for_the_hubs_user_alone_and_encrypted(holding):
    (path,) = holding.home.quarantine.glob("*")

    assert holding.home.quarantine.stat().st_mode & 0o077 == 0
    assert found_in(holding.home.quarantine, ["riverton_council", "CONTACT_RECEIVED", "partner_event"]) == []
    (holding.home.secrets / "warehouse.key").write_text("e" * 64)
    with (
        pytest.raises(ConfigRefused, match="does not open it"),
        warehouse.encrypted(holding.home, path, read_only=True),
    ):
        pass
    assert [(held.rows, held.by_rule) for held in quarantine.listing(holding.home)] == [
        (0, {quarantine.CANNOT_BE_OPENED: 1})
    ]
    assert path.exists()


@pytest.mark.parametrize(("days", "left"), [(27, 1), (28, 0), (29, 0)])
def test_held_rows_are_gone_after_their_days_and_the_counts_still_add_up(holding, days, left):
    removed = intake.purge(holding.home, holding.partnership, TODAY + timedelta(days=days))

    assert len(removed) == 1 - left
    assert len(list(holding.home.quarantine.iterdir())) == left
    assert len(quarantine.listing(holding.home)) == left
    with warehouse.opened(holding.home, read_only=True) as connection:
        counts = connection.execute("select rows_sent, rows_loaded, rows_held from raw.delivery").fetchone()
        loaded = connection.execute("select count(*) from raw.partner_event").fetchone()
    assert (counts, loaded) == ((20, 18, 2), (18,))


def test_after_the_purge_no_key_of_a_held_row_is_anywhere(holding):
    """The leak search over everything, keys as the hub knew them; the twin shows that it finds those still held."""
    (path,) = holding.home.quarantine.glob("*")
    with warehouse.encrypted(holding.home, path, read_only=True) as connection:
        keys = {row[0] for row in connection.execute("select event_key from partner_event").fetchall()}
    assert len(keys) == 2
    assert keys <= kept_cells(holding)

    intake.purge(holding.home, holding.partnership, TODAY + timedelta(days=29))

    assert keys & kept_cells(holding) == set()
    assert found_in(holding.home.root, keys) == []
    with warehouse.opened(holding.home, read_only=True) as connection:
        loaded = {row[0] for row in connection.execute("select event_key from raw.partner_event").fetchall()}
    assert keys & loaded == set()


def test_every_intake_purges_first(holding, monkeypatch):
    short = holding.partnership.model_copy(update={"quarantine": Quarantine(days=1)})
    monkeypatch.setattr(quarantine, "datetime", Tomorrow)

    intake.waiting(holding.home, short)

    assert list(holding.home.quarantine.iterdir()) == []


class Tomorrow(datetime):
    """A clock that is a day ahead."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(days=1)


def test_a_delivery_sent_again_after_the_purge_is_still_known(holding):
    intake.purge(holding.home, holding.partnership, TODAY + timedelta(days=29))
    holding.deliver(with_two_bad(holding))

    (verdict,) = verdicts(holding)

    assert (verdict.outcome, verdict.breaches, verdict.held_before) == ("already_accepted", (), 2)
    assert "2 of its rows were held back then" in report.text(verdict)
    assert "Correct at the source" in verdict.next_step
    assert list(holding.home.quarantine.iterdir()) == []


def test_a_delivery_sent_again_is_told_once_more_what_is_held(holding):
    """Were the hub killed between accepting and reporting, the second look tells what the first could not."""
    holding.deliver(with_two_bad(holding))

    (verdict,) = verdicts(holding)

    assert verdict.outcome == "already_accepted"
    assert {(breach.rule, breach.rows) for breach in verdict.breaches} == {
        ("is_a_day_of_the_calendar", (11,)),
        ("is_in_the_code_list", (6,)),
        ("is_of_the_agreed_shape", (6,)),
    }


def test_what_a_killed_run_left_half_written_is_removed_first(holding):
    left = [
        holding.home.quarantine / "ab.part",
        holding.home.quarantine / "ab.part.wal",
        holding.home.accepted / "ab.part",
    ]
    for path in left:
        path.write_bytes(b"half")

    intake.waiting(holding.home, holding.partnership)

    assert [path.exists() for path in left] == [False] * 3
    assert len(quarantine.listing(holding.home)) == 1


def test_a_held_file_that_cannot_be_opened_is_told_stops_nothing_and_goes_by_its_own_day(holding):
    broken = holding.home.quarantine / "ab.duckdb"
    broken.write_bytes(b"x" * 100)
    holding.deliver([holding.contact(100 + number) for number in range(20)])

    assert [verdict.outcome for verdict in verdicts(holding)] == ["accepted"]
    listed = CliRunner().invoke(app, ["quarantine"])
    assert listed.exit_code == 0, listed.output
    assert f"since {TODAY}, 28 days left (file_cannot_be_opened 1)" in listed.output

    intake.purge(holding.home, holding.partnership, TODAY + timedelta(days=27))
    assert broken.exists()
    assert len(intake.purge(holding.home, holding.partnership, TODAY + timedelta(days=28))) == 2
    assert not broken.exists()


def test_two_purges_at_once_both_end(holding, monkeypatch):
    listing = quarantine.listing

    def then_purged_by_another(home):
        found = listing(home)
        for held in found:
            quarantine.path(home, held.delivery_id).unlink()
        return found

    monkeypatch.setattr(quarantine, "listing", then_purged_by_another)

    assert len(intake.purge(holding.home, holding.partnership, TODAY + timedelta(days=28))) == 1


def test_the_commands_tell_counts_and_days_and_no_value(holding):
    listed = CliRunner().invoke(app, ["quarantine"])
    purged = CliRunner().invoke(app, ["quarantine", "purge"])

    assert listed.exit_code == purged.exit_code == 0, listed.output + purged.output
    assert "riverton_council ssd" in listed.output
    assert "2 rows since" in listed.output
    assert "28 days left" in listed.output
    assert "is_in_the_code_list 1" in listed.output
    assert "0 rows of 0 deliveries were removed." in purged.output
    assert CANARY not in listed.output


def test_how_long_rows_are_held_is_the_partnerships_to_say():
    assert read_partnership("demo").quarantine.days == 28
    for days in (0, 91):
        with pytest.raises(ValueError, match="days"):
            Quarantine(days=days)
    assert "quarantine" not in tomllib.loads((PROJECT / "partnerships" / "demo.toml").read_text())


def test_a_line_of_the_register_says_when_in_which_manner_and_under_which_key(holding):
    with warehouse.opened(holding.home, read_only=True) as connection:
        row = connection.execute(
            "select snapshot_on::varchar, snapshot_at::varchar, mode, includes_open, key_id, rows_refused_at_source "
            "from raw.delivery"
        ).fetchone()

    assert row == ("2026-09-30", "2026-09-30 22:59:59", "full", True, "test", 0)
