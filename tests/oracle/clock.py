"""The oracle's own clocks: the hub's hours minute by minute in London time, and the limits of its policy."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from event import SEEDS, Event, happened_on, instant, is_timed
from workday import is_bank_holiday, is_working, working_days

LONDON = ZoneInfo("Europe/London")
EVERYWHERE = "*"
BANK_HOLIDAY = 0
WORKING_DAYS, OPERATING_HOURS = "working_days", "operating_hours"


@dataclass(frozen=True)
class Limit:
    """How long something may take, and by which clock."""

    value: int
    clock: str

    def is_measurable(self, *events: Event | None) -> bool:
        """Hours cannot be told from days."""
        return self.clock == WORKING_DAYS or all(is_timed(event) for event in events if event)

    def is_kept(self, start: Event, end: Event) -> bool:
        """Whether something took no longer."""
        if self.clock == WORKING_DAYS:
            return rolled_forward(happened_on(start), happened_on(end)) <= self.value
        return self._taken(start, instant(end)) <= timedelta(hours=self.value)

    def is_past(self, start: Event, last: date) -> bool:
        """Whether something that still goes on at the end of a day has taken longer."""
        if self.clock == WORKING_DAYS:
            return rolled_forward(happened_on(start), last) > self.value
        end = datetime.combine(last + timedelta(1), time.min, tzinfo=LONDON)
        return self._taken(start, end) > timedelta(hours=self.value)

    def _taken(self, start: Event, end: datetime) -> timedelta:
        if self.clock == OPERATING_HOURS:
            return open_time(str(start["partner"]), instant(start), end)
        return _between(instant(start), end)


def limit(place: str, stage: str, priority: str, day: date) -> Limit | None:
    """The limit that a place's policy sets on a day, or everyone's where it has none of its own by then."""
    rows = _in_force("priority_limits", place, day)
    found = [row for row in rows if row["stage"] == stage and row["priority"] == priority]
    return Limit(int(found[0]["limit_value"]), found[0]["clock"]) if found else None


@cache
def urgency(priority: str | None) -> int:
    """1 is the most urgent."""
    return next(int(row["urgency_rank"]) for row in _rows("urgency") if row["priority"] == priority)


def rolled_forward(start: date, end: date) -> int:
    """Working days, where what comes on a day off counts from the next working day."""
    while not is_working(start):
        start += timedelta(1)
    return working_days(start, end)


def open_time(place: str, start: datetime, end: datetime) -> timedelta:
    """How long the hub was open between two instants."""
    total, day = timedelta(0), start.astimezone(LONDON).date()
    while day <= end.astimezone(LONDON).date():
        for opens, closes in hours(place, day):
            total += max(_between(max(opens, start), min(closes, end)), timedelta(0))
        day += timedelta(1)
    return total


def is_open(place: str, at: datetime) -> bool:
    """Whether the hub is open at an instant."""
    return any(opens <= at < closes for opens, closes in hours(place, at.astimezone(LONDON).date()))


@cache
def hours(place: str, day: date) -> list[tuple[datetime, datetime]]:
    """From when to when the hub is open on a day."""
    closed = {(row["place"], row["closed_on"]) for row in _rows("closures")}
    if closed & {(place, day.isoformat()), (EVERYWHERE, day.isoformat())}:
        return []
    weekday = BANK_HOLIDAY if is_bank_holiday(day) else day.isoweekday()
    rows = [row for row in _in_force("opening_hours", place, day) if int(row["weekday"]) == weekday]
    return [(_at(day, row["opens"]), _at(day, row["closes"])) for row in rows]


def _at(day: date, text: str) -> datetime:
    hour, minute = map(int, text.split(":"))
    days, hour = divmod(hour, 24)
    return datetime.combine(day + timedelta(days), time(hour, minute), tzinfo=LONDON)


def _between(start: datetime, end: datetime) -> timedelta:
    """Real time: two instants of one zone are otherwise compared by the clock on the wall."""
    return end.astimezone(ZoneInfo("UTC")) - start.astimezone(ZoneInfo("UTC"))


@cache
def _in_force(name: str, place: str, day: date) -> list[dict[str, str]]:
    """The rows of the policy that hold for a place on a day."""
    by_place = defaultdict(list)
    for row in _rows(name):
        if date.fromisoformat(row["valid_from"]) <= day:
            by_place[row["place"]].append(row)
    rows = by_place[place] or by_place[EVERYWHERE]
    latest = max((row["valid_from"] for row in rows), default="")
    return [row for row in rows if row["valid_from"] == latest]


@cache
def _rows(name: str) -> list[dict[str, str]]:
    with (SEEDS / "policy" / f"policy__{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
