"""The catalogue for a reader: the page docs/measures.md, and the dictionary in the analysts' file."""

from typing import Any

from lantern import catalogue
from lantern.catalogue import Measure

_TOPICS = {
    "speed": "Speed: how fast are decisions made?",
    "waiting": "Waiting: who waits, and for how long?",
    "assessment": "Assessments: are they finished in time?",
    "coming_back": "Coming back: who comes back?",
    "right_help": "Right help: does need rise or fall?",
    "protection": "Protection: enquiries, conferences, plans",
    "harms": "Harms: what do assessments find?",
    "by_source": "By source: who contributes?",
    "across": "Across partners: what no single partner can see",
    "adults": "Adults",
}
_CLOCKS = {
    "working_days": "working days (Monday to Friday without the bank holidays of England and Wales)",
    "operating_hours": "operating hours of the place",
    "elapsed_days": "days",
    "calendar_months": "calendar months",
    "policy": "the clock that the place's policy sets for each limit",
    "none": "none",
}
_STARTS = {
    "count_from_receipt": "the day of receipt is day 0, also on a day off",
    "roll_forward": "a start on a day off moves to the next working day, which is day 0",
}
_KINDS = {
    "share": "share of the cases",
    "time": "time to an event: open cases are censored, competing outcomes compete (Aalen-Johansen; without any, Kaplan-Meier)",
    "repeat": "share of the cases with an earlier one, within each window",
    "mix": "how the cases fall on the codes of a list",
}
_INTRODUCTION = """# The measures

This page is made from `dbt_project/catalogue/` by `make docs`; a test fails when it is not current. The same entries make the
SQL of `fct_measure_histograms`, the workload of the privacy plan, the words on the board's pages and the dictionary in the
analysts' file. How to add one: CONTRIBUTING.md.

Exact figures are in `fct_measure_quarters` of the analysts' file, inside the secure zone. A figure that cannot be known is empty
and says why in `state`: `history too short`, `too early` or `too little known`; it is never zero. Measures marked *released* are also published with
differential privacy.
"""


def page() -> str:
    """The page, as Markdown that ends with a newline."""
    parts = [_INTRODUCTION, _overview()]
    for topic, heading in _TOPICS.items():
        parts.append(f"## {heading}\n")
        parts += [_entry(each) for each in catalogue.measures() if each.topic == topic]
    return "\n".join(parts)


def rows() -> list[dict[str, Any]]:
    """One row per measure, every column text, for the analysts' file."""
    return [
        {"measure_id": each.id, "version": str(each.version), "title": each.title} | _facts(each) for each in _sorted()
    ]


def _sorted() -> list[Measure]:
    order = list(_TOPICS)
    return sorted(catalogue.measures(), key=lambda each: order.index(each.topic))


def _overview() -> str:
    lines = ["| Measure | Asks | Kind | Released |", "| --- | --- | --- | --- |"]
    lines += [
        f"| [`{each.id}`](#{each.id.lower()}) {each.title} | {each.question} | {each.kind} | {'yes' if each.release else ''} |"
        for each in _sorted()
    ]
    return "\n".join(lines) + "\n"


def _entry(measure: Measure) -> str:
    said = "".join(
        f"| {name.replace('_', ' ')} | {text} |\n"
        for name, text in _facts(measure).items()
        if text and name != "definition"
    )
    return f"### {measure.id}\n\n**{measure.title}** (version {measure.version}). {measure.definition}\n\n| | |\n| --- | --- |\n{said}"


def _facts(measure: Measure) -> dict[str, str]:
    """What an entry says, in words; empty where it says nothing."""
    limit = f"{measure.limit} {_unit(measure)}" if measure.limit is not None else ""
    return {
        "question": measure.question,
        "definition": measure.definition,
        "kind": _KINDS[measure.kind],
        "unit": measure.unit[0],
        "cohort": f"{measure.cohort} (`{measure.cohort_on}`)",
        "starts_with": _codes(measure.start),
        "stops_with": _codes(measure.stop),
        "competing_events": "; ".join(measure.competing),
        "left_out": "; ".join(measure.exclusions),
        "clock": _CLOCKS[measure.clock],
        "start_on_a_day_off": _STARTS.get(measure.nonworking_start or "", ""),
        "limit": limit,
        "read_at": ", ".join(str(each) for each in measure.points or measure.windows),
        "breakdowns": ", ".join(measure.breakdowns),
        "lookback_needed": f"{measure.lookback_months} months" if measure.lookback_months else "",
        "cap": f"{measure.cap} {measure.unit[0 if measure.cap == 1 else 1]} of one person in a quarter, once released",
        "model": f"`{measure.model}`",
        "released": "yes" if measure.release else "",
        "what_it_cannot_say": measure.caveat,
        "follows": measure.follows,
        "beside_the_statutory_return": measure.statutory,
    }


def _unit(measure: Measure) -> str:
    words = measure.clock.replace("_", " ")
    return words.removesuffix("s") if measure.limit == 1 else words


def _codes(events: tuple[str, ...]) -> str:
    return ", ".join(f"`{each}`" for each in events)
