"""A connection to a store reaches its own files and nothing else: no file, no extension, no setting."""

from pathlib import Path

import duckdb
import pytest
from duckdb_extensions import import_extension

from lantern import warehouse

ATTEMPTS = {
    "a file is read": "select * from read_text('{outside}')",
    "a file is written": "copy (select 1) to '{outside}.csv'",
    "a store is attached": "attach '{outside}.duckdb' as other",
    "an extension is loaded from a file": "load '{extension}'",
    "an extension is installed": "install '{extension}'",
    "a setting is changed": "set memory_limit = '1GB'",
    "the lock is lifted": "set lock_configuration = false",
}


@pytest.fixture
def places(tmp_path) -> dict[str, Path]:
    outside = tmp_path / "outside.txt"
    outside.write_text("not the store's")
    extension = tmp_path / "other.duckdb_extension"
    extension.write_bytes(b"nobody's signature is under this")
    return {"outside": outside, "extension": extension}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_connection_that_is_handed_out_reaches_nothing_else(hub, places, attempt):
    with (
        warehouse.opened(hub.home) as connection,
        pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException), match=r"disabled|Cannot|locked"),
    ):
        connection.execute(ATTEMPTS[attempt].format(**places))


def test_without_the_lock_it_would(hub, places, monkeypatch):
    """The twin: the same connection before it is locked."""
    monkeypatch.setattr(warehouse, "_lock", lambda _: None)
    with warehouse.opened(hub.home) as connection:
        assert connection.execute(ATTEMPTS["a file is read"].format(**places)).fetchone()
        connection.execute(ATTEMPTS["a setting is changed"])


def test_an_extension_that_nobody_signed_is_not_loaded_where_signatures_are_checked(places):
    """What the first opening of a process relies on."""
    import_extension("httpfs")
    with duckdb.connect() as connection, pytest.raises(duckdb.Error):
        connection.execute(f"load '{places['extension']}'")
