"""Searches every byte a process of ours may have written for text that must not be there."""

import gzip
import sqlite3
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

_START = 3
"""Bytes of one key of the two tables below: as many as a table of 16 MB tells apart."""

_BLOCK = 1 << 22


class Search:
    """
    Many texts looked for at once, as UTF-8 and as UTF-16.

    A place is looked at only where the first six bytes could be a text's: one look for each text takes minutes.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        forms = [form for text in texts for form in (text.encode(), text.encode("utf-16-le"))]
        self._short = [form for form in forms if len(form) < 2 * _START]
        self._first, self._second = np.zeros(1 << 24, bool), np.zeros(1 << 24, bool)
        self._by_start: dict[bytes, list[bytes]] = {}
        for form in forms:
            if form in self._short:
                continue
            self._first[int.from_bytes(form[:_START], "little")] = True
            self._second[int.from_bytes(form[_START : 2 * _START], "little")] = True
            self._by_start.setdefault(form[: 2 * _START], []).append(form)

    def is_in(self, content: bytes) -> bool:
        """Whether any of the texts is in the content."""
        return any(form in content for form in self._short) or any(
            content.startswith(form, place)
            for begin in range(0, len(content), _BLOCK)
            for place in self._candidates(content, begin)
            for form in self._by_start.get(content[place : place + 2 * _START], ())
        )

    def _candidates(self, content: bytes, begin: int) -> list[int]:
        window = memoryview(content)[begin : begin + _BLOCK + 2 * _START - 1]
        if len(window) < 2 * _START:
            return []
        raw = np.frombuffer(window, np.uint8).astype(np.uint32)
        keys = raw[:-2] | raw[1:-1] << 8 | raw[2:] << 16
        return [begin + place for place in np.flatnonzero(self._first[keys[:-_START]] & self._second[keys[_START:]])]


def found_in(folder: Path, texts: Iterable[str]) -> list[str]:
    """
    Where any of the texts occurs: in names, raw bytes, packed files, SQLite tables, plain DuckDB tables.

    Returns the file names, relative to the folder.
    """
    search = Search(texts)
    hits = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if search.is_in(name.encode()) or (path.is_file() and any(map(search.is_in, _contents(path)))):
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
