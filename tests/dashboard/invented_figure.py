"""The figures of an invented released file: round numbers, known grades, and the cells they make."""

import csv
from pathlib import Path

CODELISTS = Path(__file__).parents[2] / "dbt_project" / "seeds" / "codelists"
DAYS = {"T_CONTACT_DECISION": (0, 1, 2, 3, 5, 10), "T_ASSESS45": (15, 25, 35, 40, 45, 50)}
QUARTERS = [(2024, 3), (2024, 4), (2025, 1), (2025, 2), (2025, 3), (2025, 4), (2026, 1), (2026, 2)]
HEADLINES = {
    "T_CONTACT_DECISION": [72, 74, 71, 75, 77, 80, 81, 84],
    "T_ASSESS45": [61, 63, 60, 62, None, 64, 62, 63],
    "R_REREF_DFE": [21, 23, 22, 24, 22, 21, 23, 22],
}
# The measures of a whole file beside those; a pair is (figure, half its range), used with care.
MORE_HEADLINES = {
    "R_RECONTACT_ANY": [41, 42, 43, 42, 44, 43, 45, 44],
    "R_CONV": [20, 22, 21, 23, 24, 22, 25, 23],
    "N_OPEN_AGE_CONTACTS": [30, 32, 28, 35, 33, 31, 30, (34, 14)],
    "N_OPEN_AGE_ASSESSMENTS": [12, 15, 11, 14, 16, None, 13, (15, 11)],
    "X_TWO_AGENCIES_BEFORE": [14, 16, 15, 17, 16, 18, 17, 18],
    "X_REPEAT_FROM_ELSEWHERE": [66, 68, 67, 69, 70, 68, 71, 70],
    "X_FIRST_NOTICE": [32, 33, 31, 35, 34, 36, 35, 37],
    "T_CONCERN_DECISION": [70, 72, 71, 73, 74, 72, 75, 71],
    "R_CONCERN_S42": [27, 28, 29, 28, 30, 29, 31, (30, 13)],
    "R_RECONCERN": [18, 19, 17, 20, 19, 21, 20, None],
}
CHANGES = {"T_CONTACT_DECISION": "up", "T_ASSESS45": "flat", "R_REREF_DFE": "unknown"}
BY_DAY = {
    "T_CONTACT_DECISION": [57, 84, 88, 92, 95, 97],
    "T_ASSESS45": [12, 24, 41, 55, 63, 70],
    "T_CONCERN_DECISION": [45, 62, 71, 76, 82, 90],
    "X_FIRST_NOTICE": [9, 22, 37],
}
MORE_DAYS = {"T_CONCERN_DECISION": (0, 1, 2, 3, 5, 10)}
CALENDAR_DAYS = {"X_FIRST_NOTICE": (1, 7, 28)}
# In code-list order: None is not shown, a pair is used with care.
BY_SOURCE = {
    "T_CONTACT_DECISION": [91, 82, 86, None, (66, 20)],
    "T_ASSESS45": [66, 58, None, None, (61, 18)],
    "R_REREF_DFE": [25, 19, None, 28, (20, 15)],
}
# Added to a headline for each source where no list above says more.
APART = (7, -2, 3, None, -5)
NOT_BY_SOURCE = ("N_OPEN_AGE_CONTACTS", "N_OPEN_AGE_ASSESSMENTS", "X_FIRST_NOTICE")
# How many there are, how many of each length of wait (None: not shown), and the half width of each range.
COUNTS = {"T_CONTACT_DECISION": (3_950, 50), "T_ASSESS45": (840, 40), "T_CONCERN_DECISION": (410, 30)}
WAITING = {
    "N_OPEN_AGE_CONTACTS": (140, [60, 40, 20, 5, None, None]),
    "N_OPEN_AGE_ASSESSMENTS": (290, [None, 30, 70, 130, 40, 5]),
}
WAITING_WITHIN = 15
NO_FIGURE = {
    **dict.fromkeys(("value", "lower", "upper")),
    **dict.fromkeys(("figure_text", "lower_text", "upper_text", "sentence", "change_sentence"), ""),
    "grade": "none",
    "change": "unknown",
    "reason": "too_uncertain",
}


def codes(name):
    with (CODELISTS / f"codelist__{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["code"], row["label"]) for row in csv.DictReader(file)]


def day_label(day, unit):
    return "Same day" if day == 0 else f"{day} {unit}{'' if day == 1 else 's'}"


def cells_of(release, quarter, measures, plan):
    """All cells of one release: its shares first, then what a whole file holds beside them."""
    place = QUARTERS.index(quarter)
    cells = []
    for measure in measures:
        name = measure["measure_id"]
        value = (HEADLINES | MORE_HEADLINES)[name][place]
        is_latest = quarter == QUARTERS[-1]
        if is_latest and name in plan.latest_not_shown:
            value = None
        if is_latest and release["revision"] and value is not None:
            value = (value[0] + 1, value[1]) if isinstance(value, tuple) else value + 1
        change = CHANGES.get(name, "flat") if plan.quarters >= 5 else "unknown"
        cells.append(_share(release, measure, ("all", "all"), value, change=change, plan=plan))
        if is_latest or plan.is_whole:
            is_hidden = is_latest and name in plan.latest_not_shown
            days = (DAYS | MORE_DAYS | CALENDAR_DAYS).get(name, ())
            breakdown = "by_calendar_day" if name in CALENDAR_DAYS else "by_day"
            for day, share in zip(days, BY_DAY.get(name, ()), strict=True):
                cells.append(_share(release, measure, (breakdown, str(day)), None if is_hidden else share, plan=plan))
            if name not in NOT_BY_SOURCE:
                for (group, _), share in zip(codes("published_source"), _by_source(name, place), strict=True):
                    shown = None if is_hidden else share
                    cells.append(_share(release, measure, ("source_group", group), shown, change="flat", plan=plan))
        if plan.is_whole:
            cells += _more(release, measure, plan, place, value)
    return cells


def _by_source(name, place):
    if name in BY_SOURCE:
        return BY_SOURCE[name]
    value = (HEADLINES | MORE_HEADLINES)[name][place] or 50
    value = value[0] if isinstance(value, tuple) else value
    return [None if apart is None else value + apart for apart in APART]


def _more(release, measure, plan, place, value):
    """What a release holds beside the shares of a quarter: counts, waits, days and the four quarters together."""
    name = measure["measure_id"]
    cells = []
    if name in COUNTS:
        count, within = COUNTS[name]
        words = measure["count_words"] or measure["unit_many"]
        cells.append(_count(release, measure, ("all", "all"), count + 10 * place, within, words, plan))
    if name in WAITING:
        count, groups = WAITING[name]
        cells.append(_count(release, measure, ("all", "all"), count, 20, measure["count_words"], plan))
        for (code, _), waiting in zip(codes("waiting_group"), groups, strict=True):
            cells.append(_count(release, measure, ("waiting_group", code), waiting, WAITING_WITHIN, "had waited", plan))
    if name in DAYS:
        for statistic, (day, low, high, grade) in {"median": (1, 0, 1, "use"), "p90": (4, 3, 6, "care")}.items():
            cells.append(_day(release, measure, statistic, day, low, high, grade, plan))
    soon = place < 3
    year = None if soon or value is None else (value[0] if isinstance(value, tuple) else value) - 2
    reason = {"reason": "too_soon"} if soon else {}
    said = {"span": "year"} | reason
    cells.append(_share(release, measure, ("all", "all"), year, change="unknown", plan=plan, half=2) | said)
    if name not in NOT_BY_SOURCE:
        for (group, _), share in zip(codes("published_source"), APART, strict=True):
            shown = None if year is None or share is None else year + share
            cells.append(_share(release, measure, ("source_group", group), shown, plan=plan, half=3) | said)
    for cell in cells:
        if cell["span"] == "year" and cell["sentence"]:
            cell["sentence"] = f"Over these four quarters: {cell['sentence'][0].lower()}{cell['sentence'][1:]}"
    return cells


def _empty(release, measure, key, statistic, plan):
    breakdown, category = key
    return {
        "release_id": release["release_id"],
        "measure_id": measure["measure_id"],
        "period": release["period"],
        "span": "quarter",
        "breakdown": breakdown,
        "category": category,
        "statistic": statistic,
        **NO_FIGURE,
        "reason": plan.reason,
    }


def _share(release, measure, key, value, *, change="unknown", plan, half=4):
    grade = "use"
    if isinstance(value, tuple):
        (value, half), grade = value, "care"
    row = _empty(release, measure, key, "curve" if key[0] in {"by_day", "by_calendar_day"} else "share", plan)
    if value is None:
        return row | plan.planted
    lower, upper = max(0, value - half), min(100, value + half)
    then = value - 9
    what = measure["what"]
    return row | {
        "value": float(value),
        "lower": float(lower),
        "upper": float(upper),
        "grade": grade,
        "change": change,
        "reason": "no_year_before" if change == "unknown" else "",
        "figure_text": f"{value}%",
        "lower_text": f"{lower}%",
        "upper_text": f"{upper}%",
        "sentence": f"About {value}% of {what}. The likely range is {lower}% to {upper}%.",
        "change_sentence": {
            "up": f"That is up from about {then}% a year ago.",
            "flat": "There is no clear change since a year ago. "
            "The difference is small enough to be chance or added noise.",
        }.get(change, ""),
    }


def _count(release, measure, key, value, half, words, plan):
    row = _empty(release, measure, key, "count", plan)
    if value is None:
        return row
    lower, upper = max(0, value - half), value + half
    text = f"{value:,}" if lower else f"Fewer than {upper:,}"
    said = f"About {text} {words} (likely {lower:,} to {upper:,})." if lower else f"{text} {words}."
    return row | {
        "value": float(value),
        "lower": float(lower),
        "upper": float(upper),
        "grade": "use",
        "change": "unknown",
        "reason": "no_year_before",
        "figure_text": text,
        "lower_text": f"{lower:,}",
        "upper_text": f"{upper:,}",
        "sentence": said,
    }


def _day(release, measure, statistic, day, low, high, grade, plan):
    half = "Half" if statistic == "median" else "9 in 10"
    words = f"within {day_label(day, 'working day')}"
    first = "the same day" if low == 0 else str(low)
    said = f"{half} of {measure['unit_many']} were done {words} (likely {first} to {high})."
    return _empty(release, measure, ("all", "all"), statistic, plan) | {
        "value": float(day),
        "lower": float(low),
        "upper": float(high),
        "grade": grade,
        "change": "unknown",
        "reason": "no_year_before",
        "figure_text": day_label(day, "working day"),
        "lower_text": first,
        "upper_text": str(high),
        "sentence": said,
    }


MEASURES = {
    "speed": 1,
    "assessment": 1,
    "coming_back": 2,
    "right_help": 1,
    "waiting": 2,
    "across": 3,
    "adults": 3,
}
