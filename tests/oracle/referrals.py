"""Referrals, from their definitions: which count, how they end, what is found and who comes back."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from case import CENSORED, Case, ended, entered
from event import Event, happened_on, preference, source
from known import Known, Who, who
from workday import first_day, quarter, twelve_months_before, working_days

NEVER = date.max
ASSESSED, CLOSED = "assessed", "closed"
LIMIT = 45
TIME_TO_ASSESS = 65
NOT_IN_NEED = {"RC8", "RC9"}
Episode = tuple[Who, str | None]
Closure = tuple[date, int, tuple[bool, int, str], str | None]
"""One person's case with an authority: siblings may share an episode's key."""


@dataclass
class Stay:
    """A child's time with social care: the referral that counts, and the records that came while it was open."""

    referral: Event
    closed_on: date
    """When the referral's own case was closed."""

    last_closed_on: date
    """When the last of all its records was closed."""

    closed_as: str | None
    """Why the record that was closed last was closed."""

    records: list[Event] = field(default_factory=list)

    @property
    def day(self) -> date:
        """When it began."""
        return happened_on(self.referral)

    @property
    def episode(self) -> Episode:
        """The referral's own case."""
        return who(self.referral), self.referral["episode_key"]


def stays(known: Known) -> list[Stay]:
    """
    The stays of all children, the oldest first.

    Of one day's referrals of one person one is left: the preferred format's, of equals the one whose
    key comes first. What is received while an earlier one is open belongs to that one.
    """
    closures = _closures(known)
    latest: dict[Who, Stay] = {}
    found = []
    for record in known.once_a_day("REFERRAL_RECEIVED"):
        day = happened_on(record)
        closed_on, code = _closed(record, closures)
        stay = latest.get(who(record))
        if stay is None or day >= stay.last_closed_on:
            stay = latest[who(record)] = Stay(record, closed_on, closed_on, code)
            found.append(stay)
        elif closed_on >= stay.last_closed_on:
            stay.last_closed_on, stay.closed_as = closed_on, code
        stay.records.append(record)
    return found


def _told_first(event: Event) -> tuple[bool, int, str]:
    """Of one day the one that says why, then the preferred format's, of equals the one whose key comes first."""
    return event.get("closure_code") is None, preference(event["source_format"]), event["event_key"]


def _closures(known: Known) -> dict[Episode, list[Closure]]:
    """When each case was closed, or decided to need no further action; of one day the closure comes first."""
    found = defaultdict(list)
    for event in known.of_council("CASE_CLOSED"):
        found[who(event), event["episode_key"]].append(
            (happened_on(event), 0, _told_first(event), event.get("closure_code"))
        )
    for event in known.of_council("REFERRAL_DECIDED"):
        if event["outcome_code"] == "nfa":
            found[who(event), event["episode_key"]].append((happened_on(event), 1, _told_first(event), None))
    return found


def _closed(record: Event, closures: dict[Episode, list[Closure]]) -> tuple[date, str | None]:
    """When and why a record's case was closed. A closure dated before the receipt was that day's."""
    if record["episode_key"] is None:
        return NEVER, None
    day, *_, code = min(closures.get((who(record), record["episode_key"]), []), key=_by_day, default=(NEVER, None))
    return max(day, happened_on(record)), code


def _by_day(closure: Closure) -> tuple[date, int, tuple[bool, int, str]]:
    return closure[:3]


def assessed_days(known: Known) -> dict[Episode, list[date]]:
    """The days on which an assessment of each case was authorised."""
    found = defaultdict(list)
    for event in known.of_council("ASSESSMENT_AUTHORISED"):
        if event["episode_key"]:
            found[who(event), event["episode_key"]].append(happened_on(event))
    return found


def assessment_ends(known: Known) -> Iterator[tuple[Stay, str, date]]:
    """How the wait of each referral that counts ended; on the day of closure an assessment was in time to be one."""
    days = assessed_days(known)
    for stay in known_stays(known):
        assessed_on = min((day for day in days.get(stay.episode, []) if day >= stay.day), default=NEVER)
        until = min(assessed_on, stay.closed_on, known.agreed)
        yield stay, ASSESSED if assessed_on == until else CLOSED if stay.closed_on == until else CENSORED, until


def assessment_times(known: Known) -> Iterator[Case]:
    """T_ASSESS45."""
    for stay, status, until in assessment_ends(known):
        late = entered(stay.day, known.history_from, working_days)
        yield Case(stay.day, (status, working_days(stay.day, until)), _by(stay), late)


def waits(known: Known) -> Iterator[tuple[date, date, Event]]:
    """From when to when each referral that counts waited for an assessment."""
    for stay, status, until in assessment_ends(known):
        yield stay.day, until + timedelta(days=status == CENSORED), stay.referral


def rereferrals(known: Known) -> Iterator[tuple[Stay, bool | None]]:
    """Each referral that counts, and whether there was another in the 12 months before: None if they are not known."""
    earlier: dict[Who, list[date]] = defaultdict(list)
    for stay in known_stays(known):
        since = twelve_months_before(stay.day)
        person = who(stay.referral)
        yield stay, any(since <= day for day in earlier[person]) if since >= known.history_from else None
        earlier[person].append(stay.day)


def rereferred(known: Known) -> Iterator[Case]:
    """R_REREF_DFE."""
    return (Case(stay.day, (is_again,), _by(stay)) for stay, is_again in rereferrals(known))


def rereferred_children(known: Known) -> Iterator[Case]:
    """R_REREF_CHILD: one yes makes it a yes; without one, one that is not known makes it not known."""
    found: dict[tuple[Who, str], list[bool | None]] = defaultdict(list)
    for stay, is_again in rereferrals(known):
        found[who(stay.referral), quarter(stay.day)].append(is_again)
    for (_, period), marks in found.items():
        yield Case(first_day(period), (True if True in marks else None if None in marks else False,))


def next_referrals(known: Known) -> Iterator[Case]:
    """R_REREF_FORWARD."""
    following: dict[Who, date] = {}
    for stay in reversed(known_stays(known)):
        again = following.get(who(stay.referral))
        yield Case(stay.day, ended(stay.day, known.agreed, (again, "referred_again")), _by(stay))
        following[who(stay.referral)] = stay.day


def no_further_action(known: Known) -> Iterator[Case]:
    """R_NFA_REFERRAL."""
    decided = _without_action(known)
    return (Case(stay.day, (stay.episode in decided,), _by(stay)) for stay in known_stays(known))


def _without_action(known: Known) -> set[Episode]:
    return {
        (who(event), event["episode_key"])
        for event in known.of_council("REFERRAL_DECIDED")
        if event["outcome_code"] == "nfa" and event["episode_key"]
    }


def not_in_need(known: Known) -> Iterator[Case]:
    """R_NOT_IN_NEED: neither yes nor no until the referral has been followed for 65 working days."""
    closures, decided = _closures(known), _without_action(known)
    for stay in known_stays(known):
        _, code = _closed(stay.referral, closures)
        followed = working_days(stay.day, known.agreed) >= TIME_TO_ASSESS
        is_so = code in NOT_IN_NEED and stay.episode not in decided
        yield Case(stay.day, (is_so if followed else None,), _by(stay))


def finished_assessments(known: Known) -> Iterator[Case]:
    """R_ASSESS45_FINISHED: the first begun of a case from the referral, later ones from their own start, if it is told."""
    starts = {(who(event), event["event_key"]): happened_on(event) for event in known.of_council("ASSESSMENT_STARTED")}
    referred = _first_days(known.of_council("REFERRAL_RECEIVED"))
    authorised = [
        (happened_on(event), starts.get((who(event), event["parent_event_key"])), (who(event), event["episode_key"]))
        for event in known.once_a_day("ASSESSMENT_AUTHORISED")
    ]
    seen: set[Episode] = set()
    for day, own_start, episode in sorted(authorised, key=lambda each: (each[1] or each[0], each[0])):
        start = own_start if episode in seen else referred.get(episode)
        if any(each and day < each for each in (start, own_start)):
            continue
        seen.add(episode)
        yield Case(day, (working_days(start, day) <= LIMIT if start else None,))


def _first_days(events: Iterable[Event]) -> dict[Episode, date]:
    first: dict[Episode, date] = {}
    for event in events:
        if event["episode_key"]:
            key = who(event), event["episode_key"]
            first[key] = min(happened_on(event), first.get(key, NEVER))
    return first


@cache
def known_stays(known: Known) -> list[Stay]:
    """The stays of all children, worked out once."""
    return stays(known)


def _by(stay: Stay) -> dict[str, str | int | bool | None]:
    return {"source_group": source(stay.referral)}
