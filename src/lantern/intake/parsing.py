"""Reads foreign bytes in a process of its own, with little memory, little time and no secret."""

import csv
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lantern import contract
from lantern.contract import Field

MAX_ROWS = 2_000_000
"""What a cap on rows, cells and columns leaves is measured where it is kept: `lantern.intake.scan.MAX_DISTINCT_BYTES`."""

MAX_KEY_BYTES, MAX_CODES_BYTES, MAX_CELL_BYTES = 64, 200, 40
"""The longest cell of a keyed column, of one that joins several codes, and of any other."""

MAX_COLUMN_BYTES = 256 * 1024**2
"""The text of one column; a key in every row that is allowed comes to 130 MiB."""

MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_RATIO = 300
"""How many times its size a packed file may unpack to; invented events of one kind come to some 40."""

SMALL_BYTES = 64 * 1024**2
"""What unpacks to no more than this is let be, whatever the ratio: a file of equal rows packs very well."""

MAX_MEMORY_BYTES = 1536 * 1024**2
MAX_CPU_SECONDS = 120
MAX_SECONDS = 300
"""By the clock on the wall; a slow disk is no attack."""

TABLE, REFUSAL, ROW = "table.arrow", "refusal.json", "row"
REFUSED = 3
REASONS = ("columns", "not_text", "too_many_rows", "too_large", "field_too_long", "not_whole", "too_heavy")
"""Everything this process may say of a file it does not read."""

_BATCH_ROWS = 32_768
_BLOCK_BYTES = 1024**2
"""A longer line is none of ours."""

_BATCH_BYTES = 64 * 1024**2
_HEADING_BYTES = 64 * 1024


class Unreadable(Exception):
    """A closed reason, with the contract's own name of the columns it is about."""

    def __init__(self, reason: str, columns: list[str] | None = None, extra: int = 0) -> None:
        super().__init__(reason)
        self.told = {"reason": reason, "columns": columns or [], "extra": extra}


def confine() -> None:
    """Take from this process what reading a delivery does not need; a file that asks for more ends it."""
    for limit, most in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_UNPACKED_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (most, most) if hard == resource.RLIM_INFINITY else (min(most, hard),) * 2)


def parse(events: Path, table: Path) -> None:
    """
    Write the events as one Arrow file of text columns, in contract order, each with its place in the file.

    Args:
        events: `events.parquet` or `events.csv`, foreign bytes.
        table: Written new. `row` counts from 0; an empty cell is null.

    Raises:
        Unreadable: other columns, other types, or more of anything than a delivery may have.
    """
    import numpy as np
    import pyarrow as pa

    schema = pa.schema([(ROW, pa.int32()), *((name, pa.string()) for name in contract.COLUMNS)])
    written = 0
    sizes = dict.fromkeys(contract.COLUMNS, 0)
    with pa.OSFile(str(table), "wb") as sink, pa.ipc.new_file(sink, schema) as target:
        for batch in (_parquet if events.suffix == ".parquet" else _csv)(events):
            rows = np.arange(written, written + len(batch), dtype=np.int32)
            written += len(batch)
            batch.validate(full=True)  # a Parquet file can call bytes text that are none
            if written > MAX_ROWS:
                raise Unreadable("too_many_rows")
            cells = [_cells(field, batch.column(field.name)) for field in contract.FIELDS]
            for name, text in zip(contract.COLUMNS, cells, strict=True):
                sizes[name] += text.nbytes
                if sizes[name] > MAX_COLUMN_BYTES:
                    raise Unreadable("too_large")
            # Made of its bytes: `pa.array` would import pandas, which costs more than all the rest.
            places = pa.Array.from_buffers(pa.int32(), len(rows), [None, pa.py_buffer(rows)])
            target.write_batch(pa.record_batch([places, *cells], schema=schema))


def _cells(field: Field, column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_null(column.type):
        # What some writers make of a column that is empty throughout.
        return pa.nulls(len(column), pa.string())
    length = pc.binary_length(column)
    lengths = pc.min_max(length)
    if (lengths["max"].as_py() or 0) > max_bytes(field):
        raise Unreadable("field_too_long", [field.name])
    text = column.cast(pa.string())
    if lengths["min"].as_py() != 0:
        return text
    # No Python value is compared with: to turn one into Arrow's, pyarrow would import pandas.
    return pc.if_else(length.cast(pa.bool_()), text, pa.nulls(len(text), pa.string()))


def max_bytes(field: Field) -> int:
    """The longest cell this column may have, in bytes of UTF-8; whatever fits its pattern is no longer."""
    if field.keyed:
        return MAX_KEY_BYTES
    return MAX_CODES_BYTES if field.many else MAX_CELL_BYTES


def _parquet(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetFile(
        path, pre_buffer=False, thrift_string_size_limit=_BLOCK_BYTES, thrift_container_size_limit=_BLOCK_BYTES
    ) as file:
        about = file.metadata
        _check_heading(file.schema_arrow.names)
        if about.num_rows > MAX_ROWS:
            raise Unreadable("too_many_rows")
        if not all(pa.types.is_string(kind) or pa.types.is_null(kind) for kind in file.schema_arrow.types):
            raise Unreadable("not_text")
        unpacked = sum(about.row_group(place).total_byte_size for place in range(about.num_row_groups))
        if unpacked > MAX_UNPACKED_BYTES or unpacked > max(MAX_RATIO * path.stat().st_size, SMALL_BYTES):
            raise Unreadable("too_large")
        yield from file.iter_batches(batch_size=_BATCH_ROWS, columns=list(contract.COLUMNS), use_threads=False)


def _csv(path: Path) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    with path.open("rb") as stream:
        heading = stream.readline(_HEADING_BYTES).decode("utf-8-sig")
    _check_heading(next(csv.reader([heading], strict=True), []))
    quoted = _has_quotes(path)
    if quoted:
        _check_quotes(path)
    blocks = arrow_csv.open_csv(
        path,
        read_options=arrow_csv.ReadOptions(block_size=_BLOCK_BYTES, use_threads=False),
        # A delivery's cell holds no line break; an empty line counts as a row, as its sender counts it.
        parse_options=arrow_csv.ParseOptions(
            quote_char='"' if quoted else False, newlines_in_values=False, ignore_empty_lines=False
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in contract.COLUMNS}, strings_can_be_null=True, null_values=[""]
        ),
    )

    yield from _joined(blocks)


def _joined(blocks: Iterable[Any]) -> Iterator[Any]:
    """The same rows in fewer batches: what comes after is slow over many small ones."""
    import pyarrow as pa

    waiting: list[Any] = []
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= _BATCH_ROWS or sum(each.nbytes for each in waiting) >= _BATCH_BYTES:
            yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()
            waiting = []
    if waiting:
        yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()


def _has_quotes(path: Path) -> bool:
    with path.open("rb") as stream:
        return any(b'"' in block for block in iter(lambda: stream.read(_BLOCK_BYTES), b""))


def _check_quotes(path: Path) -> None:
    # Arrow forgives a quote in the middle of a cell and this reader does not; most files have none at all.
    csv.field_size_limit(_BLOCK_BYTES)
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, strict=True)
        for number, _ in enumerate(reader, start=1):
            if reader.line_num != number:
                raise Unreadable("not_whole")  # a line end inside a cell


def _check_heading(found: list[str]) -> None:
    missing = [name for name in contract.COLUMNS if name not in found]
    extra = len(found) - len(set(found) & set(contract.COLUMNS))
    if missing or extra:
        raise Unreadable("columns", missing, extra)


def main() -> int:
    """Read one file of a folder: its table beside it, or a reason from the closed list."""
    folder, name = Path(sys.argv[1]), sys.argv[2]
    confine()
    try:
        parse(folder / name, folder / TABLE)
    except Unreadable as refusal:
        told = refusal.told
    except MemoryError:
        told = Unreadable("too_heavy").told
    except Exception:  # noqa: BLE001  # whatever broke, its words quote the file
        told = Unreadable("not_whole").told
    else:
        return 0
    (folder / TABLE).unlink(missing_ok=True)
    (folder / REFUSAL).write_text(json.dumps(told), encoding="utf-8")
    return REFUSED


if __name__ == "__main__":
    sys.exit(main())
