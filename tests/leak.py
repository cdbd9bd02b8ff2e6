"""Searches every byte a process of ours may have written for text that must not be there."""

import csv
import gzip
import sqlite3
import zipfile
import zlib
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


class Sweep:
    """
    A search gone over again and again while processes are killed: each look takes in what was written since the last.

    Files that a kill cut short are searched as they lie; what is packed in them cannot be.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._search = Search(texts)
        self._seen: set[tuple[str, int, int]] = set()
        self.files = self.size = 0

    def over(self, folder: Path, without: Iterable[str] = ()) -> list[str]:
        """Where any of the texts is now, of what is new or altered below a folder; `without` are folders of it to leave out."""
        hits, left_out = [], tuple(f"{name}/" for name in without)
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if f"{name}/".startswith(left_out) or not self._is_new(path, name):
                continue
            if self._search.is_in(name.encode()) or (path.is_file() and self._is_within(path)):
                hits.append(name)
        return hits

    def _is_new(self, path: Path, name: str) -> bool:
        about = path.lstat()
        key = (name, about.st_mtime_ns, about.st_size)
        if key in self._seen:
            return False
        self._seen.add(key)
        self.files += path.is_file()
        self.size += about.st_size if path.is_file() else 0
        return True

    def _is_within(self, path: Path) -> bool:
        contents = iter(_contents(path))
        if self._search.is_in(next(contents)):
            return True
        try:
            return any(map(self._search.is_in, contents))
        except _CUT_SHORT:
            return False


_CUT_SHORT = (EOFError, OSError, ValueError, sqlite3.Error, zipfile.BadZipFile, zlib.error)
"""What the readers of packed files, tables and stores raise of one that was not written to its end."""


def identifiers(partners: Path) -> list[str]:
    """
    What partners' own files tell of persons: numbers, names with their owner's, local ids, free text.

    Args:
        partners: The folder of an invented partnership's files, as `lantern demo` makes it.
    """
    with (partners / "riverton_council" / "ssd" / "ssd_person.csv").open() as lines:
        people = list(csv.DictReader(lines))[:1000]
    with (partners / "riverton_police" / "police_notices.csv").open() as lines:
        notices = [cell for row in list(csv.DictReader(lines))[:20] for cell in row.values() if cell and len(cell) > 11]
    numbers = ("pers_single_unique_id", "pers_upn", "pers_person_id")
    found = {row[name] for row in people for name in numbers if row[name]} | set(notices)
    found |= {f"{row['pers_forename']} {row['pers_surname']}" for row in people}
    return sorted(text for text in found if len(text) >= 7)


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
