"""The clocks worked out another way: numpy's business days, the `holidays` library, and one day after another."""

from datetime import date, datetime, time, timedelta
from functools import cache

import holidays
import numpy as np
from compiled_clocks import LONDON, UTC, Hours

YEARS = range(2000, 2029)


@cache
def bank_holidays() -> np.ndarray:
    """Every bank holiday of England and Wales in the calendar's years."""
    days = holidays.country_holidays("GB", subdiv="ENG", years=YEARS)
    return np.array(sorted(days), dtype="datetime64[D]")


def counted_from_receipt(begun: date, ended: date) -> int:
    """Working days d with begun < d <= ended."""
    day = timedelta(days=1)
    return int(np.busday_count(begun + day, ended + day, holidays=bank_holidays()))


def rolled_forward(begun: date, ended: date) -> int:
    """The same from the next working day on, if the start is none."""
    first = np.busday_offset(begun, 0, roll="forward", holidays=bank_holidays()).astype(date)
    return counted_from_receipt(first, ended) if first <= ended else 0


def elapsed_seconds(begun: datetime, ended: datetime) -> int:
    """Seconds between two times in London."""
    return int((_instant(ended) - _instant(begun)).total_seconds())


def operating_seconds(begun: datetime, ended: datetime, hours: Hours, closures: tuple[date, ...]) -> int:
    """What of each day's opening lies between two times in London."""
    total, day = 0.0, begun.date()
    while day <= ended.date():
        total += sum(_overlap(begun, ended, day, opens, closes) for opens, closes in _opening(day, hours, closures))
        day += timedelta(days=1)
    return int(total)


def _opening(day: date, hours: Hours, closures: tuple[date, ...]) -> list[tuple[str, str]]:
    weekday = 0 if np.datetime64(day) in bank_holidays() else day.isoweekday()
    return [] if day in closures else [(opens, closes) for each, opens, closes in hours if each == weekday]


def _overlap(begun: datetime, ended: datetime, day: date, opens: str, closes: str) -> float:
    starts = max(_instant(begun), _at(day, opens))
    ends = min(_instant(ended), _at(day, closes))
    return max((ends - starts).total_seconds(), 0)


def _at(day: date, clock_time: str) -> datetime:
    if clock_time == "24:00":
        return _at(day + timedelta(days=1), "00:00")
    return _instant(datetime.combine(day, time.fromisoformat(clock_time)))


def _instant(local: datetime) -> datetime:
    return local.replace(tzinfo=LONDON).astimezone(UTC)
