"""The slips that real records have, planted in a clean delivery so that every rule has work to do."""

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import workday
from event import Event, happened_on
from pyarrow import parquet

from lantern import contract
from lantern.contract import Manifest

OF_EACH = 25
"""How many records have each slip."""


@dataclass
class Planting:
    """A delivery's events while slips are planted in them; each record has one slip at most."""

    events: list[Event]
    last_day: date
    rng: random.Random = field(default_factory=lambda: random.Random(45))
    taken: set[int] = field(default_factory=set)

    def some(self, event_type: str) -> Iterator[Event]:
        """Records of a type that have no slip yet, drawn by lot."""
        free = [
            event
            for event in self.events
            if event["event_type"] == event_type and id(event) not in self.taken and event["open_case"] != "y"
        ]
        for event in self.rng.sample(free, OF_EACH):
            self.taken.add(id(event))
            yield event

    def pairs(self, event_type: str) -> Iterator[tuple[Event, Event]]:
        """Records of a type that have no slip yet, each with one of another child."""
        records = list(self.some(event_type))
        for record, other in zip(records, list(self.some(event_type)), strict=True):
            if record["local_person_key"] != other["local_person_key"]:
                yield record, other

    def copied(self, event: Event, **changes: str | None) -> Event:
        """One more record like another, with a key of its own."""
        copy = event | {"event_key": self.key()} | changes
        self.taken.add(id(copy))
        self.events.append(copy)
        return copy

    def key(self) -> str:
        """A key nothing has."""
        return f"{self.rng.getrandbits(256):064x}"

    def day_after(self, event: Event, fewest: int, most: int) -> str:
        """A day some days after an event, never after the last one."""
        return min(happened_on(event) + timedelta(self.rng.randint(fewest, most)), self.last_day).isoformat()


def plant(folder: Path) -> None:
    """Plant every kind of slip in a delivery made but not sent; its manifest says the new count and digest."""
    manifest = Manifest.read(folder)
    path = folder / manifest.events_file
    # Keys are another hub's every time: the slips shall not be in other records for it.
    events = sorted(parquet.read_table(path).to_pylist(), key=_but_for_keys)
    planting = Planting(events, datetime.fromisoformat(manifest.snapshot_at).date())
    for slips in (
        _withdrawn_contacts,
        _decisions,
        _second_referrals,
        _referrals_a_year_apart,
        _assessments,
        _closures,
        _of_another_child,
    ):
        slips(planting)
    schema = pa.schema([(name, pa.string()) for name in contract.COLUMNS])
    parquet.write_table(pa.Table.from_pylist(planting.events, schema=schema), path)
    entries = json.loads((folder / contract.MANIFEST).read_text(encoding="utf-8"))
    entries |= {"rows": len(planting.events), "sha256": contract.sha256_of(path)}
    (folder / contract.MANIFEST).write_text(json.dumps(entries), encoding="utf-8")


def _but_for_keys(event: Event) -> list[str]:
    return [value or "" for column, value in sorted(event.items()) if not column.endswith("_key")]


def _withdrawn_contacts(planting: Planting) -> None:
    for status in ("cancelled", "duplicate"):
        for contact in planting.some("CONTACT_RECEIVED"):
            contact["record_status"] = status
        for decision in planting.some("CONTACT_DECIDED"):
            decision["record_status"] = status
    for unknown in ("u", None):
        for contact in planting.some("CONTACT_RECEIVED"):
            contact["open_case"] = unknown


def _decisions(planting: Planting) -> None:
    received = {event["event_key"]: event for event in planting.events if event["event_type"] == "CONTACT_RECEIVED"}
    for decision in planting.some("CONTACT_DECIDED"):
        planting.copied(decision, **_day(planting.day_after(decision, 1, 9)))
    for decision in planting.some("CONTACT_DECIDED"):
        planting.copied(decision, **_day(happened_on(received[decision["parent_event_key"]]).isoformat()))
        decision.update(_day(planting.day_after(decision, 1, 9)))
    for early in (timedelta(minutes=20), timedelta(hours=2), timedelta(hours=30)):
        for decision in planting.some("CONTACT_DECIDED"):
            at = received[decision["parent_event_key"]]["event_at"] or ""
            if "T" in at:
                decision.update(_minute(datetime.fromisoformat(at) - early))


def _second_referrals(planting: Planting) -> None:
    closed = _first(planting, "CASE_CLOSED")
    for referral in planting.some("REFERRAL_RECEIVED"):
        for _ in range(2):
            planting.copied(referral, source_category="4", episode_key=planting.key())
    for referral in planting.some("REFERRAL_RECEIVED"):
        # A second referral in the first half of the episode; it is closed after the first, or never.
        last = closed.get(referral["episode_key"], planting.last_day)
        days = (last - happened_on(referral)).days
        again = planting.copied(
            referral,
            source_category="7",
            episode_key=planting.key(),
            **_day(planting.day_after(referral, 0, days // 2)),
        )
        if planting.rng.random() < 0.5:
            _close(planting, again, min(last + timedelta(30), planting.last_day).isoformat())
    for referral in planting.some("REFERRAL_RECEIVED"):
        if referral["episode_key"] in closed:
            last = closed[referral["episode_key"]].isoformat()
            again = planting.copied(referral, source_category="6", episode_key=planting.key(), **_day(last))
            _close(planting, again, last)
    for referral in planting.some("REFERRAL_RECEIVED"):
        planting.copied(
            referral,
            record_status="cancelled",
            episode_key=planting.key(),
            **_day(planting.day_after(referral, 30, 300)),
        )


def _referrals_a_year_apart(planting: Planting) -> None:
    first_day = min(happened_on(each) for each in planting.events if each["event_type"] == "REFERRAL_RECEIVED")
    for days in (0, 1):
        for referral in planting.some("REFERRAL_RECEIVED"):
            if happened_on(referral) < first_day + timedelta(368):
                continue
            since = workday.twelve_months_before(happened_on(referral)) - timedelta(days)
            again = planting.copied(referral, episode_key=planting.key(), **_day(since.isoformat()))
            _close(planting, again, since.isoformat())


def _assessments(planting: Planting) -> None:
    closed = _first(planting, "CASE_CLOSED")
    for authorised in planting.some("ASSESSMENT_AUTHORISED"):
        planting.copied(authorised, **_day(planting.day_after(authorised, 1, 60)))
    for days in (0, 1):
        for authorised in planting.some("ASSESSMENT_AUTHORISED"):
            if authorised["episode_key"] in closed:
                late = min(closed[authorised["episode_key"]] + timedelta(days), planting.last_day)
                authorised.update(_day(late.isoformat()))


def _closures(planting: Planting) -> None:
    received_on = _first(planting, "REFERRAL_RECEIVED")
    for event_type in ("ASSESSMENT_AUTHORISED", "CASE_CLOSED"):
        for event in planting.some(event_type):
            too_early = received_on[event["episode_key"]] - timedelta(planting.rng.randint(1, 20))
            event.update(_day(too_early.isoformat()))
        for event in planting.some(event_type):
            event["record_status"] = "cancelled"
    for referral in planting.some("REFERRAL_RECEIVED"):
        _close(planting, referral, planting.day_after(referral, 0, 10), "REFERRAL_DECIDED", outcome_code="nfa")
    for referral in planting.some("REFERRAL_RECEIVED"):
        _close(planting, referral, planting.day_after(referral, 0, 2), "REFERRAL_DECIDED", outcome_code="assessment")


def _of_another_child(planting: Planting) -> None:
    """What is told of one child under the keys of another: a decision, a closure, an assessment."""
    for contact, other in planting.pairs("CONTACT_RECEIVED"):
        decided = {"event_type": "CONTACT_DECIDED", "parent_event_key": contact["event_key"], "outcome_code": "nfa"}
        planting.copied(contact, local_person_key=other["local_person_key"], **decided)
    for event_type, outcome in (("CASE_CLOSED", None), ("REFERRAL_DECIDED", "nfa"), ("ASSESSMENT_AUTHORISED", None)):
        for referral, other in planting.pairs("REFERRAL_RECEIVED"):
            theirs = referral | {"local_person_key": other["local_person_key"]}
            _close(planting, theirs, planting.day_after(referral, 0, 2), event_type, outcome_code=outcome)


def _close(
    planting: Planting, referral: Event, day: str, event_type: str = "CASE_CLOSED", outcome_code: str | None = None
) -> None:
    planting.copied(
        referral,
        event_type=event_type,
        parent_event_key=referral["event_key"],
        source_category=None,
        need_code=None,
        outcome_code=outcome_code,
        **_day(day),
    )


def _first(planting: Planting, event_type: str) -> dict[str | None, date]:
    first: dict[str | None, date] = defaultdict(lambda: date.max)
    for event in planting.events:
        if event["event_type"] == event_type:
            first[event["episode_key"]] = min(first[event["episode_key"]], happened_on(event))
    return dict(first)


def _day(day: str) -> dict[str, str | None]:
    return {"event_at": day, "event_time_precision": "day"}


def _minute(at: datetime) -> dict[str, str | None]:
    return {"event_at": at.isoformat(timespec="seconds"), "event_time_precision": "minute"}
