"""Rounds a figure once and says it in the words every page and pack prints."""

import math
from dataclasses import dataclass

from lantern import catalogue, codelist
from lantern.catalogue import Measure
from lantern.privacy.figure import Figure

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
    "no_year_before": "there is no figure for a year ago yet",
    "year_before_not_shown": "the figure for a year ago was too uncertain",
}


@dataclass(frozen=True)
class Worded:
    """A figure as shown: numbers in the unit of the text, and the text. All empty if it is not shown."""

    value: float | None
    lower: float | None
    upper: float | None
    figure_text: str
    lower_text: str
    upper_text: str
    sentence: str


def worded(figure: Figure) -> Worded:
    """Round and word one figure; a figure graded `none` gives its reason and no number at all."""
    if figure.grade == "none":
        return Worded(None, None, None, "", "", "", f"Not shown: {REASONS['too_uncertain']}.")
    return _share(figure) if figure.question.statistic == "share" else _count(figure)


def change_sentence(change: str, reason: str, before: Worded | None) -> str:
    """What is said of the change since the same quarter a year earlier."""
    if change in ("up", "down") and before is not None:
        return f"That is {change} from about {before.figure_text} a year ago."
    if change == "flat":
        return "There is no clear change since a year ago. The difference is small enough to be chance or added noise."
    return f"We cannot say if this changed: {REASONS[reason]}." if reason else ""


def _share(figure: Figure) -> Worded:
    low, high = 100 * (figure.value - figure.half_width), 100 * (figure.value + figure.half_width)
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
        _share_sentence(figure, shown, lower, upper),
    )


def _share_sentence(figure: Figure, shown: int, lower: int, upper: int) -> str:
    measure, question = figure.question.measure, figure.question
    about = _percent(shown, lower, upper)
    about = f"About {about} of" if about.endswith("%") else about
    spoken = _fraction(shown, lower, upper)
    what = catalogue.shown(measure).what
    if question.breakdown == "by_day":
        what = f"{measure.unit[1]} were {_done(measure)} {_by_day(int(question.category))}"
    place = ""
    if question.breakdown == "source_group":
        place = f"{codelist.labels('published_source')[question.category]}: "
        about = about[0].lower() + about[1:]
    return f"{place}{about} {what}{spoken}. The likely range is {lower}% to {upper}%."


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
    return "decided" if catalogue.shown(measure).base_table == "contacts" else "assessed"


def _by_day(day: int) -> str:
    return "on the same day" if day == 0 else f"within {day} working {plural(day, 'day', 'days')}"


def _count(figure: Figure) -> Worded:
    low, high = figure.value - figure.half_width, figure.value + figure.half_width
    step = max((size for size in STEPS if size <= max(figure.half_width, 1.0)), default=1)
    shown = step * round(figure.value / step)
    lower, upper = max(step * math.floor(low / step), 0), step * math.ceil(high / step)
    measure = figure.question.measure
    place = ""
    if figure.question.breakdown == "source_group":
        place = f"{codelist.labels('published_source')[figure.question.category]}: "
    if lower <= 0:
        sentence = f"{place}{'fewer' if place else 'Fewer'} than {upper:,} {measure.unit[1]}."
        return Worded(float(max(shown, 0)), 0.0, float(upper), f"Fewer than {upper:,}", "0", f"{upper:,}", sentence)
    about = "about" if place else "About"
    sentence = f"{place}{about} {shown:,} {plural(shown, *measure.unit)} (likely {lower:,} to {upper:,})."
    return Worded(float(shown), float(lower), float(upper), f"{shown:,}", f"{lower:,}", f"{upper:,}", sentence)


def day_label(day: int) -> str:
    """A point of a curve of days, as a table's row header."""
    return "Same day" if day == 0 else f"{day} working {plural(day, 'day', 'days')}"


def plural(count: int, one: str, many: str) -> str:
    """The word that goes with a number."""
    return one if count == 1 else many


def _within(number: int, least: int, most: int) -> int:
    return min(max(number, least), most)
