"""What waits for its time can be refused: whatever was altered or has arrived since, and up to the line that publishes it."""

from datetime import timedelta

import pytest
from tests.release.conftest import OFFICER, PERIOD

from lantern import warehouse
from lantern.errors import ReleaseRefused
from lantern.pipeline import publication, release
from lantern.release import ledger as ledgers
from lantern.release import publication as folders

NAME = "2026-Q2-1"


def decide(held, *, approved, **more):
    """A decision of the approver's, by the partnership's file as it is then."""
    hub = held.hub
    return release.approve(
        hub.home, hub.partnership, held.ledger, PERIOD, by=OFFICER, reason="a second look", approved=approved, **more
    )


def alter(held, **change):
    """The partnership's file is edited."""
    held.hub.partnership = held.hub.partnership.model_copy(update=change)


def lose_history(held):
    """Deliveries are removed: today the quarter would not be due."""
    with warehouse.opened(held.hub.home) as connection:
        connection.execute("update intermediate.int_histories set history_from_on = date '2026-05-01'")


def refuse_after_a_change_and_undo_it(held):
    before = held.hub.partnership
    alter(held, title="Another Invented Title")
    decide(held, approved=False)
    held.hub.partnership = before


def refuse_after_a_loss(held):
    lose_history(held)
    decide(held, approved=False)


def refuse_what_an_airflow_page_shows(held):
    """It was asked about under another digest."""
    decide(held, approved=False, plan_digest="0" * 64)


REFUSALS = [refuse_after_a_change_and_undo_it, refuse_after_a_loss, refuse_what_an_airflow_page_shows]


@pytest.mark.parametrize("refuse", REFUSALS)
def test_what_waits_is_stopped_by_a_refusal_whatever_came_in_between(held, refuse):
    """
    the partnership's file was edited, and the edit undone     stopped
    deliveries were removed, so that it would not be due       stopped
    the page showed another plan                               stopped
    """
    refuse(held)

    assert held.publish(held.until) == []
    assert (held.kinds()[3:], held.shown()) == (["refuse"], ([], 0))


@pytest.mark.parametrize("refuse", REFUSALS)
def test_were_the_refusal_of_todays_plan_it_would_stop_nothing(held, refuse, monkeypatch):
    """The twin: nothing that waits is found, so that the plan is asked for as it would be today."""
    monkeypatch.setattr(release, "unpublished", lambda *_: None)

    if refuse is refuse_after_a_change_and_undo_it:
        refuse(held)
    else:
        with pytest.raises(ReleaseRefused, match=r"not due|altered since it was asked"):
            refuse(held)

    assert held.publish(held.until) == [NAME]


def test_no_number_of_revisions_keeps_anybody_from_stopping_one(held):
    """The count was lowered after a revision was drawn."""
    plan = held.ledger.entries()[0].plan_digest
    alter(held, release=held.hub.partnership.release.model_copy(update={"revisions_per_period": 0}))
    lowered = ledgers.Ledger(held.hub.home, held.hub.partnership)

    entry = lowered.decide(
        period=str(PERIOD), plan_digest=plan, approved=False, by=OFFICER, reason="a second look", revision=1
    )

    assert (entry.kind, entry.revision) == ("refuse", 1)
    with pytest.raises(ReleaseRefused, match="no more is left"):
        lowered.decide(period=str(PERIOD), plan_digest=plan, approved=True, by=OFFICER, reason="so be it", revision=1)
    lowered.close()


def test_what_was_refused_is_approved_once_more_even_if_it_would_not_be_due_today(held):
    """What is lost since was there when it was drawn."""
    refuse_after_a_loss(held)

    decide(held, approved=True)

    assert held.publish(held.until) == [NAME]


def test_an_approval_is_of_the_plan_it_was_drawn_by_or_none(held):
    """An approval of today's would be recorded, and the quarter would stay refused."""
    before = held.hub.partnership
    refuse_after_a_change_and_undo_it(held)
    alter(held, title="Another Invented Title")

    with pytest.raises(ReleaseRefused, match="drawn by another plan than this one"):
        decide(held, approved=True)

    assert held.kinds()[3:] == ["refuse"]
    held.hub.partnership = before
    assert decide(held, approved=True).plan_digest == held.ledger.entries()[0].plan_digest


def refused_as_it_is_made(held, monkeypatch):
    """The refusal is written once the folder is there and before the ledger's line."""
    made = folders.write_folder

    def made_and_refused(*given, **named):
        place = made(*given, **named)
        decide(held, approved=False)
        return place

    monkeypatch.setattr(folders, "write_folder", made_and_refused)


def test_a_refusal_while_it_is_being_published_still_stops_it(held, monkeypatch):
    """And nothing is left of it among the releases; approved once more, it is published."""
    with monkeypatch.context() as meanwhile:
        refused_as_it_is_made(held, meanwhile)
        with pytest.raises(ReleaseRefused, match=r"has refused it since\. It was not published"):
            held.publish(held.until)

    assert (held.kinds()[3:], held.shown()) == (["refuse"], ([], 0))
    assert list(held.hub.home.releases.iterdir()) == []

    decide(held, approved=True)
    assert held.publish(held.until) == [NAME]


def test_without_the_last_look_it_would_be_published_over_a_refusal(held, monkeypatch):
    """The twin."""
    monkeypatch.setattr(ledgers, "check_not_refused", lambda *_: None)
    refused_as_it_is_made(held, monkeypatch)

    assert held.publish(held.until) == [NAME]
    assert held.kinds()[3:] == ["refuse", "publish"]


@pytest.mark.parametrize(("is_looked_for", "left"), [(True, []), (False, [NAME])])
def test_a_folder_whose_run_ended_before_its_line_goes_once_it_is_refused(held, monkeypatch, is_looked_for, left):
    """Its second line is the twin: without the look the folder would lie among the releases."""

    def ended(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(ledgers.Ledger, "publish", ended)
        with pytest.raises(KeyboardInterrupt):
            held.publish(held.until)
    decide(held, approved=False)
    if not is_looked_for:
        monkeypatch.setattr(publication, "_refused", lambda _: [])

    held.publish(held.until + timedelta(days=1))

    assert [path.name for path in held.hub.home.releases.iterdir()] == left
    assert held.shown() == ([], 0)
