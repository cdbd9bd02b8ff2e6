"""What no single partner can see, from its definitions: who had told of a child, and since when."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from case import Case, ended
from event import COUNCIL, Event, code_list, happened_on, instant, is_timed, source, spans
from known import Known
from referrals import Stay, known_stays
from workday import months_before

YEAR = 12
A_DAY = timedelta(days=1)
MOST = 3


def notifications(known: Known) -> list[Event]:
    """What partners told of, not social care itself."""
    return [event for event in known.by_type["PARTNER_NOTIFICATION"] if event["partner_type"] != COUNCIL]


def notifying(known: Known) -> Iterator[Case]:
    """M_NOTIFICATIONS."""
    return (Case(happened_on(event), (event["partner_type"],)) for event in known.by_type["PARTNER_NOTIFICATION"])


@cache
def not_told(known: Known) -> list[tuple[date, date]]:
    """The days, from and to, that one of the partners has not delivered whose format tells of worries."""
    formats = code_list("source_format")
    telling = {code for code, each in formats.items() if each["carries_notifications"] == "true"}
    partners = {event["partner"] for event in known.delivered if event["source_format"] in telling}
    found = []
    for partner, each in spans(known.delivered).items():
        if partner in partners:
            told_to = date.min
            for start, end in sorted(each):
                if start > told_to + A_DAY:
                    found.append((told_to + A_DAY if told_to > date.min else date.min, start - A_DAY))
                told_to = max(told_to, end)
            found.append((told_to + A_DAY, date.max))
    return found


def is_looked_back(known: Known, day: date) -> bool:
    """Whether every notifying partner has delivered the 12 months before a day."""
    since, until = months_before(day, YEAR), day - A_DAY
    return not any(start <= until and since <= end for start, end in not_told(known))


@cache
def told(known: Known) -> dict[str | None, list[tuple[date, str]]]:
    """When which kind of partner told of each person."""
    found = defaultdict(list)
    for event in notifications(known):
        found[event["person"]].append((happened_on(event), str(event["partner_type"])))
    return defaultdict(list, {person: sorted(each) for person, each in found.items()})


@cache
def told_first(known: Known) -> dict[tuple[str | None, date], str]:
    """
    Which kind of partner told of each person first on each day.

    By the clock, those of which only the day is known after the others; then by the order of partners and of keys.
    """
    found: dict[tuple[str | None, date], str] = {}
    for event in sorted(notifications(known), key=lambda each: (not is_timed(each), instant(each), *told_by(each))):
        found.setdefault((event["person"], happened_on(event)), str(event["partner_type"]))
    return found


def told_by(event: Event) -> tuple[str, str]:
    """Which partner told, and under which key."""
    return str(event["partner"]), str(event["event_key"])


def agencies_before(known: Known) -> Iterator[tuple[Stay, int]]:
    """Each referral whose 12 months before are delivered, and how many kinds of partner told of the child in them."""
    for stay in known_stays(known):
        since = months_before(stay.day, YEAR)
        types = {kind for day, kind in told(known)[stay.referral["person"]] if since <= day < stay.day}
        yield stay, len(types)


def agency_counts(known: Known) -> Iterator[Case]:
    """X_AGENCIES_BEFORE."""
    for stay, count in agencies_before(known):
        if is_looked_back(known, stay.day):
            yield Case(stay.day, (str(min(count, MOST)),))


def two_agencies(known: Known) -> Iterator[Case]:
    """X_TWO_AGENCIES_BEFORE."""
    for stay, count in agencies_before(known):
        says = count >= MOST - 1 if is_looked_back(known, stay.day) else None
        yield Case(stay.day, (says,), {"source_group": source(stay.referral)})


def first_notices(known: Known) -> Iterator[Case]:
    """X_FIRST_NOTICE: of children; what came on the day itself opened no case before it."""
    decided, referred = known.days("CONTACT_DECIDED"), known.days("REFERRAL_RECEIVED")
    cases = defaultdict(list)
    for stay in known_stays(known):
        cases[stay.referral["person"]].append(stay)
    for person, each in told(known).items():
        for day in sorted({day for day, _ in each}):
            since = months_before(day, YEAR)
            is_first = not any(since <= other < day for other, _ in each)
            is_open = any(stay.day < day < stay.last_closed_on for stay in cases[person])
            is_child = day < known.adult_from.get(person, date.max)
            if is_first and is_child and not is_open and is_looked_back(known, day):
                came = (_next(days, day) for days in (decided[person], referred[person]))
                first = min((on for on in came if on), default=None)
                by = {"partner_type": told_first(known)[person, day]}
                yield Case(day, ended(day, known.agreed, (first, "decided")), by)


def _next(days: list[date], day: date) -> date | None:
    place = bisect_left(days, day)
    return days[place] if place < len(days) else None
