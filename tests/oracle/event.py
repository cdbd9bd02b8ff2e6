"""The events the oracle counts from: as delivered, as they stand now, and since when they tell of all."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

Event = dict[str, str | None]
"""
One delivered event as it was sent, null is None.

Of its delivery: partner, source_format, period_from, period_to, snapshot_on. And `person`, whoever
the local key turned out to be. Everything else is a column of the contract.
"""

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
PREFERRED = ("ssd", "cin_census")
COUNCIL = "csc"
CLOCK_SKEW = timedelta(hours=1)


def agreed_day(events: list[Event]) -> date:
    """The last day that every council's latest delivery knows of."""
    return min(reached(each for each in events if each["partner_type"] == COUNCIL).values())


def reached(events: Iterable[Event]) -> dict[str, date]:
    """How far each partner's latest delivery reaches."""
    latest: dict[str, date] = {}
    for partner, day in {(str(event["partner"]), str(event["snapshot_on"])) for event in events}:
        latest[partner] = max(latest.get(partner, date.min), date.fromisoformat(day))
    return latest


def history_day(events: list[Event]) -> date:
    """The day since when every council's deliveries, one after the other and without a gap, tell of all."""
    return max(histories(event for event in events if event["partner_type"] == COUNCIL).values())


def histories(events: Iterable[Event]) -> dict[str, date]:
    """The day since when each partner's deliveries tell of all."""
    since = {}
    for partner, each in spans(events).items():
        first = max(end for _, end in each)
        for start, end in sorted(each, key=lambda span: span[1], reverse=True):
            if end >= first - timedelta(days=1):
                first = min(first, start)
        since[partner] = first
    return since


def spans(events: Iterable[Event]) -> dict[str, set[tuple[date, date]]]:
    """The first and last days of each partner's deliveries."""
    found = defaultdict(set)
    for partner, start, end in {(event["partner"], event["period_from"], event["period_to"]) for event in events}:
        found[str(partner)].add((date.fromisoformat(str(start)), date.fromisoformat(str(end))))
    return found


def in_force(events: list[Event]) -> list[Event]:
    """Each person's events as last told: not withdrawn since, and no other put in their place."""
    latest: dict[tuple[str | None, str | None, str | None], Event] = {}
    for event in sorted(events, key=lambda each: str(each["snapshot_on"])):
        latest[event["partner"], event["person"], event["event_key"]] = event
    replaced = set()
    for event in latest.values():
        key = event.get("supersedes_event_key")
        older = latest.get((event["partner"], event["person"], key)) if key else None
        if older and older is not event and str(event["snapshot_on"]) >= str(older["snapshot_on"]):
            replaced.add(id(older))
    return [event for event in latest.values() if event["record_status"] == "active" and id(event) not in replaced]


def happened_on(event: Event) -> date:
    """The local date of an event: partners write local time."""
    return date.fromisoformat(str(event["event_at"])[:10])


def is_timed(event: Event) -> bool:
    """Whether more than the day is known."""
    return "T" in str(event["event_at"])


def instant(event: Event) -> datetime:
    """When it happened; where only the day is known, at its end."""
    if is_timed(event):
        return datetime.fromisoformat(str(event["event_at"]))
    return datetime.combine(happened_on(event), time.max, tzinfo=UTC)


def first_told(event: Event) -> tuple[datetime, str]:
    """What comes first, and of two things of one instant the one whose key comes first."""
    return instant(event), str(event["event_key"])


def is_before(later: Event, earlier: Event) -> bool:
    """What should come later is dated before what it followed, two clocks an hour apart forgiven."""
    if is_timed(later) and is_timed(earlier):
        return instant(later) < instant(earlier) - CLOCK_SKEW
    return happened_on(later) < happened_on(earlier)


def preference(source_format: str | None) -> int:
    """Of two formats that tell of one thing the agreed one is believed."""
    return PREFERRED.index(str(source_format)) if source_format in PREFERRED else len(PREFERRED)


def source(event: Event) -> str:
    """The group of a source, as it is known inside."""
    return code_list("referral_source")[event["source_category"] or "10"]["source_group"]


def published_source(event: Event) -> str:
    """The group of a source, small groups joined."""
    return code_list("source_group")[source(event)]["published_source"]


@cache
def code_list(name: str) -> dict[str, dict[str, str]]:
    """A code list's rows by their code."""
    with (SEEDS / "codelists" / f"codelist__{name}.csv").open(encoding="utf-8", newline="") as stream:
        return {row["code"]: row for row in csv.DictReader(stream)}
