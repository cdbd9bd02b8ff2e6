"""What a hub does with rows that are wrong as rows: too many, too late, twice, or outside the period."""

import pytest
from tests.conftest import keyed
from tests.intake.sending import contacts, verdicts

from lantern import warehouse
from lantern.pipeline import intake

BAD_ROW = 7
IN_THE_FILE = 9  # row 1 is the heading
LISTED = "is_in_the_code_list"


@pytest.mark.parametrize(("bad", "outcome"), [(4, "accepted"), (5, "refused")])
def test_more_than_one_row_in_five_amiss_refuses_the_delivery(hub, bad, outcome):
    events = contacts(hub)
    for event in events[:bad]:
        event["outcome_code"] = "?"
    hub.deliver(events)

    (verdict,) = verdicts(hub)

    assert verdict.outcome == outcome
    assert ("few_rows_are_held" in verdict.line) == (outcome == "refused")
    (told,) = [breach for breach in verdict.breaches if breach.rule == LISTED]
    assert told.rows == tuple(range(2, 2 + bad))


def test_a_time_after_the_extract_was_taken_is_held_even_on_the_same_day(hub):
    events = contacts(hub)
    events[BAD_ROW] |= {"event_at": "2026-06-30T12:00:01+01:00", "event_time_precision": "minute"}
    events[BAD_ROW + 1] |= {"event_at": "2026-06-30T12:00:00+01:00", "event_time_precision": "minute"}
    hub.deliver(events, snapshot_at="2026-06-30T11:00:00+00:00", period_to="2026-06-30")

    (verdict,) = verdicts(hub)

    assert verdict.held == 1
    assert [breach.rows for breach in verdict.breaches if breach.severity == "warning"] == [(IN_THE_FILE,)]


def test_what_is_only_told_holds_nothing(hub):
    """Of twenty contacts none has a token, and one was recorded two days before it happened."""
    events = contacts(hub)
    events[BAD_ROW]["recorded_at"] = "2019-01-01"
    hub.deliver(events)

    (verdict,) = verdicts(hub)

    told = {breach.rule: (breach.severity, breach.count) for breach in verdict.breaches}
    assert told == {"person_has_mostly_a_token": ("info", 20), "is_recorded_after_it_happened": ("info", 1)}
    assert verdict.held == 0


@pytest.mark.parametrize(("day", "told"), [("2026-08-31", 1), ("2026-09-01", 0), ("2026-09-30", 0), ("2026-10-01", 1)])
def test_an_event_outside_the_period_is_told_and_kept(hub, day, told):
    """The first and the last day belong to it; an event without a date that can be read is told of elsewhere."""
    events = [event | {"event_at": "2026-09-15"} for event in contacts(hub)]
    events[BAD_ROW]["event_at"] = day
    events[BAD_ROW + 1]["event_at"] = "yesterday"
    hub.deliver(events, period_from="2026-09-01", period_to="2026-09-30", snapshot_at="2026-10-02T00:00:00+01:00")

    (verdict,) = verdicts(hub)

    found = [breach for breach in verdict.breaches if breach.rule == "event_is_in_the_period"]
    assert [(breach.severity, breach.column, breach.rows) for breach in found] == told * [
        ("info", "event_at", (IN_THE_FILE,))
    ]
    assert (verdict.outcome, verdict.held) == ("accepted", 1)


def test_a_row_sent_twice_is_loaded_once_and_two_rows_under_one_key_not_at_all(hub):
    """Equal copies: the first stays. Different rows under one key: nobody can tell which is true."""
    events = contacts(hub, 40)
    events += [dict(events[3]), dict(events[3]), events[5] | {"source_category": "7"}, dict(events[5])]
    hub.deliver(events)

    (verdict,) = verdicts(hub)

    told = {breach.rule: breach.rows for breach in verdict.breaches if breach.severity == "warning"}
    assert told == {"row_is_sent_once": (42, 43, 45), "event_key_is_unique": (7, 44, 45)}
    assert (verdict.loaded, verdict.held) == (39, 5)
    assert len(events) == 44


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_held_does_not_depend_on_the_order_of_the_file(hub, order):
    events = contacts(hub, 40)
    events += [dict(events[3]), events[5] | {"source_category": "7"}]
    hub.deliver(events[::order])

    (verdict,) = verdicts(hub)
    intake.load(hub.home)

    assert verdict.held == 3
    with warehouse.opened(hub.home, read_only=True) as connection:
        (loaded,) = connection.execute("select count(distinct event_key) from raw.partner_event").fetchone()
    assert loaded == 39


def test_a_key_that_is_null_repeats_nothing(hub):
    """Optional keys may be empty in every row."""
    events = [event | {"household_key": keyed("h", 1)} for event in contacts(hub)]
    hub.deliver(events)

    (verdict,) = verdicts(hub)

    assert (verdict.outcome, verdict.held) == ("accepted", 0)
