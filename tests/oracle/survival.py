"""The oracle's own survival estimate, case by case: Kaplan-Meier, and Aalen-Johansen where something competes."""

from collections.abc import Iterable
from dataclasses import dataclass

from case import CENSORED
from measure import CLOSED, DONE, Wait


@dataclass(frozen=True)
class Point:
    """One day of a curve: who was still waiting on it, how their waiting ended, and the share done by then."""

    duration: int
    at_risk: int
    events: int
    competing: int
    censored: int
    share: float


def curve(ends: Iterable[tuple[str, int, int]], event: str) -> list[Point]:
    """
    The curve of an event, from how each case ended, when, and from which day on it could be seen.

    A case that is open on day t was at risk on day t; one that had ended before it could be seen never was.
    """
    cases = [case for case in ends if case[1] >= case[2]]
    left, done, points = 1.0, 0.0, []
    for day in sorted({each for _, days, entered in cases for each in (days, entered)}):
        at_risk = sum(entered <= day <= days for _, days, entered in cases)
        ended = [end for end, days, _ in cases if days == day]
        censored = ended.count(CENSORED)
        events = ended.count(event)
        done += left * events / at_risk
        left *= 1 - (len(ended) - censored) / at_risk
        points.append(Point(day, at_risk, events, len(ended) - censored - events, censored, done))
    return points


def share_by_day(waits: list[Wait], limit: int) -> float:
    """
    The share done by day `limit`, from what is known of waits that are not over.

    One minus Kaplan-Meier where nothing competes, Aalen-Johansen where closure does.
    """
    ends = [(each.end if each.end in {DONE, CLOSED} else CENSORED, each.days, 0) for each in waits]
    return max((point.share for point in curve(ends, DONE) if point.duration <= limit), default=0.0)
