"""What a measure's cases come to: how many there are, how many count, and of how many it is not known."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from case import CENSORED, Case, Value
from catalogued import entries
from event import code_list

ALL, MIX = "all", "mix"
Key = tuple[str, str, str, int]
"""Quarter, breakdown, category and months looked back."""


def figures(name: str, cases: Iterable[Case]) -> dict[Key, tuple[int, int, int]]:
    """All cases, those that count and those of which it is not known: of each quarter, category and window."""
    measure = entries("measure")[name]
    marks: dict[Key, list[bool | None]] = defaultdict(list)
    cases = list(cases)
    if measure["kind"] == MIX:
        return _mixed(cases)
    for case in cases:
        for months, mark in _marked(measure, case):
            for breakdown, category in _categories(measure, case):
                marks[case.period, breakdown, category, months].append(mark)
    return {key: (len(each), each.count(True), each.count(None)) for key, each in marks.items()}


def _marked(measure: dict, case: Case) -> Iterator[tuple[int, bool | None]]:
    """Whether a case counts, for each window of months; None where it is not known."""
    if measure["kind"] == "repeat":
        months, seen = case.says
        for window in measure["windows"]:
            yield window, (months is not None and int(str(months)) <= window) if int(str(seen)) >= window else None
    elif measure["kind"] == "time":
        status, days = case.says
        is_by_then = int(str(days)) <= measure["limit"]
        if status == measure["event"]:
            yield 0, is_by_then
        else:
            is_open = status == CENSORED and int(str(days)) < measure["limit"]
            yield 0, None if is_open else False
    else:
        yield 0, case.says[0]


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
