"""The oracle's own calendar: working days by the `holidays` library, quarters and years by the book."""

import calendar
from datetime import date, timedelta
from functools import cache

import holidays


@cache
def working_days(start: date, end: date) -> int:
    """How many working days d there are with start < d <= end."""
    return sum(is_working(start + timedelta(days=number)) for number in range(1, (end - start).days + 1))


@cache
def is_working(day: date) -> bool:
    """Monday to Friday, and no bank holiday of England and Wales."""
    return day.weekday() < 5 and not is_bank_holiday(day)


def is_bank_holiday(day: date) -> bool:
    """A bank holiday of England and Wales."""
    return day in _bank_holidays()


@cache
def _bank_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("GB", subdiv="ENG")


def twelve_months_before(day: date) -> date:
    """The same day of the year before, or the last of its month where there is none."""
    return months_before(day, 12)


def months_before(day: date, months: int) -> date:
    """The same day so many months before, or the last of its month where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def quarter(day: date) -> str:
    """The calendar quarter a day is in, written like 2026-Q2."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def last_day(period: str) -> date:
    """The last day of a quarter."""
    year, month = int(period[:4]), 3 * int(period[-1])
    return date(year, month, calendar.monthrange(year, month)[1])


def first_day(period: str) -> date:
    """The first day of a quarter."""
    return date(int(period[:4]), 3 * int(period[-1]) - 2, 1)
