"""An embargo ends on a working day, at a time of day in London, and where clocks change it is never early."""

from datetime import UTC, datetime

import pytest

from lantern.contract import LONDON
from lantern.errors import ConfigRefused
from lantern.partnership import read_partnership
from lantern.release.embargo import embargo, publish_at
from lantern.release.entry import Entry


def london(text):
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def terms(days=0, at=None):
    return read_partnership("demo").release.model_copy(update={"publish_after_days": days, "publish_at": at})


@pytest.mark.parametrize(
    ("days", "at", "drawn", "shown"),
    [
        (0, None, "2026-07-20T14:00", None),  # at once
        (0, "09:30", "2026-07-20T08:00", "2026-07-20T09:30"),  # a Monday, still to come
        (0, "09:30", "2026-07-20T14:00", "2026-07-21T09:30"),  # passed: the next working day
        (0, "09:30", "2026-07-18T08:00", "2026-07-20T09:30"),  # a Saturday
        (0, "09:30", "2026-07-24T14:00", "2026-07-27T09:30"),  # passed on a Friday
        (5, "09:30", "2026-07-20T14:00", "2026-07-27T09:30"),  # a week
        (2, None, "2026-07-20T14:00", "2026-07-22T00:00"),  # no time of day: as the day begins
        (1, "09:30", "2026-12-24T10:00", "2026-12-29T09:30"),  # Christmas, a day in lieu and a weekend between
        (1, "09:30", "2027-03-26T10:00", "2027-03-30T09:30"),  # from Good Friday, over Easter Monday
    ],
)
def test_an_embargo_ends_on_a_working_day_at_its_time_in_london(days, at, drawn, shown):
    assert embargo(terms(days, at), london(drawn)) == (london(shown) if shown else None)


@pytest.mark.parametrize(
    ("drawn", "shown"),
    [
        (
            "2026-10-23T12:00",
            "2026-10-26T09:30+00:00",
        ),  # clocks go back in between: the same time of day, in winter time
        ("2027-03-24T12:00", "2027-03-25T09:30+00:00"),
        ("2027-03-31T12:00", "2027-04-01T08:30+00:00"),  # summer time
    ],
)
def test_a_time_of_day_is_londons_summer_and_winter(drawn, shown):
    assert embargo(terms(1, "09:30"), utc(drawn)) == datetime.fromisoformat(shown)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("2026-07-20T09:30", "2026-07-20T08:30+00:00"),
        ("2026-07-20T09:30+00:00", "2026-07-20T09:30+00:00"),
        ("2026-10-25T01:30", "2026-10-25T01:30+00:00"),  # comes twice: the second
        ("2026-03-29T01:30", "2026-03-29T01:30+00:00"),  # never comes: as if clocks had not gone forward
    ],
)
def test_an_instant_that_is_asked_for_is_read_so_that_it_is_never_early(asked, shown):
    assert embargo(terms(), utc("2026-01-05T10:00"), asked) == datetime.fromisoformat(shown)


@pytest.mark.parametrize("asked", ["tomorrow", "2026-07-20T25:00", "2026-07-20T09:29"])
def test_an_instant_that_is_none_or_has_passed_is_refused(asked):
    with pytest.raises(ConfigRefused, match="nothing was published"):
        embargo(terms(), london("2026-07-20T09:30"), asked)


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ({}, "2026-07-20T14:05+00:00"),  # how long the draw took is nobody's business
        ({"publish_at": "2026-07-21T08:30:40+00:00"}, "2026-07-21T08:30:40+00:00"),  # cut, it would be early
    ],
)
def test_the_instant_readers_see_is_the_minute_of_the_draw_or_the_embargos_own(kept, shown):
    answer = Entry(3, "answer", "2026-Q2", "", "", 0, kept, "2026-07-20T14:05:17.123456+00:00", "")

    assert publish_at(answer) == datetime.fromisoformat(shown)
