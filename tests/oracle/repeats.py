"""Contacts that come again: incidents about one person, and the earlier ones in the months before."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from case import Case, seen_back, window
from contacts import first_decisions
from event import Event, first_told, happened_on, instant, is_timed, source
from known import Known, who
from workday import months_before

A_DAY = timedelta(hours=24)
YEAR = 12
TWO = 2


@dataclass(frozen=True)
class Incident:
    """What one person was contacted about once, in the terms of the contact that came first."""

    contact: Event
    decision: Event | None

    @property
    def day(self) -> date:
        """When it came."""
        return happened_on(self.contact)

    @property
    def outcome(self) -> str | None:
        """What was decided, if anything was."""
        return self.decision["outcome_code"] if self.decision else None

    def was_nfa_before(self, other: "Incident") -> bool:
        """Decided as no further action before another came: the day before, or earlier that day as far as is known."""
        if self.decision is None or self.outcome != "nfa":
            return False
        if is_timed(self.decision) and is_timed(other.contact):
            return instant(self.decision) < instant(other.contact)
        return happened_on(self.decision) < other.day


def incidents(known: Known) -> dict[tuple[str | None, str | None], list[Incident]]:
    """Each person's incidents with an authority, oldest first."""
    by_person: dict[tuple[str | None, str | None], list[Incident]] = defaultdict(list)
    for contact, decision in first_decisions(known):
        by_person[who(contact)].append(Incident(contact, decision))
    return {person: [min(group, key=_first) for group in _groups(each)] for person, each in by_person.items()}


def _groups(each: list[Incident]) -> list[list[Incident]]:
    """What is one incident, directly or through others."""
    groups: list[list[Incident]] = []
    for new in each:
        same = [group for group in groups if any(_is_one(new, old) for old in group)]
        groups = [group for group in groups if group not in same] + [[new, *(old for group in same for old in group)]]
    return sorted(groups, key=lambda group: min(map(_first, group)))


def _first(incident: Incident) -> tuple:
    return incident.day, *first_told(incident.contact)


def _is_one(one: Incident, other: Incident) -> bool:
    """In one incident; else from one source within 24 hours with one outcome, or of one day where no time is known."""
    keys = one.contact.get("incident_key"), other.contact.get("incident_key")
    if any(keys):
        return keys[0] == keys[1]
    if one.contact["source_category"] != other.contact["source_category"] or one.outcome != other.outcome:
        return False
    if is_timed(one.contact) and is_timed(other.contact):
        return abs(instant(one.contact) - instant(other.contact)) <= A_DAY
    return one.day == other.day


def repeats(known: Known, like: Callable[[Incident, Incident], bool]) -> Iterator[Case]:
    """The R_RECONTACT family: the last earlier incident that is `like` asked."""
    for each in incidents(known).values():
        for incident in each:
            months = window((old.day for old in each if old.day < incident.day and like(old, incident)), incident.day)
            yield Case(incident.day, (months, seen_back(incident.day, known.contacts_from)), _by(incident))


def repeats_any(known: Known) -> Iterator[Case]:
    """R_RECONTACT_ANY."""
    return repeats(known, lambda _old, _new: True)


def repeats_nfa(known: Known) -> Iterator[Case]:
    """R_RECONTACT_NFA."""
    return repeats(known, lambda old, new: old.was_nfa_before(new))


def repeats_same(known: Known) -> Iterator[Case]:
    """R_RECONTACT_SAME."""
    return repeats(known, lambda old, new: source(old.contact) == source(new.contact))


def repeats_other(known: Known) -> Iterator[Case]:
    """R_RECONTACT_OTHER."""
    return repeats(known, lambda old, new: source(old.contact) != source(new.contact))


def third_nfa(known: Known) -> Iterator[Case]:
    """R_RECONTACT_THIRD_NFA: neither yes nor no while less than 12 months are known."""
    for each in incidents(known).values():
        for incident in each:
            if incident.decision is None:
                continue
            since = months_before(incident.day, YEAR)
            earlier = [old for old in each if since <= old.day < incident.day and old.was_nfa_before(incident)]
            is_third = incident.outcome == "nfa" and len(earlier) >= TWO
            yield Case(incident.day, (is_third if since >= known.contacts_from else None,), _by(incident))


def from_elsewhere(known: Known) -> Iterator[Case]:
    """X_REPEAT_FROM_ELSEWHERE: compared by date, so all of the last day are the last."""
    for each in incidents(known).values():
        for incident in each:
            since = months_before(incident.day, YEAR)
            last = max((old.day for old in each if since <= old.day < incident.day), default=None)
            if last and since >= known.contacts_from:
                of_last_day = {source(old.contact) for old in each if old.day == last}
                yield Case(incident.day, (source(incident.contact) not in of_last_day,), _by(incident))


def _by(incident: Incident) -> dict[str, str | int | bool | None]:
    return {"source_group": source(incident.contact)}
