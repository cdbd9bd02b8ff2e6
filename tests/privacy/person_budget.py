"""A small plan drawn by hand, and the rule of a person's budget worked out in fractions: an oracle that is not SQL."""

import math
from collections import Counter
from fractions import Fraction

import pyarrow as pa

from lantern.privacy import bounding, mechanism
from lantern.privacy.grid import Axis, Grid, Marginal
from lantern.privacy.plan import GRAIN, POPULATION, Family, Part, TablePlan, part_names

SOURCES, TIMES, AGAIN = ("police", "school", "others"), ("bin_0", "bin_1", "open"), ("no", "yes")
GRID = Grid((Axis("source_group", SOURCES), Axis("time_category", TIMES), Axis("is_again", AGAIN)))
CELLS = [(source, time, again) for source in SOURCES for time in TIMES for again in AGAIN]

TOTAL = Marginal("total")
BY_SOURCE = Marginal("by_source", (("source_group", tuple((each,) for each in SOURCES)),))
IN_TIME = Marginal("in_time", (("time_category", (("bin_0",), ("bin_1", "open"))),))
AGAIN_BY_SOURCE = Marginal(
    "again_by_source",
    (("source_group", tuple((each,) for each in SOURCES)), ("is_again", tuple((each,) for each in AGAIN))),
)
MARGINALS = (TOTAL, BY_SOURCE, IN_TIME, AGAIN_BY_SOURCE)


def part(
    name: str,
    multipliers: tuple[int, ...] = (1, 2, 3, 2),
    *,
    family: Family = "zcdp",
    rows: Fraction | int = 6,
    micro: int = 80_000,
    marginals: tuple[Marginal, ...] = MARGINALS,
) -> Part:
    """A part whose person budget is worth so many single rows a year."""
    row_cost = sum(each**2 if family == "zcdp" else each for each in multipliers)
    budget = max(1, math.floor(rows * row_cost))
    return Part(name, family, marginals, multipliers, budget, micro, mechanism.scale_for(family, budget, micro))


def table(
    kept: Part | None = None,
    lost: Part | None = None,
    *,
    family: Family = "zcdp",
    name: str = "contacts",
    population: str = POPULATION,
) -> TablePlan:
    names = part_names(population, name)
    kept = kept or part(names[0], family=family)
    lost = lost or part(names[1], (1, 1), family=family, rows=2, micro=10_000, marginals=(TOTAL, AGAIN_BY_SOURCE))
    return TablePlan(name, GRID, kept, lost, 0.1, population=population)


def cost(of: Part, rows: Counter) -> int:
    """What rows cost, by the definition: each marginal's sums one after another."""
    price = 0
    for marginal, multiplier in zip(of.marginals, of.multipliers, strict=True):
        matrix = marginal.matrix(GRID).toarray().astype(int)
        for line in matrix:
            held = sum(int(line[CELLS.index(cell)]) * number for cell, number in rows.items())
            price += (multiplier * held) ** 2 if of.family == "zcdp" else multiplier * held
    return price


def left(of: Part, spends: dict[int, int]) -> int:
    """What is left, by the definition: over four quarters at a time, of spends by quarter from this one."""
    runs = [sum(spends.get(first + step, 0) for step in range(4)) for first in range(-3, 1)]
    return max(of.micro * 10**6 - max(runs), 0)


def weight(of: Part, rows: Counter, unspent: int, most: int = GRAIN) -> int:
    """The largest weight that is paid for, found by trying each."""
    power = 2 if of.family == "zcdp" else 1
    whole = Fraction(of.person_budget * GRAIN**power)
    price = cost(of, rows)
    return max(f for f in range(most + 1) if f**power * price / whole * of.micro * 10**6 <= unspent)


def price(of: Part, rows: Counter, counted: int) -> int:
    """What a weight costs, in pico-units, rounded up."""
    power = 2 if of.family == "zcdp" else 1
    share = Fraction(counted**power * cost(of, rows), of.person_budget * GRAIN**power)
    return math.ceil(share * of.micro * 10**6)


def bounded(plan: TablePlan, rows: Counter, kept_spends: dict[int, int], lost_spends: dict[int, int]) -> tuple:
    """One person's kept weight, lost weight, kept price and lost price."""
    kept = weight(plan.kept, rows, left(plan.kept, kept_spends))
    lost = weight(plan.lost, rows, left(plan.lost, lost_spends), GRAIN - kept)
    return kept, lost, price(plan.kept, rows, kept), price(plan.lost, rows, lost)


def weigh(connection, plan: TablePlan, people: dict[str, list], spends: list[tuple] = ()) -> dict[str, tuple]:
    """What `bounding.bound` makes of people's rows of a quarter: weights and prices, kept and lost in turn."""
    write(connection, people, spends)
    bounding.bound(connection, plan, "given_rows", "given_spends")
    found = connection.execute(
        f"select person_key, kept_weight, lost_weight, kept_price, lost_price from bounded_{plan.name}"
    ).fetchall()
    assert len(found) == len(people)
    return {person: tuple(rest) for person, *rest in found}


def write(connection, people: dict[str, list], spends: list[tuple] = ()) -> None:
    """The rows of a quarter, and what was spent: part, quarter from this one, person, pico."""
    rows = [(person, *cell) for person, cells in people.items() for cell in cells]
    made = {
        "given_rows": (rows, ("person_key", "source_group", "time_category", "is_again")),
        "given_spends": (list(spends), ("part", "period_index", "person_key", "pico")),
    }
    for name, (lines, columns) in made.items():
        kinds = [pa.string() if each not in {"period_index", "pico"} else pa.int64() for each in columns]
        arrays = [pa.array([line[at] for line in lines], kind) for at, kind in enumerate(kinds)]
        connection.register("incoming", pa.table(dict(zip(columns, arrays, strict=True))))
        connection.execute(f"create or replace temp table {name} as from incoming")
        connection.unregister("incoming")
