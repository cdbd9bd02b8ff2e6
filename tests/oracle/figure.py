"""What a measure's cases come to: how many there are, how many count, and of how many it is not known."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import count

from case import CENSORED, Case, Value
from catalogued import entries
from event import code_list
from known import Known
from workday import last_day, quarter, working_days

ALL, MIX = "all", "mix"
EMBARGO = timedelta(days=10)
OTHERS = {"adults": lambda kind: kind == "asc", "partners": lambda kind: kind not in {"csc", "asc"}}
Key = tuple[str, str, str, int]
"""Quarter, breakdown, category and months looked back."""


def figures(name: str, cases: Iterable[Case], known: Known) -> dict[Key, tuple[int, int, int]]:
    """
    All cases, those that count and those of which it is not known: of each quarter, category and window.

    Of a quarter before any history only what stayed open is told: it has no figures.
    """
    measure = entries("measure")[name]
    marks: dict[Key, list[bool | None]] = defaultdict(list)
    first = first_quarter(known)
    cases = [case for case in cases if case.period >= first]
    if measure["kind"] == MIX:
        return _mixed(cases)
    ripe = {period for period in {case.period for case in cases} if is_ripe(measure, period, known)}
    for case in cases:
        for months, mark in marked(measure, case, is_known=case.period in ripe):
            for breakdown, category in _categories(measure, case):
                marks[case.period, breakdown, category, months].append(mark)
    return {key: (len(each), each.count(True), each.count(None)) for key, each in marks.items()}


def marked(measure: dict, case: Case, *, is_known: bool) -> Iterator[tuple[int, bool | None]]:
    """Whether a case counts, for each window of months; None where it is not known."""
    if measure["kind"] == "repeat":
        months, seen = case.says
        for window in measure["windows"]:
            yield window, (months is not None and int(str(months)) <= window) if int(str(seen)) >= window else None
    elif measure["kind"] == "time":
        status, days = case.says
        is_by_then = int(str(days)) <= measure["limit"]
        if int(str(days)) < case.entered or not is_known:
            yield 0, None
        elif status == measure["event"]:
            yield 0, is_by_then
        else:
            is_open = status == CENSORED and int(str(days)) < measure["limit"]
            yield 0, None if is_open else False
    else:
        yield 0, case.says[0]


def is_ripe(measure: dict, period: str, known: Known) -> bool:
    """Of a time: whether the quarter's last case was followed to the limit, and late typing was waited for."""
    if measure["kind"] != "time":
        return True
    day, limit = last_day(period), measure["limit"]
    if measure["clock"] == "working_days":
        followed = next(each for each in _days_after(day) if working_days(day, each) >= limit)
    else:
        followed = day + timedelta(days=limit)
    return followed + EMBARGO <= _reach(measure["told_by"], known)


def first_quarter(known: Known) -> str:
    """The quarter in which the first history begins: of councils, of adult social care or of all others."""
    others = [max(known.histories[each] for each in _tellers(told_by, known)) for told_by in OTHERS]
    return quarter(min(known.history_from, known.contacts_from, *others))


def _days_after(day: date) -> Iterator[date]:
    return (day + timedelta(days=number) for number in count())


def _reach(told_by: str, known: Known) -> date:
    """How far what a measure rests on is told: by councils, by adult social care or by all others."""
    if told_by not in OTHERS:
        return known.agreed
    return min(known.reached[each] for each in _tellers(told_by, known))


def _tellers(told_by: str, known: Known) -> list[str]:
    return [partner for partner, kind in known.partner_types.items() if OTHERS[told_by](kind)]


def _categories(measure: dict, case: Case) -> Iterator[tuple[str, str]]:
    """All, unless each thing is there several times, and the category of each breakdown; small sources are joined."""
    if "only_within" not in measure:
        yield ALL, ALL
    for breakdown in measure.get("breakdowns", []):
        category: Value = case.by.get(breakdown)
        if breakdown == "source_group" and category:
            category = code_list("source_group")[str(category)]["published_source"]
        if category is not None:
            yield breakdown, str(category)


def _mixed(cases: list[Case]) -> dict[Key, tuple[int, int, int]]:
    whole: dict[str, int] = defaultdict(int)
    parts: dict[tuple[str, str], int] = defaultdict(int)
    for case in cases:
        whole[case.period] += 1
        parts[case.period, str(case.says[0])] += 1
    return {(period, MIX, category, 0): (whole[period], count, 0) for (period, category), count in parts.items()}
