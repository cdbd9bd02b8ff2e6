"""What the warehouse says of every measure, beside what the oracle finds."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property

import catalogued
from case import Case, Sum, added_up, added_up_by
from event import Event
from hub import Hub
from known import Known
from survival import Point


@dataclass(frozen=True)
class Figure:
    """What the warehouse says of one measure, quarter, category and window of months."""

    row_count: int
    counted: int
    unknown_count: int
    exact_share: float | None
    naive_share: float | None


@dataclass(frozen=True)
class Counted:
    """What was delivered so far, and what the warehouse says of it by measure, quarter and category."""

    events: list[Event] = field(repr=False)
    sums: dict[str, Sum | str] = field(repr=False)
    figures: dict[tuple, Figure] = field(repr=False)
    curves: dict[tuple[str, str], list[Point]] = field(repr=False)
    years: dict[str, list[tuple]] = field(repr=False)
    """Of each measure beside a return: partner, first day, our numerator and denominator, and the return's."""

    @cached_property
    def known(self) -> Known:
        """The events, as the oracle looks at them."""
        return Known(self.events)

    @cached_property
    def _cases(self) -> dict[str, list[Case]]:
        return {}

    def cases(self, name: str) -> list[Case]:
        """What the oracle finds of a measure, looked for once."""
        if name not in self._cases:
            self._cases[name] = list(catalogued.CASES_OF[name](self.known))
        return self._cases[name]

    def expected(self, name: str) -> Sum:
        """The same, added up with all breakdowns that are of the thing counted."""
        cases = self.cases(name)
        found = Counter({("all", *key): count for key, count in added_up(cases).items()})
        for breakdown in breakdowns(name):
            found |= Counter({(breakdown, *key): count for key, count in added_up_by(breakdown, cases).items()})
        return found


def breakdowns(name: str) -> list[str]:
    """A measure's breakdowns by what is counted; a person's age, sex and ethnic group are not the oracle's."""
    of_person = {key for key, entry in catalogued.entries("breakdown").items() if entry.get("of_person")}
    told = catalogued.entries("measure")[name].get("breakdowns", [])
    return [each for each in told if each not in of_person]


def counted(hub: Hub) -> Counted:
    """Build, and add up every measure of the catalogue by its own columns."""
    hub.build()
    sums = {name: summed(hub, name) for name in catalogued.entries("measure")}
    rows = hub.rows(
        "select measure_id, period, breakdown, category, within_months,"
        " row_count, counted, unknown_count, exact_share, naive_share from marts.fct_measure_quarters"
    )
    points = hub.rows(
        "select measure_id, period, duration, at_risk_count, event_count, competing_count, censored_count, event_share"
        " from marts.fct_measure_curves where breakdown = 'all'"
    )
    curves = defaultdict(list)
    for name, period, *point in sorted(points):
        curves[name, period].append(Point(*point))
    years = defaultdict(list)
    for name, partner, year, *counts in hub.rows(
        "select measure_id, partner, year_from_on, numerator, denominator, statutory_numerator, statutory_denominator"
        " from marts.fct_statutory_figures"
    ):
        years[name].append((partner, year, tuple(counts[:2]), tuple(counts[2:])))
    return Counted(hub.events(), sums, {row[:5]: Figure(*row[5:]) for row in rows}, dict(curves), dict(years))


def summed(hub: Hub, name: str) -> Sum | str:
    """What the warehouse says of a measure, or why it says nothing."""
    entry = catalogued.entries("measure")[name]
    entries = {"all": None} | {each: catalogued.entries("breakdown")[each] for each in breakdowns(name)}
    found: Sum = Counter()
    try:
        for key, breakdown in entries.items():
            found |= Counter({(key, *row[:-1]): row[-1] for row in hub.rows(catalogued.counted_by(entry, breakdown))})
    except Exception as error:  # noqa: BLE001 -- a measure that is not there fails its own test alone
        return str(error)
    return found
