"""A delivery's file written again without some of its rows: a deleted row would stay in the old file's bytes."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from lantern import warehouse
from lantern.errors import StoreBusy
from lantern.home import Home, log_of
from lantern.intake import suppression

Choose = Callable[[Any], None]
"""Makes, in a store it is handed, the temporary table `leaving` of the `place` (rowid) of each event that goes."""


def choose_older(since: date) -> Choose:
    """Events of before a day."""

    def choose(store: Any) -> None:
        store.execute(
            "create or replace temp table leaving as select rowid as place from partner_event where event_on < ?",
            [since],
        )

    return choose


def choose_erased(home: Home) -> Choose:
    """Events of erased persons, and events that point at them."""

    def choose(store: Any) -> None:
        store.register("erased", _as_table(suppression.keys_in(home, store, "partner_event")))
        store.execute(
            "create or replace temp table leaving as select rowid as place from partner_event "
            "where local_person_key in (from erased) or related_person_key in (from erased)"
        )
        store.unregister("erased")

    return choose


def _as_table(keys: Any) -> Any:
    import pyarrow as pa

    return pa.table({"key": keys})


def without(home: Home, path: Path, choose: Choose, since: date | None = None) -> int:
    """
    Write a delivery's file, accepted or held, again without the chosen events; if none is chosen it is left as it is.

    The register tells of it as if it had been sent without them, so that it does not say how many there were. The file keeps its
    name: a copy of the delivery is known to have been accepted. A file of held rows of which none is left is removed.

    Args:
        home: Whose hub.
        path: The file.
        choose: What goes.
        since: Where what goes is all that is older, the day from which the delivery now tells of its period.

    Returns:
        How many events went.

    Raises:
        StoreBusy: The disk is full, or fails otherwise; the file is as it was.
    """
    part = path.with_suffix(".part")
    with warehouse.own_trouble(home, path.name, "It is as it was."):
        _clear(part)
        try:
            count, left = _write(home, path, part, choose, since)
            if count and not left:
                path.unlink()
            elif count:
                _put(part, path)
        finally:
            _clear(part)
        if count:
            warehouse.sync(path.parent)
    return count


def _write(home: Home, path: Path, part: Path, choose: Choose, since: date | None) -> tuple[int, bool]:
    """Write what stays; how many events go, and whether the file is still needed."""
    with warehouse.encrypted(home, path, read_only=True) as store:
        choose(store)
        (count,) = store.execute("select count(*) from leaving").fetchone() or (0,)
        if not count:
            return 0, True
        is_held = store.execute("select count(*) from duckdb_tables() where table_name = 'held_cell'").fetchone() == (
            1,
        )
        stays = "from partner_event where rowid not in (select place from leaving)"
        (left,) = store.execute(f"select count(*) {stays}").fetchone() or (0,)
        if is_held and not left:
            return int(count), False
        with warehouse.encrypted(home, part) as target:
            _copy(store, target, "partner_event", f"select * {stays}")
            if is_held:
                _copy(store, target, "held_cell", f"select * from held_cell where row in (select row {stays})")
            told = ", ".join([_counts(left, is_held=is_held), *([_period(since)] if since else [])])
            _copy(store, target, "delivery", f"select * replace ({told}) from delivery")
            target.execute("checkpoint")
    return int(count), True


def _counts(left: int, *, is_held: bool) -> str:
    if is_held:
        return f"{left} as rows_held"
    return f"{left} as rows_loaded, {left} + rows_held as rows_sent"


def _period(since: date) -> str:
    # Of a delivery that is older as a whole its last day is left, on which it tells of nothing.
    return f"least(greatest(period_from, date '{since}'), period_to) as period_from"


def copy_all(home: Home, path: Path, from_key: bytes | None = None) -> None:
    """
    Write an encrypted file again as it is, so that nothing that was deleted in it stays in its bytes.

    Args:
        home: Whose hub.
        path: The file.
        from_key: The key it is under, if not the hub's own, under which it then is.
    """
    part = path.with_suffix(".part")
    _clear(part)
    try:
        with warehouse.encrypted(home, path, key=from_key) as store, warehouse.encrypted(home, part) as target:
            for (definition,) in store.execute("select sql from duckdb_tables() where not temporary").fetchall():
                target.execute(definition)
            for (name,) in store.execute("select table_name from duckdb_tables() where not temporary").fetchall():
                target.register("incoming", store.execute(f"select * from {name}").to_arrow_table())
                target.execute(f"insert into {name} by name select * from incoming")
                target.unregister("incoming")
            target.execute("checkpoint")
        _put(part, path)
    finally:
        _clear(part)
    log_of(path).unlink(missing_ok=True)
    warehouse.sync(path.parent)


def _copy(store: Any, target: Any, name: str, query: str) -> None:
    target.register("incoming", store.execute(query).to_arrow_reader())
    target.execute(f"create table {name} as select * from incoming")
    target.unregister("incoming")


def _put(part: Path, path: Path) -> None:
    if log_of(part).exists():
        raise StoreBusy(
            f"{path.name}: not all of it reached the disk, which may be full. It is as it was. Make room, then try again."
        )
    warehouse.sync(part)
    part.replace(path)


def _clear(part: Path) -> None:
    part.unlink(missing_ok=True)
    log_of(part).unlink(missing_ok=True)
