"""Closed cases and early help, from their definitions: what follows when help ends."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from case import Case, days_between, ended, entered
from event import first_told, happened_on
from known import Known, Who, who
from referrals import Stay, known_stays

NOT_AT_RISK = {"RC2", "RC5", "RC6"}
TO_EARLY_HELP = "RC9"
DAYS_AFTER = 30


def at_risk(known: Known) -> Iterator[Stay]:
    """The cases closed that may come back: not by death, a move or the adult services, and of children."""
    for stay in known_stays(known):
        day = stay.last_closed_on
        adult = known.adult_from.get(stay.referral["person"])
        if day <= known.agreed and stay.closed_as not in NOT_AT_RISK and not (adult and adult <= day):
            yield stay


def returns(known: Known) -> Iterator[Case]:
    """R_REREF_SURV."""
    referred: dict[Who, list[date]] = defaultdict(list)
    for stay in known_stays(known):
        referred[who(stay.referral)].append(stay.day)
    for stay in at_risk(known):
        later = (day for day in referred[who(stay.referral)] if day >= stay.last_closed_on and day > stay.day)
        yield _followed(known, stay, min(later, default=None), "returned")


def plans(known: Known) -> Iterator[Case]:
    """T_REESCALATION."""
    started = known.days("CPP_STARTED")
    for stay in at_risk(known):
        later = (day for day in started[stay.referral["person"]] if day >= stay.last_closed_on)
        yield _followed(known, stay, min(later, default=None), "planned")


def _followed(known: Known, stay: Stay, day: date | None, name: str) -> Case:
    """Followed to the agreed day, the 18th birthday, death or a move; what falls on the last day is seen."""
    person, closed_on = stay.referral["person"], stay.last_closed_on
    moved = (day for day in known.moved[person] if day > closed_on)
    ends = [known.agreed, *known.days("DEATH")[person], *moved, known.adult_from.get(person)]
    last = min(max(end, closed_on) for end in ends if end)
    late = entered(closed_on, known.history_from, days_between)
    return Case(closed_on, ended(closed_on, last, (day, name)), _by(stay), late)


def stepped_down(known: Known) -> Iterator[Case]:
    """R_STEPDOWN."""
    started = known.days("EH_STARTED")
    for stay in at_risk(known):
        day = stay.last_closed_on
        found = stay.closed_as == TO_EARLY_HELP or _within(started[stay.referral["person"]], day)
        yield Case(day, (_known_by_now(day, known, is_found=found),), _by(stay))


def stepped_up(known: Known) -> Iterator[Case]:
    """R_STEPUP: an episode that ended twice ended when it is first told."""
    referred = known.days("REFERRAL_RECEIVED")
    started = {(who(event), event["event_key"]): happened_on(event) for event in known.by_type["EH_STARTED"]}
    for (person, parent), ends in known.by_parent("EH_ENDED").items():
        for event in ends if parent is None else [min(ends, key=first_told)]:
            day = happened_on(event)
            if day >= started.get((person, parent), date.min):
                yield Case(day, (_known_by_now(day, known, is_found=_within(referred[event["person"]], day)),))


def _within(days: list[date], since: date) -> bool:
    """Whether one of the days is this one or one of the 30 after it."""
    place = bisect_left(days, since)
    return place < len(days) and days[place] <= since + timedelta(DAYS_AFTER)


def _known_by_now(day: date, known: Known, *, is_found: bool) -> bool | None:
    """Neither yes nor no until 30 days have been followed."""
    return is_found if day + timedelta(DAYS_AFTER) <= known.agreed else None


def _by(stay: Stay) -> dict[str, str | int | bool | None]:
    return {"need_code": stay.referral.get("need_code")}
