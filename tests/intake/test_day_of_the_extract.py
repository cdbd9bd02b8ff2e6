"""An extract is taken on a day of England's calendar, with whatever offset its instant is written; later days hold rows."""

import pytest
from tests.intake.sending import contacts, verdicts

from lantern import warehouse
from lantern.pipeline import intake

HALF_PAST_MIDNIGHT = "2026-06-30T23:30:00+00:00"
"""In summer it is the next day in England."""
HALF_PAST_ELEVEN = "2026-06-30T23:30:00+01:00"


def on_the_first_of_july(hub) -> list[dict]:
    events = contacts(hub)
    events[7]["event_at"] = "2026-07-01"
    return events


def test_an_extract_of_half_past_midnight_in_england_is_of_the_new_day_though_written_in_universal_time(hub):
    hub.deliver(on_the_first_of_july(hub), snapshot_at=HALF_PAST_MIDNIGHT, period_to="2026-07-01")

    (verdict,) = verdicts(hub)
    intake.load(hub.home)

    assert (verdict.outcome, verdict.held) == ("accepted", 0)
    with warehouse.opened(hub.home, read_only=True) as connection:
        kept = connection.execute("select snapshot_on::varchar, snapshot_at::varchar from raw.delivery").fetchall()
    assert kept == [("2026-07-01", "2026-06-30 23:30:00")]


def test_an_hour_earlier_it_is_the_old_day_and_what_is_dated_later_is_held(hub):
    """The twin: the same digits with England's own offset."""
    hub.deliver(on_the_first_of_july(hub), snapshot_at=HALF_PAST_ELEVEN, period_to="2026-06-30")
    hub.deliver(on_the_first_of_july(hub), snapshot_at=HALF_PAST_ELEVEN, period_to="2026-07-01")

    held, refused = verdicts(hub)

    assert [(each.rule, each.rows) for each in held.breaches if each.severity == "warning"] == [
        ("event_is_before_the_snapshot", (9,))
    ]
    assert "are not in this order" in refused.reason


@pytest.mark.parametrize(
    ("born", "is_unborn", "held"),
    [
        ("2026-07", "false", 0),
        ("2026-08", "false", 1),
        ("2030-01", "false", 1),
        ("2026-08", "true", 0),
        ("2026-08", None, 1),
    ],
)
def test_nobody_is_born_after_the_month_of_the_extract_but_the_unborn(hub, born, is_unborn, held):
    """Such a child would be of no age at all; the row is held like one whose event is still to come."""
    events = contacts(hub)
    events[7] |= {"birth_month": born, "is_unborn": is_unborn}
    hub.deliver(events, snapshot_at=HALF_PAST_MIDNIGHT, period_to="2026-06-30")

    (verdict,) = verdicts(hub)

    assert verdict.outcome == "accepted"
    told = [each.rows for each in verdict.breaches if each.rule == "birth_is_before_the_snapshot"]
    assert told == [(9,)] * held
