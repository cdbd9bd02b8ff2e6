"""An event as it is kept: which columns, of which types; and a delivery's events written into a store."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa

from lantern import contract
from lantern.intake.parsing import ROW

_TYPED = {
    "flag_not_required": "boolean",
    "flag_transfer_in": "boolean",
    "is_unborn": "boolean",
    "n_previous_plans": "smallint",
}
# The event's instant, its local date and when it was recorded are worked out, not copied.
_LEFT_OUT = {"contract_version", "extract_id", "event_at", "recorded_at"}
COLUMNS = tuple(name for name in contract.COLUMNS if name not in _LEFT_OUT)
"""What is copied of the contract."""

_GROUP_ROWS, _THREADS = 122_880, 2
"""Rows of a row group of DuckDB's, and how many it packs at a time."""

_TYPED_SELECT = ", ".join(
    (
        "$delivery as delivery_id",
        *(f"cast({name} as {_TYPED.get(name, 'varchar')}) as {name}" for name in COLUMNS),
        "event_on",
        "recorded_on",
        "instant as event_at",
    )
)


def write(store: Any, delivery_id: str, events: pa.Table, *, with_place: bool = False) -> int:
    """
    Write a delivery's events as the table `partner_event` of a new store.

    Args:
        store: A connection to it.
        delivery_id: What the delivery is called here.
        events: One row for each event, with the columns above, its dates, and its place in the file, `row`.
        with_place: Whether that place is kept.

    Returns:
        How many were written.
    """
    source = f"select {f'{ROW}, ' if with_place else ''}{_TYPED_SELECT} from incoming"
    for number, some in enumerate(_as_text(events)):
        store.register("incoming", some)
        command = "insert into partner_event" if number else "create table partner_event as"
        store.execute(f"{command} {source}", {"delivery": delivery_id})
        store.unregister("incoming")
    found = store.execute("select count(*) from partner_event").fetchone()
    assert found is not None
    return int(found[0])


def _as_text(events: pa.Table) -> Iterator[pa.Table]:
    """
    The events in parts, codes and keys written out; one part without a row where there are none.

    Two row groups are made at a time and then packed by DuckDB, each by a thread of its own: in batches of another
    size, or with dictionaries in them, it takes twice as long. All at once they would be in memory all at once.
    """
    schema = pa.schema([(each.name, _plain(each.type)) for each in events.schema])
    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, max(len(events), 1), _THREADS * _GROUP_ROWS):
            groups = events.slice(start, _THREADS * _GROUP_ROWS).to_batches(max_chunksize=_GROUP_ROWS)
            yield pa.Table.from_batches(pool.map(lambda group: group.cast(schema), groups), schema)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
