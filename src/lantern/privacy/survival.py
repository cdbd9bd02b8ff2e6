"""The share done by each day, where some are still open and some ended otherwise, from sums by run of days."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Curve:
    """
    The share with the event by the end of each run of days, and how it moves with each sum.

    `shares` has one entry a run; `gradient` is runs x sums: events, competing ends, censored, then all rows.
    """

    shares: np.ndarray
    gradient: np.ndarray


def curve(events: np.ndarray, competing: np.ndarray, censored: np.ndarray, everyone: float) -> Curve:
    """
    The cumulative incidence of an event: one minus Kaplan-Meier where nothing competes.

    Args:
        events: Rows with the event in each run of days, shortest first; noised sums may be negative.
        competing: Rows that ended in it in a way that rules the event out.
        censored: Rows last seen open in it; they were at risk in it.
        everyone: All rows, those that lasted beyond these runs too.

    Returns:
        The curve. Shares may leave 0 to 1 by noise.

    Source: Kaplan and Meier 1958; Aalen and Johansen 1978; the gradient is exact, for the delta method.
    """
    runs = len(events)
    unit = np.eye(3 * runs + 1)
    at_risk, at_risk_moved = float(everyone), unit[-1]
    left, left_moved = 1.0, np.zeros(3 * runs + 1)
    done, done_moved = 0.0, np.zeros(3 * runs + 1)
    shares, gradient = np.zeros(runs), np.zeros((runs, 3 * runs + 1))
    for run in range(runs):
        event, other, lost = unit[run], unit[runs + run], unit[2 * runs + run]
        size = max(at_risk, 1.0)
        hazard, ended = events[run] / size, (events[run] + competing[run]) / size
        hazard_moved = (event - hazard * at_risk_moved) / size
        ended_moved = (event + other - ended * at_risk_moved) / size
        done, done_moved = done + left * hazard, done_moved + left_moved * hazard + left * hazard_moved
        left, left_moved = left * (1 - ended), left_moved * (1 - ended) - left * ended_moved
        at_risk -= float(events[run] + competing[run] + censored[run])
        at_risk_moved = at_risk_moved - event - other - lost
        shares[run], gradient[run] = done, done_moved
    return Curve(shares, gradient)


@dataclass(frozen=True)
class Crossing:
    """
    The first day by which a share is reached, and the days between which it lies; `inf` where not within what was followed.

    `run` is the run of days in which it is read, the last one that has an end if it is not reached.
    """

    day: float
    first: float
    last: float
    run: int


def crossing(to_days: list[int], shares: np.ndarray, lower: np.ndarray, upper: np.ndarray, level: float) -> Crossing:
    """
    Read the day off a curve known with its band at the ends of runs of days.

    The range is the band turned round: from the first day of the run in which the upper band reaches the level to
    the last day of that in which the lower band does. Within a run of several days the day itself is read as if
    they were evenly spread. Whole days, so the range holds the true day at least as often as the band the share.

    Args:
        to_days: The last day of each run, shortest first.
        shares: The curve at the end of each run.
        lower: The lower end of its range there.
        upper: The upper end.
        level: The share to be reached.

    Source: Brookmeyer and Crowley 1982 (ranges of a median survival time by inverting a test at each day).
    """
    firsts = [0, *(day + 1 for day in to_days)]
    middle, early, late = (_reached(band, level) for band in (shares, upper, lower))
    first = float(firsts[len(to_days) if early is None else early])
    last = math.inf if late is None else float(to_days[late])
    if middle is None:
        return Crossing(math.inf, first, last, len(to_days) - 1)
    before = max(float(shares[middle - 1]), 0.0) if middle else 0.0
    part = (level - before) / max(float(shares[middle]) - before, 1e-12)
    days = to_days[middle] - firsts[middle] + 1
    return Crossing(float(firsts[middle] + math.ceil(min(max(part, 1e-9), 1.0) * days) - 1), first, last, middle)


def _reached(band: np.ndarray, level: float) -> int | None:
    found = np.flatnonzero(band >= level)
    return int(found[0]) if len(found) else None


def rising(shares: np.ndarray, fixed: int) -> list[float]:
    """
    Shares done by each of some days, where noise made one fall: all give way to the one at the place `fixed`.

    Before it none is above a later one, after it none below an earlier one.
    """
    before = np.minimum.accumulate(shares[: fixed + 1][::-1])[::-1]
    return [*before[:-1].tolist(), *np.maximum.accumulate(shares[fixed:]).tolist()]
