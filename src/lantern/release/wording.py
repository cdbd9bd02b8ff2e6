"""Rounds a figure once and says it in the words every page and pack prints."""

import math
from dataclasses import dataclass
from functools import cache

from lantern import catalogue, codelist
from lantern.catalogue import Measure
from lantern.privacy.accuracy import Span
from lantern.privacy.figure import Figure, ended

STEPS = (1, 5, 10, 50, 100, 500)

# Fractions a reader may know, in percent. Only said if close to the figure and inside its range.
_FRACTIONS = (
    (5, "1 in 20"),
    (10, "1 in 10"),
    (20, "1 in 5"),
    (25, "1 in 4"),
    (100 / 3, "1 in 3"),
    (40, "2 in 5"),
    (50, "half"),
    (60, "3 in 5"),
    (200 / 3, "2 in 3"),
    (75, "3 in 4"),
    (80, "4 in 5"),
    (90, "9 in 10"),
    (95, "19 in 20"),
)
_CLOSE = 1.5
_WHOLE = 100

REASONS = {
    "too_uncertain": "the likely range is too wide to help",
    "expected_uncertain": "decided beforehand, as its likely range was expected to be too wide to help",
    "too_much_lost": "too much was left out to protect people with many records",
    "too_soon": "not enough time has passed",
    "not_planned": "it was left out of this release to save privacy allowance",
    "not_received": "not every partner has sent the months before, which it needs",
    "changed_definition": "it was counted differently before, so it is not compared",
    "not_recorded": "the records do not hold this",
    "no_year_before": "there is no figure for a year ago yet",
    "year_before_not_shown": "the figure for a year ago is not shown",
    "withdrawn": "the figures it needs were withdrawn",
}
"""Why there is no figure, or no word on its change: a closed list, and none of them says how small a number is."""

_PARTS = {"median": ("Half of", "Fewer than half of"), "p90": ("9 in 10", "Fewer than 9 in 10")}
_OVER = {"quarter": "", "year": "over these four quarters"}
_MEAN = {"quarter": "", "year": "on average over these four quarters"}
_DAY = {"working_days": ("working day", "working days"), "elapsed_days": ("day", "days")}
_AGO = {"quarter": "a year ago", "year": "the year before"}


LISTS = {"source_group": "published_source", "waiting_group": "waiting_group"}
"""Breakdowns that are said in front of a sentence, and the code list that says them."""


@dataclass(frozen=True)
class Worded:
    """
    A figure as shown: numbers in the unit of the text, and the text. All empty if it is not shown.

    A day that was not reached within the days followed has no number, only words.
    """

    value: float | None
    lower: float | None
    upper: float | None
    figure_text: str
    lower_text: str
    upper_text: str
    sentence: str


def worded(figure: Figure, span: Span = "quarter") -> Worded:
    """Round and word one figure; a figure graded `none` gives its reason and no number at all."""
    if figure.grade == "none":
        return not_shown(why_none(figure))
    statistic = figure.question.statistic
    if statistic == "count":
        return _count(figure, span)
    return _day(figure, span) if statistic in _PARTS else _share(figure, span)


def why_none(figure: Figure) -> str:
    """Why a figure graded `none` is not shown: what its plan decided first, which is so in every quarter."""
    if figure.is_unsure:
        return "expected_uncertain"
    return "too_much_lost" if figure.is_too_much_lost else "too_uncertain"


def not_shown(reason: str) -> Worded:
    """A figure there is none of, and why."""
    return Worded(None, None, None, "", "", "", f"Not shown: {REASONS[reason]}.")


def change_sentence(change: str, reason: str, before: Worded | None, span: Span = "quarter") -> str:
    """What is said of the change since the same quarter a year earlier, or since the four quarters before these."""
    if change in ("up", "down") and before is not None:
        then = before.figure_text
        return f"That is {change} from {'about ' if then[0].isdigit() else ''}{then[0].lower()}{then[1:]} {_AGO[span]}."
    if change == "flat":
        small = "The difference is small enough to be chance or added noise."
        return f"There is no clear change since {_AGO[span]}. {small}"
    return f"We cannot say if this changed: {REASONS[reason]}." if reason else ""


def _share(figure: Figure, span: Span) -> Worded:
    low, high = 100 * figure.lower, 100 * figure.upper
    shown = _within(round(100 * figure.value), 0, 100)
    # The range is rounded outward, or it would lose coverage.
    lower, upper = _within(math.floor(low), 0, 100), _within(math.ceil(high), 0, 100)
    text = _percent(shown, lower, upper)
    return Worded(
        float(shown),
        float(lower),
        float(upper),
        text,
        f"{lower}%",
        f"{upper}%",
        _share_sentence(figure, shown, lower, upper, span),
    )


def _share_sentence(figure: Figure, shown: int, lower: int, upper: int, span: Span) -> str:
    measure, question = _measure(figure), figure.question
    about = _percent(shown, lower, upper)
    about = f"About {about} of" if about.endswith("%") else about
    what = catalogue.shown(measure).what
    if question.statistic == "curve" and question.at_day is not None:
        what = f"{_done(measure)} {_by_day(measure, question.at_day)}"
    said = f"{about} {what}{_fraction(shown, lower, upper)}."
    return f"{_placed(figure, span, said)} The likely range is {lower}% to {upper}%."


def _percent(shown: int, lower: int, upper: int) -> str:
    # At the very edge a rounded figure would claim all or none: its range is said instead.
    if shown == 0:
        return f"Fewer than {max(upper, 1)} in 100"
    return f"More than {min(lower, _WHOLE - 1)} in 100" if shown == _WHOLE else f"{shown}%"


def _fraction(shown: int, lower: int, upper: int) -> str:
    close = [
        (abs(shown - size), words)
        for size, words in _FRACTIONS
        if abs(shown - size) <= _CLOSE and lower <= size <= upper
    ]
    return f", about {min(close)[1]}" if close else ""


def _done(measure: Measure) -> str:
    return catalogue.shown(measure).curve_words or f"{measure.unit[1]} were {measure.event}"


def _by_day(measure: Measure, day: int) -> str:
    return "on the same day" if day == 0 else f"within {_days(measure, day)}"


def _days(measure: Measure, day: int) -> str:
    return f"{day} {plural(day, *_DAY[measure.clock])}"


def _day(figure: Figure, span: Span) -> Worded:
    measure = _measure(figure)
    reached, not_reached = _PARTS[figure.question.statistic]
    followed = max(each.to_day or 0 for each in ended(figure.question))
    first, last = (_day_text(measure, each, followed) for each in (figure.lower, figure.upper))
    done = _done(measure)
    if not math.isfinite(figure.value):
        return Worded(
            None,
            figure.lower if figure.lower <= followed else None,
            None,
            _day_text(measure, figure.value, followed).capitalize(),
            first,
            last,
            _placed(figure, span, f"{not_reached} {done} {_by_day(measure, followed)}."),
        )
    day = int(figure.value)
    likely = f"likely {first} to {last}" if first != last else "no other day is likely"
    return Worded(
        float(day),
        figure.lower,
        figure.upper if math.isfinite(figure.upper) else None,
        day_label(day, measure.clock),
        first,
        last,
        _placed(figure, span, f"{reached} {done} {_by_day(measure, day)} ({likely})."),
    )


def _day_text(measure: Measure, day: float, followed: int) -> str:
    if day > followed:
        return f"more than {_days(measure, followed)}"
    return "the same day" if day == 0 else f"{int(day)}"


def _count(figure: Figure, span: Span) -> Worded:
    step = max((size for size in STEPS if size <= max(figure.half_width, 1.0)), default=1)
    shown = step * round(figure.value / step)
    lower, upper = max(step * math.floor(figure.lower / step), 0), step * math.ceil(figure.upper / step)
    words = catalogue.shown(_measure(figure)).count_words
    if lower <= 0:
        most = f"Fewer than {upper:,}"
        sentence = _placed(figure, span, f"{most} {words}.")
        return Worded(float(max(shown, 0)), 0.0, float(upper), most, "0", f"{upper:,}", sentence)
    said = f"About {shown:,} {words} (likely {lower:,} to {upper:,})."
    sentence = _placed(figure, span, said)
    return Worded(float(shown), float(lower), float(upper), f"{shown:,}", f"{lower:,}", f"{upper:,}", sentence)


def _placed(figure: Figure, span: Span, said: str) -> str:
    """A sentence with its source or group and its span in front, if they need saying."""
    question = figure.question
    is_mean = question.statistic == "count" and is_averaged(question.measure_id)
    over = _MEAN[span] if is_mean else _OVER[span]
    places = [over] if over else []
    if question.breakdown in LISTS:
        places.insert(0, codelist.labels(LISTS[question.breakdown])[question.category])
    if not places:
        return said
    place = ", ".join(places)
    return f"{place[0].upper()}{place[1:]}: {said[0].lower()}{said[1:]}"


def is_averaged(measure_id: str) -> bool:
    """Whether counts of four quarters are their mean: of what stands open when a quarter ends, a sum would be of no day."""
    return catalogue.shown(_measures()[measure_id]).at_quarter_end


def _measure(figure: Figure) -> Measure:
    return _measures()[figure.question.measure_id]


@cache
def _measures() -> dict[str, Measure]:
    return {each.id: each for each in catalogue.released()}


def day_label(day: int, clock: str = "working_days") -> str:
    """A point of a curve of days, as a table's row header."""
    return "Same day" if day == 0 else f"{day} {plural(day, *_DAY[clock])}"


def plural(count: int, one: str, many: str) -> str:
    """The word that goes with a number."""
    return one if count == 1 else many


def _within(number: int, least: int, most: int) -> int:
    return min(max(number, least), most)
