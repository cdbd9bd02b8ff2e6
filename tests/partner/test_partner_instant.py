"""When something happened: what a local date or time can mean, and what it cannot."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.partner import instant
from lantern.partner.instant import DateReader, UnusableError, end_of_day

READER = DateReader(end_of_day(date(2026, 10, 31)))


@pytest.mark.parametrize(
    ("text", "written", "precision"),
    [
        ("2026-07-01 09:30:00", "2026-07-01T09:30:00+01:00", "minute"),
        ("2026-01-05T09:30", "2026-01-05T09:30:00+00:00", "minute"),
        ("01/07/2026 09:30", "2026-07-01T09:30:00+01:00", "minute"),
        ("2026-07-01T08:30:00Z", "2026-07-01T09:30:00+01:00", "minute"),
        ("2026-07-01 00:00:00.000", "2026-07-01", "day"),
        ("2026-07-01", "2026-07-01", "day"),
        ("01/07/2026", "2026-07-01", "day"),
    ],
)
def test_a_time_is_london_time_and_midnight_is_a_date_alone(text, written, precision):
    when = READER.required(text)

    assert (when.text, when.precision) == (written, precision)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-03-29 01:30:00", "time_does_not_exist"),
        ("1999-12-31", "date_before_2000"),
        ("2026-11-01", "date_after_snapshot"),
        ("2026-11-01 00:00:01", "date_after_snapshot"),
        ("31/02/2026", "date_unreadable"),
        ("yesterday", "date_unreadable"),
        ("", "date_missing"),
        ("1900-01-01", "date_missing"),
    ],
)
def test_a_date_that_cannot_be_refuses_the_record_and_says_why(text, reason):
    with pytest.raises(UnusableError) as refusal:
        READER.required(text)

    assert refusal.value.reason == reason


def test_an_hour_that_came_twice_takes_its_first_offset_and_is_good_to_the_hour():
    when = READER.required("2026-10-25 01:30:00")

    assert (when.text, when.precision) == ("2026-10-25T01:30:00+01:00", "hour")


@pytest.mark.parametrize("text", ["2026-03-29 00:59:00", "2026-03-29 02:00:00", "2026-10-25 02:00:00"])
def test_the_hours_around_a_clock_change_are_ordinary(text):
    assert READER.required(text).precision == "minute"


NEARLY = st.from_regex(r"[0-9٣ ]{2}[/\-][0-9]{2}/[0-9]{4}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}|[+Z]1?)?)?", fullmatch=True)


@given(st.datetimes(min_value=datetime(1900, 1, 1)), st.sampled_from(sorted(instant._USUAL)), NEARLY)  # noqa: DTZ001
def test_a_date_read_at_once_is_the_one_that_strptime_reads(moment, form, text):
    """strptime is the oracle; what is not read at once is left to it."""
    for each in (moment.strftime(form), text):
        found = instant._day_first(each, instant._USUAL[form])
        try:
            expected = datetime.strptime(each, form)  # noqa: DTZ007
        except ValueError:
            expected = None
        assert found in (None, expected)
    assert instant._day_first(moment.strftime(form), instant._USUAL[form]) == datetime.strptime(  # noqa: DTZ007
        moment.strftime(form), form
    )


@pytest.mark.parametrize(
    ("text", "form"),
    [("01/02/2026 10+02", "%d/%m/%Y %H:%M"), ("01/02/2026 103015.1", "%d/%m/%Y %H:%M:%S")],
)
def test_the_quick_way_of_reading_takes_no_form_that_was_not_agreed(text, form):
    with pytest.raises(UnusableError):
        instant.naive(text, (form,), False)  # noqa: FBT003
