"""
What it costs to bound a quarter of a million persons, beside DuckDB keeping a person's first rows: part of `make bench`.

Both run on the same invented rows, in memory, in one connection with two threads. Bare is
`row_number() over (partition by person_key) <= 3`, which is all that bounding by a number of rows needs.
"""

import time
from collections.abc import Callable

import duckdb

from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.privacy import bounding
from lantern.privacy.plan import TablePlan
from lantern.release import planning

PERSONS, ROWS = 1_000_000, 1_500_000
GOAL_RATIO = 10


def fill(connection: duckdb.DuckDBPyConnection, plan: TablePlan) -> None:
    """Invent the rows of a quarter: most persons have one, some many; and spends in three of the quarters around."""
    axes = ", ".join(
        f"{list(axis.categories)}[1 + (hash(row, '{axis.name}') % {len(axis.categories)})::integer] as {axis.name}"
        for axis in plan.grid.axes
    )
    # Every person has a row; the others go to persons the more often the smaller their number.
    person = f"case when row < {PERSONS} then row else floor(pow(hash(row) / pow(2, 64), 3) * {PERSONS})::bigint end"
    connection.execute(
        f"create table given as select sha256(({person})::varchar) as person_key, {axes} from range({ROWS}) as rows (row)"
    )
    connection.execute(
        f"""
        create table spends as
        select part, period_index, person_key, {plan.kept.micro * bounding.PICO // 12}::bigint as pico
        from (select distinct person_key from given)
        cross join (values ('{plan.kept.name}'), ('{plan.lost.name}')) as parts (part)
        cross join (values (-2), (-1), (1)) as quarters (period_index)
        where hash(person_key, period_index) % 3 = 0
        """
    )


def main() -> None:
    """Bound them both ways and say the ratio."""
    plan = planning.plan_for(read_partnership("demo"), Quarter(2026, 2)).table("contacts")
    with duckdb.connect(config={"threads": 2}) as connection:
        fill(connection, plan)
        bare = _timed(
            lambda: connection.execute(
                "create or replace temp table kept as select * exclude (place) from "
                "(select *, row_number() over (partition by person_key) as place from given) where place <= 3"
            )
        )
        ours = _timed(lambda: bounding.bound(connection, plan, "given", "spends"))
        summing = _timed(lambda: bounding.sums(connection, plan, "given"))
        clipped = connection.execute("select count(*) from bounded_contacts where kept_weight < 1024").fetchone()
    marginals = len(plan.kept.marginals) + len(plan.lost.marginals)
    print(
        f"{PERSONS:,} persons, {ROWS:,} rows, {marginals} marginals, {clipped[0] if clipped else 0:,} persons clipped"
    )
    print(f"bare DuckDB, at most 3 rows a person: {bare:6.1f} s")
    print(f"weights, prices                     : {ours:6.1f} s, {ours / bare:.1f} times (goal: at most {GOAL_RATIO})")
    print(f"weighted sums                       : {summing:6.1f} s, {summing / bare:.1f} times")


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
