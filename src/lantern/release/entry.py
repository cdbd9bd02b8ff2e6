"""A line of the ledger, and what can be read off many: decisions, answers, what was spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lantern.period import QUARTERS_A_YEAR, Quarter


@dataclass(frozen=True)
class Entry:
    """
    One line of the ledger.

    `kind` is approve, refuse, spend, answer or publish. `micro_rho` is above zero for a spend
    alone. `body` holds who and why, or the noised answers; `mac` chains the line to the one before.
    """

    seq: int
    kind: str
    period: str
    plan_digest: str
    request_digest: str
    micro_rho: int
    body: dict[str, Any]
    at: str
    mac: str


def last_decision(entries: Sequence[Entry], plan_digest: str) -> Entry | None:
    """The last decision on this very plan; None if nobody decided."""
    decisions = [each for each in entries if each.kind in ("approve", "refuse") and each.plan_digest == plan_digest]
    return decisions[-1] if decisions else None


def answer_of(entries: Sequence[Entry], period: str) -> Entry | None:
    """The noised sums of a period; None if it has not been drawn. There is never a second."""
    return next((each for each in entries if each.kind == "answer" and each.period == period), None)


def publication_of(entries: Sequence[Entry], period: str) -> Entry | None:
    """The line that says a period was published; None if it was not."""
    return next((each for each in entries if each.kind == "publish" and each.period == period), None)


def spent_in(entries: Sequence[Entry], first: Quarter, quarters: int = QUARTERS_A_YEAR) -> int:
    """Micro-rho spent on the quarters from `first` on."""
    window = {str(first.plus(place)) for place in range(quarters)}
    return sum(each.micro_rho for each in entries if each.period in window)


def dearest_window(entries: Sequence[Entry], period: Quarter) -> tuple[int, Quarter]:
    """Of all runs of four quarters that hold the period, what the dearest has cost, and where it starts."""
    starts = [period.plus(-back) for back in range(QUARTERS_A_YEAR)]
    return max((spent_in(entries, start), start) for start in starts)
