"""Keeps an accepted delivery, encrypted, and loads it into the warehouse exactly once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lantern import secret, warehouse
from lantern.contract import Manifest
from lantern.errors import ContractBroken, LanternError, StoreBusy
from lantern.home import Home, locked, log_of, private
from lantern.intake import kept_event, quarantine, register, suppression
from lantern.intake.content import in_key_order
from lantern.intake.parsing import ROW
from lantern.intake.rekeying import rekeyed
from lantern.intake.scan import Column

_AT_ONCE = 16
"""Deliveries loaded with the warehouse opened once: opening costs more than a small delivery."""

_NAMED = 8  # files, in one message
_WAITS = "This delivery was not accepted and waits in the inbox."


def is_accepted(home: Home, delivery_id: str) -> bool:
    """Whether this very delivery has been accepted before."""
    return _archive(home, delivery_id).exists()


def rows_held(home: Home, delivery_id: str) -> int:
    """
    How many rows of an accepted delivery were held, whether or not they still are.

    Raises:
        ContractBroken: the delivery's file cannot be read.
    """
    if not _is_whole(home, path := _archive(home, delivery_id)):
        raise ContractBroken(_unreadable(home, [path], "The copy that was sent now waits in the inbox."))
    with warehouse.encrypted(home, path, read_only=True) as connection:
        row = connection.execute("select rows_held from delivery").fetchone()
    assert row is not None
    return int(row[0])


def clear_parts(home: Home) -> None:
    """Remove the half-written files of a killed run; what another run is writing now is waited for."""
    with locked(private(home.accepted)):
        for folder in (home.accepted, home.quarantine):
            _forget(sorted(folder.glob("*.part*")))


def keepable(home: Home, manifest: Manifest, columns: dict[str, Column], dated: pa.Table) -> pa.Table:
    """
    The events as they may be kept, each with its place in the file, `row`, from 0.

    Pseudonyms are the hub's own; a cell outside its column's pattern is empty, whatever it held. They stand in the
    order of their re-keyed event keys, which tells nothing of the sender's own file. DuckDB may write row groups of
    them, each in that order, in another one.
    """
    hub_key = secret.key(home, "hub")
    kept = {ROW: pa.array(np.arange(len(dated), dtype=np.int32))}
    for name in kept_event.COLUMNS:
        cells = columns[name].safe()
        keyed = columns[name].field.keyed
        kept[name] = rekeyed(name, cells, hub_key=hub_key, partner=manifest.partner) if keyed else cells
    events = pa.table(kept | {name: dated[name] for name in ("event_on", "recorded_on", "instant")})
    # Rows with one key stay as they stand, so that two runs keep one order.
    return events.take(pa.array(in_key_order(kept["event_key"])))


def accept(home: Home, manifest: Manifest, delivery_id: str, events: pa.Table, held: pa.Table) -> bool:
    """
    Keep the events in an encrypted file of their own, and those that are held in another.

    Args:
        home: Whose hub.
        manifest: The delivery's manifest, checked.
        delivery_id: Its name here.
        events: Its events as they may be kept.
        held: One row for each rule a held event broke: `row`, `rule`, `column_name`.

    Returns:
        Whether it was new; another process may have accepted a copy while this one was checked.

    Raises:
        StoreBusy: the disk is full, or fails otherwise; the delivery is not accepted.

    Once this returns, the delivery is safe: the warehouse is a cache that can be rebuilt from
    these files. What is held is in place before the delivery counts as accepted: a run that is
    killed in between does both again, with the same result. Erased persons are left out, and the delivery is kept as if it
    had been sent without them.
    """
    with warehouse.own_trouble(home, f"a delivery of {manifest.partner}", _WAITS), locked(private(home.accepted)):
        if is_accepted(home, delivery_id):
            return False
        # Looked at here, where nobody is being erased meanwhile: erasing takes this lock too.
        kept, still_held = suppression.without(home, events, held)
        sent = replace(manifest, rows=manifest.rows - (len(events) - len(kept)))
        _keep(home, sent, delivery_id, kept, still_held)
    return True


def _keep(home: Home, manifest: Manifest, delivery_id: str, events: pa.Table, held: pa.Table) -> None:
    accepted, aside = _archive(home, delivery_id), quarantine.path(home, delivery_id)
    parts = [private(each.parent) / f"{each.stem}.part" for each in (accepted, aside)]
    _forget(parts)
    try:
        _write(home, parts, manifest, delivery_id, events, held)
        if held.num_rows:
            _put(parts[1], aside)
        else:
            _forget(parts[1:])
            aside.unlink(missing_ok=True)
        _put(parts[0], accepted)
    except BaseException:
        _forget(parts)
        raise


def _write(
    home: Home, parts: list[Path], manifest: Manifest, delivery_id: str, events: pa.Table, held: pa.Table
) -> None:
    is_held = pc.is_in(events[ROW], value_set=held[ROW].combine_chunks())
    with warehouse.encrypted(home, parts[0]) as kept, warehouse.encrypted(home, parts[1]) as aside:
        loaded = kept_event.write(kept, delivery_id, events.filter(pc.invert(is_held)))
        set_aside = kept_event.write(aside, delivery_id, events.filter(is_held), with_place=True)
        aside.register("held", held)
        aside.execute("create table held_cell as select * from held")
        line = register.line(delivery_id, manifest, rows_loaded=loaded, rows_held=set_aside)
        today = pa.array([datetime.now(UTC).date()], pa.date32())
        for store, about in ((kept, line), (aside, line.append_column("held_on", today))):
            store.register("about", about)
            store.execute("create table delivery as select * from about")
            _finish(store)


def _finish(store: Any) -> None:
    # DuckDB does this when it closes, too, but then says nothing if the disk is full.
    store.execute("checkpoint")


def _check_finished(part: Path) -> None:
    if log_of(part).exists():
        raise StoreBusy(
            f"{part.name}: not all of it reached the disk, which may be full. {_WAITS} Make room, then try again."
        )


def _put(part: Path, target: Path) -> None:
    _check_finished(part)
    warehouse.swap(part, target)


def _forget(parts: list[Path]) -> None:
    for part in parts:
        part.unlink(missing_ok=True)
        log_of(part).unlink(missing_ok=True)


def load(home: Home) -> dict[str, int]:
    """
    Load every accepted delivery the warehouse does not hold yet, each in one transaction.

    Returns:
        Rows loaded, by delivery id; empty if there was nothing new.

    Raises:
        ContractBroken: files of accepted deliveries cannot be read; all others were loaded.
        StoreBusy: the warehouse cannot be written.
    """
    known = _known(home)
    new = [path for path in sorted(home.accepted.glob("*.duckdb")) if path.stem not in known]
    loaded: dict[str, int] = {}
    broken: list[Path] = []
    for start in range(0, len(new), _AT_ONCE):
        broken += _load(home, new[start : start + _AT_ONCE], loaded)
    if broken:
        raise ContractBroken(_unreadable(home, broken, f"All others were loaded, {len(loaded)} now."))
    return loaded


def _load(home: Home, paths: list[Path], loaded: dict[str, int]) -> list[Path]:
    """Load some deliveries and note the rows of each in `loaded`; those whose files cannot be read."""
    try:
        _load_whole(home, paths, loaded)
    except LanternError:
        left = [path for path in paths if path.stem not in loaded]
        whole = [path for path in left if _is_whole(home, path)]
        # If it was not one of these files, it fails again, and that is told.
        _load_whole(home, whole, loaded)
        return [path for path in left if path not in whole]
    return []


def _load_whole(home: Home, paths: list[Path], loaded: dict[str, int]) -> None:
    also = {f"arrived_{number}": path for number, path in enumerate(paths)}
    then = "What was not loaded stays accepted and is loaded the next time."
    with warehouse.own_trouble(home, "the warehouse", then), warehouse.opened(home, also=also) as connection:
        for alias, path in also.items():
            loaded[path.stem] = _load_one(connection, alias)


def _load_one(connection: Any, alias: str) -> int:
    connection.execute("begin")
    for table in ("partner_event", "delivery"):
        connection.execute(f"create table if not exists raw.{table} as select * from {alias}.main.{table} limit 0")
        if table == "delivery":
            # A warehouse that was made before manifests said it.
            connection.execute("alter table raw.delivery add column if not exists not_carried varchar")
        connection.execute(f"insert into raw.{table} by name select * from {alias}.main.{table}")
    row = connection.execute(f"select count(*) from {alias}.main.partner_event").fetchone()
    connection.execute("commit")
    return int(row[0])


def _is_whole(home: Home, path: Path) -> bool:
    """Whether an accepted delivery can be read to its last row."""
    try:
        with (
            warehouse.own_trouble(home, path.name, "Nothing was loaded."),
            warehouse.encrypted(home, path, read_only=True) as connection,
        ):
            connection.execute("select bit_xor(hash(event)) from partner_event as event").fetchone()
            return connection.execute("select count(*) from delivery").fetchone() == (1,)
    except LanternError:
        return False


def _unreadable(home: Home, paths: list[Path], otherwise: str) -> str:
    names = ", ".join(path.name for path in paths[:_NAMED])
    return (
        f"{home.accepted.name} of {home.partnership}: {len(paths)} accepted deliveries cannot be read and are not loaded: "
        f"{names}{' and more' if len(paths) > _NAMED else ''}. {otherwise} Check the warehouse key. Restore these files from "
        "the backup, or remove them and ask their senders to send again."
    )


def _known(home: Home) -> set[str]:
    """The deliveries the warehouse holds."""
    with warehouse.opened(home) as connection:
        connection.execute("create schema if not exists raw")
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'raw'"
        ).fetchall()
        if ("delivery",) not in tables:
            return set()
        return {row[0] for row in connection.execute("select delivery_id from raw.delivery").fetchall()}


def _archive(home: Home, delivery_id: str) -> Path:
    return home.accepted / f"{delivery_id}.duckdb"
