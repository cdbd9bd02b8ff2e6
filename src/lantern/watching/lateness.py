"""Which partners' deliveries are late, by what each of them agreed to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lantern.home import Home
from lantern.intake import report
from lantern.partnership import Partner, Partnership
from lantern.release.embargo import day_in_london
from lantern.watching.finding import Finding


@dataclass(frozen=True)
class Punctuality:
    """
    How one partner keeps its own rhythm.

    `last` is the day in England on which the hub last accepted a delivery of it; None if it never did. `days_late` counts from
    the day the next one was due; `is_late` only once the days of grace are over too.
    """

    partner: str
    last: date | None
    days_late: int
    is_late: bool


def punctuality(home: Home, partnership: Partnership, now: datetime) -> list[Punctuality]:
    """Of each partner with an agreed rhythm (`every_days`), in the order of the partnership's file."""
    today = day_in_london(now)
    return [_of(home, each, today) for each in partnership.partners if each.every_days is not None]


def late_partners(home: Home, partnership: Partnership, now: datetime) -> Iterator[Finding]:
    """Each partner whose delivery is late or never came; one line if none."""
    found = punctuality(home, partnership, now)
    late = [each for each in found if each.is_late]
    for each in late:
        said = words(each)
        yield Finding("late-partner", "warn", said, "Ask the partner; nothing else is held up.", each.partner)
    if not late:
        yield Finding("late-partner", "ok", f"none of {len(found)} partners with an agreed rhythm is late")


def words(found: Punctuality) -> str:
    """For the hub's own people."""
    if found.last is None:
        return f"{found.partner}: no delivery was ever accepted"
    days = "1 day" if found.days_late == 1 else f"{found.days_late} days"
    return f"{found.partner}: last delivery {found.last.isoformat()}, the next is {days} late"


def accepted_at(home: Home, partner: str) -> datetime | None:
    """When the hub last accepted a delivery of a partner, in UTC; a copy of an earlier one tells nothing new."""
    return max((at for at, outcome, _ in report.given(home, partner) if outcome == "accepted"), default=None)


def _of(home: Home, partner: Partner, today: date) -> Punctuality:
    assert partner.every_days is not None
    at = accepted_at(home, partner.name)
    if at is None:
        return Punctuality(partner.name, None, 0, is_late=True)
    last = day_in_london(at)
    late = (today - last - timedelta(days=partner.every_days)).days
    return Punctuality(partner.name, last, max(late, 0), is_late=late > partner.grace_days)
