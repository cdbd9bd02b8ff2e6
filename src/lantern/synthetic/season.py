"""When things arrive and when work is done: working days, weekdays, school terms and hours."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from lantern import period
from lantern.synthetic.draw import Bools, Floats, Ints, Texts, chance

MINUTES_A_DAY = 1_440
EPOCH = date(1970, 1, 1)
_SATURDAY, _SUNDAY, _FRIDAY = 5, 6, 4
_MARCH, _LAST_WEEK_FROM = 2, 25

_WEEKDAY = (19.0, 20.0, 19.5, 19.5, 17.0, 2.5, 2.5)
_POLICE_WEEKDAY = (22.0, 19.0, 18.5, 18.5, 18.0, 2.0, 2.0)
_MONTH = (1.0, 0.97, 1.04, 0.97, 1.12, 1.07, 1.02, 0.90, 1.04, 1.02, 1.02, 0.96)
"""Referrals per working day by month, 2023-24 (DfE table C6); August less low, as school holidays lower it again."""
_POLICE_MONTH = (0.97, 0.95, 1.0, 0.97, 1.04, 1.06, 1.08, 1.06, 1.0, 0.98, 0.97, 0.97)
_HOLIDAY_SCHOOL_SHARE = 0.05
_OUT_OF_HOURS = 0.13
_SCHOOL_HOLIDAYS = (((2, 12), (2, 18)), ((4, 1), (4, 14)), ((5, 26), (6, 1)), ((7, 22), (9, 2)), ((10, 24), (10, 30)))
_WINTER = ((12, 21), (1, 3))


def day_number(day: date) -> int:
    """Days since 1970-01-01, as numpy counts them."""
    return (day - EPOCH).days


@dataclass(frozen=True)
class Season:
    """The days from `first` to `last`, and how much arrives on each."""

    first: int
    working: Ints
    police: Floats
    schools: Floats
    others: Floats

    @classmethod
    def over(cls, first_day: date, last_day: date, beyond: int = 500) -> "Season":
        """Every day of a span; working days are known for `beyond` days more."""
        days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
        later = [last_day + timedelta(days=n) for n in range(1, beyond + 1)]
        working = [day for day in days + later if period.working_days_between(day - timedelta(days=1), day)]
        is_working = set(working)
        off = [1.0 if day in is_working or day.weekday() >= _SATURDAY else 0.15 for day in days]
        others = [_WEEKDAY[day.weekday()] * _MONTH[day.month - 1] for day in days]
        police = [_POLICE_WEEKDAY[day.weekday()] * _POLICE_MONTH[day.month - 1] for day in days]
        schools = [
            _WEEKDAY[day.weekday()] * (_HOLIDAY_SCHOOL_SHARE if _is_school_holiday(day) else 1.0)
            if day.weekday() < _SATURDAY
            else 0.0
            for day in days
        ]
        return cls(
            first=day_number(first_day),
            working=np.array([day_number(day) for day in working], dtype=np.int64),
            police=np.array(police) * off,
            schools=np.array(schools) * off,
            others=np.array(others) * off,
        )

    def add(self, start: Ints, count: Ints) -> Ints:
        """The first day on which `count` working days have passed since `start`; 0 is the day itself."""
        index = np.searchsorted(self.working, start, side="right") + count - 1
        later = self.working[np.clip(index, 0, len(self.working) - 1)]
        return np.where(count > 0, later, start)

    def between(self, start: Ints, end: Ints) -> Ints:
        """Working days d with start < d <= end."""
        return np.searchsorted(self.working, end, side="right") - np.searchsorted(self.working, start, side="right")

    def is_working(self, days: Ints) -> Bools:
        """Whether each day is a working day."""
        return np.isin(days, self.working)

    def arrivals(self, rng: np.random.Generator, source: Texts) -> Ints:
        """A minute (since 1970) for each arrival, by the habits of its source."""
        is_police, is_school = source == "6", np.char.startswith(source, "2")
        days = np.empty(len(source), dtype=np.int64)
        for mask, weights in (
            (is_police, self.police),
            (is_school, self.schools),
            (~is_police & ~is_school, self.others),
        ):
            days[mask] = self.first + rng.choice(len(weights), size=int(mask.sum()), p=weights / weights.sum())
        return days * MINUTES_A_DAY + _minutes(rng, days, is_police, is_school)

    def arrivals_between(self, rng: np.random.Generator, source: Texts, first: int, last: int) -> Ints:
        """The same for some of the days alone."""
        span = slice(first - self.first, last - self.first + 1)
        some = replace(
            self, first=first, police=self.police[span], schools=self.schools[span], others=self.others[span]
        )
        return some.arrivals(rng, source)


def _is_school_holiday(day: date) -> bool:
    now = (day.month, day.day)
    return now >= _WINTER[0] or now <= _WINTER[1] or any(start <= now <= end for start, end in _SCHOOL_HOLIDAYS)


def _minutes(rng: np.random.Generator, days: Ints, is_police: Bools, is_school: Bools) -> Ints:
    """
    Minute of the day: most in office hours, police in morning batches, schools on Friday afternoon.

    Assumed, for no hourly pattern is published.
    """
    size = len(days)
    minute = np.clip(rng.normal(12.3 * 60, 150, size), 8 * 60, 18 * 60 - 1)
    minute = np.where(is_police & chance(rng, 0.65, size), rng.uniform(7.75 * 60, 10.5 * 60, size), minute)
    is_friday = (days + 3) % 7 == _FRIDAY
    late = is_school & is_friday & chance(rng, 0.5, size)
    minute = np.where(late, rng.uniform(14 * 60, 17 * 60, size), minute)
    out = ~is_school & chance(rng, _OUT_OF_HOURS, size)
    minute = np.where(out, (18 * 60 + rng.uniform(0, 14 * 60, size)) % MINUTES_A_DAY, minute)
    whole = np.maximum(minute.astype(np.int64), 1)  # never exactly midnight: that reads as a date alone
    return np.where(is_lost_hour(days, whole), whole + 60, whole)


def is_lost_hour(days: Ints, minute: Ints) -> Bools:
    """Whether a local time fell into the hour that the clocks skip on the last Sunday of March."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    of_month = (dates - months).astype(np.int64) + 1
    is_march = months.astype(np.int64) % 12 == _MARCH
    is_last_sunday = ((days + 3) % 7 == _SUNDAY) & (of_month >= _LAST_WEEK_FROM)
    is_lost: Bools = is_march & is_last_sunday & (minute // 60 == 1)
    return is_lost
