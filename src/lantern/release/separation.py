"""That no person pays in two populations within a year, reckoned a second time: from records, not from persons."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lantern.period import QUARTERS_A_YEAR, Quarter
from lantern.privacy.plan import Plan, population_of


def populations_paid(connection: Any, plan: Plan, people: Mapping[str, pa.Table], store: str) -> dict[str, np.ndarray]:
    """
    In how many populations each person has then paid within a year, by all records that are the person's today.

    It shares no code with `exclusion` and `spent`, which ask it of persons in SQL: here each record carries what was paid under it,
    and records are gathered into persons at the end.

    Args:
        connection: The warehouse, and the store of spends beside it.
        plan: What is about to be drawn.
        people: Table name to its persons and their prices, as `bounding.bound` gives them.
        store: The store's name beside the warehouse; empty if there is none.

    Returns:
        Table name to a whole number for each of its persons, in their order: 0 for who pays nothing in this draw.
    """
    paying = {name: each["person_key"].filter(_is_paying(each)) for name, each in people.items()}
    persons = pc.unique(pa.chunked_array([key for each in paying.values() for key in each.chunks], pa.string()))
    records = _records(connection, persons)
    before = _paid(connection, plan, store)
    populations = sorted({*plan.populations, *before})
    paid = np.zeros((len(persons), len(populations)), dtype=bool)
    for table in plan.tables:
        paid[_places(paying[table.name], persons), populations.index(table.population)] = True
    person = _places(records["person_key"], persons)
    for population, keys in before.items():
        known = pc.is_in(records["local_person_key"], value_set=keys).to_numpy()
        paid[person[known], populations.index(population)] = True
    number = np.append(paid.sum(axis=1), 0)  # the last is of who pays nothing
    return {name: number[_places(each["person_key"], persons)] for name, each in people.items()}


def _is_paying(people: pa.Table) -> pa.ChunkedArray:
    return pc.greater(pc.add(people["kept_price"], people["lost_price"]), 0)


def _places(keys: pa.ChunkedArray, persons: pa.Array) -> np.ndarray:
    """Where each key is among the persons; -1 if it is not."""
    return np.asarray(pc.fill_null(pc.index_in(keys, value_set=persons), -1).to_numpy())


def _records(connection: Any, persons: pa.Array) -> pa.Table:
    """`local_person_key` and `person_key` of these persons' records; each person's own key is one of them."""
    own = pa.table({"local_person_key": persons, "person_key": persons})
    built = "select 1 from information_schema.tables where table_schema = 'linkage' and table_name = 'person_link'"
    if connection.execute(built).fetchone() is None:
        return own
    links = connection.execute("select local_person_key, person_key from linkage.person_link").to_arrow_table()
    linked = links.filter(pc.is_in(links["person_key"], value_set=persons))
    # A person's key may be one of the person's records or none; a record that is another person's stays that person's.
    extra = own.filter(
        pc.invert(pc.is_in(own["local_person_key"], value_set=links["local_person_key"].combine_chunks()))
    )
    return pa.concat_tables([linked.cast(own.schema), extra])


def _paid(connection: Any, plan: Plan, store: str) -> dict[str, pa.Array]:
    """Population to the records, once each, under which it was paid in quarters that share a year with the plan's."""
    if not store:
        return {}
    quarter = Quarter.parse(plan.period)
    near = [str(quarter.plus(step)) for step in range(1 - QUARTERS_A_YEAR, QUARTERS_A_YEAR)]
    paid = f"from {store}.spend as spend inner join {store}.draw as draw using (draw) where list_contains(?, draw.period) and spend.pico > 0"
    parts: dict[str, list[str]] = {}
    for (part,) in connection.execute(f"select distinct spend.part {paid}", [near]).fetchall():
        parts.setdefault(population_of(part), []).append(part)
    return {
        population: connection.execute(
            f"""
            select distinct local_person_key from {store}.record
            where (draw, person) in (select (draw, person) {paid} and list_contains(?, spend.part))
            """,
            [near, names],
        )
        .to_arrow_table()["local_person_key"]
        .combine_chunks()
        for population, names in parts.items()
    }
