"""Contacts, from their definitions: how fast they are decided, what becomes of them, and what need follows."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

import clock
from case import CENSORED, Case, ended, entered
from event import Event, first_told, happened_on, instant, is_before, is_timed, source
from known import Known, who
from workday import working_days

LEVEL_OF_OUTCOME = {"nfa": 0, "advice": 0, "signposted": 0, "early_help": 1, "assessment": 2, "strategy_s47": 3}
NAME_OF_LEVEL = ("none", "early_help", "assessment", "enquiry")
LEVEL_OF_EVENT = {
    "EH_STARTED": 1,
    "REFERRAL_RECEIVED": 2,
    "ASSESSMENT_STARTED": 2,
    "S47_STARTED": 3,
    "CPP_STARTED": 4,
    "CARE_STARTED": 5,
    "MISSING_STARTED": 6,
}
DAYS_TO_REFERRAL = 5


def first_decisions(known: Known) -> list[tuple[Event, Event | None]]:
    """Every contact with the first decision on it, if there is one."""
    decisions = known.by_parent("CONTACT_DECIDED")
    received = sorted(known.of_council("CONTACT_RECEIVED"), key=first_told)
    return [(each, next(iter(decisions.get((who(each), each["event_key"]), [])), None)) for each in received]


def on_no_open_case(known: Known) -> Iterator[tuple[Event, Event | None]]:
    """The same without those on a case that is open already: only a yes leaves one out."""
    return (pair for pair in first_decisions(known) if pair[0]["open_case"] != "y")


def decision_times(known: Known) -> Iterator[Case]:
    """T_CONTACT_DECISION."""
    for contact, first in on_no_open_case(known):
        if first and is_before(first, contact):
            continue
        day, until = happened_on(contact), happened_on(first) if first else known.agreed
        by = {"source_group": source(contact), "out_of_hours": _out_of_hours(contact)}
        late = entered(day, known.contacts_from, working_days)
        yield Case(day, ("decided" if first else CENSORED, working_days(day, until)), by, late)


def _out_of_hours(contact: Event) -> str:
    """Yes, no, or unknown where only the day is known."""
    if not is_timed(contact):
        return "u"
    return "n" if clock.is_open(str(contact["partner"]), instant(contact)) else "y"


def conversions(known: Known) -> Iterator[Case]:
    """R_CONV: neither yes nor no until the contact has been followed for five working days."""
    referred = defaultdict(set)
    for event in known.of_council("REFERRAL_RECEIVED"):
        referred[who(event)].add((happened_on(event), event["parent_event_key"]))
    for contact, _ in on_no_open_case(known):
        day, key = happened_on(contact), contact["event_key"]
        came = any(
            each >= day and (parent == key or working_days(day, each) <= DAYS_TO_REFERRAL)
            for each, parent in referred[who(contact)]
        )
        followed = working_days(day, known.agreed) >= DAYS_TO_REFERRAL
        yield Case(day, (came if followed else None,), {"source_group": source(contact)})


def no_further_action(known: Known) -> Iterator[Case]:
    """R_NFA_CONTACT."""
    for contact, first in on_no_open_case(known):
        if first:
            by = {"source_group": source(contact), "contact_outcome": first["outcome_code"]}
            yield Case(happened_on(contact), (first["outcome_code"] in {"nfa", "advice"},), by)


def escalations(known: Known) -> Iterator[Case]:
    """T_ESCALATION: what happens on the day of the decision is what was decided; the dead and adults are not asked."""
    reached = {event_type: known.days(event_type) for event_type in LEVEL_OF_EVENT}
    for contact, first in on_no_open_case(known):
        level = LEVEL_OF_OUTCOME.get(str(first["outcome_code"])) if first else None
        if first is None or level is None:
            continue
        day, person = happened_on(first), contact["person"]
        leaves = [*known.days("DEATH")[person], known.adult_from.get(person, date.max)]
        if min(leaves) <= day:
            continue
        higher = [each for kind, rank in LEVEL_OF_EVENT.items() if rank > level for each in reached[kind][person]]
        competing = [*leaves, *(each for each in known.moved[person] if each >= day)]
        ends = (min((each for each in higher if each > day), default=None), "escalated"), (min(competing), "competing")
        by = {"source_group": source(contact), "level_decided": NAME_OF_LEVEL[level]}
        yield Case(happened_on(contact), ended(day, known.agreed, *ends), by)


def sources(known: Known) -> Iterator[Case]:
    """M_CONTACT_SOURCES."""
    for contact in known.of_council("CONTACT_RECEIVED"):
        yield Case(happened_on(contact), (source(contact),))


def undecided_by(known: Known) -> Iterator[tuple[date, date, Event]]:
    """From when to when each contact on no open case waited; one decided before it came waited never."""
    for contact, first in on_no_open_case(known):
        yield happened_on(contact), happened_on(first) if first else known.agreed + timedelta(1), contact
