"""Figures are shown from their instant on and not a second before; once shown, no clock takes them back."""

import shutil
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from tests.release.conftest import OFFICER, PERIOD
from typer.testing import CliRunner

from lantern.cli import app
from lantern.errors import ReleaseRefused
from lantern.period import Quarter
from lantern.pipeline import publication, release
from lantern.release import embargo as embargoes
from lantern.release import listing
from lantern.release import publication as folders
from lantern.release.embargo import instant_words
from lantern.release.ledger import Ledger

NAME = "2026-Q2-1"
SECOND = timedelta(seconds=1)


def test_figures_are_shown_from_their_instant_on_and_not_a_second_before(held):
    """
    a second before     nothing among the releases, no line, no row, no cell
    the instant         the release, its line, its cells
    again               nothing changes
    the clock put back  nothing is taken away
    """
    home = held.hub.home
    assert held.publish(held.until - SECOND) == []
    assert (held.kinds(), held.shown()) == (["approve", "spend", "answer"], ([], 0))
    assert not home.releases.exists()

    assert held.publish(held.until) == [NAME]
    releases, cells = held.shown()
    assert (held.kinds()[3:], releases, cells > 80) == (["publish"], [NAME], True)

    for now in (held.until + SECOND, held.until - timedelta(days=300)):
        assert held.publish(now) == []
        assert held.shown() == ([NAME], cells)
    assert held.kinds()[3:] == ["publish"]


def test_without_the_instant_the_figures_would_be_shown_early(held, monkeypatch):
    """The twin."""
    monkeypatch.setattr(publication, "is_due", lambda *_: True)

    assert held.publish(held.until - SECOND) == [NAME]
    assert held.shown()[0] == [NAME]


def test_until_then_the_folder_lies_apart_for_the_hubs_own_user_alone(held):
    """The board's side is given the folder `released` and nothing else of the hub."""
    home = held.hub.home
    aside = home.embargo / NAME

    assert (aside / "cells.csv").exists()
    assert home.embargo.stat().st_mode & 0o077 == 0
    assert not home.embargo.is_relative_to(home.released.parent)
    assert [path.name for path in home.released.parent.iterdir()] == ["released.duckdb"]
    before = (aside / "cells.csv").read_bytes()

    held.publish(held.until)

    assert (home.releases / NAME / "cells.csv").read_bytes() == before
    assert not aside.exists()
    assert home.releases.stat().st_mode & 0o077 == 0
    assert home.released.stat().st_mode & 0o777 == 0o644


def test_the_day_and_the_instant_of_publication_are_those_that_came(held):
    held.publish(held.until + timedelta(days=2))

    with duckdb.connect(str(held.hub.home.released), read_only=True) as connection:
        row = connection.execute("select published_on, publish_at, revision, revised_note, withdrawn_on from release")
        published_on, publish_at, revision, note, withdrawn_on = row.fetchone()
    assert published_on == embargoes.day_in_london(held.until + timedelta(days=2))
    assert publish_at.replace(tzinfo=UTC) == held.until
    assert (revision, note, withdrawn_on) == (0, "", None)


def test_readers_are_told_the_day_the_next_figures_come(held):
    """Of a quarter that is drawn, the day its embargo ends; of one that is not, the day it is ripe and what comes on top."""

    def due_on():
        with duckdb.connect(str(held.hub.home.released), read_only=True) as connection:
            return connection.execute("select next_due_on from partnership").fetchone()[0]

    first = held.hub.partnership.release.model_copy(update={"first_period": "2026-Q2"})
    held.hub.partnership = held.hub.partnership.model_copy(update={"release": first})
    release.refresh(held.hub.home, held.hub.partnership, held.ledger)
    assert due_on() == embargoes.day_in_london(held.until)

    coming = listing.partnership_row(held.hub.partnership, [], {})
    later = first.model_copy(update={"publish_after_days": 1})
    after = listing.partnership_row(held.hub.partnership.model_copy(update={"release": later}), [], {})
    assert after["next_due_on"] > coming["next_due_on"]


def test_no_later_change_of_a_file_and_no_second_asking_moves_the_instant(held):
    home, ledger = held.hub.home, held.ledger
    with pytest.raises(ReleaseRefused, match=f"to be shown from {instant_words(held.until)} on"):
        release.release(home, held.hub.partnership, ledger, PERIOD, publish_at="2099-01-01T09:30")

    again = release.release(home, held.hub.partnership, ledger, PERIOD)

    assert (again.micro, again.embargo) == (0, held.until)
    assert held.kinds() == ["approve", "spend", "answer"]
    assert release.due(home, held.hub.partnership, ledger)[-1:] != [PERIOD]


def test_an_approver_stops_what_waits_and_lets_it_go_on(held):
    """Refused under embargo it is never shown; approved once more, it is."""

    def decide(approved):
        release.approve(
            held.hub.home,
            held.hub.partnership,
            held.ledger,
            PERIOD,
            by=OFFICER,
            reason="a look at it",
            approved=approved,
        )

    decide(approved=False)
    assert held.publish(held.until) == []
    assert held.shown() == ([], 0)

    decide(approved=True)
    assert held.publish(held.until) == [NAME]


@pytest.mark.parametrize(
    ("of", "step"), [(folders, "write_folder"), (Ledger, "publish"), (folders, "remove"), (folders, "refresh")]
)
def test_a_publication_that_ends_between_its_steps_is_finished_by_the_next(held, monkeypatch, of, step):
    """In between there are never figures without a line of the ledger that says they are published."""

    def ended(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(of, step, ended)
        with pytest.raises(KeyboardInterrupt):
            held.publish(held.until)
    assert held.shown() == ([], 0) or "publish" in held.kinds()

    held.publish(held.until)

    assert held.kinds() == ["approve", "spend", "answer", "publish"]
    assert held.shown()[0] == [NAME]
    assert not (held.hub.home.embargo / NAME).exists()


def test_a_folder_that_was_altered_while_it_lay_aside_is_not_what_is_published(held):
    """What is published is made from the ledger."""
    cells = held.hub.home.embargo / NAME / "cells.csv"
    true = cells.read_bytes()
    cells.write_bytes(true.replace(b"2026", b"2027"))

    held.publish(held.until)

    assert (held.hub.home.releases / NAME / "cells.csv").read_bytes() == true


def test_a_draw_that_ends_before_its_folder_keeps_its_embargo(held):
    """The instant is kept in the very line that keeps the sums."""
    shutil.rmtree(held.hub.home.embargo)

    assert release.release(held.hub.home, held.hub.partnership, held.ledger, PERIOD).embargo == held.until
    assert (held.hub.home.embargo / NAME).is_dir()
    assert held.shown() == ([], 0)


def test_a_clock_that_was_put_back_shortens_no_embargo(held):
    """Before a draw the ledger's last line says how late it is at least."""
    last = datetime.fromisoformat(held.ledger.entries()[-1].at)

    assert release._after(held.ledger.entries(), last - timedelta(days=9)) == last
    assert release._after(held.ledger.entries(), last + SECOND) == last + SECOND


def test_the_command_says_what_waits_and_the_pack_is_refused(held):
    """And status tells the hub's own people."""
    runner = CliRunner()

    said = runner.invoke(app, ["publish"]).output
    refused = runner.invoke(app, ["pack", "2026-Q2"])
    status = runner.invoke(app, ["status"]).output

    assert said.startswith("Published: nothing was due.")
    assert f"{NAME} is under embargo until {instant_words(held.until)} (Europe/London)" in said
    assert isinstance(refused.exception, ReleaseRefused)
    assert "It is drawn and under embargo" in str(refused.exception)
    assert f"{NAME} until {instant_words(held.until)}" in status


def test_a_quarter_drawn_by_the_same_instant_is_compared_with_as_if_it_were_out(held, monkeypatch):
    """So the folder that is looked at under embargo is the one that is published."""
    entries, until = held.ledger.entries(), held.until

    assert set(publication._earlier(entries, Quarter(2026, 3), until)) == {1}
    assert publication._earlier(entries, Quarter(2026, 3), until - SECOND) == {}
    assert publication._earlier(entries, Quarter(2026, 3), None) == {}
