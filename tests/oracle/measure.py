"""The three measures in plain Python, written from their definitions alone: what the warehouse must agree with."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from workday import quarter, twelve_months_before, working_days

Event = dict[str, str | None]
"""
One delivered event, null is None.

Of the contract: event_key, event_type, event_at, parent_event_key, episode_key, source_category,
outcome_code, open_case, record_status, partner_type. Of its delivery: partner, source_format,
period_from, period_to, snapshot_on. And `person`, whoever the local key turned out to be.
"""

Episode = tuple[str | None, str | None, str | None]
"""One person's stay with social care, by partner, person and episode: siblings may share an episode's key."""

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
CONTACT, ASSESSMENT, REREFERRAL = "T_CONTACT_DECISION", "T_ASSESS45", "R_REREF_DFE"
LIMIT = {CONTACT: 1, ASSESSMENT: 45}
PREFERRED = ("ssd", "cin_census")
CLOCK_SKEW = timedelta(hours=1)
DONE, CLOSED, OPEN = "done", "closed", "open"
ALL = "all"


@dataclass(frozen=True)
class Wait:
    """A contact or referral that counts, how many working days it waited and how that ended."""

    received_on: date
    group: str
    days: int
    end: str

    def is_in_time(self, limit: int) -> bool:
        """Done, and by the limit."""
        return self.end == DONE and self.days <= limit


@dataclass(frozen=True)
class Referral:
    """A received referral, in the terms of its own record."""

    partner: str
    person: str
    received_on: date
    source_format: str
    event_key: str
    episode_key: str | None
    group: str


@dataclass(frozen=True)
class Cell:
    """What one measure counted in one quarter for one source: the denominator and the numerator."""

    rows: int
    counted: int


def cells(events: list[Event]) -> dict[tuple[str, str, str], Cell]:
    """Every cell with something in it, by measure, quarter of receipt and published source or `all`."""
    found: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    waits = {CONTACT: contact_waits(events), ASSESSMENT: assessment_waits(events)}
    for measure, each in ((measure, wait) for measure, some in waits.items() for wait in some):
        for group in (each.group, ALL):
            found[measure, quarter(each.received_on), group].append(each.is_in_time(LIMIT[measure]))
    for referral, is_again in rereferrals(events):
        for group in (referral.group, ALL):
            found[REREFERRAL, quarter(referral.received_on), group].append(is_again)
    return {key: Cell(len(marks), sum(marks)) for key, marks in found.items()}


# Contacts.


def contact_waits(events: list[Event]) -> list[Wait]:
    """
    Every contact that counts: on no open case, received by the agreed day, not decided before it came.

    The first decision on the child ends the wait, whatever was decided again later.
    """
    agreed, known = agreed_day(events), _known(events)
    decisions = defaultdict(list)
    for event in known:
        if event["event_type"] == "CONTACT_DECIDED":
            decisions[event["partner"], event["person"], event["parent_event_key"]].append(event)
    found = []
    for event in known:
        if event["event_type"] != "CONTACT_RECEIVED" or event["open_case"] == "y":
            continue
        first = min(decisions[event["partner"], event["person"], event["event_key"]], key=_instant, default=None)
        if first and _is_before(first, event):
            continue
        received, until = happened_on(event), happened_on(first) if first else agreed
        found.append(Wait(received, _group(event), working_days(received, until), DONE if first else OPEN))
    return found


def _is_before(first: Event, received: Event) -> bool:
    """A decision before the receipt, two clocks an hour apart forgiven."""
    if all("T" in (each["event_at"] or "") for each in (first, received)):
        return _instant(first) < _instant(received) - CLOCK_SKEW
    return happened_on(first) < happened_on(received)


# Referrals.


def counted_referrals(events: list[Event]) -> list[Referral]:
    """
    The referrals that count, oldest first.

    Of one day's referrals of one person one is left: the preferred format's, of equals the one
    whose key comes first. What is received while an earlier one is open belongs to that one.
    """
    closed = _closures(events)
    by_person: dict[tuple[str, str], dict[date, list[Referral]]] = defaultdict(lambda: defaultdict(list))
    for each in _received_referrals(events):
        by_person[each.partner, each.person][each.received_on].append(each)
    counted = []
    for days in by_person.values():
        open_until = date.min
        for day in sorted(days):
            kept = min(days[day], key=lambda each: (PREFERRED.index(each.source_format), each.event_key))
            if day >= open_until:
                counted.append(kept)
            open_until = max(open_until, _closed_on(kept, closed))
    return sorted(counted, key=lambda each: each.received_on)


def assessment_waits(events: list[Event]) -> list[Wait]:
    """Every referral that counts; an assessment authorised on the day of closure was in time to be one."""
    agreed, closed, authorised = agreed_day(events), _closures(events), _authorisations(events)
    found = []
    for each in counted_referrals(events):
        episode = each.partner, each.person, each.episode_key
        assessed_on = min((day for day in authorised[episode] if day >= each.received_on), default=date.max)
        closed_on = _closed_on(each, closed)
        until = min(assessed_on, closed_on, agreed)
        end = DONE if assessed_on == until else CLOSED if closed_on == until else OPEN
        found.append(Wait(each.received_on, each.group, working_days(each.received_on, until), end))
    return found


def rereferrals(events: list[Event]) -> list[tuple[Referral, bool]]:
    """Each counted referral whose twelve months before are known, and whether there was another in them."""
    known_since = history_day(events)
    earlier: dict[tuple[str, str], list[date]] = defaultdict(list)
    found = []
    for each in counted_referrals(events):
        since = twelve_months_before(each.received_on)
        if since >= known_since:
            found.append((each, any(since <= day for day in earlier[each.partner, each.person])))
        earlier[each.partner, each.person].append(each.received_on)
    return found


def _received_referrals(events: list[Event]) -> list[Referral]:
    return [
        Referral(
            partner=str(event["partner"]),
            person=str(event["person"]),
            received_on=happened_on(event),
            source_format=str(event["source_format"]),
            event_key=str(event["event_key"]),
            episode_key=event["episode_key"],
            group=_group(event),
        )
        for event in _known(events)
        if event["event_type"] == "REFERRAL_RECEIVED"
    ]


def _closed_on(referral: Referral, closed: dict[Episode, list[date]]) -> date:
    """When its episode was closed, for ever later if never. A closure dated before the receipt was that day's."""
    first = min(closed[referral.partner, referral.person, referral.episode_key], default=date.max)
    return max(first, referral.received_on)


def _closures(events: list[Event]) -> dict[Episode, list[date]]:
    """The days on which each episode was closed, or decided to need no further action."""
    return _days(
        event
        for event in _known(events)
        if event["event_type"] == "CASE_CLOSED"
        or (event["event_type"] == "REFERRAL_DECIDED" and event["outcome_code"] == "nfa")
    )


def _authorisations(events: list[Event]) -> dict[Episode, list[date]]:
    return _days(event for event in _known(events) if event["event_type"] == "ASSESSMENT_AUTHORISED")


def _days(events: Iterable[Event]) -> dict[Episode, list[date]]:
    days = defaultdict(list)
    for event in events:
        if event["episode_key"]:
            days[event["partner"], event["person"], event["episode_key"]].append(happened_on(event))
    return days


# Events.


def agreed_day(events: list[Event]) -> date:
    """The last day that every council's latest delivery knows of."""
    latest: dict[str, date] = {}
    for event in events:
        if event["partner_type"] == "csc":
            partner, day = str(event["partner"]), date.fromisoformat(str(event["snapshot_on"]))
            latest[partner] = max(latest.get(partner, day), day)
    return min(latest.values())


def history_day(events: list[Event]) -> date:
    """The day since when every council's deliveries, one after the other and without a gap, tell of all."""
    spans = defaultdict(set)
    for event in events:
        if event["partner_type"] == "csc":
            span = date.fromisoformat(str(event["period_from"])), date.fromisoformat(str(event["period_to"]))
            spans[event["partner"]].add(span)
    since = []
    for each in spans.values():
        first = max(end for _, end in each)
        for start, end in sorted(each, key=lambda span: span[1], reverse=True):
            if end >= first - timedelta(days=1):
                first = min(first, start)
        since.append(first)
    return max(since)


def _known(events: list[Event]) -> list[Event]:
    """What councils told of up to the agreed day: each event as last told, and not withdrawn since."""
    agreed = agreed_day(events)
    latest: dict[tuple[str | None, str | None, str | None], Event] = {}
    for event in sorted(events, key=lambda each: str(each["snapshot_on"])):
        latest[event["partner"], event["person"], event["event_key"]] = event
    return [
        event
        for event in latest.values()
        if event["partner_type"] == "csc" and event["record_status"] == "active" and happened_on(event) <= agreed
    ]


def happened_on(event: Event) -> date:
    """The local date of an event: partners write local time."""
    return date.fromisoformat(str(event["event_at"])[:10])


def _instant(event: Event) -> datetime:
    """When it happened; where only the day is known, at its end."""
    text = str(event["event_at"])
    return datetime.fromisoformat(text) if "T" in text else datetime.combine(happened_on(event), time.max, tzinfo=UTC)


def _group(event: Event) -> str:
    """The published source: the code's group, small groups joined."""
    group = _translation("referral_source", "source_group")[event["source_category"] or "10"]
    return _translation("source_group", "published_source")[group]


@cache
def _translation(code_list: str, column: str) -> dict[str, str]:
    with (SEEDS / "codelists" / f"codelist__{code_list}.csv").open(encoding="utf-8", newline="") as stream:
        return {row["code"]: row[column] for row in csv.DictReader(stream)}
