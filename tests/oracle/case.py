"""What a measure finds: one case for each thing it counts, and how cases are added up."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from workday import months_before, quarter

CENSORED = "censored"
Value = str | int | bool | None


@dataclass(frozen=True)
class Case:
    """
    One contact, referral, plan: when it falls into the measure and what the measure says of it.

    `says` holds, for a share: true, false or None for not known yet; for a time: how it ended and after how
    long; for a repeat: the smallest window of months with an earlier one, and how far back can be seen;
    for a mix: the category. `entered` is the first unit of its clock in which a time could be seen: 0, but for
    what had begun before anything was told.
    """

    on: date
    says: tuple[Value, ...]
    by: dict[str, Value] = field(default_factory=dict)
    entered: int = 0

    @property
    def period(self) -> str:
        """The quarter it counts in."""
        return quarter(self.on)


Sum = Counter[tuple[Value, ...]]


def added_up(cases: Iterable[Case]) -> Sum:
    """How many cases of each quarter say what."""
    return Counter((case.period, *case.says, case.entered) for case in cases)


def added_up_by(breakdown: str, cases: Iterable[Case]) -> Sum:
    """The same for each category of a breakdown."""
    return Counter(
        (case.period, case.by[breakdown], *case.says, case.entered) for case in cases if breakdown in case.by
    )


def window(earlier: Iterable[date], day: date, windows: tuple[int, ...] = (1, 3, 6, 12)) -> int | None:
    """The smallest window of months before a day, its first day too, in which the last earlier day lies."""
    last = max((each for each in earlier if each < day), default=None)
    return next((months for months in windows if last and months_before(day, months) <= last), None)


def seen_back(day: date, since: date, windows: tuple[int, ...] = (1, 3, 6, 12)) -> int:
    """The longest window of months before a day that what is known since a day covers."""
    return max((months for months in windows if months_before(day, months) >= since), default=0)


def entered(start: date, since: date, units: Callable[[date, date], int]) -> int:
    """The first unit after a start in which it can be told how it ended: of all before a day nothing is told."""
    return units(start, since - timedelta(days=1)) + 1 if start < since else 0


def days_between(start: date, end: date) -> int:
    """How many days there are with start < d <= end."""
    return (end - start).days


def ended(start: date, agreed: date, *ends: tuple[date | None, str], shortest: int = 0) -> tuple[str, int]:
    """Which of several ends came first, of one day the one named first, and after how many days; else it goes on."""
    known = [(day, rank, name) for rank, (day, name) in enumerate(ends) if day and day <= agreed]
    day, _, name = min(known, default=(agreed, 0, CENSORED))
    return name, max((day - start).days, shortest)
