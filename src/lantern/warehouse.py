"""The only opener of DuckDB files: encrypted, locked down, one writer."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb_extensions import import_extension

from lantern import secret
from lantern.errors import ConfigRefused, StoreBusy
from lantern.home import Home, private

ALIAS = "wh"


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
        yield connection


@contextmanager
def encrypted(home: Home, path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """One encrypted file of its own: an accepted delivery before it is loaded, or rows that are held."""
    with _connection(home) as connection:
        _attach(connection, home, ALIAS, path, read_only=read_only)
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


@contextmanager
def plain(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A file that holds nothing to hide: what has been released."""
    connection = duckdb.connect(str(path), read_only=read_only)
    try:
        yield connection
    finally:
        connection.close()


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
    connection = duckdb.connect(config={"threads": 2, "temp_directory": str(home.spill)})
    try:
        # Writing an encrypted file needs the OpenSSL of this extension, which comes as a wheel:
        # DuckDB checks its signature, and nothing is downloaded.
        import_extension("httpfs")
        connection.execute("load httpfs")
        connection.execute("set temp_file_encryption = true")
        yield connection
    finally:
        connection.close()


def _attach(connection: duckdb.DuckDBPyConnection, home: Home, alias: str, path: Path, *, read_only: bool) -> None:
    option = ", read_only" if read_only else ""
    try:
        connection.execute(
            f"attach '{_quoted(path)}' as {alias} (encryption_key ?{option})", [secret.key(home, "warehouse").hex()]
        )
    except duckdb.IOException:
        raise StoreBusy(
            f"{home.partnership}, {path.name}: another process has it open. Nothing was read or changed. "
            "Wait for the running DAG or analyst session to end, then try again."
        ) from None
    except (duckdb.InvalidInputException, duckdb.BinderException):
        raise ConfigRefused(
            f"{home.partnership}, {path.name}: the warehouse key does not open it. Nothing was read or changed. "
            "Restore the key it was made with. Without it the warehouse can be rebuilt from the partners' deliveries; nothing else can."
        ) from None


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    # In this order: once locked, nothing more can be attached or set.
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


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
