"""What a hub does with a file that is made to hurt it: the confined process refuses it, or is ended."""

import gzip
import json
import random
import re
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import parquet
from tests.conftest import EXTRACT, keyed
from tests.intake.sending import contacts, verdicts
from tests.leak import found_in

from lantern import codelist, contract
from lantern.errors import DeliveryRefused
from lantern.intake import arrival, parsing, scan

HEADING = ",".join(contract.COLUMNS)
NOT_WHOLE, TOO_HEAVY = "it is not a whole file of its kind", "it took more memory or time"


def line(**cells: str) -> str:
    row = {"contract_version": "1.0", "event_key": keyed(1), "event_type": "CONTACT_RECEIVED"} | cells
    return ",".join(row.get(name, "") for name in contract.COLUMNS)


def csv(folder: Path, content: bytes) -> str:
    (folder / contract.EVENTS_CSV).write_bytes(content)
    return contract.EVENTS_CSV


def text(folder: Path, *lines: str, end: str = "\n") -> str:
    return csv(folder, (end.join([HEADING, *lines]) + end).encode())


def packed(folder: Path, table: pa.Table, **options: object) -> str:
    parquet.write_table(table, folder / contract.EVENTS_PARQUET, **options)
    return contract.EVENTS_PARQUET


def columns(size: int, **cells: pa.Array) -> pa.Table:
    empty = pa.nulls(size, pa.string())
    return pa.table({name: cells.get(name, empty) for name in contract.COLUMNS})


def repeated(cell: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([cell]))


def wide(folder: Path) -> str:
    """Two gigabytes in a kilobyte: one long cell, told many times by number."""
    return packed(folder, columns(32_768, area=repeated("a" * 60_000, 32_768)), compression="zstd", store_schema=False)


HARMLESS = {
    "plain": lambda folder: text(folder, line()),
    "with a byte order mark and Windows line ends": lambda folder: csv(
        folder, b"\xef\xbb\xbf" + f"{HEADING}\r\n{line()}\r\n".encode()
    ),
    "every cell quoted": lambda folder: csv(
        folder, "\n".join(",".join(f'"{cell}"' for cell in each.split(",")) for each in (HEADING, line())).encode()
    ),
    "no line end after the last row": lambda folder: csv(folder, f"{HEADING}\n{line()}".encode()),
    "an empty column of no type": (
        lambda folder: packed(
            folder, pa.table({name: [keyed(1)] if name == "event_key" else pa.nulls(1) for name in contract.COLUMNS})
        )
    ),
    "columns in another order": lambda folder: packed(
        folder, columns(1, event_key=pa.array([keyed(1)])).select(contract.COLUMNS[::-1])
    ),
}
HARMFUL = {
    "UTF-16": (lambda folder: csv(folder, f"{HEADING}\n{line()}\n".encode("utf-16")), NOT_WHOLE),
    "Latin-1": (lambda folder: csv(folder, f"{HEADING}\n{line(area='café')}\n".encode("latin-1")), NOT_WHOLE),
    "a quotation mark that does not close": (lambda folder: text(folder, line(area='"E01'), line()), NOT_WHOLE),
    "a quotation mark inside a cell": (lambda folder: text(folder, line(event_type='"CONTACT"_RECEIVED')), NOT_WHOLE),
    "a quoted line end": (lambda folder: text(folder, line(area='"E\n01"')), NOT_WHOLE),
    "a short row": (lambda folder: text(folder, "1.0,x"), NOT_WHOLE),
    "a long row": (lambda folder: text(folder, line() + ",x"), NOT_WHOLE),
    "no heading": (lambda folder: csv(folder, f"{line()}\n".encode()), "columns missing: contract_version"),
    "nothing at all": (lambda folder: csv(folder, b""), "columns missing: contract_version"),
    "a doubled column": (lambda folder: csv(folder, f"{HEADING},area\n{line()},\n".encode()), "or twice: 1"),
    "packed where it may not be": (
        lambda folder: csv(folder, gzip.compress(f"{HEADING}\n{line()}\n".encode())),
        NOT_WHOLE,
    ),
    "a long cell": (
        lambda folder: text(folder, line(area="x" * 41)),
        "column 'area': a cell is longer than its column",
    ),
    "a long key": (lambda folder: text(folder, line(token_nhs="0" * 65)), "column 'token_nhs': a cell is longer than"),
    "many codes": (lambda folder: text(folder, line(risk_types="x" * 201)), "column 'risk_types': a cell is longer"),
    "a line without end": (lambda folder: csv(folder, f"{HEADING}\n".encode() + b"x" * 5_000_000), NOT_WHOLE),
    "a heading without end": (lambda folder: csv(folder, b"x," * 500_000), "columns missing: contract_version"),
    "a Parquet file that is none": (
        lambda folder: (
            packed(folder, columns(1)) and (folder / "events.parquet").write_bytes(b"PAR1" * 9) and "events.parquet"
        ),
        NOT_WHOLE,
    ),
    "text that is no text": (lambda folder: packed(folder, columns(1, area=_no_text())), NOT_WHOLE),
    "numbers": (lambda folder: packed(folder, columns(1, area=pa.array([1]))), "a column is not text"),
    "a list in a cell": (lambda folder: packed(folder, columns(1, area=pa.array([["a"]]))), "a column is not text"),
    "more rows than a year has": (lambda folder: packed(folder, columns(2_000_001)), "more than 2,000,000 rows"),
    "a thousandfold packing": (
        lambda folder: packed(
            folder,
            columns(1_000_000, risk_types=pa.array(["a" * 199] * 1_000_000)),
            use_dictionary=False,
            compression="zstd",
        ),
        "more than 300 times its size",
    ),
    "a column of long cells": (
        lambda folder: packed(folder, columns(1_400_000, risk_types=_different(1_400_000, 196)), compression="zstd"),
        "or one column to more than 256 MiB",
    ),
    "one cell told a million times": (wide, TOO_HEAVY),
}


def _different(rows: int, length: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(np.arange(rows)).cast(pa.string()), length, "x")


def _no_text() -> pa.Array:
    raw = pa.array([b"\xff\xfe"], pa.binary())
    return pa.Array.from_buffers(pa.string(), 1, raw.buffers())


def test_the_tables_of_files_are_there():
    assert (len(HARMLESS), len(HARMFUL)) == (6, 24)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_file_that_is_only_written_differently_is_read(tmp_path, name):
    found = arrival.read(tmp_path, HARMLESS[name](tmp_path))

    assert found.rows == 1
    assert found.column("event_key").to_pylist() == [keyed(1)]
    assert found.column("area").to_pylist() == [None]


@pytest.mark.parametrize("name", HARMFUL)
def test_a_file_that_is_made_to_hurt_is_refused_in_words_of_ours(tmp_path, name):
    make, told = HARMFUL[name]
    events = make(tmp_path)

    with pytest.raises(DeliveryRefused) as refusal:
        arrival.read(tmp_path, events)

    assert told in str(refusal.value)
    assert "Nothing was loaded." in str(refusal.value)
    assert not (tmp_path / parsing.TABLE).exists() or told == TOO_HEAVY


def test_no_cell_that_fits_its_column_is_too_long():
    """The caps on cells are not the contract's own: each leaves room for the longest code, name and instant."""
    longest = {
        field.name: sum(map(len, codelist.codes(field.codes)))
        if field.many
        else max(map(len, codelist.codes(field.codes)))
        for field in contract.FIELDS
        if field.codes
    }
    assert len(longest) == 26
    for field in contract.FIELDS:
        assert longest.get(field.name, 0) <= parsing.max_bytes(field)
    for name, cell in (("extract_id", EXTRACT), ("partner_org", "a" * 40), ("event_at", "2026-06-30T12:00:01+01:00")):
        (field,) = (each for each in contract.FIELDS if each.name == name)
        assert re.fullmatch(field.pattern, cell)
        assert len(cell) <= parsing.max_bytes(field)


def test_a_delivery_of_more_different_cells_than_are_held_in_memory_is_refused(tmp_path, monkeypatch):
    """Each column is let be; together they are too much. The twin: with room for them they are read."""
    parsing.parse(tmp_path / packed(tmp_path, columns(1000, **_full_columns())), tmp_path / parsing.TABLE)
    found = arrival.Arrival(tmp_path / parsing.TABLE, 1000)
    monkeypatch.setattr(scan, "MAX_DISTINCT_BYTES", 100_000)
    with pytest.raises(DeliveryRefused, match=r"different cells .* Nothing was loaded\. Send a shorter period\."):
        scan.read(found)

    monkeypatch.setattr(scan, "MAX_DISTINCT_BYTES", 200_000)

    assert len(scan.read(found)) == len(contract.COLUMNS)


def _full_columns() -> dict[str, pa.Array]:
    return {name: _different(1000, 40) for name in ("area", "channel", "sex")}


def test_an_empty_line_is_a_row_without_a_key_and_shifts_no_row_number(tmp_path):
    found = arrival.read(tmp_path, text(tmp_path, line(), "", line()))

    told = {breach.column: breach.rows for breach in scan.breaches(scan.read(found)) if breach.rule == "is_filled"}
    assert told["event_key"] == (3,)


def test_a_parquet_file_cut_anywhere_is_not_read(tmp_path):
    """Two hundred cuts of a good file, its digest made to fit or not: none gives a table."""
    packed(tmp_path, columns(300, event_key=pa.array([keyed(number) for number in range(300)])))
    whole = (tmp_path / contract.EVENTS_PARQUET).read_bytes()
    cuts = random.Random(9).sample(range(len(whole)), 200)
    for cut in cuts:
        (tmp_path / contract.EVENTS_PARQUET).write_bytes(whole[:cut])
        with pytest.raises((pa.ArrowException, OSError)):
            parsing.parse(tmp_path / contract.EVENTS_PARQUET, tmp_path / "table")


def test_a_csv_file_cut_at_the_end_of_a_row_is_short_of_rows(tmp_path):
    """Nothing in the file tells; the manifest's count does."""
    rows = [line(event_key=keyed(number)) for number in range(30)]
    for kept in range(1, 30):
        assert arrival_rows(tmp_path, text(tmp_path, *rows[:kept])) == kept


def arrival_rows(folder: Path, events: str) -> int:
    parsing.parse(folder / events, folder / "table")
    with pa.OSFile(str(folder / "table")) as file:
        return pa.ipc.open_file(file).read_all().num_rows


def test_without_its_confinement_the_process_would_have_read_the_bomb(tmp_path):
    """The twin: unconfined, the same file is read and refused for its long cell, two gigabytes later."""
    events = tmp_path / wide(tmp_path)
    code = (
        "import sys, pathlib; from lantern.intake import parsing; parsing.confine = lambda: None; "
        "sys.argv = ['', *sys.argv[1:]]; sys.exit(parsing.main())"
    )

    done = subprocess.run([sys.executable, "-c", code, str(tmp_path), events.name], check=False)

    assert done.returncode == parsing.REFUSED
    assert json.loads((tmp_path / parsing.REFUSAL).read_text())["reason"] == "field_too_long"


def test_after_a_bomb_the_next_good_delivery_loads_and_nothing_of_the_bomb_is_left(hub):
    folder = hub.deliver(contacts(hub))
    wide(folder)
    entries = json.loads((folder / contract.MANIFEST).read_text())
    entries |= {"sha256": contract.sha256_of(folder / contract.EVENTS_PARQUET), "rows": 32_768}
    (folder / contract.MANIFEST).write_text(json.dumps(entries))
    (refused,) = verdicts(hub)

    hub.deliver(contacts(hub))
    (accepted,) = verdicts(hub)

    assert TOO_HEAVY in refused.line
    assert (accepted.outcome, accepted.rows) == ("accepted", 20)
    assert found_in(hub.home.root, ["a" * 1000]) == []


def test_the_process_gives_up_memory_time_disk_and_cores(tmp_path):
    code = (
        "import resource as r, json; from lantern.intake import parsing; parsing.confine(); "
        "print(json.dumps([r.getrlimit(x)[0] for x in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE)]))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == [1536 * 1024**2, 120, 4 * 1024**3, 0]
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY, "this process keeps its own"


def test_every_reason_the_process_can_give_has_words():
    assert len(parsing.REASONS) == 7
    for reason in parsing.REASONS:
        assert reason == "columns" or arrival._WORDS[reason].endswith(".")
