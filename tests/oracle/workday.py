"""The oracle's own calendar: working days by the `holidays` library, quarters and years by the book."""

from datetime import date, timedelta
from functools import cache

import holidays


def working_days(start: date, end: date) -> int:
    """How many working days d there are with start < d <= end."""
    return sum(is_working(start + timedelta(days=number)) for number in range(1, (end - start).days + 1))


@cache
def is_working(day: date) -> bool:
    """Monday to Friday, and no bank holiday of England and Wales."""
    return day.weekday() < 5 and day not in _bank_holidays()


@cache
def _bank_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv="ENG")


def twelve_months_before(day: date) -> date:
    """The same day of the year before, or the last of its month where there is none."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def quarter(day: date) -> str:
    """The calendar quarter a day is in, written like 2026-Q2."""
    return f"{day.year}-Q{(day.month + 2) // 3}"
