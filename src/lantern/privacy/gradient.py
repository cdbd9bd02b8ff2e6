"""How a figure moves when a cell does: the row a plan is made for, worked out at public counts."""

from collections.abc import Sequence

import numpy as np

from lantern.privacy.question import Question, Step

_LEVELS = {"median": 0.5, "p90": 0.9}
_TINY = 1e-30


def value(question: Question, cells: np.ndarray) -> float:
    """
    A figure of given cells: a share between 0 and 1, a count, or the point of the curve a quantile is planned by.

    Median and 90th percentile are planned as the error of the curve on the first step's day that reaches them at
    public counts, or on the last day if none does.
    """
    whole = float(question.whole @ cells)
    if question.statistic == "count":
        return whole
    if question.statistic == "share":
        return float(question.part @ cells) / max(whole, _TINY)
    last = _last_step(question, cells)
    return float(_incidence(_sums(question.steps, cells), last).real)


def gradient(question: Question, cells: np.ndarray) -> np.ndarray:
    """
    The derivative of a figure by each cell, over the grid; of a count in parts of it.

    Source: the delta method; the curve is differentiated by a complex step (Squire and Trapp 1998), exact to rounding.
    """
    whole = max(float(question.whole @ cells), _TINY)
    if question.statistic == "count":
        return np.asarray(question.whole / whole)
    if question.statistic == "share":
        return np.asarray((question.part - question.part @ cells / whole * question.whole) / whole)
    sums, last = _sums(question.steps, cells), _last_step(question, cells)
    found = np.zeros(len(cells))
    for place, step in enumerate(question.steps):
        for kind, row in enumerate((step.event, step.competing, step.censored)):
            nudged = sums.astype(complex)
            nudged[place, kind] += 1j * _TINY
            found += _incidence(nudged, last).imag / _TINY * row
    return found


def needed(questions: Sequence[Question]) -> np.ndarray:
    """The distinct sums that figures are made of (rows x cells): each must follow from what is drawn, however loosely."""
    found: dict[bytes, np.ndarray] = {}
    for question in questions:
        ended = [step for step in question.steps if step.to_day is not None]
        apart = [row for step in ended for row in (step.event, step.competing, step.censored)]
        share = [question.part] if question.statistic == "share" else []
        for row in (*share, *(apart if question.statistic in ("curve", *_LEVELS) else ()), question.whole):
            found[np.asarray(row, dtype=float).tobytes()] = np.asarray(row, dtype=float)
    return np.array([row for row in found.values() if row.any()])


def _sums(steps: Sequence[Step], cells: np.ndarray) -> np.ndarray:
    return np.array([[step.event @ cells, step.competing @ cells, step.censored @ cells] for step in steps])


def _incidence(sums: np.ndarray, last: int) -> complex:
    """Aalen-Johansen after step `last` of steps x (event, competing, censored)."""
    risk, surviving, reached = sums.sum(), 1.0 + 0j, 0j
    for event, competing, censored in sums[: last + 1]:
        if risk.real <= _TINY:
            break
        reached += surviving * event / risk
        surviving *= 1 - (event + competing) / risk
        risk = risk - event - competing - censored
    return complex(reached)


def _last_step(question: Question, cells: np.ndarray) -> int:
    days = [step.to_day for step in question.steps]
    if question.statistic == "curve":
        return days.index(question.at_day)
    finite = [place for place, day in enumerate(days) if day is not None]
    sums = _sums(question.steps, cells)
    level = _LEVELS[question.statistic]
    return next((place for place in finite if _incidence(sums, place).real >= level), finite[-1])
