"""What a release would give before anything is spent: how sure each figure, at what cost, and how near to the best plan."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from lantern import catalogue, warehouse
from lantern.home import Home
from lantern.partnership import Partnership
from lantern.period import Quarter
from lantern.privacy import accuracy, bound, mechanism, workload
from lantern.privacy.accuracy import SPANS, as_decided
from lantern.privacy.bound import Bound
from lantern.privacy.choice import Choice
from lantern.privacy.figure import Figure
from lantern.privacy.gradient import gradient
from lantern.privacy.plan import Family, Plan
from lantern.privacy.question import Question
from lantern.privacy.strategy import strategy
from lantern.release import kept_plan, planning
from lantern.release.cell import averaged

CHILDHOOD = 18
"""Years of releases that a child may live through."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """One figure as expected: of the quarter, of the rolling year, and of the quarter in the other family of promise."""

    quarter: Figure
    year: Figure
    other: Figure

    @property
    def verdict(self) -> str:
        """`use` or `care` each quarter; `year only`; or `never`, for these volumes and this promise."""
        if self.quarter.grade != "none":
            return self.quarter.grade
        return "year only" if self.year.grade != "none" else "never"


@dataclass(frozen=True)
class TableOutlook:
    """
    One table: the error of its plan against the best there could be, and what each measure takes from the others.

    `to_dual` and `to_svd` are ratios of weighted errors; None for the family `pure`, for which no such bound is known.
    `measure_costs`: measure to the part by which the half widths of its table's other figures would fall without it.
    """

    name: str
    to_dual: float | None
    to_svd: float | None
    measure_costs: dict[str, float]


@dataclass(frozen=True, eq=False)
class Outlook:
    """
    All that `lantern plan` tells.

    `outgrown`: how many figures the plan does not show that would be sure enough at these volumes. `overstated`: how many it does
    show of which too wide a range is expected at these volumes, so that noise has the choice. A plan made for them has neither.
    """

    plan: Plan
    volumes: dict[str, int]
    volumes_from: str
    forecasts: list[Forecast]
    outgrown: int
    overstated: int
    tables: list[TableOutlook]
    epsilons: dict[str, float]
    other_family: Family
    other_micro: int


def outlook(partnership: Partnership, period: Quarter, home: Home, revision: int = 0) -> Outlook:
    """
    Foretell a release.

    Privacy: public numbers, and what has been released already; no other store is opened.
    """
    plan = planning.plan_for(partnership, period, revision, home)
    privacy = partnership.privacy
    released = released_volumes(home, partnership)
    volumes = planning.volumes(partnership) | released
    other_family: Family = "pure" if plan.family == "zcdp" else "zcdp"
    other_micro = equal_promise(plan.family, privacy.micro_per_year, privacy.delta)
    other = planning.design_of(other_family, other_micro, planning.volumes(partnership), home)
    # At volumes that the plan was not made for it still shows what it shows, and no more.
    quarter, year = (
        as_decided(plan.tables, accuracy.foretold(plan, volumes, quarters), span) for span, quarters in SPANS.items()
    )
    found = quarter, [averaged(each) for each in year], accuracy.foretold(other, volumes)
    return Outlook(
        plan=plan,
        volumes=volumes,
        volumes_from="the last release" if released else "the partnership's file",
        forecasts=[Forecast(*each) for each in zip(*found, strict=True)],
        outgrown=sum(replace(each, is_unsure=False).grade != each.grade for each in (*quarter, *year)),
        overstated=sum(each.grade == "none" and not each.is_unsure for each in (*quarter, *year)),
        tables=_tables(partnership, home),
        epsilons=epsilons(plan, privacy.micro_per_year, privacy.delta),
        other_family=other_family,
        other_micro=other_micro,
    )


_TABLES = TypeAdapter(list[TableOutlook])


def _tables(partnership: Partnership, home: Home) -> list[TableOutlook]:
    """How good the plan of each table is: worked out once, and kept as the plan is."""
    privacy, rows = partnership.privacy, planning.volumes(partnership)
    given = [privacy.definition, privacy.micro_per_year, rows]
    name = f"outlook-{privacy.definition}"
    return _TABLES.validate_json(
        kept_plan.kept(home, name, given, lambda: _TABLES.dump_json(_weighed(partnership)).decode())
    )


def _weighed(partnership: Partnership) -> list[TableOutlook]:
    privacy, rows = partnership.privacy, planning.volumes(partnership)
    settled = planning.settled(privacy.definition, privacy.micro_per_year, **rows)
    return [
        _table(choice, asked, rows[choice.sketch.table.name], privacy.definition)
        for choice, asked in zip(settled.choices, settled.asked, strict=True)
    ]


def epsilons(plan: Plan, micro_per_year: int, delta: float) -> dict[str, float]:
    """Epsilon at delta of one release, of any four quarters, and of a childhood of years."""
    years = mechanism.composed(plan.family, [micro_per_year] * CHILDHOOD)
    return {
        "release": mechanism.epsilon(plan.family, plan.micro, delta),
        "year": mechanism.epsilon(plan.family, micro_per_year, delta),
        "childhood": mechanism.epsilon(plan.family, years, delta),
    }


def equal_promise(family: Family, micro: int, delta: float) -> int:
    """Millionths of the other family's promise with the same epsilon at delta."""
    wanted = mechanism.epsilon(family, micro, delta)
    if family == "zcdp":
        return round(wanted * mechanism.MICRO)
    low, high = 1, 100 * mechanism.MICRO
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if mechanism.epsilon("zcdp", middle, delta) <= wanted else (low, middle)
    return low


def released_volumes(home: Home, partnership: Partnership) -> dict[str, int]:
    """Rows by table as last released: nothing of a table before its first release, or of which a count was not shown."""
    found: dict[str, int] = {}
    if not home.released.exists():
        return found
    with warehouse.plain(home.released, read_only=True) as connection:
        for name in planning.volumes(partnership):
            counts = [
                _last_count(connection, each.id)
                for each in workload.measures([name])
                if catalogue.shown(each).count_words
            ]
            if counts and all(counts):
                found[name] = sum(counts)
    return found


def _last_count(connection: Any, measure_id: str) -> int:
    """The newest count of a measure that was shown; 0 if none was."""
    row = connection.execute(
        "select value from cell where measure_id = $measure and statistic = 'count' and breakdown = 'all' "
        "and span = 'quarter' and value > 0 order by period desc, release_id desc limit 1",
        {"measure": measure_id},
    ).fetchone()
    return int(row[0]) if row else 0


def next_period(partnership: Partnership, home: Home) -> Quarter:
    """The quarter after the last one released, or the first that may be."""
    if home.released.exists():
        with warehouse.plain(home.released, read_only=True) as connection:
            row = connection.execute("select max(period) from release").fetchone()
        if row and row[0]:
            return Quarter.parse(row[0]).plus(1)
    return partnership.release.first


def _table(choice: Choice, asked: tuple[Question, ...], rows: int, family: Family) -> TableOutlook:
    """How good the strategy of the rows kept is, for the questions as they were weighed."""
    table, made = choice.sketch.table, choice.sketch.strategies[0]
    cells = table.expected_cells(rows)
    matrix = np.array([gradient(each, cells) for each in asked])
    scales = np.array([each.weight**0.5 / each.tolerance for each in asked])
    error = float(scales**2 @ made.variances)
    least: Bound | None = bound.bound(matrix, scales) if family == "zcdp" else None
    to_dual, to_svd = (error / least.dual, error / least.svd) if least else (None, None)
    costs = {}
    for measure_id in dict.fromkeys(each.measure_id for each in asked):
        others = np.array([each.measure_id != measure_id for each in asked])
        if others.any():
            alone = strategy(table.grid, matrix[others], scales[others], family)
            without = float(scales[others] ** 2 @ alone.variances)
            beside = float(scales[others] ** 2 @ made.variances[others])
            costs[measure_id] = max(1 - (without / beside) ** 0.5, 0.0)
    return TableOutlook(table.name, to_dual, to_svd, costs)
