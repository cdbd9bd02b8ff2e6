"""What a delivery says, whatever its file is called and however it is written; and rows it says twice."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from lantern import contract, secret, warehouse
from lantern.contract import Manifest
from lantern.home import Home
from lantern.intake.arrival import Arrival
from lantern.intake.parsing import ROW
from lantern.intake.rekeying import KEY_HEX_DIGITS
from lantern.intake.scan import Column

# The run of the sender's tool is no part of what it says. Cells hold no control character, so that a separator
# cannot be forged.
_ROW = f"concat({', chr(31), '.join(name for name in contract.COLUMNS if name != 'extract_id')})"


def delivery_id(home: Home, manifest: Manifest, columns: dict[str, Column], repeated: pa.Table) -> str:
    """
    What a delivery is called from here on: a keyed digest of what it says.

    Partner, format, snapshot, mode, whether open items are included, period, what is not carried, and all rows
    but their `extract_id`. A copy under another name, as CSV or Parquet, packed otherwise, in another order or
    from another run of the sender's tool is the same delivery.

    Args:
        home: Whose hub.
        manifest: What the delivery says of itself.
        columns: Its columns, scanned and without a breach: every event key is filled.
        repeated: Its rows with an event key that stands there twice; see `repeats`.
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
            ",".join(manifest.not_carried),
            _rows_digest(columns, repeated),
        )
    )
    return hmac.digest(secret.key(home, "hub"), f"delivery|{said}".encode(), hashlib.sha256).hex()[:KEY_HEX_DIGITS]


def _rows_digest(columns: dict[str, Column], repeated: pa.Table) -> str:
    """Of each column's cells in one order of the rows, which is that of their event keys and then of what they say."""
    versions = np.zeros(len(columns["event_key"].cells), dtype=np.int32)
    versions[repeated[ROW].to_numpy()] = repeated["version"].to_numpy()
    order = pa.array(in_key_order(columns["event_key"].cells, versions))
    cells = [columns[name].cells for name in contract.COLUMNS if name != "extract_id"]
    with ThreadPoolExecutor(2) as pool:
        digests = pool.map(lambda column: _digest(column.dictionary.take(column.indices.take(order))), cells)
        return hashlib.sha256(b"".join(digests)).hexdigest()


def _digest(texts: pa.StringArray) -> bytes:
    """Of the length of every cell and of all their bytes: no other cells have both. An empty cell and none are one."""
    if not len(texts):
        return b""
    _, offsets, text = texts.fill_null("").buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[: len(texts) + 1]
    digest = hashlib.sha256(np.diff(ends).astype("<i4").tobytes())
    if ends[-1]:
        digest.update(memoryview(text)[: ends[-1]])
    return digest.digest()


def in_key_order(keys: pa.DictionaryArray, then: np.ndarray | None = None) -> np.ndarray:
    """
    The rows, from 0, in the order of their keys.

    Args:
        keys: Filled in every row, and all of one length.
        then: What decides between equal keys; without it they stay as they stand.
    """
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    width = len(keys.dictionary[0].as_py())
    # As bytes of one width they are sorted four times as fast as text is.
    fixed = keys.dictionary.cast(pa.binary()).cast(pa.binary(width))
    places = np.asarray(keys.indices)
    first = np.arange(len(places)) if then is None or not then.any() else np.argsort(then, kind="stable")
    texts = np.frombuffer(fixed.buffers()[1], dtype=f"S{width}")[places[first]]
    return first[np.argsort(texts, kind="stable")]


def repeats(arrival: Arrival) -> pa.Table:
    """
    The rows whose event key stands in the delivery more than once.

    Returns:
        One row for each such row: `row`; `copy`, how many equal rows come before it; `versions`, how many
        different rows have its key, and `version`, from 1, which of them it is, whatever their order. Equal means equal in all columns but `extract_id`.
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
        cast(count(distinct digest) over (partition by event_key) as integer) as versions,
        cast(dense_rank() over (partition by event_key order by digest) as integer) as version
    from repeated_rows
    order by row
"""
