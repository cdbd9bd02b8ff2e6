"""
The facts of a council rebuilt from the events of a delivery, to compare with the same facts read straight from its files.

A fact is a tuple that begins with its kind and the child's own id. Nothing here reads a source: each test
does that by a path of its own.
"""

import hmac
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from partner_drawing import events_of

from lantern.partner.account import Outcome
from lantern.partner.key import read_key

Fact = tuple[object, ...]


def child_keys(key_file: Path, partner: str, local_ids: set[str]) -> dict[str, str]:
    """The key each local id must have become, worked out here and not by the tool, and the id it stands for."""
    secret = read_key(key_file).local_key
    return {hmac.digest(secret, f"person|{partner}|{each}".encode(), "sha256").hex(): each for each in local_ids}


class _Events:
    """The events of one delivery, to be asked for what follows what."""

    def __init__(self, events: list[dict[str, str]]) -> None:
        self.by_key = {event["event_key"]: event for event in events}
        assert len(self.by_key) == len(events) > 0
        self.under = defaultdict(list)
        for event in events:
            self.under[event["parent_event_key"], event["event_type"]].append(event)

    def days(self, event: dict[str, str], event_type: str) -> list[str]:
        return sorted(day(each) for each in self.under[event["event_key"], event_type])

    def end(self, event: dict[str, str], event_type: str, *columns: str) -> tuple[str, ...]:
        """The day of what ended it and some of its columns; empty if nothing did."""
        found = self.under[event["event_key"], event_type]
        assert len(found) <= 1
        if not found:
            return ("",) * (1 + len(columns))
        return (day(found[0]), *(found[0][column] for column in columns))

    def parent_day(self, event: dict[str, str]) -> str:
        parent = self.by_key.get(event["parent_event_key"])
        return day(parent) if parent else ""

    def referral(self, event: dict[str, str]) -> Fact:
        is_nfa = self.end(event, "REFERRAL_DECIDED", "outcome_code") == (day(event), "nfa")
        return (day(event), event["source_category"], event["need_code"], is_nfa)

    def protection_plan(self, event: dict[str, str]) -> Fact:
        first = (day(event), event["abuse_codes"], event["n_previous_plans"])
        return (*first, *self.end(event, "CPP_ENDED", "abuse_codes"), *self.days(event, "CPP_REVIEWED"))


def day(event: dict[str, str]) -> str:
    return event["event_at"][:10]


def _birth(_: _Events, event: dict[str, str]) -> Fact:
    assert event["event_time_precision"] == "month"
    return (event["event_at"][:7],)


_TELLING: dict[str, tuple[str, Callable[[_Events, dict[str, str]], Fact]]] = {
    "REFERRAL_RECEIVED": ("referral", _Events.referral),
    "CASE_CLOSED": ("closure", lambda all_, each: (all_.parent_day(each), day(each), each["closure_code"])),
    "ASSESSMENT_STARTED": (
        "assessment",
        lambda all_, each: (all_.parent_day(each), day(each), *all_.end(each, "ASSESSMENT_AUTHORISED", "factor_codes")),
    ),
    "S47_STARTED": (
        "s47",
        lambda all_, each: (
            all_.parent_day(each), day(each), each["flag_not_required"], *all_.days(each, "ICPC_HELD"),
        ),
    ),
    "S47_ENDED": ("s47 end", lambda all_, each: (all_.parent_day(each), day(each), each["flag_not_required"])),
    "CINPLAN_STARTED": ("plan", lambda all_, each: (day(each), *all_.end(each, "CINPLAN_ENDED"))),
    "CPP_STARTED": ("cpp", _Events.protection_plan),
    "CONTACT_RECEIVED": (
        "contact",
        lambda all_, each: (
            each["event_at"], each["source_category"], *all_.end(each, "CONTACT_DECIDED", "outcome_code"),
        ),
    ),
    "EH_STARTED": ("early help", lambda all_, each: (day(each), *all_.end(each, "EH_ENDED"))),
    "CARE_STARTED": ("care", lambda all_, each: (day(each), *all_.end(each, "CARE_ENDED"))),
    "MISSING_STARTED": ("missing", lambda all_, each: (each["event_at"], *all_.end(each, "MISSING_ENDED"))),
    "DEATH": ("death", lambda _, each: (day(each),)),
    "BIRTH": ("birth", _birth),
}  # fmt: skip


def facts_of(outcome: Outcome, children: dict[str, str]) -> set[Fact]:
    """Every fact that the events of a delivery tell; the same event twice, or an unknown child, fails."""
    events = events_of(outcome)
    told = _Events(events)
    facts: set[Fact] = set()
    for event in events:
        child = children[event["local_person_key"]]
        if event["event_type"] in _TELLING:
            kind, tell = _TELLING[event["event_type"]]
            facts.add((kind, child, *tell(told, event)))
        if event["event_type"] == "ICPC_HELD" and event["flag_transfer_in"] == "true":
            facts.add(("transfer", child, day(event)))
    return facts


def of_kind(facts: set[Fact], *kinds: str) -> set[Fact]:
    """The facts of some kinds."""
    return {fact for fact in facts if fact[0] in kinds}
