"""The three measures that are released, in the words of their drawn tests: what waited, how long, and who came back."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import contacts
import referrals
from case import CENSORED, Case
from event import Event, code_list, published_source
from known import Known
from referrals import Stay
from workday import quarter

CONTACT, ASSESSMENT, REREFERRAL = "T_CONTACT_DECISION", "T_ASSESS45", "R_REREF_DFE"
LIMIT = {CONTACT: 1, ASSESSMENT: 45}
DONE, CLOSED, OPEN = "done", "closed", "open"
ALL = "all"
_END = {"decided": DONE, referrals.ASSESSED: DONE, referrals.CLOSED: CLOSED, CENSORED: OPEN}


@dataclass(frozen=True)
class Wait:
    """A contact or referral that counts, how many working days it waited and how that ended."""

    received_on: date
    group: str
    days: int
    end: str

    def is_in_time(self, limit: int) -> bool:
        """Done, and by the limit."""
        return self.end == DONE and self.days <= limit


@dataclass(frozen=True)
class Referral:
    """A referral that counts."""

    received_on: date
    group: str


@dataclass(frozen=True)
class Cell:
    """What one measure counted in one quarter for one source: the denominator and the numerator."""

    rows: int
    counted: int


def cells(events: list[Event]) -> dict[tuple[str, str, str], Cell]:
    """Every cell with something in it, by measure, quarter of receipt and published source or `all`."""
    found: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
    waits = {CONTACT: contact_waits(events), ASSESSMENT: assessment_waits(events)}
    for measure, each in ((measure, wait) for measure, some in waits.items() for wait in some):
        for group in (each.group, ALL):
            found[measure, quarter(each.received_on), group].append(each.is_in_time(LIMIT[measure]))
    for referral, is_again in rereferrals(events):
        for group in (referral.group, ALL):
            found[REREFERRAL, quarter(referral.received_on), group].append(is_again)
    return {key: Cell(len(marks), sum(marks)) for key, marks in found.items()}


def contact_waits(events: list[Event]) -> list[Wait]:
    """
    Every contact that counts: on no open case, received by the agreed day, not decided before it came.

    The first decision on the child ends the wait, whatever was decided again later.
    """
    return [_wait(case) for case in contacts.decision_times(Known(events))]


def assessment_waits(events: list[Event]) -> list[Wait]:
    """Every referral that counts; an assessment authorised on the day of closure was in time to be one."""
    return [_wait(case) for case in referrals.assessment_times(Known(events))]


def counted_referrals(events: list[Event]) -> list[Referral]:
    """The referrals that count, oldest first."""
    return [_referral(stay) for stay in referrals.stays(Known(events))]


def rereferrals(events: list[Event]) -> list[tuple[Referral, bool]]:
    """Each counted referral whose twelve months before are known, and whether there was another in them."""
    found = referrals.rereferrals(Known(events))
    return [(_referral(stay), is_again) for stay, is_again in found if is_again is not None]


def _referral(stay: Stay) -> Referral:
    return Referral(stay.day, published_source(stay.referral))


def _wait(case: Case) -> Wait:
    end, days = case.says
    group = code_list("source_group")[str(case.by["source_group"])]["published_source"]
    return Wait(case.on, group, int(str(days)), _END[str(end)])
