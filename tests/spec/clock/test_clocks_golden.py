"""The clocks of the warehouse give what was worked out by hand, in the tables of golden.md."""

from datetime import date, datetime, timedelta
from pathlib import Path

import clock_oracle
import pytest
from compiled_clocks import FIVE_DAYS

PAGE = Path(__file__).with_name("golden.md").read_text(encoding="utf-8")
CLOSED = (date(2025, 12, 24),)
CLOCK = ("count_from_receipt", "roll_forward")


def table(title):
    section = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def seconds(text):
    hours, minutes = text.split(":")
    return 3600 * int(hours) + 60 * int(minutes)


@pytest.mark.parametrize(("start", "how", "count", "end", "_ignored"), table("Working days"))
def test_the_end_is_the_first_day_so_many_working_days_after_the_start(clocks, start, how, count, end, _ignored):
    begun, ended = date.fromisoformat(start), date.fromisoformat(end)

    found = clocks.working_days([(begun, ended), (begun, ended - timedelta(days=1))])

    on_the_day, the_day_before = (each[CLOCK.index(how)] for each in found)
    assert on_the_day == int(count)
    assert the_day_before == int(count) - 1


@pytest.mark.parametrize(("start", "how", "count", "end", "ignored"), table("Working days"))
def test_the_table_would_be_wrong_without_the_bank_holidays(start, how, count, end, ignored, monkeypatch):
    """The twin of the one above: that each line tells the two apart, and what it says of the other is so."""
    work = {"count_from_receipt": clock_oracle.counted_from_receipt, "roll_forward": clock_oracle.rolled_forward}[how]
    begun = date.fromisoformat(start)
    assert work(begun, date.fromisoformat(end)) == int(count)

    monkeypatch.setattr(clock_oracle, "bank_holidays", list)

    assert work(begun, date.fromisoformat(ignored)) == int(count)
    assert work(begun, date.fromisoformat(end)) > int(count)


@pytest.mark.parametrize(("start", "end", "elapsed", "operating", "why"), table("Hours"))
def test_the_hours_between_two_times_in_london_are_those_of_the_table(clocks, start, end, elapsed, operating, why):
    clocks.set_hours(FIVE_DAYS, CLOSED)

    [(_, found_elapsed, found_operating)] = clocks.waits([(datetime.fromisoformat(start), datetime.fromisoformat(end))])

    assert (found_elapsed, found_operating) == (seconds(elapsed), seconds(operating)), why


def test_what_still_waits_has_waited_to_midnight_in_london(clocks):
    """In summer that is 23:00 in UTC."""
    waiting = [(datetime.fromisoformat(each), None) for each in ("2026-06-30T17:00", "2026-06-30T23:30")]

    found = clocks.waits(waiting, followed_to=date(2026, 6, 30))

    assert found == [(0, seconds("7:00"), seconds("1:00")), (0, seconds("0:30"), 0)]
