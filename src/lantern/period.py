"""Calendar quarters, working days and the England and Wales holiday table."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from lantern import codelist
from lantern.errors import ConfigRefused

QUARTERS_A_YEAR = 4
_SATURDAY = 5


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter, written `2026-Q2`. Ordered by time."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """Read `2026-Q2`, or refuse with what a quarter looks like."""
        found = re.fullmatch(r"(20\d\d)-Q([1-4])", text)
        if not found:
            raise ConfigRefused(f"period '{text[:20]}': a period is written like 2026-Q2. Nothing was done.")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    def plus(self, quarters: int) -> "Quarter":
        """The quarter so many later (or earlier, if negative)."""
        index = self.year * QUARTERS_A_YEAR + self.number - 1 + quarters
        return Quarter(index // QUARTERS_A_YEAR, index % QUARTERS_A_YEAR + 1)

    @property
    def first_day(self) -> date:
        """First day of the quarter."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        """Last day of the quarter."""
        return self.plus(1).first_day - timedelta(days=1)

    @property
    def words(self) -> str:
        """As a board reads it: 1 April to 30 June 2026."""
        first, last = self.first_day, self.last_day
        return f"{first.day} {first:%B} to {last.day} {last:%B %Y}"


@cache
def _working_days() -> tuple[date, ...]:
    """Every working day the holiday table covers, in order."""
    holidays = {date.fromisoformat(row["holiday_on"]) for row in codelist.rows("calendar__bank_holidays")}
    first, last = date(min(holidays).year, 1, 1), date(max(holidays).year, 12, 31)
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(day for day in span if day.weekday() < _SATURDAY and day not in holidays)


def _days_up_to(day: date) -> int:
    days = _working_days()
    if not date(days[0].year, 1, 1) <= day <= date(days[-1].year, 12, 31):
        raise ConfigRefused(
            f"holiday table: it covers {days[0].year} to {days[-1].year}, and a date in {day.year} was asked for. "
            "No working days were counted. Add that year's bank holidays to seeds/calendar/calendar__bank_holidays.csv."
        )
    return bisect_right(days, day)


def working_days_between(start: date, end: date) -> int:
    """
    Working days d with start < d <= end, England and Wales holidays left out.

    Units: whole days; the same day is 0; a start on a day off counts from receipt.
    Source: DfE duration bands (`Same day`, `1-10`, ...), which fit a start day of zero.
    """
    return _days_up_to(end) - _days_up_to(start)


def add_working_days(start: date, count: int) -> date:
    """The first day on which `count` working days have passed since `start`."""
    days = _working_days()
    place = _days_up_to(start) + count - 1
    if place >= len(days):
        _days_up_to(date(days[-1].year + 1, 1, 1))
    return days[place] if count else start
