"""The clocks of the warehouse and of another hand agree, whatever the days, the hours and the closures."""

from datetime import date, datetime, time, timedelta

import clock_oracle
from compiled_clocks import FIVE_DAYS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FIRST, LAST = date(2001, 1, 1), date(2028, 6, 30)
MOST_DAYS = 120
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

days = st.dates(FIRST, LAST)
minutes = st.integers(0, 24 * 60 - 1)


def is_real(moment):
    """Whether there is such a time in London, and once only."""
    early, late = moment.replace(fold=0, tzinfo=clock_oracle.LONDON), moment.replace(fold=1, tzinfo=clock_oracle.LONDON)
    return early.utcoffset() == late.utcoffset()


moments = st.builds(lambda day, minute: datetime.combine(day, time(*divmod(minute, 60))), days, minutes).filter(is_real)


@st.composite
def spans(draw):
    """A start and a later end."""
    begun = draw(moments)
    ended = begun + timedelta(minutes=draw(st.integers(0, MOST_DAYS * 24 * 60)))
    return (begun, ended) if is_real(ended) else (begun, ended + timedelta(hours=2))


@st.composite
def weeks(draw):
    """Hours for some weekdays, bank holidays (0) among them; a day may run from midnight to midnight."""
    hours = []
    for weekday in draw(st.sets(st.integers(0, 7))):
        # Never within the hour that there is not, or is twice.
        opens, closes = draw(
            st.sampled_from([("00:00", "24:00"), ("08:30", "17:15"), ("03:00", "24:00"), ("00:00", "00:59")])
        )
        hours.append((weekday, opens, closes))
    return tuple(hours)


@FEW
@given(st.lists(st.tuples(days, st.integers(0, 400)), min_size=20, max_size=60))
def test_working_days_are_those_of_numpy_and_the_holidays_library(clocks, drawn):
    wanted = [
        (begun, begun + timedelta(days=length))
        for begun, length in drawn
        if length <= (date(2028, 12, 31) - begun).days
    ]

    found = clocks.working_days(wanted)

    assert [counted for counted, _ in found] == [clock_oracle.counted_from_receipt(*each) for each in wanted]
    assert [max(rolled, 0) for _, rolled in found] == [clock_oracle.rolled_forward(*each) for each in wanted]


def test_no_day_of_the_calendar_differs_from_the_librarys(clocks):
    every = [
        date(2000, 1, 1) + timedelta(days=each) for each in range((date(2028, 12, 31) - date(2000, 1, 1)).days + 1)
    ]

    found = clocks.store.execute(
        "select day_on, is_working_day, weekday from wh.intermediate.int_days_numbered order by day_on"
    ).fetchall()

    holidays = set(clock_oracle.bank_holidays().tolist())
    assert found == [(day, day.weekday() < 5 and day not in holidays, day.isoweekday()) for day in every]


@FEW
@given(weeks(), st.lists(days, max_size=3), st.lists(spans(), min_size=10, max_size=30))
def test_hours_are_those_of_going_through_day_after_day(clocks, hours, closures, wanted):
    clocks.set_hours(hours, tuple(set(closures)))

    found = clocks.waits(wanted)

    assert [(elapsed, operating) for _, elapsed, operating in found] == [
        (clock_oracle.elapsed_seconds(*each), clock_oracle.operating_seconds(*each, hours, tuple(closures)))
        for each in wanted
    ]
    assert [each for each, _, _ in found] == [clock_oracle.rolled_forward(a.date(), b.date()) for a, b in wanted]


@FEW
@given(st.lists(st.tuples(spans(), st.floats(0, 1)), min_size=10, max_size=30))
def test_a_wait_cut_in_two_takes_as_long_as_the_two_parts(clocks, drawn):
    """By hours always; by working days only from a working day on, for each part is rolled forward by itself."""
    cuts = []
    for (begun, ended), share in drawn:
        between = begun + timedelta(minutes=int((ended - begun).total_seconds() // 60 * share))
        cuts.append((begun, between if is_real(between) else begun, ended))

    whole = clocks.waits([(begun, ended) for begun, _, ended in cuts])
    before = clocks.waits([(begun, between) for begun, between, _ in cuts])
    after = clocks.waits([(between, ended) for _, between, ended in cuts])

    for all_of_it, first, second in zip(whole, before, after, strict=True):
        assert all_of_it[1:] == (first[1] + second[1], first[2] + second[2])
    counted = clocks.working_days([(a.date(), c.date()) for a, _, c in cuts])
    parts = zip(
        clocks.working_days([(a.date(), b.date()) for a, b, _ in cuts]),
        clocks.working_days([(b.date(), c.date()) for _, b, c in cuts]),
        strict=True,
    )
    assert [each for each, _ in counted] == [first + second for (first, _), (second, _) in parts]


@FEW
@given(st.lists(spans(), min_size=10, max_size=30), st.booleans())
def test_no_wait_is_negative_and_none_is_longer_in_hours_open_than_elapsed(clocks, wanted, is_backwards):
    """Two clocks may put an end before its start: that took no time."""
    found = clocks.waits([(ended, begun) if is_backwards else (begun, ended) for begun, ended in wanted])

    for working_days, elapsed, operating in found:
        assert 0 <= operating <= elapsed
        assert working_days >= 0
        assert not is_backwards or elapsed == operating == 0


@FEW
@given(st.lists(st.tuples(days, st.integers(0, 100)), min_size=10, max_size=60))
def test_rolling_a_start_forward_takes_one_day_off_where_it_is_a_day_off_and_none_else(clocks, drawn):
    found = clocks.working_days([(begun, begun + timedelta(days=length)) for begun, length in drawn])

    for (begun, _), (counted, rolled) in zip(drawn, found, strict=True):
        is_working = clock_oracle.counted_from_receipt(begun - timedelta(days=1), begun) == 1
        assert counted - rolled == (0 if is_working else 1)


def test_a_longer_opening_never_makes_a_wait_shorter(clocks):
    """Only the hours differ: the same waits, an hour more a day."""
    waits = [
        (datetime.fromisoformat("2026-06-01T07:00") + timedelta(hours=each), datetime.fromisoformat("2026-06-09T12:00"))
        for each in range(100)
    ]
    short = clocks.waits(waits)
    clocks.set_hours(tuple((weekday, opens, "19:00") for weekday, opens, _ in FIVE_DAYS))

    long = clocks.waits(waits)

    assert all(more[2] >= less[2] for more, less in zip(long, short, strict=True))
    assert long[0][2] - short[0][2] == 6 * 3600
