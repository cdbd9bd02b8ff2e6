"""What a delivery says, whatever its file is called and however it is written; and rows it says twice."""

import hashlib
import hmac
from datetime import UTC, datetime

import pyarrow as pa

from lantern import contract, secret, warehouse
from lantern.contract import Manifest
from lantern.home import Home
from lantern.intake.arrival import Arrival
from lantern.intake.rekeying import KEY_HEX_DIGITS

# The run of the sender's tool is no part of what it says. Cells hold no control character, so that a separator
# cannot be forged; an empty cell and none are the same.
_ROW = f"concat({', chr(31), '.join(name for name in contract.COLUMNS if name != 'extract_id')})"


def delivery_id(home: Home, manifest: Manifest, arrival: Arrival) -> str:
    """
    What a delivery is called from here on: a keyed digest of what it says.

    Partner, format, snapshot, mode, whether open items are included, period, and all rows but their
    `extract_id`. A copy under another name, as CSV or Parquet, packed otherwise, in another order or
    from another run of the sender's tool is the same delivery.
    """
    snapshot = datetime.fromisoformat(manifest.snapshot_at).astimezone(UTC).isoformat()
    said = "|".join(
        (
            manifest.partner,
            manifest.source_format,
            snapshot,
            manifest.mode,
            str(manifest.includes_open),
            manifest.period_from,
            manifest.period_to,
            _rows_digest(arrival),
        )
    )
    return hmac.digest(secret.key(home, "hub"), f"delivery|{said}".encode(), hashlib.sha256).hex()[:KEY_HEX_DIGITS]


def _rows_digest(arrival: Arrival) -> str:
    digest = hashlib.sha256()
    with warehouse.in_memory() as connection, arrival.batches() as events:
        connection.register("events", events)
        found = connection.execute(f"select unhex(sha256({_ROW})) as digest from events order by digest")
        for batch in found.to_arrow_reader():
            for each in batch.column(0):
                digest.update(each.as_buffer())
    return digest.hexdigest()


def repeats(arrival: Arrival) -> pa.Table:
    """
    The rows whose event key stands in the delivery more than once.

    Returns:
        One row for each such row: `row`; `copy`, how many equal rows come before it; `versions`, how many
        different rows have its key. Equal means equal in all columns but `extract_id`.
    """
    with warehouse.in_memory() as connection:
        keys = pa.table({"event_key": arrival.column("event_key")})
        connection.register("keys", keys)
        connection.execute(
            "create table repeated as select event_key from keys where event_key is not null "
            "group by event_key having count(*) > 1"
        )
        connection.unregister("keys")
        with arrival.batches() as events:
            connection.register("events", events)
            return connection.execute(_REPEATS).to_arrow_table()


_REPEATS = f"""
    with
    repeated_rows as (
        select row, event_key, sha256({_ROW}) as digest from events semi join repeated using (event_key)
    )
    select
        row,
        cast(row_number() over (partition by event_key, digest order by row) - 1 as integer) as copy,
        cast(count(distinct digest) over (partition by event_key) as integer) as versions
    from repeated_rows
    order by row
"""
