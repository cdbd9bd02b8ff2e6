"""The events of one delivery as text, read by a confined process and then a column at a time."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from lantern import contract
from lantern.errors import DeliveryRefused
from lantern.intake import parsing

_PASSED_ON = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ")
_SETTINGS = {
    # An allocator that reserves no more than it uses, and no threads with stacks of their own.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_WORDS = {
    "not_text": "a column is not text. Nothing was loaded. Use 'lantern partner deliver'.",
    "too_many_rows": f"more than {parsing.MAX_ROWS:,} rows. Nothing was loaded. Send a shorter period.",
    "too_large": (
        f"it unpacks to more than {parsing.MAX_UNPACKED_BYTES // 1024**3} GiB, to more than {parsing.MAX_RATIO} times "
        f"its size, or one column to more than {parsing.MAX_COLUMN_BYTES // 1024**2} MiB. Nothing was loaded. Send a shorter period."
    ),
    "field_too_long": (
        f"a cell is longer than its column allows: {parsing.MAX_KEY_BYTES} bytes for a key, {parsing.MAX_CODES_BYTES} for "
        f"several codes, {parsing.MAX_CELL_BYTES} for anything else. Nothing was loaded. Use 'lantern partner deliver'."
    ),
    "not_whole": (
        "it is not a whole file of its kind: not UTF-8, cut short, a quotation mark that does not close, or a row of "
        "another length. Nothing was loaded. Make the delivery again."
    ),
    "too_heavy": (
        "it took more memory or time to read than a delivery may. Nothing was loaded. Send a shorter period, made with "
        "'lantern partner deliver'."
    ),
}


@dataclass(frozen=True)
class Arrival:
    """
    One delivery's events as an Arrow file of text in the delivery's private folder.

    One row for each event in the file's own order; `row` counts from 0; an empty cell is null.
    """

    path: Path
    rows: int

    def column(self, name: str) -> pa.ChunkedArray:
        """One column; no other is brought into memory."""
        place = self._schema.get_field_index(name)
        with pa.memory_map(str(self.path)) as file:
            table = pa.ipc.open_file(file, options=pa.ipc.IpcReadOptions(included_fields=[place])).read_all()
        table.validate(full=True)
        return table[name]

    @contextmanager
    def batches(self) -> Iterator[pa.RecordBatchReader]:
        """All columns and `row`, some thousand rows at a time; can be read once."""
        with pa.OSFile(str(self.path)) as file:
            reader = pa.ipc.open_file(file)
            each = (reader.get_batch(number) for number in range(reader.num_record_batches))
            yield pa.RecordBatchReader.from_batches(reader.schema, each)

    @property
    def _schema(self) -> pa.Schema:
        return pa.schema([(parsing.ROW, pa.int32()), *((name, pa.string()) for name in contract.COLUMNS)])


def read(copy: Path, events_file: str) -> Arrival:
    """
    Let a process of its own turn the events file into text.

    Args:
        copy: The delivery's private folder; the text is written there too and goes with it.
        events_file: `events.parquet` or `events.csv`.

    Raises:
        DeliveryRefused: a cap was broken, or the columns are others than the contract's. Only words
            of ours and names of the contract are repeated.

    Privacy: the process is given no key and no name of one; what it prints is dropped.
    """
    if not _parsed(copy, events_file):
        raise DeliveryRefused(f"{events_file}: {_reason(copy / parsing.REFUSAL)}")
    path = copy / parsing.TABLE
    with pa.memory_map(str(path)) as file:
        reader = pa.ipc.open_file(file)
        rows = sum(reader.get_batch(number).num_rows for number in range(reader.num_record_batches))
        arrival = Arrival(path, rows)
        if reader.schema != arrival._schema:  # noqa: SLF001  # of this module
            raise DeliveryRefused(f"{events_file}: {_WORDS['not_whole']}")
    return arrival


def _parsed(copy: Path, events_file: str) -> bool:
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(
            # -P: the folder it works in is the sender's, and nothing in it is a module.
            [sys.executable, "-P", "-m", "lantern.intake.parsing", str(copy), events_file],
            env=kept | _SETTINGS | {"TMPDIR": str(copy)},
            cwd=copy,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=parsing.MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _reason(path: Path) -> str:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # It was ended from outside, by a limit, before it could say why.
        return _WORDS["too_heavy"]
    named = ", ".join(name for name in contract.COLUMNS if name in told["columns"])
    if told["reason"] in _WORDS:
        return f"column '{named}': {_WORDS[told['reason']]}" if named else _WORDS[told["reason"]]
    return (
        f"columns missing: {named or 'none'}; columns that are not in the contract, or twice: {int(told['extra'])}. "
        f"Nothing was loaded. Send exactly the columns of partner_event {contract.VERSION}."
    )
