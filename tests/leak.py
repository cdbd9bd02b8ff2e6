"""Searches every byte a process of ours may have written for text that must not be there."""

import gzip
import sqlite3
import zipfile
from collections.abc import Iterable
from pathlib import Path


def found_in(folder: Path, texts: Iterable[str]) -> list[str]:
    """
    Where any of the texts occurs: in names, raw bytes, packed files, SQLite tables, plain DuckDB tables.

    Returns the file names, relative to the folder.
    """
    wanted = [form for text in texts for form in (text.encode(), text.encode("utf-16-le"))]
    hits = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if any(each in name.encode() for each in wanted) or (
            path.is_file() and any(each in content for content in _contents(path) for each in wanted)
        ):
            hits.append(name)
    return hits


def _contents(path: Path) -> Iterable[bytes]:
    raw = path.read_bytes()
    yield raw
    if raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    elif raw[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(path) as packed:
            for member in packed.namelist():
                yield packed.read(member)
    elif raw[:15] == b"SQLite format 3":
        yield from _sqlite(path)
    elif raw[8:12] == b"DUCK":
        yield from _duckdb(path)
    elif raw[:4] == b"PAR1":
        yield from _parquet(path)


def _sqlite(path: Path) -> Iterable[bytes]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            # A table at a time: asking each row for each text takes minutes.
            yield b"\n".join(
                b"|".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in row)
                for row in connection.execute(f'select * from "{table}"')
            )
    finally:
        connection.close()


def _duckdb(path: Path) -> Iterable[bytes]:
    import duckdb

    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error:
        return  # encrypted: its raw bytes were searched above
    try:
        for schema, table in connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall():
            found = connection.execute(f'select * from "{schema}"."{table}"').fetchall()
            yield "\n".join("|".join(map(str, row)) for row in found).encode()
    finally:
        connection.close()


def _parquet(path: Path) -> Iterable[bytes]:
    import pyarrow.parquet as pq

    yield "\n".join("|".join(map(str, row.values())) for row in pq.read_table(path).to_pylist()).encode()
