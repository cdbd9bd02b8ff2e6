"""Priorities, answers and hours, from their definitions."""

from collections.abc import Iterator
from datetime import date

import clock
from case import Case
from clock import Limit
from contacts import on_no_open_case
from event import Event, first_told, happened_on, instant, is_before, is_timed, source
from known import Known, who

NO_PRIORITY = "none"


def prioritised(known: Known) -> Iterator[tuple[Event, Event | None, str, str]]:
    """Each contact on no open case with its first decision, its first priority and the one in force at the decision."""
    given, changed = known.by_parent("PRIORITY_SET"), known.by_parent("PRIORITY_CHANGED")
    for contact, decision in on_no_open_case(known):
        key = who(contact), contact["event_key"]
        told = sorted([*given.get(key, []), *changed.get(key, [])], key=_told)
        if told:
            by_then = [each for each in told if decision is None or not _is_after(each, decision)]
            first = str(told[0]["priority_prev"] or told[0]["priority"])
            yield contact, decision, first, str(by_then[-1]["priority"]) if by_then else first


def _told(event: Event) -> tuple:
    """In the order of events; what is set comes before what is changed."""
    return happened_on(event), event["event_type"] == "PRIORITY_CHANGED", *first_told(event)


def _is_after(event: Event, decision: Event) -> bool:
    if is_timed(event) and is_timed(decision):
        return instant(event) > instant(decision)
    return happened_on(event) > happened_on(decision)


def in_time(known: Known) -> Iterator[Case]:
    """T_RAG."""
    for contact, decision, _, last in prioritised(known):
        yield from _timed(contact, decision, last, known.agreed, {"priority": last, "source_group": source(contact)})


def in_first_time(known: Known) -> Iterator[Case]:
    """T_RAG_INITIAL."""
    for contact, decision, first, _ in prioritised(known):
        yield from _timed(contact, decision, first, known.agreed, {"initial_priority": first})


def _timed(contact: Event, decision: Event | None, priority: str, agreed: date, by: dict) -> Iterator[Case]:
    limit = clock.limit(str(contact["partner"]), "final_decision", priority, happened_on(contact))
    if limit and limit.is_measurable(contact, decision) and not (decision and is_before(decision, contact)):
        yield Case(happened_on(contact), (_is_kept(limit, contact, decision, agreed),), by)


def _is_kept(limit: Limit, start: Event, end: Event | None, last: date) -> bool | None:
    """Within the limit or not; of what still goes on it is known only once it is past."""
    if end:
        return limit.is_kept(start, end)
    return False if limit.is_past(start, last) else None


def lowered(known: Known) -> Iterator[Case]:
    """R_RAG_LOWERED: of contacts decided."""
    for contact, decision, first, last in prioritised(known):
        if decision:
            is_lowered = clock.urgency(last) > clock.urgency(first)
            yield Case(happened_on(contact), (is_lowered,), {"initial_priority": first})


def answered(known: Known) -> Iterator[Case]:
    """T_INFO_RETURN: each partner's own latest delivery says what is unanswered."""
    answers = known.by_parent("INFO_RETURNED")
    for request in known.by_type["INFO_REQUESTED"]:
        partner, day = str(request["partner"]), happened_on(request)
        answer = next(iter(answers.get((who(request), request["event_key"]), [])), None)
        limit = clock.limit(partner, "info_return", str(request["priority"] or NO_PRIORITY), day)
        if limit and limit.is_measurable(request, answer) and not (answer and is_before(answer, request)):
            by = {"partner_type": request["partner_type"]}
            yield Case(day, (_is_kept(limit, request, answer, known.reached[partner]),), by)


def out_of_hours(known: Known) -> Iterator[Case]:
    """R_OUT_OF_HOURS."""
    for contact in known.of_council("CONTACT_RECEIVED"):
        if is_timed(contact):
            is_out = not clock.is_open(str(contact["partner"]), instant(contact))
            yield Case(happened_on(contact), (is_out,), {"source_group": source(contact)})
