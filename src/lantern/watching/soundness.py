"""Whether each store opens with the hub's key and holds what it should."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lantern import warehouse
from lantern.errors import ConfigRefused, StoreBusy
from lantern.home import Home
from lantern.watching.finding import Finding

_OPENED = 40
"""Accepted deliveries that are opened at a look, the newest: opening one takes some hundredths of a second."""
_PATIENCE = timedelta(hours=26)
"""For deliveries that are accepted and not loaded: the intake runs each hour, a build each day at the latest."""


def warehouse_opens(home: Home) -> Iterator[Finding]:
    """The warehouse: under its key, and with every accepted delivery in it."""
    accepted = {path.stem for path in home.accepted.glob("*.duckdb")}
    if not home.warehouse.exists():
        if accepted:
            yield Finding(
                "stores",
                "wrong",
                "there are accepted deliveries and no warehouse.",
                "Run 'lantern rebuild'.",
                "warehouse",
            )
        else:
            yield Finding("stores", "ok", "no warehouse yet: nothing has been accepted")
        return
    with warehouse.opened(home, read_only=True) as connection:
        version, storage = connection.execute(
            "select version(), coalesce(tags['storage_version'], 'unknown') from duckdb_databases() where database_name = 'wh'"
        ).fetchone() or ("unknown", "unknown")
        has_deliveries = connection.execute(
            "select count(*) from duckdb_tables() where schema_name = 'raw' and table_name = 'delivery'"
        ).fetchone() == (1,)
        rows = connection.execute("select delivery_id from raw.delivery").fetchall() if has_deliveries else []
        # DuckDB notices that a file was cut only where it reads; to read all of it would take minutes.
        (needed,) = connection.execute(
            "select total_blocks * block_size from pragma_database_size() where database_name = 'wh'"
        ).fetchone() or (0,)
    loaded = {delivery_id for (delivery_id,) in rows}
    if home.warehouse.stat().st_size < needed:
        yield Finding("stores", "wrong", "the warehouse's file was cut short.", "Run 'lantern rebuild'.", "warehouse")
    else:
        yield Finding("stores", "ok", f"the warehouse opens with its key (DuckDB {version}, storage {storage})")
    if loaded - accepted:
        yield Finding(
            "stores",
            "wrong",
            f"the files of {len(loaded - accepted)} of {len(loaded)} loaded deliveries are missing: a rebuild would lose them.",
            "Put the folder 'secure/accepted' back from the newest backup.",
            "accepted",
        )


def accepted_deliveries(home: Home) -> Iterator[Finding]:
    """The newest accepted deliveries, each opened with its key."""
    paths = sorted(home.accepted.glob("*.duckdb"), key=lambda path: path.stat().st_mtime)
    newest = paths[-_OPENED:]
    broken = sum(not _opens(home, path.stem) for path in newest)
    of = f"{len(paths)} accepted deliveries, the newest {len(newest)}"
    if broken:
        said = f"of {of} were opened and {broken} cannot be read."
        yield Finding("stores", "wrong", said, "Put their files back from the newest backup.", "accepted")
    else:
        yield Finding("stores", "ok", f"of {of} were opened and can be read")


def analysts_file(home: Home) -> Iterator[Finding]:
    """The analysts' copy of the marts, if there is one."""
    if not home.analyst.exists():
        yield Finding("stores", "ok", "no analysts' file yet")
        return
    try:
        with warehouse.plain(home.analyst, read_only=True) as connection:
            tables = len(connection.execute("show tables").fetchall())
    except Exception:  # noqa: BLE001  # whatever a damaged file makes the library say
        yield Finding(
            "stores", "warn", "the analysts' file cannot be read.", "Run 'lantern build': it writes it anew.", "analyst"
        )
        return
    yield Finding("stores", "ok", f"the analysts' file opens and has {tables} tables")


def last_build(home: Home, now: datetime) -> Iterator[Finding]:
    """Whether the last build passed, and whether what was accepted has been loaded since."""
    files = [_changed_at(path) for path in home.accepted.glob("*.duckdb")]
    built = built_at(home)
    if not files:
        yield Finding("build", "ok", "nothing has been accepted, so nothing is built")
    elif built is None:
        yield Finding(
            "build",
            "warn",
            "the last build did not pass, none was made, or one is under way: until it has passed nothing is released.",
            "Run 'lantern build'.",
        )
    elif max(files) > built and now - built > _PATIENCE:
        yield Finding(
            "build",
            "warn",
            f"deliveries wait to be loaded; the last build is of {_minute(built)}.",
            "Run 'lantern build'.",
        )
    else:
        yield Finding("build", "ok", f"the last build passed, {_minute(built)}")


def built_at(home: Home) -> datetime | None:
    """When the last build passed, in UTC; None if it did not, or is under way."""
    passed = home.dbt / "passed"
    return _changed_at(passed) if passed.exists() else None


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _opens(home: Home, delivery_id: str) -> bool:
    try:
        with warehouse.encrypted(home, home.accepted / f"{delivery_id}.duckdb", read_only=True) as connection:
            return connection.execute("select count(*) from delivery").fetchone() == (1,)
    except (ConfigRefused, StoreBusy):
        raise
    except Exception:  # noqa: BLE001  # damage shows in many ways, some of them at the first read
        return False


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
