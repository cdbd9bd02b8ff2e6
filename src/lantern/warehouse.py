"""The only opener of DuckDB files: encrypted, locked down, one writer."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from threading import Timer

import duckdb
from duckdb_extensions import import_extension

from lantern import secret
from lantern.errors import ConfigRefused, ContractBroken, LanternError, StoreBusy
from lantern.home import Home, private

ALIAS = "wh"
_DAMAGE = (
    "Corrupt database file",
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "Failure while replaying WAL",
    "AES tag differs",
    "Failed to load metadata pointer",
    "Serialization Error",
)
"""What DuckDB says of a file that is not as it was written."""

_SHUT = ("allow_community_extensions", "autoinstall_known_extensions", "autoload_known_extensions")
_FOR_ANALYSTS = dict.fromkeys((*_SHUT, "allow_persistent_secrets", "python_enable_replacements"), "false") | {
    "threads": "2",
    "memory_limit": "2GB",
    "temp_directory": "",
}
"""Beside what `_lock` shuts: nothing is spilled or fetched, and no Python variable is a table."""


@contextmanager
def opened(
    home: Home, *, read_only: bool = False, also: dict[str, Path] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """
    The encrypted warehouse, attached as `wh` and in use.

    Args:
        home: Whose warehouse.
        read_only: Readers share it with readers; a writer has it alone.
        also: Further encrypted files to attach, alias to path: accepted deliveries.

    Yields:
        A connection that can reach these files and nothing else: no other file, no
        network, no setting can be changed.

    Raises:
        ConfigRefused: The key is missing or wrong.
        StoreBusy: Another process holds the file.
        ContractBroken: The file is damaged, at once or in what is read of it.

    Privacy: encrypted with AES-GCM, spill files too (DuckDB leaves those clear by default).
    """
    private(home.warehouse.parent)
    with _connection(home) as connection:
        if not read_only or home.warehouse.exists():
            _attach(connection, home, ALIAS, home.warehouse, read_only=read_only)
            connection.execute(f"use {ALIAS}")
        for alias, path in (also or {}).items():
            _attach(connection, home, alias, path, read_only=True)
        _lock(connection)
        try:
            yield connection
        except duckdb.Error as trouble:
            if also or not _is_damage(str(trouble)):
                raise  # of several files it is not known which
            raise _damaged(home, home.warehouse) from None


@contextmanager
def encrypted(
    home: Home, path: Path, *, read_only: bool = False, key: bytes | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """One encrypted file of its own: an accepted delivery before it is loaded, or rows that are held. `key` is one before the hub's own."""
    with _connection(home) as connection:
        _attach(connection, home, ALIAS, path, read_only=read_only, key=key)
        # Were it to keep the order of row groups, its threads would wait for one another and, in so little memory, take
        # twice as long. Two such files are open at a time, beside the delivery.
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set memory_limit = '384MB'")
        connection.execute(f"use {ALIAS}")
        _lock(connection)
        yield connection


@contextmanager
def copying(home: Home, target: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse read-only as `wh`, and a new plain file as `copy` to write to."""
    with _connection(home) as connection:
        _attach(connection, home, ALIAS, home.warehouse, read_only=True)
        connection.execute(f"attach '{_quoted(target)}' as copy")
        _lock(connection)
        yield connection
        connection.execute("checkpoint copy")


@contextmanager
def plain(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A file that holds nothing to hide: what has been released."""
    connection = duckdb.connect(str(path), read_only=read_only)
    try:
        yield connection
        if not read_only:
            # DuckDB does this when it closes, too, but then says nothing if the disk is full.
            connection.execute("checkpoint")
    finally:
        connection.close()


@contextmanager
def asked(home: Home, statement: str, *, seconds: float = 600) -> Iterator[duckdb.DuckDBPyConnection]:
    """
    The answer to one statement of an analyst, ended after so many seconds; it reaches no other file, network or setting.

    Raises:
        ConfigRefused: there is no analysts' file, the statement does more than read it, or it failed.

    Privacy: exact and row-level, for the secure zone. DuckDB's words are passed on only from before a row was read.
    """
    where = f"{home.partnership}, analysts' file"
    if not home.analyst.exists():
        raise ConfigRefused(f"{where}: there is none. Nothing was asked. Run 'lantern build' first.")
    with closing(duckdb.connect(str(home.analyst), read_only=True, config=dict(_FOR_ANALYSTS))) as connection:
        _lock(connection)
        clock = Timer(seconds, connection.interrupt)
        clock.start()
        try:
            if fault := _fault_of(connection, statement):
                raise ConfigRefused(f"{where}: {fault}. Nothing was read. Ask by one select; 'show tables' lists them.")
            yield connection.execute(statement)
        except duckdb.Error as trouble:
            raise ConfigRefused(
                f"{where}: the statement failed underway or took over {seconds:.0f} seconds ({type(trouble).__name__}). "
                "The answer is not whole: use none of it. Look at casts, sizes and joins."
            ) from None
        finally:
            clock.cancel()


def _fault_of(connection: duckdb.DuckDBPyConnection, statement: str) -> str:
    try:
        found = connection.extract_statements(statement)
        if [each.type for each in found] != [duckdb.StatementType.SELECT]:
            return "the statement is not one that reads, or not one"
        connection.execute(f"explain {found[0].query}")  # binds it: names, types and files are looked at, rows are not
    except duckdb.Error as trouble:
        return " ".join(str(trouble).partition("\n\nLINE ")[0].split())
    return ""


@contextmanager
def in_memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to nothing: for checking Arrow tables with SQL. It never spills to a disk."""
    connection = duckdb.connect(config={"threads": 2, "temp_directory": ""})
    try:
        _lock(connection)
        yield connection
    finally:
        connection.close()


@contextmanager
def own_trouble(home: Home, what: str, then: str) -> Iterator[None]:
    """
    A block in which a disk, the memory or a store may fail: that is the hub's trouble and no sender's.

    Args:
        home: Whose hub.
        what: What was being done.
        then: What did not happen, and where what was to be done waits.

    Raises:
        StoreBusy: It failed. The library's own words are dropped: they can quote a cell.
    """
    try:
        yield
    except (duckdb.Error, OSError, MemoryError) as trouble:
        raise StoreBusy(
            f"{home.partnership}, {what}: the hub's own disk, memory or store failed ({type(trouble).__name__}); the disk "
            f"may be full. {then} Make room, then try again."
        ) from None


@contextmanager
def _connection(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    private(home.spill)
    _check_extension()
    connection = duckdb.connect(
        config={"threads": 2, "temp_directory": str(home.spill), "allow_unsigned_extensions": True}
    )
    try:
        connection.execute("load httpfs")
        connection.execute("set temp_file_encryption = true")
        yield connection
    finally:
        connection.close()


@cache
def _check_extension() -> None:
    """
    Load the extension once in this process with its signature checked; later openings load the same file without.

    Writing an encrypted file needs its OpenSSL. It comes as a wheel and nothing is downloaded. To check it 21 MB are hashed,
    which takes six times as long as all else of an opening. A connection that is handed out can load nothing (`_lock`).
    """
    import_extension("httpfs")
    with closing(duckdb.connect()) as connection:
        connection.execute("load httpfs")


def _attach(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    alias: str,
    path: Path,
    *,
    read_only: bool,
    key: bytes | None = None,
) -> None:
    option = ", read_only" if read_only else ""
    try:
        own = key or secret.key(home, "warehouse")
        connection.execute(f"attach '{_quoted(path)}' as {alias} (encryption_key ?{option})", [own.hex()])
    except duckdb.Error as trouble:
        refusal = _refusal(home, path, str(trouble))
        if refusal is None:
            raise
        raise refusal from None


def _refusal(home: Home, path: Path, said: str) -> LanternError | None:
    """What DuckDB's words mean: they alone tell a key that is wrong from a file that is damaged."""
    if _is_damage(said):
        return _damaged(home, path)
    if said.startswith("IO Error"):
        return StoreBusy(
            f"{home.partnership}, {path.name}: another process has it open. Nothing was read or changed. "
            "Wait for the running DAG or analyst session to end, then try again."
        )
    if said.startswith(("Invalid Input Error", "Binder Error")):
        return ConfigRefused(
            f"{home.partnership}, {path.name}: the warehouse key does not open it. Nothing was read or changed. "
            "Restore the key it was made with. Without it the warehouse can be rebuilt from the partners' deliveries; nothing else can."
        )
    return None


def _is_damage(said: str) -> bool:
    return any(words in said for words in _DAMAGE)


def _damaged(home: Home, path: Path) -> ContractBroken:
    way_out = (
        "Run 'lantern rebuild': it moves the file aside and makes a new one from the accepted deliveries."
        if path == home.warehouse
        else "Put the newest copy of it back from a backup."
    )
    return ContractBroken(f"{home.partnership}, {path.name}: the file is damaged. It was left as it is. {way_out}")


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    # In this order: once locked, nothing more can be attached or set.
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def swap(part: Path, target: Path) -> None:
    """Put what was written beside a file in its place, once all of it is on the disk."""
    # The rename must not reach the disk before the bytes do.
    sync(part)
    part.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def clear_spill(home: Home) -> None:
    """Remove spill files a killed process left; they are encrypted, but they are not needed."""
    shutil.rmtree(home.spill, ignore_errors=True)
