"""From bounded rows to noised sums: the one step where restricted counts become releasable."""

import hashlib
import hmac

import numpy as np
import pyarrow as pa

from lantern import secret, warehouse
from lantern.errors import ContractBroken
from lantern.home import Home
from lantern.privacy import mechanism
from lantern.privacy.grid import BaseTable
from lantern.privacy.plan import Plan
from lantern.release.cell import Answers


def bounded_rows(home: Home, table: BaseTable, period: str) -> pa.Table:
    """
    The bounded rows of one table and quarter: person, and a category for each axis of its grid.

    Privacy: restricted. It goes to the checks at the border and to `counts`, nowhere else.
    """
    axes = ", ".join(
        f"case when {axis.name} then 'yes' when not {axis.name} then 'no' end as {axis.name}"
        if axis.name.startswith("is_")
        else axis.name
        for axis in table.grid.axes
    )
    with warehouse.opened(home, read_only=True) as connection:
        return connection.execute(
            f"select person_key, {axes} from release_inputs.ri_{table.name} where period = $period order by row_key",
            {"period": period},
        ).to_arrow_table()


def counts(table: BaseTable, rows: pa.Table) -> np.ndarray:
    """Rows by cell of the public grid, as whole numbers; a category that is not public is refused."""
    names = [axis.name for axis in table.grid.axes]
    grouped = rows.group_by(names).aggregate([([], "count_all")]).to_pylist()
    try:
        return table.grid.counts({tuple(row[name] for name in names): row["count_all"] for row in grouped})
    except ValueError:
        raise ContractBroken(
            f"release input 'ri_{table.name}': a row has a category that is not in the public grid. Nothing was drawn. "
            "Run 'lantern build' again."
        ) from None


def request_digest(home: Home, plan: Plan, rows: dict[str, pa.Table]) -> str:
    """
    What is asked of what: a keyed digest of the plan and of the bounded rows.

    The same request has the same digest, and then the kept answer is given.
    """
    digest = hmac.new(secret.key(home, "ledger"), plan.digest.encode(), hashlib.sha256)
    for name, table in sorted(rows.items()):
        digest.update(name.encode())
        for batch in table.combine_chunks().to_batches():
            for column in batch.columns:
                for value in column.dictionary_encode().dictionary.to_pylist():
                    digest.update(f"|{value}".encode())
                digest.update(column.dictionary_encode().indices.to_numpy(zero_copy_only=False).tobytes())
    return digest.hexdigest()


def draw(plan: Plan, cells: dict[str, np.ndarray]) -> Answers:
    """
    Noise every marginal of the plan, once.

    Args:
        plan: Approved and paid for.
        cells: Table name to its counts over the public grid.

    Returns:
        Noised sums by `table.marginal`: whole numbers, for every sum of the public grid.
    """
    answers: Answers = {}
    for table in plan.tables:
        for each in plan.of(table):
            sums = np.rint(each.marginal.matrix(table.grid) @ cells[table.name]).astype(np.int64)
            answers[f"{table.name}.{each.marginal.name}"] = mechanism.noised(sums, each.scale).tolist()
    return answers
