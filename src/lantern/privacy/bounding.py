"""How much of each person's rows counts: one weight a quarter, so that no four quarters cost more than was promised."""

from math import isqrt
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lantern.privacy.plan import GRAIN, Part, TablePlan

PICO = 1_000_000
"""A person's spends are kept in whole millionths of a micro-unit, rounded up."""
RUNS = tuple((first, first + 3) for first in range(-3, 1))
"""The runs of four quarters that hold this one, counted from it: three before to itself, and so on."""
_FURTHEST = 1 << 62


class NotInGrid(ValueError):
    """A row has a category that is not in the public grid: it would count nowhere."""


class TooManyRows(ValueError):
    """A person has more rows than can be reckoned with."""


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
        NotInGrid: A row has a category that is not in the public grid.
        TooManyRows: A person has more than `most_rows`.
        ValueError: The plan has a part that costs nothing.

    Privacy: a weight is a function of the person's own rows, the person's own spends, and the plan. It is the largest
        with which no run of four quarters that holds this one costs the person more than the part's `micro`:
        the proof is in docs/mechanism.md.
    """
    _place(connection, plan, rows)
    connection.register("weight_of_person", weigh(connection, plan, spent))
    connection.execute(f"create or replace temp table bounded_{plan.name} as from weight_of_person")
    connection.unregister("weight_of_person")
    connection.execute(f"drop table row_{plan.name}")


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
        NotInGrid: A row has a category that is not in the public grid.
    """
    _place(connection, plan, rows)
    found = add_up(connection, plan)
    connection.execute(f"drop table row_{plan.name}")
    return found


def most_rows(plan: TablePlan) -> int:
    """How many rows a person may have: what they cost, all in one sum, has to fit in 64 bits."""
    return isqrt((_FURTHEST - 1) // max(part.row_cost for part in plan.parts))


def weigh(connection: Connection, plan: TablePlan, spent: str) -> pa.Table:
    """The rows of `bounded_<table>`, once those of data are placed: `row_<table>` has for each `person_key` and `place`, its cell."""
    if min(part.row_cost for part in plan.parts) < 1:
        raise ValueError(f"table {plan.name}: a part without multipliers costs nothing and bounds nobody")
    rows = connection.execute(f"select person_key, place from row_{plan.name}").to_arrow_table()
    persons = rows["person_key"].dictionary_encode(null_encoding="encode").combine_chunks()
    kept_cost, lost_cost = _costs(plan, np.asarray(persons.indices), np.asarray(rows["place"]))
    kept_left, lost_left = _left(connection, plan, persons.dictionary, spent)
    costs = {"kept_cost": kept_cost, "lost_cost": lost_cost, "kept_left": kept_left, "lost_left": lost_left}
    found = _weights(connection, plan, pa.table(costs))
    return found.add_column(0, "person_key", persons.dictionary)


def add_up(connection: Connection, plan: TablePlan) -> tuple[np.ndarray, np.ndarray]:
    """What `sums` does, once the rows are placed and weighed."""
    found = connection.execute(
        f"""
        select place, sum(kept_weight)::bigint as kept, sum(lost_weight)::bigint as lost
        from row_{plan.name}
        inner join bounded_{plan.name} using (person_key)
        group by place
        """
    ).fetchnumpy()
    kept, lost = np.zeros(plan.grid.size, dtype=np.int64), np.zeros(plan.grid.size, dtype=np.int64)
    kept[found["place"]], lost[found["place"]] = found["kept"], found["lost"]
    return kept, lost


def _place(connection: Connection, plan: TablePlan, rows: str) -> None:
    """Make `row_<table>`: one row per row of data, `person_key` and `place`, its cell of the grid."""
    lengths = [len(axis.categories) for axis in plan.grid.axes]
    positions = np.unravel_index(np.arange(plan.grid.size), lengths)
    columns: dict[str, Any] = {
        axis.name: pa.array(axis.categories).take(pa.array(position))
        for axis, position in zip(plan.grid.axes, positions, strict=True)
    }
    columns["place"] = np.arange(plan.grid.size, dtype=np.int32)
    axes = ", ".join(axis.name for axis in plan.grid.axes)
    connection.register("grid_of_table", pa.table(columns))
    connection.execute(
        f"""
        create or replace temp table row_{plan.name} as
        select person_key, place
        from (select person_key, {axes} from {rows} as given) as given
        left join grid_of_table using ({axes})
        """
    )
    connection.unregister("grid_of_table")
    if connection.execute(f"select count(*) from row_{plan.name} where place is null").fetchone()[0]:
        raise NotInGrid(f"table {plan.name}: a row has a category that is not in the public grid")


def _costs(plan: TablePlan, person: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    What each person's rows cost under each part's multipliers.

    n rows in one sum cost n^2 and not n: what n^2 - n comes to is added for those who have several rows.

    Args:
        plan: The table.
        person: The person of each row of data, numbered from 0.
        place: The cell of each row of data.
    """
    rows = np.bincount(person)
    if int(rows.max(initial=0)) > most_rows(plan):
        raise TooManyRows(f"table {plan.name}: a person has more rows than can be reckoned with")
    kept_cost, lost_cost = (part.row_cost * rows for part in plan.parts)
    several = rows[person] > 1
    person, place = person[several].astype(np.int64), place[several]
    for places, kept, lost in _marginals(plan) if plan.kept.family == "zcdp" else ():
        sums = int(places.max()) + 1
        met = np.sort(person * sums + places[place])
        starts = np.flatnonzero(np.diff(met, prepend=-1))
        counts = np.diff(starts, append=len(met))
        again = counts > 1
        more, whose = counts[again] ** 2 - counts[again], met[starts[again]] // sums
        np.add.at(kept_cost, whose, kept * more)
        np.add.at(lost_cost, whose, lost * more)
    return kept_cost, lost_cost


def _left(connection: Connection, plan: TablePlan, persons: pa.Array, spent: str) -> list[np.ndarray]:
    """What each person may still spend on each part, in pico-units: of its budget, what no run of four quarters has taken."""
    kept, lost = plan.parts
    found = connection.execute(
        f"""
        select person_key, {_most_spent(kept)} as kept, {_most_spent(lost)} as lost
        from {spent} as spends
        group by person_key
        """
    ).to_arrow_table()
    at = pc.index_in(found["person_key"].cast(persons.type), value_set=persons)
    here = np.asarray(at.is_valid())
    left = []
    for part, name in ((kept, "kept"), (lost, "lost")):
        of_part = np.full(len(persons), part.micro * PICO, dtype=np.int64)
        of_part[np.asarray(at.drop_null())] -= np.asarray(found[name])[here]
        left.append(of_part)
    return left


def _weights(connection: Connection, plan: TablePlan, costs: pa.Table) -> pa.Table:
    """Weights and prices by person, in the order of `costs`: worked out once for all whose rows cost and who may spend alike."""
    kept, lost = plan.parts
    alike = _alike(costs)
    one_of_each = np.zeros(alike.max(initial=-1) + 1, dtype=np.int64)
    one_of_each[alike] = np.arange(len(alike))
    connection.register("cost", costs.take(one_of_each).append_column("number", pa.array(np.arange(len(one_of_each)))))
    found = connection.execute(
        f"""
        with
        keeping as (
            select *, {_weight(kept, "kept")} as kept_weight
            from cost
        ),
        losing as (
            select *, least({_weight(lost, "lost")}, {GRAIN} - kept_weight) as lost_weight
            from keeping
        )
        select kept_weight, lost_weight, {_price(kept, "kept")} as kept_price, {_price(lost, "lost")} as lost_price
        from losing
        order by number
        """
    ).to_arrow_table()
    connection.unregister("cost")
    return found.take(alike)


def _alike(table: pa.Table) -> np.ndarray:
    """A number for each row, from 0 without gaps: the same for rows that are the same throughout."""
    found = np.zeros(table.num_rows, dtype=np.int64)
    for column in table.columns:
        values = column.combine_chunks().dictionary_encode()
        both = found * len(values.dictionary) + np.asarray(values.indices)
        found = np.asarray(pa.array(both).dictionary_encode().indices, dtype=np.int64)
    return found


def _marginals(plan: TablePlan) -> list[tuple[np.ndarray, int, int]]:
    """Each way the parts divide the grid, once: the number of each cell's sum, and both parts' squared multipliers."""
    found: dict[bytes, tuple[np.ndarray, int, int]] = {}
    for is_lost, part in enumerate(plan.parts):
        for marginal, multiplier in zip(part.marginals, part.multipliers, strict=True):
            places, square = marginal.places(plan.grid), multiplier**2
            held = found.get(places.tobytes())
            kept, lost = held[1:] if held else (0, 0)
            found[places.tobytes()] = (places, kept + square * (1 - is_lost), lost + square * is_lost)
    return list(found.values())


def _most_spent(part: Part) -> str:
    """The most a person has spent on a part in any run of four quarters that holds this one: of its budget, so that some is left or none."""
    runs = ", ".join(
        f"coalesce(sum(pico) filter (part = '{part.name}' and period_index between {first} and {last}), 0)"
        for first, last in RUNS
    )
    return f"least(greatest({runs}), {_budget(part)})::bigint"


def _budget(part: Part) -> str:
    """What a part may cost a person over four quarters, in pico-units."""
    return f"{part.micro * PICO}::bigint"


def _whole(part: Part) -> int:
    """The person budget on the scale of weighted rows."""
    return part.person_budget * (GRAIN**2 if part.family == "zcdp" else GRAIN)


def _weight(part: Part, which: str) -> str:
    """
    The largest weight a person can pay for.

    In whole numbers throughout: f^2 * cost * budget <= left * whole just if f^2 is at most the whole quotient. The root
    of a whole number of at most 2^20, taken in double precision, is never rounded past a whole number.
    """
    quotient = f"{which}_left * {_whole(part)}::hugeint // ({which}_cost::hugeint * {_budget(part)})"
    if part.family == "pure":
        return f"least({quotient}, {GRAIN})::integer"
    return f"floor(sqrt(least({quotient}, {GRAIN**2})::double))::integer"


def _price(part: Part, which: str) -> str:
    """What a weight costs a person, in pico-units, rounded up: never more than was left, which is whole."""
    weight = f"{which}_weight::hugeint"
    length = f"{weight} * {weight}" if part.family == "zcdp" else weight
    return f"(({length} * {which}_cost * {_budget(part)} + {_whole(part) - 1}) // {_whole(part)}::hugeint)::bigint"
