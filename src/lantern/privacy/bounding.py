"""How much of each person's rows counts: one weight a quarter, so that no four quarters cost more than was promised."""

from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from lantern.privacy.plan import GRAIN, Part, TablePlan

PICO = 1_000_000
"""A person's spends are kept in whole millionths of a micro-unit, rounded up."""
RUNS = tuple((first, first + 3) for first in range(-3, 1))
"""The runs of four quarters that hold this one, counted from it: three before to itself, and so on."""


class Connection(Protocol):
    """Where SQL runs: a DuckDB connection that `warehouse` opened."""

    def execute(self, query: str, parameters: Any = None, /) -> Any:
        """Run one statement."""

    def register(self, view_name: str, python_object: Any, /) -> Any:
        """Let SQL read an Arrow table by this name."""

    def unregister(self, view_name: str, /) -> Any:
        """Forget it again."""


def bound(connection: Connection, plan: TablePlan, rows: str, spent: str) -> None:
    """
    Make the temporary table `bounded_<table>`: how much each person's rows of this quarter count.

    One row per person with rows; never null: `person_key`; `kept_weight` and `lost_weight`, whole 1/1024ths that each of
    the person's rows counts among the kept and among the lost, together at most 1024; `kept_price` and `lost_price`,
    what that costs the person, in millionths of a micro-unit of the promise, rounded up.

    Args:
        connection: Where both relations are.
        plan: The table.
        rows: A relation, or a subquery in brackets: `person_key` and one text column per axis of the grid.
        spent: The same, of what persons have spent: `part`, `period_index` (quarters from this one, -3 to 3, 0 if this
            one was drawn before), `person_key`, `pico`; one row per person, part and draw or fewer.

    Raises:
        ValueError: A row has a category that is not in the public grid, or the plan a part that costs nothing.

    Privacy: a weight is a function of the person's own rows, the person's own spends, and the plan. It is the largest
        with which no run of four quarters that holds this one costs the person more than the part's `micro`:
        the proof is in docs/mechanism.md.
    """
    if min(part.row_cost for part in plan.parts) < 1:
        raise ValueError(f"table {plan.name}: a part without multipliers costs nothing and bounds nobody")
    _place(connection, plan)
    _count(connection, plan, rows)
    _cost(connection, plan)
    _weigh(connection, plan, spent)


def sums(connection: Connection, plan: TablePlan, rows: str) -> tuple[np.ndarray, np.ndarray]:
    """
    Weighted rows by cell of the full grid: those kept, and those lost. `bound` comes first.

    Args:
        connection: Where `bounded_<table>` is.
        plan: The table.
        rows: As for `bound`.

    Returns:
        Twice as many whole numbers as the grid has cells, in 1/1024ths of a row.

    Raises:
        ValueError: A row has a category that is not in the public grid: it would count nowhere.
    """
    _place(connection, plan)
    found = connection.execute(
        f"""
        select place, sum(kept_weight)::bigint, sum(lost_weight)::bigint
        from (select person_key, {_axes(plan)} from {rows} as given) as given
        left join place_{plan.name} using ({_axes(plan)})
        left join bounded_{plan.name} using (person_key)
        group by place
        """
    ).fetchall()
    kept, lost = np.zeros(plan.grid.size, dtype=np.int64), np.zeros(plan.grid.size, dtype=np.int64)
    for place, kept_sum, lost_sum in found:
        if place is None:
            raise ValueError(_unknown(plan))
        kept[place], lost[place] = kept_sum or 0, lost_sum or 0
    return kept, lost


def _place(connection: Connection, plan: TablePlan) -> None:
    """Make `place_<table>`: one row per cell of the grid, with its axes' categories."""
    lengths = [len(axis.categories) for axis in plan.grid.axes]
    positions = np.unravel_index(np.arange(plan.grid.size), lengths)
    columns: dict[str, Any] = {
        axis.name: pa.array(axis.categories).take(pa.array(position))
        for axis, position in zip(plan.grid.axes, positions, strict=True)
    }
    columns["place"] = np.arange(plan.grid.size, dtype=np.int32)
    connection.register("grid_of_table", pa.table(columns))
    connection.execute(f"create or replace temp table place_{plan.name} as from grid_of_table")
    connection.unregister("grid_of_table")


def _count(connection: Connection, plan: TablePlan, rows: str) -> None:
    """
    Make `row_<table>`, one row per row of data: `person_key`, `place`; and `person_<table>`, one row per person.

    That has how many rows there are, and for those who have several a number from 0.
    """
    connection.execute(
        f"""
        create or replace temp table row_{plan.name} as
        select person_key, place
        from (select person_key, {_axes(plan)} from {rows} as given) as given
        left join place_{plan.name} using ({_axes(plan)})
        """
    )
    if connection.execute(f"select count(*) from row_{plan.name} where place is null").fetchone()[0]:
        raise ValueError(_unknown(plan))
    connection.execute(
        f"""
        create or replace temp table person_{plan.name} as
        with persons as (select person_key, count(*) as number from row_{plan.name} group by person_key)
        select person_key, number, null::bigint as person from persons where number = 1
        union all
        select person_key, number, row_number() over () - 1 as person from persons where number > 1
        """
    )


def _cost(connection: Connection, plan: TablePlan) -> None:
    """
    Make `cost_<table>`: one row per person, and what the rows cost under each part's multipliers.

    n rows in one sum cost n^2 and not n: what n^2 - n comes to is added for those who have several rows.
    """
    kept, lost = plan.parts
    marginals = _marginals(plan) if kept.family == "zcdp" else []
    several = connection.execute(
        f"select person, place from row_{plan.name} inner join person_{plan.name} using (person_key) where number > 1"
    ).fetchnumpy()
    more = _more(several["person"], several["place"], [groups for groups, *_ in marginals])
    connection.register("more_of_table", more)
    kept_more, lost_more = (
        " + ".join([f"{each[which]}::hugeint * more_{number}" for number, each in enumerate(marginals)] or ["0"])
        for which in (1, 2)
    )
    connection.execute(
        f"""
        create or replace temp table cost_{plan.name} as
        select
            person_key,
            {kept.row_cost}::hugeint * number + coalesce(kept_more, 0) as kept_cost,
            {lost.row_cost}::hugeint * number + coalesce(lost_more, 0) as lost_cost
        from person_{plan.name}
        left join (
            select person, {kept_more} as kept_more, {lost_more} as lost_more from more_of_table
        ) using (person)
        """
    )
    connection.unregister("more_of_table")
    for made in ("row", "person"):
        connection.execute(f"drop table {made}_{plan.name}")


def _more(person: np.ndarray, place: np.ndarray, marginals: list[np.ndarray]) -> pa.Table:
    """
    What n^2 - n comes to over the sums of each marginal: one row a person, `person` and `more_<marginal>`.

    Args:
        person: The person of each row of data, numbered from 0.
        place: The cell of each row of data.
        marginals: The sum that each cell is in.
    """
    persons = int(person.max(initial=-1)) + 1
    columns = {"person": np.arange(persons)}
    for number, groups in enumerate(marginals):
        sums = int(groups.max()) + 1
        met = np.sort(person.astype(np.int64) * sums + groups[place])
        starts = np.flatnonzero(np.diff(met, prepend=-1))
        counts = np.diff(starts, append=len(met))
        columns[f"more_{number}"] = more = np.zeros(persons, dtype=np.int64)
        np.add.at(more, met[starts] // sums, counts * counts - counts)
    return pa.table(columns)


def _weigh(connection: Connection, plan: TablePlan, spent: str) -> None:
    """Make `bounded_<table>` of `cost_<table>`: weights and prices are worked out once for all whose rows cost and who may spend alike."""
    kept, lost = plan.parts
    alike = "kept_cost, lost_cost, kept_left, lost_left"
    connection.execute(
        f"""
        create or replace temp table costing_{plan.name} as
        select
            person_key,
            kept_cost,
            lost_cost,
            greatest({_budget(kept)} - coalesce(kept_spent, 0), 0)::hugeint as kept_left,
            greatest({_budget(lost)} - coalesce(lost_spent, 0), 0)::hugeint as lost_left
        from cost_{plan.name}
        left join (
            select person_key, {_most_spent(kept)} as kept_spent, {_most_spent(lost)} as lost_spent
            from {spent} as spends
            group by person_key
        ) using (person_key)
        """
    )
    connection.execute(
        f"""
        create or replace temp table bounded_{plan.name} as
        with
        keeping as (
            select *, {_weight(kept, "kept")} as kept_weight
            from (select distinct {alike} from costing_{plan.name})
        ),
        losing as (
            select *, least({_weight(lost, "lost")}, {GRAIN} - kept_weight) as lost_weight
            from keeping
        ),
        paying as (
            select *, {_price(kept, "kept")} as kept_price, {_price(lost, "lost")} as lost_price
            from losing
        )
        select person_key, kept_weight, lost_weight, kept_price, lost_price
        from costing_{plan.name}
        inner join paying using ({alike})
        """
    )
    connection.execute(f"drop table costing_{plan.name}")


def _marginals(plan: TablePlan) -> list[tuple[np.ndarray, int, int]]:
    """Each way the parts divide the grid, once: the number of each cell's sum, and both parts' squared multipliers."""
    found: dict[bytes, tuple[np.ndarray, int, int]] = {}
    for is_lost, part in enumerate(plan.parts):
        for marginal, multiplier in zip(part.marginals, part.multipliers, strict=True):
            groups = marginal.matrix(plan.grid).tocsc().indices.astype(np.int32)
            _, kept, lost = found.get(groups.tobytes(), (groups, 0, 0))
            square = multiplier**2
            found[groups.tobytes()] = (groups, kept + square * (1 - is_lost), lost + square * is_lost)
    return list(found.values())


def _most_spent(part: Part) -> str:
    """The most a person has spent on a part in any run of four quarters that holds this one."""
    runs = ", ".join(
        f"coalesce(sum(pico) filter (part = '{part.name}' and period_index between {first} and {last}), 0)"
        for first, last in RUNS
    )
    return f"greatest({runs})::hugeint"


def _budget(part: Part) -> str:
    """What a part may cost a person over four quarters, in pico-units."""
    return f"{part.micro * PICO}::hugeint"


def _whole(part: Part) -> int:
    """The person budget on the scale of weighted rows."""
    return part.person_budget * (GRAIN**2 if part.family == "zcdp" else GRAIN)


def _weight(part: Part, which: str) -> str:
    """
    The largest weight a person can pay for.

    In whole numbers throughout: f^2 * cost * budget <= left * whole just if f^2 is at most the whole quotient. The root
    of a whole number of at most 2^20, taken in double precision, is never rounded past a whole number.
    """
    quotient = f"{which}_left * {_whole(part)}::hugeint // ({which}_cost * {_budget(part)})"
    if part.family == "pure":
        return f"least({quotient}, {GRAIN})::integer"
    return f"floor(sqrt(least({quotient}, {GRAIN**2})::double))::integer"


def _price(part: Part, which: str) -> str:
    """What a weight costs a person, in pico-units, rounded up: never more than was left, which is whole."""
    weight = f"{which}_weight::hugeint"
    length = f"{weight} * {weight}" if part.family == "zcdp" else weight
    return f"(({length} * {which}_cost * {_budget(part)} + {_whole(part) - 1}) // {_whole(part)}::hugeint)::bigint"


def _axes(plan: TablePlan) -> str:
    return ", ".join(axis.name for axis in plan.grid.axes)


def _unknown(plan: TablePlan) -> str:
    return f"table {plan.name}: a row has a category that is not in the public grid"
