"""Pairs of invented partnerships that differ by one child, and what the real path makes of each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isqrt

import numpy as np
import pyarrow as pa

from lantern.privacy import bounding, exclusion, mechanism
from lantern.privacy.bounding import Connection
from lantern.privacy.grid import Axis, Grid, Marginal
from lantern.privacy.plan import POPULATION, Family, Part, TablePlan, cost_of, part_names

GRID = Grid((Axis("source_group", ("police", "schools")), Axis("time_category", ("in_time", "late", "open"))))
_OTHERS: dict[tuple[str, ...], int] = {("police", "in_time"): 9, ("schools", "late"): 6}
"""Who is there anyway, one row each: one sum just below ten, one that nobody is in."""
CHILD = "the child"
_REACH = 3  # quarters on either side that may share four quarters with one


@dataclass(frozen=True)
class Release:
    """
    One release of a pair: its plan, its quarter (0 to 3), and how many rows the child has in which cell.

    `keys`: under how many names the child is still known when it is drawn; from the first release with one name on,
    what was spent under all of them is the child's.
    """

    plan: TablePlan
    quarter: int
    rows: tuple[tuple[tuple[str, ...], int], ...]
    keys: int = 1


@dataclass(frozen=True)
class Pair:
    """A partnership with a child and the same one without, released in the order given, all within four quarters."""

    name: str
    releases: tuple[Release, ...]

    @property
    def family(self) -> Family:
        """The family of the promise."""
        return self.releases[0].plan.kept.family

    @property
    def claimed_micro(self) -> int:
        """What all its releases may cost together: of each part the dearest of its plans, and the dearest population."""
        most: dict[str, int] = {}
        for part in (part for release in self.releases for part in release.plan.parts):
            most[part.name] = max(part.micro, most.get(part.name, 0))
        return cost_of(most)


@dataclass(frozen=True)
class Drawing:
    """One part of one release: its exact stacked vector and noise scale without the child, and with."""

    family: Family
    exact: tuple[np.ndarray, np.ndarray]
    scales: tuple[float, float]
    claimed_scale: float


class Path:
    """The real path from rows to noised sums. A planted fault overrides one step of it."""

    def planned(self, connection: Connection, plan: TablePlan, rows: str) -> TablePlan:  # noqa: ARG002
        """The plan that is used: the public one, whatever the rows are."""
        return plan

    def counted(self, connection: Connection, plan: TablePlan, rows: str, spent: str) -> str:
        """The rows that may count: not of who pays in another population."""
        return exclusion.without(rows, exclusion.exclude(connection, plan.population, (), spent))

    def bound(self, connection: Connection, plan: TablePlan, rows: str, spent: str) -> None:
        """What each person's rows count."""
        bounding.bound(connection, plan, rows, spent)

    def price(self, pico: int) -> int:
        """What is written down as spent by a person."""
        return pico

    def sums(self, connection: Connection, plan: TablePlan, rows: str) -> tuple[np.ndarray, np.ndarray]:
        """Weighted rows by cell, kept and lost."""
        return bounding.sums(connection, plan, rows)

    def noised(self, family: Family, exact: np.ndarray, scale: float, times: int) -> np.ndarray:
        """So many independent draws of a stacked vector, one a row."""
        return mechanism.noised(family, np.tile(exact, times), scale).reshape(times, -1)

    def shown(self, exact: np.ndarray, drawn: np.ndarray) -> np.ndarray:  # noqa: ARG002
        """What of a draw is published: all of it. What is left out would be NaN."""
        return drawn.astype(float)


def drawings(connection: Connection, pair: Pair, path: Path) -> list[Drawing]:
    """
    Take both partnerships of a pair through bounding, release after release.

    Returns:
        One for each part of each release, in order: what is about to be noised, without the child and with.
    """
    without, with_child = (_walk(connection, pair, path, is_there=is_there) for is_there in (False, True))
    parts = [part for release in pair.releases for part in release.plan.parts]
    return [
        Drawing(part.family, (first[0], second[0]), (first[1], second[1]), part.scale)
        for part, first, second in zip(parts, without, with_child, strict=True)
    ]


@dataclass
class _Spends:
    """What persons have spent so far: part, quarter, person, pico."""

    rows: list[tuple[str, int, str, int]] = field(default_factory=list)

    def seen_from(self, release: Release) -> pa.Table:
        """As bounding reads it in this release, merged spends of a merged child included."""
        found = self.rows
        if release.keys == 1:
            found = list(_merged(found, release.plan.kept.family))
        near = [each for each in found if abs(each[1] - release.quarter) <= _REACH]
        return pa.table(
            {
                "part": pa.array([each[0] for each in near], pa.string()),
                "period_index": pa.array([each[1] - release.quarter for each in near], pa.int32()),
                "person_key": pa.array([each[2] for each in near], pa.string()),
                "pico": pa.array([each[3] for each in near], pa.int64()),
            }
        )


def _walk(connection: Connection, pair: Pair, path: Path, *, is_there: bool) -> list[tuple[np.ndarray, float]]:
    spends, found = _Spends(), []
    for release in pair.releases:
        _load(connection, "audit_rows", _people(release, is_there=is_there))
        _load(connection, "audit_spent", spends.seen_from(release))
        plan = path.planned(connection, release.plan, "audit_rows")
        rows = path.counted(connection, plan, "audit_rows", "audit_spent")
        path.bound(connection, plan, rows, "audit_spent")
        cells = path.sums(connection, plan, rows)
        found += [
            (part.stacked(plan.grid, weights), part.scale) for part, weights in zip(plan.parts, cells, strict=True)
        ]
        for key, kept, lost in connection.execute(
            f"select person_key, kept_price, lost_price from bounded_{plan.name} where person_key like '{CHILD}%'"
        ).fetchall():
            for part, pico in zip(plan.parts, (kept, lost), strict=True):
                spends.rows.append((part.name, release.quarter, key, path.price(pico)))
    return found


def _people(release: Release, *, is_there: bool) -> pa.Table:
    rows: list[tuple[str, tuple[str, ...]]] = [
        (f"other {cell} {n}", cell) for cell, count in _OTHERS.items() for n in range(count)
    ]
    if is_there:
        names = [CHILD] if release.keys == 1 else [f"{CHILD} {n}" for n in range(release.keys)]
        rows += [(name, cell) for name in names for cell, count in release.rows for _ in range(count)]
    columns = {axis.name: [cell[place] for _, cell in rows] for place, axis in enumerate(release.plan.grid.axes)}
    return pa.table({"person_key": [key for key, _ in rows], **columns})


def _merged(spends: Iterable[tuple[str, int, str, int]], family: Family) -> Iterable[tuple[str, int, str, int]]:
    """Spends of all the child's names as one child's: lengths add up, so the roots of squared lengths do."""
    together: dict[tuple[str, int], list[int]] = {}
    for part, quarter, _, pico in spends:
        together.setdefault((part, quarter), []).append(pico)
    for (part, quarter), picos in together.items():
        length = sum(picos) if family == "pure" or len(picos) == 1 else sum(isqrt(pico) + 1 for pico in picos) ** 2
        yield part, quarter, CHILD, length


def _load(connection: Connection, name: str, table: pa.Table) -> None:
    connection.register("audit_arrow", table)
    connection.execute(f"create or replace temp table {name} as from audit_arrow")
    connection.unregister("audit_arrow")


PROMISES: dict[Family, int] = {"zcdp": 500_000, "pure": 1_000_000}
"""Micro-rho and micro-epsilon: a mu of 1 and an epsilon of 1, where an audit sees best."""
_TOTAL = Marginal("total")
_BY_TIME = Marginal("by_time", (("time_category", (("in_time",), ("late",), ("open",))),))


def plan(family: Family, rows_a_year: int, multiplier: int = 1, population: str = POPULATION) -> TablePlan:
    """
    A plan small enough to draw a hundred thousand times: sums by time, a tenth of the promise for the rows lost.

    For `zcdp` there is a total too, on which all of a person's rows add up. `multiplier` is of the sums by time.
    """
    micro = PROMISES[family]
    lost_micro = micro // 10
    marginals, multipliers = ((_BY_TIME,), (multiplier,)) if family == "pure" else ((_BY_TIME, _TOTAL), (multiplier, 1))

    def part(name: str, marginals: tuple[Marginal, ...], multipliers: tuple[int, ...], micro: int) -> Part:
        budget = rows_a_year * sum(each**2 if family == "zcdp" else each for each in multipliers)
        scale = mechanism.scale_for(family, budget, micro)
        return Part(name, family, marginals, multipliers, budget, micro, scale)

    kept_name, lost_name = part_names(population, "audited")
    kept = part(kept_name, marginals, multipliers, micro - lost_micro)
    lost = part(lost_name, (_TOTAL,), (1,), lost_micro)
    return TablePlan("audited", GRID, kept, lost, lost_allowance=0.5, population=population)


_CELL, _OPEN = ("police", "in_time"), ("schools", "open")
_EVERY = tuple((source, time) for source in ("police", "schools") for time in ("in_time", "late", "open"))


def pairs(family: Family) -> tuple[Pair, ...]:
    """The worst children we could think of, for one family of promise."""
    small, roomy, changed = plan(family, 1), plan(family, 6), plan(family, 2, multiplier=2)

    def pair(
        name: str, *rows: Iterable[tuple[tuple[str, ...], int]], of: TablePlan = small, order: str = "0123"
    ) -> Pair:
        quarters = [int(quarter) for quarter in order]
        found = zip(quarters, rows, strict=False)
        return Pair(name, tuple(Release(of, quarter, tuple(each)) for quarter, each in found))

    def each(count: int) -> list[tuple[tuple[str, ...], int]]:
        return [(cell, count) for cell in _EVERY]

    swung = pair("the plan changes after two quarters", *[[(_CELL, 30)]] * 4)
    swung = Pair(
        swung.name,
        tuple(Release((small, small, changed, changed)[r.quarter], r.quarter, r.rows) for r in swung.releases),
    )
    known_as_two = Pair(
        "known under two names, then merged",
        (Release(roomy, 0, ((_CELL, 1),), keys=2), *(Release(roomy, q, ((_CELL, 9),)) for q in (1, 2, 3))),
    )
    adults = plan(family, 1, population="adults")
    turning_18 = Pair(
        "forty rows among adults and among children, the last quarter first",
        tuple(Release(of, q, ((_CELL, 40),)) for q in (3, 0) for of in (adults, small)),
    )
    return (
        pair("one row", [(_CELL, 1)]),
        pair("one row, not finished", [(_OPEN, 1)]),
        pair("two rows in one cell", [(_CELL, 2)]),
        pair("five hundred rows in one cell", [(_CELL, 500)]),
        pair("a row in every cell", each(1)),
        pair("fifty rows in every cell", each(50)),
        pair("one row a quarter, in one cell", *[[(_CELL, 1)]] * 4),
        pair("one row a quarter, each elsewhere", *[[(cell, 1)] for cell in _EVERY[:4]]),
        pair("forty rows a quarter, in one cell", *[[(_CELL, 40)]] * 4),
        pair("ten rows in every cell, every quarter", *[each(10)] * 4),
        pair("one row, then two, four and eight", *[[(_OPEN, 2**n)] for n in range(4)], of=roomy),
        pair("rows in the first and the last quarter", [(_CELL, 7)], [], [], [(_CELL, 7)], of=roomy),
        pair("the newest quarter is released first", *[[(_CELL, 3)]] * 4, order="3210"),
        pair("one quarter is revised three times", *[[(_CELL, 1)]] * 4, order="1111"),
        swung,
        known_as_two,
        turning_18,
    )
