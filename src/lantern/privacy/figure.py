"""Figures with honest ranges: noise, and what the bound left out, both inside the range."""

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from scipy import sparse

from lantern.privacy import survival
from lantern.privacy.question import Question, Step
from lantern.privacy.reconcile import Errors, Reconciled, Selected

# Half widths up to which a figure is for use, and for use with care. In points of a share, and as a
# part of a count. Decided in advance; of the figures that a plan shows, noise alone decides which side they fall.
SHARE_GRADES = (0.05, 0.10)
COUNT_GRADES = (0.10, 0.25)

UNDIVIDED = ("all", "by_day", "by_calendar_day")
"""Breakdowns that tell of everyone together."""

_AT_ONCE = 512  # sums: their errors stay small beside a table's

LEVELS = {"median": 0.5, "p90": 0.9}
"""The share that is reached by the day asked for."""


@dataclass(frozen=True)
class Figure:
    """
    One number of a release, not yet rounded or worded.

    `value` is a share between 0 and 1 (share, curve), a count, or a day (median, p90; `inf`: not reached within the days
    followed). `lower` to `upper` is the 95% range of what is counted in the zone: noise and what bounding left out, no
    sampling chance, which belongs to a comparison. `half_width` is half of it; for a day, of the share
    read there. `rows` is about how many rows it rests on. All come from noised counts: they may be negative. `is_too_much_lost`:
    it rests on rows left out, of which there were too many to say. `is_unsure`: the plan foretold that its range would be too
    wide (`accuracy.decided`), so it is not shown, whatever was drawn.
    """

    question: Question
    value: float
    lower: float
    upper: float
    half_width: float
    rows: float
    is_too_much_lost: bool = False
    is_unsure: bool = False

    @property
    def grade(self) -> str:
        """`use`, `care` or `none` (not shown)."""
        if self.is_too_much_lost or self.is_unsure:
            return "none"
        if self.question.statistic == "count":
            use, care, width = *COUNT_GRADES, self.half_width / max(self.value, 1.0)
        else:
            use, care, width = *SHARE_GRADES, self.half_width
        return "use" if width <= use else "care" if width <= care else "none"


def figures(known: Reconciled, questions: tuple[Question, ...]) -> list[Figure]:
    """
    All figures of a table, in the order asked, of the rows kept and lost together.

    Args:
        known: Reconciled cells of a quarter, or of four added up.
        questions: What is asked of the table.

    Raises:
        ValueError: the plan does not measure what a figure needs.

    Privacy: post-processing of noised sums.
    """
    asked = _asked(questions)
    sums = _Known(
        asked.selected.rows @ known.cells, _covariances(known.errors(asked.selected), asked.places), known.z95
    )
    found = _rising([_figure(sums, question, places) for question, places in zip(questions, asked.places, strict=True)])
    if not known.is_too_much_lost:
        return found
    unhurt = _unhurt(questions)
    return [replace(each, is_too_much_lost=each.question not in unhurt) for each in found]


def values(cells: np.ndarray, questions: tuple[Question, ...]) -> list[float]:
    """
    The value of each figure of these cells and nothing of how surely, no two of one curve made to agree.

    Privacy: post-processing of noised sums.
    """
    asked = _asked(questions)
    sums = asked.selected.rows @ cells
    return [_value(question, sums[np.array(places)]) for question, places in zip(questions, asked.places, strict=True)]


def _rising(found: list[Figure]) -> list[Figure]:
    """
    Each curve as it can only be: it never falls, and goes through the share at the limit that is told beside it.

    A range is widened to hold its point, so that none covers less.
    """
    curves: dict[str, list[int]] = {}
    for place, each in enumerate(found):
        if each.question.statistic == "curve":
            curves.setdefault(each.question.measure_id, []).append(place)
    told = list(found)
    for places in curves.values():
        limits = [next((each for each in found if _is_limit(each, found[place])), None) for place in places]
        fixed = next((at for at, limit in enumerate(limits) if limit), 0)
        shares = [limit.value if limit else found[place].value for place, limit in zip(places, limits, strict=True)]
        for place, share in zip(places, survival.rising(np.array(shares), fixed), strict=True):
            one = found[place]
            told[place] = replace(one, value=share, lower=min(one.lower, share), upper=max(one.upper, share))
    return told


def _is_limit(share: Figure, point: Figure) -> bool:
    """Whether they are one figure: the share at the limit, and the point of its curve there."""
    asked, other = share.question, point.question
    is_of_all = asked.statistic == "share" and asked.breakdown == UNDIVIDED[0]
    return is_of_all and asked.measure_id == other.measure_id and np.array_equal(asked.part, other.part)


def _unhurt(questions: tuple[Question, ...]) -> set[Question]:
    """What stays true though many rows of few persons are left out: how long things take, of everyone together."""
    timed = {each.measure_id for each in questions if each.steps}
    return {
        each
        for each in questions
        if each.measure_id in timed and each.statistic != "count" and each.breakdown in UNDIVIDED
    }


Places = tuple[int, ...]
"""Which of the rows selected the sums of a question are."""


@dataclass(frozen=True)
class _Known:
    """Every sum that questions are made of, the covariance of each question's sums, and the points of each curve once read."""

    values: np.ndarray
    covariances: dict[Places, np.ndarray]
    z95: float
    points: dict[Places, list["_Point"]] = field(default_factory=dict)


def _covariances(errors: Errors, asked: tuple[Places, ...]) -> dict[Places, np.ndarray]:
    """The covariance of the sums of each question, of many questions with as many sums at once."""
    distinct = {places: tuple(dict.fromkeys(places)) for places in asked}
    found: dict[Places, np.ndarray] = {}
    for size in {len(each) for each in distinct.values()}:
        alike = [each for each in dict.fromkeys(distinct.values()) if len(each) == size]
        together = max(1, _AT_ONCE // size)
        for first in range(0, len(alike), together):
            some = alike[first : first + together]
            found |= zip(some, errors.covariance(np.array(some)), strict=True)
    for places, each in distinct.items():
        if places not in found:  # the sums of a curve that are all nought are one row
            again = np.array([each.index(place) for place in places])
            found[places] = found[each][np.ix_(again, again)]
    return found


@dataclass(frozen=True)
class _Asked:
    """The distinct rows that questions are made of, and for each question which they are."""

    selected: Selected
    places: tuple[Places, ...]


@lru_cache(maxsize=32)
def _asked(questions: tuple[Question, ...]) -> _Asked:
    found: dict[bytes, int] = {}
    rows: list[np.ndarray] = []
    places = []
    for question in questions:
        at = []
        for row in _rows(question):
            key = np.ascontiguousarray(row, dtype=float).tobytes()
            if key not in found:
                found[key] = len(rows)
                rows.append(np.asarray(row, dtype=float))
            at.append(found[key])
        places.append(tuple(at))
    return _Asked(Selected(sparse.csr_array(np.array(rows))), tuple(places))


def _rows(question: Question) -> list[np.ndarray]:
    if question.statistic == "count":
        return [question.whole]
    if question.statistic == "share":
        return [question.part, question.whole]
    # Only runs that end are read. What comes after them is in the whole, and need not be known apart.
    steps = ended(question)
    apart = [*(each.event for each in steps), *(each.competing for each in steps), *(each.censored for each in steps)]
    return [*apart, question.whole]


def ended(question: Question) -> tuple[Step, ...]:
    """The runs of days of a curve that have a last day."""
    return tuple(each for each in question.steps if each.to_day is not None)


def _figure(sums: _Known, question: Question, places: Places) -> Figure:
    values, covariance = sums.values[np.array(places)], sums.covariances[places]
    if question.statistic == "count":
        rows, half = float(values[0]), sums.z95 * math.sqrt(float(covariance[0, 0]))
        return Figure(question, rows, rows - half, rows + half, half, rows)
    if question.statistic == "share":
        return Figure(question, *_ratio(values, covariance, sums.z95), float(values[1]))
    # Several questions are asked of one curve.
    if places not in sums.points:
        sums.points[places] = _points(question, values, covariance, sums.z95)
    points = sums.points[places]
    days = [each.to_day for each in ended(question) if each.to_day is not None]
    rows = float(values[-1])
    if question.statistic == "curve":
        return Figure(question, *points[days.index(question.at_day or 0)], rows)
    shares, lower, upper, half_widths = (np.array(column) for column in zip(*points, strict=True))
    read = survival.crossing(days, shares, lower, upper, LEVELS[question.statistic])
    return Figure(question, read.day, read.first, read.last, float(half_widths[read.run]), rows)


_Point = tuple[float, float, float, float]


def _points(question: Question, values: np.ndarray, covariance: np.ndarray, z95: float) -> list[_Point]:
    """The curve at the end of each step that has one: share, lower and upper end of its range, half width."""
    runs, first, done = len(ended(question)), _in_sight(question), values.cumsum()
    curve = _curve(values) if first < runs else None
    whole = covariance[-1, -1]
    variances, with_whole = covariance[:runs, :runs].cumsum(0).cumsum(1).diagonal(), covariance[:runs, -1].cumsum()
    points: list[_Point] = []
    for run in range(runs):
        if curve is not None and run > first:
            half = z95 * math.sqrt(max(float(curve.gradient[run] @ covariance @ curve.gradient[run]), 0.0))
            share = float(curve.shares[run])
            points.append((share, share - half, share + half, half))
        else:
            together = np.array([[variances[run], with_whole[run]], [with_whole[run], whole]])
            points.append(_ratio(np.array([done[run], values[-1]]), together, z95))
    return points


def _curve(values: np.ndarray) -> survival.Curve:
    events, competing, censored = np.split(values[:-1], 3)
    return survival.curve(events, competing, censored, float(values[-1]))


def _in_sight(question: Question) -> int:
    """The run up to which none is lost from sight: so far the curve is a share, whose range needs no linear approximation."""
    steps = ended(question)
    return next((run for run, each in enumerate(steps) if each.censored.any()), len(steps))


def _value(question: Question, values: np.ndarray) -> float:
    """The value that `_figure` has, of the question's sums alone."""
    if question.statistic in ("count", "share"):
        return float(values[0]) if question.statistic == "count" else float(values[0]) / max(float(values[1]), 1.0)
    days = [each.to_day for each in ended(question) if each.to_day is not None]
    runs, first = len(days), _in_sight(question)
    shares = values[:runs].cumsum() / max(float(values[-1]), 1.0)
    if first < runs:
        shares[first + 1 :] = _curve(values).shares[first + 1 :]
    if question.statistic == "curve":
        return float(shares[days.index(question.at_day or 0)])
    return survival.crossing(days, shares, shares, shares, LEVELS[question.statistic]).day


def _ratio(values: np.ndarray, covariance: np.ndarray, z95: float) -> _Point:
    """
    A share, its range and half width: all shares p for which part - p whole is within its noise of nothing.

    Source: Fieller, Some problems in interval estimation (1954): exact for Gaussian sums, however small the whole.
    """
    part, whole = float(values[0]), float(values[1])
    squared = z95**2
    a = whole**2 - squared * float(covariance[1, 1])
    b = part * whole - squared * float(covariance[0, 1])
    c = part**2 - squared * float(covariance[0, 0])
    share = part / max(whole, 1.0)
    if whole <= 0 or a <= 0:
        return share, -math.inf, math.inf, math.inf
    half = math.sqrt(max(b * b - a * c, 0.0)) / a
    return share, b / a - half, b / a + half, half
