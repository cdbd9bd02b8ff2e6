"""The statutory returns' own counts, by the returns' rules, and our figures of the same years, from events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import adults
import catalogued
import figure
import protection
import referrals
from event import happened_on
from known import Known
from workday import months_before

Days = Iterable[date]
Counts = Callable[[Known], tuple[Days, Days]]
"""The days of what stands above the line, and of what stands below it: the two need not be the same cases."""


@dataclass(frozen=True)
class Year:
    """A reporting year: of each, what stands above the line and what below it. None where the return counts nothing."""

    ours: tuple[int, int]
    returned: tuple[int, int] | None


def figures(name: str, known: Known) -> dict[tuple[str, date], Year]:
    """Both figures of a measure by partner and first day of the year; a year told of in part has none."""
    found = {}
    for partner, since, until in _told(name, known):
        above, below = COUNTS[name](known)
        returned = _between(above, since, until), _between(below, since, until)
        ours = _ours(name, known, since, until)
        if ours is not None:
            found[partner, since] = Year(ours, returned if any(returned) else None)
    return found


def _told(name: str, known: Known) -> Iterable[tuple[str, date, date]]:
    """Each whole year, 1 April to 31 March, of the one authority a measure is of, looked back before it as it asks."""
    measure = catalogued.entries("measure")[name]
    kind = "asc" if measure["told_by"] == "adults" else "csc"
    (partner,) = {str(event["partner"]) for event in known.delivered if event["partner_type"] == kind}
    of_council = kind == "csc"
    since = known.history_from if of_council else known.histories[partner]
    reach = known.agreed if of_council else known.reached[partner]
    for year in range(since.year, reach.year + 1):
        first, last = date(year, 4, 1), date(year + 1, 3, 31)
        if months_before(first, measure.get("lookback_months", 0)) >= since and last <= reach:
            yield partner, first, last


def _ours(name: str, known: Known, since: date, until: date) -> tuple[int, int] | None:
    """Those that count, of those of which it is known whether they do. None if there is no case at all."""
    measure = catalogued.entries("measure")[name]
    cases = [case for case in catalogued.CASES_OF[name](known) if since <= case.on <= until]
    ripe = {period for period in {case.period for case in cases} if figure.is_ripe(measure, period, known)}
    marks = [mark for case in cases for _, mark in figure.marked(measure, case, is_known=case.period in ripe)]
    return (marks.count(True), len(marks) - marks.count(None)) if cases else None


def _between(days: Days, since: date, until: date) -> int:
    return sum(since <= day <= until for day in days)


def _rereferred(known: Known) -> tuple[Days, Days]:
    """DfE table C1: of all referrals, by the council's own id of a child, one on an open case too."""
    told = {(event["local_person_key"], happened_on(event)) for event in known.of_council("REFERRAL_RECEIVED")}
    days: dict[str | None, list[date]] = {}
    for child, day in told:
        days.setdefault(child, []).append(day)
    again = [day for child, day in told if any(months_before(day, 12) <= earlier < day for earlier in days[child])]
    return again, [day for _, day in told]


def _assessed(known: Known) -> tuple[Days, Days]:
    """DfE table C2: of the assessments finished, those in time."""
    cases = list(referrals.finished_assessments(known))
    return [case.on for case in cases if case.says[0]], [case.on for case in cases]


def _conferred(known: Known) -> tuple[Days, Days]:
    """DfE table C4: of the conferences held after an enquiry, those in time."""
    cases = list(protection.conferences_in_time(known))
    return [case.on for case in cases if case.says[0]], [case.on for case in cases]


def _conferences(known: Known) -> tuple[Days, Days]:
    """DfE table C4: conferences held in a year, over enquiries begun in it."""
    held = [day for days in protection.local_conferences(known).values() for day in days]
    return held, [each.started_on for each in protection.enquiries(known)]


def _plans(known: Known) -> tuple[Days, Days]:
    """DfE table D3: by the number of earlier plans that the council declares, and by nothing else."""
    declared = protection.declared(known)
    return [day for (_, day), count in declared.items() if count], [day for _, day in declared]


def _enquiries(known: Known) -> tuple[Days, Days]:
    """SAC, SG1f: section 42 enquiries begun in a year, over concerns received in it."""
    began = [happened_on(event) for event in known.by_type["ENQUIRY_STARTED"] if event["outcome_code"] == adults.S42]
    return began, [happened_on(event) for event in known.by_type["CONCERN_RECEIVED"]]


def _of_concluded(cases_of: Callable) -> Counts:
    def counts(known: Known) -> tuple[Days, Days]:
        cases = list(cases_of(known))
        return [case.on for case in cases if case.says[0]], [case.on for case in cases]

    return counts


COUNTS: dict[str, Counts] = {
    "R_REREF_DFE": _rereferred,
    "T_ASSESS45": _assessed,
    "T_ICPC15": _conferred,
    "R_S47_CONFERENCE": _conferences,
    "R_CPP_REPEAT": _plans,
    "R_CONCERN_S42": _enquiries,
    "R_RISK_REDUCED": _of_concluded(adults.risk_reduced),
    "R_MSP_ASKED": _of_concluded(adults.asked),
}
