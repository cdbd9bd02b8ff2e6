"""From all rows of a quarter to noised sums: the one step where restricted counts become releasable."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from lantern import secret, warehouse
from lantern.errors import ContractBroken
from lantern.home import Home
from lantern.period import Quarter
from lantern.privacy import bounding, exclusion, mechanism
from lantern.privacy.plan import GRAIN, Part, Plan, TablePlan
from lantern.privacy.reconcile import Answers
from lantern.release import separation, spent
from lantern.release.spent import Payment


@dataclass(frozen=True)
class BoundedTable:
    """
    One table and quarter, bounded. Restricted: it goes to the checks at the border and to `draw`, nowhere else.

    `rows` has one row per person and combination of categories that occurs, and its `number` of rows. `people` has one row
    per person: weights and prices as `bounding.bound` gives them, and `kept_year` and `lost_year`, the most the person has
    then spent over any four quarters, in pico-units; 0 for who pays nothing now; and `populations`, in how many the person has
    then paid within a year. Both are in the order of the person keys, and hold nobody who pays in another population.
    `kept` and `lost` are weighted rows by cell.
    """

    rows: pa.Table = field(repr=False)
    people: pa.Table = field(repr=False)
    kept: np.ndarray = field(repr=False)
    lost: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class Bounded:
    """
    All tables of a plan, bounded, and what its persons pay for it.

    `digest` names the request: the plan, the rows and their weights, under the hub's key; `rows_digest` the rows alone.
    """

    tables: dict[str, BoundedTable]
    payment: Payment
    digest: str
    rows_digest: str

    @property
    def cells(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Table name to its kept and its lost weights by cell: what `draw` takes."""
        return {name: (table.kept, table.lost) for name, table in self.tables.items()}


def bound(home: Home, plan: Plan, check: Callable[[], None] | None = None) -> Bounded:
    """
    Weigh every person's rows of the plan's quarter by what the person has left; who pays in another population has none.

    Args:
        home: Whose warehouse and store of spends; neither is changed.
        plan: Of which quarter.
        check: Asked once the warehouse is held open, so that no build can begin between the answer and the rows.

    Raises:
        ContractBroken: A row has a category that is not in the public grid, or a person more rows than can be reckoned with.
        ReleaseRefused: See `spent.merge`.
    """
    has_store = home.spent.exists()
    with warehouse.opened(home, read_only=True, also={spent.ALIAS: home.spent} if has_store else {}) as connection:
        if check:
            check()
        tables, payment = bound_on(connection, plan, spent.ALIAS if has_store else "")
    key = secret.key(home, "ledger")
    rows_digest = _digest(key, "rows", {name: table.rows for name, table in tables.items()})
    people = {name: table.people.select(_WEIGHED) for name, table in tables.items()}
    return Bounded(tables, payment, _digest(key, f"{plan.digest}|{rows_digest}", people), rows_digest)


def bound_on(connection: Any, plan: Plan, store: str) -> tuple[dict[str, BoundedTable], Payment]:
    """
    What `bound` does once the stores are open: every table of the plan by name, and what its persons pay.

    Args:
        connection: The warehouse, and the store of spends beside it.
        plan: Of which quarter.
        store: The store's name there; empty if there is none.

    Raises:
        ContractBroken, ReleaseRefused: See `bound`.
    """
    seen = spent.merge(connection, plan, has_store=bool(store))
    tables = _tables(connection, plan, store)
    return tables, spent.payment(connection, plan, seen)


def border(plan: TablePlan, bounded: BoundedTable) -> pa.Table:
    """
    What the checks at the border look at: each row of `rows` beside its person's weights and spends.

    `kept_paid` and `lost_paid` say what the person pays as a part of what the rows cost by a second reckoning, which
    shares no code with the first: it multiplies sparse matrices where the first groups and adds up in SQL.
    """
    rows, people = bounded.rows, bounded.people
    place = pc.index_in(rows["person_key"], value_set=people["person_key"].combine_chunks())
    person = np.asarray(place.fill_null(0).to_numpy(), dtype=np.int64)
    held = _held(plan, rows, person, people.num_rows)
    found = {name: rows[name] for name in rows.column_names} | {
        axis.name: rows[axis.name].dictionary_encode() for axis in plan.grid.axes
    }
    for part, which in zip(plan.parts, ("kept", "lost"), strict=True):
        weight, price = (people[f"{which}_{of}"].to_numpy() for of in ("weight", "price"))
        due = _due(part, plan, held, weight)
        found[f"{which}_paid"] = pa.array(np.divide(price, due, out=np.ones(len(due)), where=due > 0)[person])
        for name in (f"{which}_weight", f"{which}_year"):
            found[name] = pa.array(people[name].to_numpy()[person])
    found["populations"] = pa.array(people["populations"].to_numpy()[person])
    found["weights"] = pc.add(found["kept_weight"], found["lost_weight"])
    return pa.table(found)


def border_facts(plan: TablePlan) -> dict[str, Any]:
    """What `expectations/release_input.py` needs to know that is not in the frame."""
    return {
        "categories": {axis.name: axis.categories for axis in plan.grid.axes},
        "grain": GRAIN,
        "kept_budget": plan.kept.micro * bounding.PICO,
        "lost_budget": plan.lost.micro * bounding.PICO,
    }


def draw(plan: Plan, cells: dict[str, tuple[np.ndarray, np.ndarray]]) -> Answers:
    """
    Noise every part of the plan, once, in one call each.

    Args:
        plan: Approved and paid for.
        cells: Table name to its kept and its lost weights by cell, in 1/1024ths of a row.

    Returns:
        Part name to its noised stacked vector: whole numbers, for every sum of the public grid.
    """
    return {
        part.name: mechanism.noised(part.family, part.stacked(table.grid, weights), part.scale).tolist()
        for table in plan.tables
        for part, weights in zip(table.parts, cells[table.name], strict=True)
    }


_WEIGHED = ["person_key", "kept_weight", "lost_weight"]


def _tables(connection: Any, plan: Plan, store: str) -> dict[str, BoundedTable]:
    """All tables, bounded: of one population after another, each without who pays in another."""
    made: dict[str, BoundedTable] = {}
    for population in plan.populations:
        before = [plan.table(name) for name in made]
        excluded = exclusion.exclude(connection, population, before, spent.RELATION)
        for table in plan.tables:
            if table.population == population:
                made[table.name] = _bounded(connection, table, plan.period, excluded)
    paid = separation.populations_paid(connection, plan, {name: each.people for name, each in made.items()}, store)
    return {
        table.name: replace(
            made[table.name],
            people=made[table.name].people.append_column("populations", pa.array(paid[table.name], pa.int64())),
        )
        for table in plan.tables
    }


def _bounded(connection: Any, table: TablePlan, period: str, excluded: str) -> BoundedTable:
    axes = ", ".join(axis.name for axis in table.grid.axes)
    found = f"(select person_key, {axes} from release_inputs.ri_{table.name} where period = '{Quarter.parse(period)}')"
    rows = exclusion.without(found, excluded)
    try:
        bounding.bound(connection, table, rows, spent.RELATION)
        kept, lost = bounding.sums(connection, table, rows)
    except bounding.NotInGrid:
        raise ContractBroken(
            f"release input 'ri_{table.name}': a row has a category that is not in the public grid. Nothing was drawn. "
            "Run 'lantern build' again."
        ) from None
    except bounding.TooManyRows:
        raise ContractBroken(
            f"release input 'ri_{table.name}': a person has more rows in {period} than can be reckoned with. Nothing was drawn. "
            "Far too many records are taken for one person's: look at 'lantern linkage' and at what was delivered last."
        ) from None
    counted = connection.execute(
        f"select *, count(*) as number from {rows} as given group by all order by all"
    ).to_arrow_table()
    return BoundedTable(counted, connection.execute(_people(table)).to_arrow_table(), kept, lost)


def _people(table: TablePlan) -> str:
    """Each person's weights and prices, and the year's spends worked out again from what `bound` made of them."""
    kept, lost = table.parts
    return f"""
        with
        spends as (
            select part, period_index, person_key, pico from {spent.RELATION} where part in ('{kept.name}', '{lost.name}')
            union all
            select '{kept.name}', 0, person_key, kept_price from bounded_{table.name}
            union all
            select '{lost.name}', 0, person_key, lost_price from bounded_{table.name}
        ),
        runs as (
            select part, person_key, run.first, sum(pico) as pico
            from spends
            inner join (values (-3), (-2), (-1), (0)) as run (first) on period_index between run.first and run.first + 3
            group by all
        ),
        years as (
            select
                person_key,
                max(pico) filter (part = '{kept.name}') as kept,
                max(pico) filter (part = '{lost.name}') as lost
            from runs
            group by person_key
        )
        select
            bounded.*,
            case when kept_price > 0 then years.kept else 0 end::bigint as kept_year,
            case when lost_price > 0 then years.lost else 0 end::bigint as lost_year
        from bounded_{table.name} as bounded
        left join years using (person_key)
        order by person_key
    """


def _held(plan: TablePlan, rows: pa.Table, person: np.ndarray, persons: int) -> sparse.csr_array:
    """Persons x cells: how many rows each has in each."""
    positions = [
        np.asarray(pc.index_in(rows[axis.name], value_set=pa.array(axis.categories)).fill_null(0).to_numpy())
        for axis in plan.grid.axes
    ]
    place = np.ravel_multi_index(positions, [len(axis.categories) for axis in plan.grid.axes])
    number = rows["number"].to_numpy().astype(float)
    return sparse.csr_array((number, (person, place)), shape=(persons, plan.grid.size))


def _due(part: Part, plan: TablePlan, held: sparse.csr_array, weight: np.ndarray) -> np.ndarray:
    """What rows of these weights cost each person, in pico-units, not rounded."""
    cost = np.zeros(held.shape[0])
    for marginal, multiplier in zip(part.marginals, part.multipliers, strict=True):
        sums = held @ marginal.matrix(plan.grid).T
        if part.family == "zcdp":
            cost += multiplier**2 * np.asarray((sums * sums).sum(axis=1))
        else:
            cost += multiplier * np.asarray(sums.sum(axis=1))
    share = (weight / GRAIN) ** (2 if part.family == "zcdp" else 1)
    return share * cost * (part.micro * bounding.PICO / part.person_budget)


def _digest(key: bytes, first: str, tables: dict[str, pa.Table]) -> str:
    """A keyed digest of tables whose rows are in order: whatever their chunks, equal tables have equal digests."""
    digest = hmac.new(key, first.encode(), hashlib.sha256)
    for name, table in sorted(tables.items()):
        digest.update(f"|{name}|{table.num_rows}".encode())
        for column in table.columns:
            text = pc.fill_null(pc.cast(column, pa.large_string()).combine_chunks(), "")
            whole = pa.LargeListArray.from_arrays([0, len(text)], text)
            digest.update(pc.binary_join(whole, pa.scalar("|", pa.large_string()))[0].as_buffer())
    return digest.hexdigest()
