"""The forms a table writes its dates in: what a form reads, and whether two of them disagree."""

from collections.abc import Iterable
from datetime import datetime
from itertools import product

_DAYS = (
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%B-%Y", "%d/%m/%y",
    "%d-%m-%y", "%d.%m.%y", "%d-%b-%y", "%d %b %y", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d",
)  # fmt: skip
_AMERICAN_DAYS = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%b %d %Y", "%B %d, %Y", "%b %d, %Y")
_TIMES = (
    "", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S.%f", "T%H:%M:%S%z", "T%H:%M:%S.%f%z",
    " %I:%M %p", " %I:%M:%S %p", " %I:%M%p",
)  # fmt: skip

FORMATS: tuple[str, ...] = tuple(day + time for day, time in product(_DAYS, _TIMES))
"""Forms in use in England, day first or year first, as strptime patterns."""

AMERICAN_FORMATS: tuple[str, ...] = tuple(day + time for day, time in product(_AMERICAN_DAYS, _TIMES))
"""Forms with the month first: what an export in the wrong language setting writes."""

_DAY = datetime(2001, 2, 3, 4, 5, 6)  # noqa: DTZ001 - a pattern knows no zone
"""Day, month and year differ, and each could stand for another."""


def read(text: str, pattern: str) -> datetime | None:
    """What a pattern makes of a text, or None where it does not read it."""
    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - only the local date matters here
    except ValueError:
        return None


def is_usable(pattern: str) -> bool:
    """Whether a pattern says the whole date: what it writes, it reads as the same day."""
    try:
        again = read(_DAY.strftime(pattern), pattern)
    except ValueError:
        return False
    return again is not None and again.date() == _DAY.date()


def disagree(patterns: Iterable[str]) -> bool:
    """Whether one text could be read as two days: `%d/%m/%Y` and `%m/%d/%Y` in one list, for instance."""
    listed = list(patterns)
    for pattern in listed:
        text = _DAY.strftime(pattern)
        days = {moment.date() for moment in (read(text, other) for other in listed) if moment}
        if len(days) > 1:
            return True
    return False


def exchanged(pattern: str) -> str:
    """The same form with day and month exchanged, as another country writes it; itself where a month is a word."""
    return pattern.replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m") if "%m" in pattern else pattern


def is_two_digit_year(pattern: str) -> bool:
    """Whether a century has to be guessed."""
    return "%y" in pattern
