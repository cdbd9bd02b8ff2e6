"""Enquiries, conferences, plans and findings, from their definitions."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from case import CENSORED, Case, entered
from event import Event, code_list, happened_on
from known import Known, Who, who
from workday import months_before, working_days

CONFERENCE, NOT_REQUIRED, ENDED_WITHOUT, SUPERSEDED = "conference", "not_required", "ended_without", "superseded"
LIMIT = 15
DAYS_TO_PLAN = 28
TWO_YEARS = 24


@dataclass(frozen=True)
class Enquiry:
    """A section 47 enquiry, how it ended and on which day; without an end it goes on to the agreed day."""

    started_on: date
    status: str
    until: date


@cache
def enquiries(known: Known) -> list[Enquiry]:
    """Every enquiry: a conference belongs to the latest that began on or before it."""
    conferences = local_conferences(known)
    ends = known.by_parent("S47_ENDED")
    found = []
    for person, each in _by_person(known.once_a_day("S47_STARTED")).items():
        days = [happened_on(event) for event in each]
        for event, day, following in zip(each, days, [*days[1:], None], strict=True):
            held = min(
                (on for on in conferences[person] if day <= on and (following is None or on < following)), default=None
            )
            ended = next((end for end in ends.get((person, event["event_key"]), []) if happened_on(end) >= day), None)
            if held:
                found.append(Enquiry(day, CONFERENCE, held))
            elif ended and (following is None or happened_on(ended) <= following):
                why = NOT_REQUIRED if ended.get("flag_not_required") == "true" else ENDED_WITHOUT
                found.append(Enquiry(day, why, happened_on(ended)))
            elif following:
                found.append(Enquiry(day, SUPERSEDED, following))
            else:
                found.append(Enquiry(day, CENSORED, known.agreed))
    return found


def conference_times(known: Known) -> Iterator[Case]:
    """T_ICPC15."""
    for each in enquiries(known):
        status = CENSORED if each.status == SUPERSEDED else each.status
        late = entered(each.started_on, known.history_from, working_days)
        yield Case(each.started_on, (status, working_days(each.started_on, each.until)), entered=late)


def led_to_conference(known: Known) -> Iterator[Case]:
    """R_S47_CONFERENCE."""
    return _of_enquiries(known, CONFERENCE)


def not_required(known: Known) -> Iterator[Case]:
    """R_S47_NOT_REQUIRED."""
    return _of_enquiries(known, NOT_REQUIRED)


def _of_enquiries(known: Known, status: str) -> Iterator[Case]:
    for each in enquiries(known):
        if each.status != SUPERSEDED:
            yield Case(each.started_on, (None if each.status == CENSORED else each.status == status,))


def conferences_in_time(known: Known) -> Iterator[Case]:
    """R_ICPC15_HELD."""
    started = defaultdict(list)
    for event in known.once_a_day("S47_STARTED"):
        started[who(event)].append(happened_on(event))
    for person, days in local_conferences(known).items():
        for day in days:
            since = max((each for each in started[person] if each <= day), default=None)
            if since:
                yield Case(day, (working_days(since, day) <= LIMIT,))


def led_to_plan(known: Known) -> Iterator[Case]:
    """R_ICPC_PLAN: neither yes nor no until 28 days have been followed."""
    started = known.days("CPP_STARTED")
    for (_, person), days in local_conferences(known).items():
        for day in days:
            last = day + timedelta(DAYS_TO_PLAN)
            found = any(day <= each <= last for each in started[person])
            yield Case(day, (found if last <= known.agreed else None,))


def local_conferences(known: Known) -> dict[Who, list[date]]:
    """The days of each child's initial conferences, not of plans transferred in."""
    found = defaultdict(list)
    for event in known.once_a_day("ICPC_HELD"):
        if event.get("flag_transfer_in") != "true":
            found[who(event)].append(happened_on(event))
    return found


def repeat_plans(known: Known) -> Iterator[Case]:
    """R_CPP_REPEAT: by the count declared, or by a plan that was delivered."""
    told = declared(known)
    for person, each in _by_person(known.once_a_day("CPP_STARTED")).items():
        first = happened_on(each[0])
        for event in each:
            day = happened_on(event)
            yield Case(day, (told[person, day] > 0 or first < day,), _by(event))


def declared(known: Known) -> dict[tuple[Who, date], int]:
    """How many plans before each one the council declared: whichever format does, the council has."""
    found: dict[tuple[Who, date], int] = defaultdict(int)
    for event in known.of_council("CPP_STARTED"):
        key = who(event), happened_on(event)
        found[key] = max(found[key], int(event.get("n_previous_plans") or 0))
    return found


def soon_repeated_plans(known: Known) -> Iterator[Case]:
    """R_CPP_REPEAT_24M: an earlier plan that has not ended is none that ended long ago."""
    ends = known.by_parent("CPP_ENDED")
    for person, each in _by_person(known.once_a_day("CPP_STARTED")).items():
        for event in each:
            day = happened_on(event)
            since = months_before(day, TWO_YEARS)
            earlier = [other for other in each if happened_on(other) < day]
            ended = [next(map(happened_on, ends.get((person, old["event_key"]), [])), date.max) for old in earlier]
            is_soon = any(end >= since for end in ended) if since >= known.history_from else None
            yield Case(day, (is_soon,), _by(event))


def factors(known: Known) -> Iterator[Case]:
    """M_FACTORS: each assessment once for each factor of the list; of two told of on one day, either may tell of them."""
    told: dict[tuple[Who, date], list[str]] = defaultdict(list)
    for event in known.of_council("ASSESSMENT_AUTHORISED"):
        if event.get("factor_codes"):
            told[who(event), happened_on(event)].append(str(event["factor_codes"]))
    for event in known.once_a_day("ASSESSMENT_AUTHORISED"):
        codes = event.get("factor_codes") or min(told[who(event), happened_on(event)], default="")
        found = {code for code in str(codes).split(";") if code}
        if found:
            for code in code_list("assessment_factor"):
                yield Case(happened_on(event), (code in found,), {"factor": code})


def _by_person(events: list[Event]) -> dict[Who, list[Event]]:
    """Each person's events, the oldest first."""
    found = defaultdict(list)
    for event in sorted(events, key=happened_on):
        found[who(event)].append(event)
    return found


def _by(plan: Event) -> dict[str, str | int | bool | None]:
    """Several kinds of abuse are of the multiple kind."""
    codes = str(plan.get("abuse_codes") or "").split(";")
    return {"abuse_category": "MUL" if len(codes) > 1 else codes[0] or None}
