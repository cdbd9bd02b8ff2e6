"""A line of the ledger, and what can be read off many: decisions, answers, what was spent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lantern.period import QUARTERS_A_YEAR, Quarter
from lantern.privacy.plan import costs_by_population

_NAMELESS = "spend "
"""How a spend from before parts had names is called: nobody who paid for it is on record."""


@dataclass(frozen=True)
class Entry:
    """
    One line of the ledger.

    `kind` is approve, refuse, spend, answer, publish or withdraw. `micro` is above zero for a spend alone, in millionths of
    the promise. `body` holds who and why, what was charged, or the plan and its noised answers; `mac` chains the
    line to the one before.
    """

    seq: int
    kind: str
    period: str
    plan_digest: str
    request_digest: str
    micro: int
    body: dict[str, Any]
    at: str
    mac: str

    @property
    def revision(self) -> int:
        """0 for a quarter's first release, 1 for its first revision."""
        return int(self.body.get("revision", 0))

    @property
    def charges(self) -> dict[str, int]:
        """Part name to micro-units; a spend from before parts had names is a part of its own."""
        if self.kind != "spend":
            return {}
        return dict(self.body.get("charges") or {f"{_NAMELESS}{self.seq}": self.micro})


def last_decision(entries: Sequence[Entry], plan_digest: str) -> Entry | None:
    """The last decision on this very plan; None if nobody decided."""
    decisions = [each for each in entries if each.kind in ("approve", "refuse") and each.plan_digest == plan_digest]
    return decisions[-1] if decisions else None


def answers_of(entries: Sequence[Entry], period: str) -> list[Entry]:
    """The noised sums of a period: of its first release, then of each revision. There is never a second of one."""
    return [each for each in entries if each.kind == "answer" and each.period == period]


def answer_of(entries: Sequence[Entry], period: str, revision: int | None = None) -> Entry | None:
    """The noised sums of a period and revision (None: the newest); None if it has not been drawn."""
    return _newest(answers_of(entries, period), revision)


def priced_draws(entries: Sequence[Entry]) -> list[str]:
    """
    The requests whose persons paid, each by its digest: `spent` has to know them all.

    A draw from before persons had budgets kept its plan nowhere, and is charged as a part of its own.
    """
    return [each.request_digest for each in entries if each.kind == "answer" and "plan" in each.body]


def publications_of(entries: Sequence[Entry], period: str) -> list[Entry]:
    """The lines that say a period was published, or a revision of it, oldest first."""
    return [each for each in entries if each.kind == "publish" and each.period == period]


def publication_of(entries: Sequence[Entry], period: str, revision: int | None = None) -> Entry | None:
    """The line that says a period and revision (None: the newest) was published; None if it was not."""
    return _newest(publications_of(entries, period), revision)


def withdrawal_of(entries: Sequence[Entry], published: Entry) -> Entry | None:
    """The line that says a publication was taken back; None if it stands."""
    found = [each for each in entries if each.kind == "withdraw" and each.period == published.period]
    return next((each for each in found if each.revision == published.revision), None)


def charges_in(entries: Sequence[Entry], first: Quarter, quarters: int = QUARTERS_A_YEAR) -> dict[str, int]:
    """What each part may have cost any one person in the quarters from `first` on, in micro-units."""
    window = {str(first.plus(place)) for place in range(quarters)}
    found: dict[str, int] = {}
    for entry in entries:
        if entry.period in window:
            found = dearer(found, entry.charges)
    return found


def spent_in(entries: Sequence[Entry], first: Quarter, quarters: int = QUARTERS_A_YEAR) -> int:
    """
    What the quarters from `first` on cost any one person at most, in micro-units.

    Privacy: a part's person budget holds over any four quarters in a row, so there it costs its dearest draw, not
        their sum; parts of different names add up, and of populations the dearest counts. So `quarters` is never more than four.
    """
    if quarters > QUARTERS_A_YEAR:
        raise ValueError("a part's cost is capped over four quarters, not more")
    return cost_of(charges_in(entries, first, quarters))


def cost_of(charges: Mapping[str, int]) -> int:
    """
    What charges come to for any one person, in micro-units: the dearest population's.

    Privacy: who paid for a spend without names is not known and cannot be left out elsewhere, so it counts in every population.
    """
    nameless = sum(micro for part, micro in charges.items() if part.startswith(_NAMELESS))
    named = {part: micro for part, micro in charges.items() if not part.startswith(_NAMELESS)}
    return nameless + max(costs_by_population(named).values(), default=0)


def dearest_window(
    entries: Sequence[Entry], period: Quarter, charges: Mapping[str, int] | None = None
) -> tuple[int, Quarter]:
    """Of all runs of four quarters that hold the period, what the dearest costs with these charges, and its start."""
    starts = [period.plus(-back) for back in range(QUARTERS_A_YEAR)]
    return max((cost_of(dearer(charges_in(entries, start), charges or {})), start) for start in starts)


def dearer(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Of each part the dearer of two charges."""
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in {**one, **other}}


def _newest(entries: Sequence[Entry], revision: int | None) -> Entry | None:
    found = [each for each in entries if revision is None or each.revision == revision]
    return max(found, key=lambda each: each.revision, default=None)
