"""Concerns about adults and section 42 enquiries, from their definitions."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date

from case import CENSORED, Case, days_between, ended, entered, seen_back, window
from event import Event, code_list, first_told, happened_on, is_before, source
from known import Known, Who, who
from workday import working_days

S42 = "s42"
RISK_FOUND = {"removed", "reduced", "remained"}
RISK_LESS = {"removed", "reduced"}
EXPRESSED = {"fully", "partly", "not_achieved"}
ACHIEVED = {"fully", "partly"}
LACKING = {"lacked_supported", "lacked_unsupported"}


def concerns(known: Known) -> Iterator[tuple[Event, Event | None]]:
    """Every concern with the first decision on it; one decided before it came is none to measure."""
    decisions = known.by_parent("CONCERN_DECIDED")
    for concern in known.by_type["CONCERN_RECEIVED"]:
        first = next(iter(decisions.get((who(concern), concern["event_key"]), [])), None)
        if first is None or not is_before(first, concern):
            yield concern, first


def conversions(known: Known) -> Iterator[Case]:
    """R_CONCERN_S42: by the enquiry; by the decision for one where no enquiry is told; else decided otherwise."""
    started = defaultdict(list)
    for event in known.by_type["ENQUIRY_STARTED"]:
        if event["outcome_code"] == S42:
            for key in {event["parent_event_key"], event["episode_key"]} - {None}:
                started[who(event), key].append(happened_on(event))
    for concern, first in concerns(known):
        day, person = happened_on(concern), who(concern)
        keys = concern["event_key"], concern["episode_key"]
        enquired = min((on for key in keys for on in started[person, key] if on >= day), default=None)
        decided = max(happened_on(first), day) if first else None
        is_s42 = first is not None and first["outcome_code"] == S42
        if enquired is None and is_s42:
            enquired = decided
        otherwise = None if enquired else decided
        reach = known.reached[str(concern["partner"])]
        late = entered(day, known.histories[str(concern["partner"])], days_between)
        yield Case(day, ended(day, reach, (enquired, "enquiry"), (otherwise, "decided_otherwise")), _by(concern), late)


def decision_times(known: Known) -> Iterator[Case]:
    """T_CONCERN_DECISION."""
    for concern, first in concerns(known):
        day = happened_on(concern)
        until = happened_on(first) if first else known.reached[str(concern["partner"])]
        late = entered(day, known.histories[str(concern["partner"])], working_days)
        yield Case(day, ("decided" if first else CENSORED, working_days(day, until)), _by(concern), late)


def repeats(known: Known) -> Iterator[Case]:
    """R_RECONCERN."""
    for person, each in _by_person(known).items():
        since = known.histories[str(person[0])]
        for concern in each:
            day = happened_on(concern)
            yield Case(day, (window(map(happened_on, each), day), seen_back(day, since)), _by(concern))


def next_concerns(known: Known) -> Iterator[Case]:
    """R_RECONCERN_SURV."""
    for person, each in _by_person(known).items():
        days = list(map(happened_on, each))
        for concern, day in zip(each, days, strict=True):
            again = min((other for other in days if other > day), default=None)
            yield Case(day, ended(day, known.reached[str(person[0])], (again, "concern_again")), _by(concern))


def _by_person(known: Known) -> dict[Who, list[Event]]:
    found = defaultdict(list)
    for event in sorted(known.by_type["CONCERN_RECEIVED"], key=first_told):
        found[who(event)].append(event)
    return found


def concluded(known: Known) -> list[Event]:
    """The section 42 enquiries concluded."""
    return [event for event in known.by_type["ENQUIRY_CONCLUDED"] if event["outcome_code"] == S42]


def share(
    column: str, of: Callable[[str | None], bool], counted: set[str], by: tuple[str, str] | None = None
) -> Callable[[Known], Iterator[Case]]:
    """A measure of concluded enquiries: those `of` some kind by a column, and which of them are counted."""

    def cases(known: Known) -> Iterator[Case]:
        for event in concluded(known):
            value = event.get(column)
            if of(value):
                yield Case(happened_on(event), (value in counted,), {by[0]: event.get(by[1])} if by else {})

    return cases


def _is_any(_: str | None) -> bool:
    return True


risk_reduced = share("risk_outcome", RISK_FOUND.__contains__, RISK_LESS, ("risk_outcome", "risk_outcome"))
asked = share("wishes_outcome", _is_any, EXPRESSED, ("wishes_outcome", "wishes_outcome"))
achieved = share("wishes_outcome", EXPRESSED.__contains__, ACHIEVED, ("wishes_outcome", "wishes_outcome"))
capacity_lacked = share("capacity", _is_any, LACKING, ("capacity", "capacity"))
capacity_supported = share("capacity", LACKING.__contains__, {"lacked_supported"})


def risks(known: Known) -> Iterator[Case]:
    """M_ADULT_RISKS: each enquiry once for each type of risk of the list."""
    for event in concluded(known):
        found = str(event.get("risk_types") or "").split(";")
        for code in code_list("adult_risk_type"):
            yield Case(happened_on(event), (code in found,), {"adult_risk_type": code})


def locations(known: Known) -> Iterator[Case]:
    """M_ADULT_LOCATIONS."""
    return _mix(known, "risk_location")


def risk_sources(known: Known) -> Iterator[Case]:
    """M_ADULT_SOURCES."""
    return _mix(known, "risk_source")


def _mix(known: Known, column: str) -> Iterator[Case]:
    return (Case(happened_on(event), (event[column],)) for event in concluded(known) if event.get(column))


def _by(concern: Event) -> dict[str, str | int | bool | date | None]:
    return {"source_group": source(concern)}
