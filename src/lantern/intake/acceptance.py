"""Keeps an accepted delivery, encrypted, and loads it into the warehouse exactly once."""

import hashlib
import hmac
import os
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lantern import contract, secret, warehouse
from lantern.contract import Manifest
from lantern.errors import DeliveryRefused
from lantern.home import Home, private
from lantern.intake.rekeying import KEY_HEX_DIGITS, rekey

_TYPED = {
    "flag_not_required": "boolean",
    "flag_transfer_in": "boolean",
    "is_unborn": "boolean",
    "n_previous_plans": "smallint",
}
# The event's instant, its local date and when it was recorded are worked out, not copied.
_LEFT_OUT = {"contract_version", "extract_id", "event_at", "recorded_at"}
_KEPT = tuple(name for name in contract.COLUMNS if name not in _LEFT_OUT)


def delivery_id(home: Home, manifest: Manifest) -> str:
    """
    What a delivery is called from here on: a keyed digest of its bytes and its partner.

    The same bytes under another name are the same delivery.
    """
    text = f"delivery|{manifest.partner}|{manifest.source_format}|{manifest.snapshot_at}|{manifest.sha256}"
    return hmac.digest(secret.key(home, "hub"), text.encode(), hashlib.sha256).hex()[:KEY_HEX_DIGITS]


def is_accepted(home: Home, manifest: Manifest) -> bool:
    """Whether this very delivery has been accepted before."""
    return _archive(home, delivery_id(home, manifest)).exists()


def with_dates(table: pa.Table) -> pa.Table:
    """
    Add `event_on` and `recorded_on`, the local dates, and `instant`, UTC, where a time is known.

    The contract has partners write local time with its offset, so the local date is the
    first ten characters; nothing is shifted, and nothing is guessed.

    Raises:
        DeliveryRefused: a day no calendar has, such as 31 February, or a time of day that
            is missing, or present, against what `event_time_precision` says.
    """
    with warehouse.in_memory() as connection:
        connection.register("events", table)
        dated = connection.execute(_DATED).to_arrow_table()
    for column, wrong in (
        ("event_at", pc.and_(pc.is_valid(dated["event_at"]), pc.is_null(dated["event_on"]))),
        ("recorded_at", pc.and_(pc.is_valid(dated["recorded_at"]), pc.is_null(dated["recorded_on"]))),
        ("event_time_precision", dated["precision_is_wrong"]),
    ):
        count = pc.sum(wrong).as_py()
        if count:
            raise DeliveryRefused(
                f"column '{column}': {count:,} cells are not a day of the calendar, or do not say truly whether "
                "a time of day is known. Nothing was loaded. Correct them at the source and deliver again."
            )
    return dated.drop_columns(["precision_is_wrong"])


_DATED = """
    select
        *,
        try_cast(left(event_at, 10) as date) as event_on,
        try_cast(left(recorded_at, 10) as date) as recorded_on,
        try_cast(case when length(event_at) > 10 then event_at end as timestamptz) at time zone 'UTC' as instant,
        coalesce(event_time_precision in ('minute', 'hour') <> (length(event_at) > 10), false) as precision_is_wrong
    from events
"""


def accept(home: Home, manifest: Manifest, events: pa.Table) -> str:
    """
    Re-key the events and keep them in an encrypted file of their own.

    Args:
        home: Whose hub.
        manifest: The delivery's manifest, checked.
        events: Its events, checked, with their local dates.

    Returns:
        The delivery id. Once this returns, the delivery is safe: the warehouse is a cache
        that can be rebuilt from these files.
    """
    name = delivery_id(home, manifest)
    target = _archive(home, name)
    private(target.parent)
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    rekeyed = rekey(events, hub_key=secret.key(home, "hub"), partner=manifest.partner)
    try:
        _write(home, part, name, manifest, rekeyed)
    except BaseException:
        part.unlink(missing_ok=True)
        part.with_name(f"{part.name}.wal").unlink(missing_ok=True)
        raise
    _sync(part)
    part.replace(target)
    _sync(target.parent)
    return name


def _write(home: Home, part: Path, name: str, manifest: Manifest, rekeyed: pa.Table) -> None:
    with warehouse.encrypted(home, part) as connection:
        # Stored in an order that tells nothing of the sender's own file.
        connection.register("incoming", rekeyed)
        connection.execute(f"create table partner_event as {_typed_select()} order by event_key", {"delivery": name})
        connection.register("about", _register_row(name, manifest))
        connection.execute("create table delivery as select * from about")


def load(home: Home) -> dict[str, int]:
    """
    Load every accepted delivery the warehouse does not hold yet, each in one transaction.

    Returns:
        Rows loaded, by delivery id; empty if there was nothing new.
    """
    with warehouse.opened(home) as connection:
        connection.execute("create schema if not exists raw")
        known = {
            row[0]
            for row in connection.execute(
                "select table_name from information_schema.tables where table_schema = 'raw'"
            ).fetchall()
        }
        held = (
            {row[0] for row in connection.execute("select delivery_id from raw.delivery").fetchall()}
            if "delivery" in known
            else set()
        )
    waiting = [path for path in sorted(home.accepted.glob("*.duckdb")) if path.stem not in held]
    loaded = {}
    for path in waiting:
        with warehouse.opened(home, also={"arrived": path}) as connection:
            connection.execute("begin")
            for table in ("partner_event", "delivery"):
                connection.execute(
                    f"create table if not exists raw.{table} as select * from arrived.main.{table} limit 0"
                )
                connection.execute(f"insert into raw.{table} by name select * from arrived.main.{table}")
            connection.execute("commit")
            row = connection.execute("select count(*) from arrived.main.partner_event").fetchone()
        assert row is not None
        loaded[path.stem] = int(row[0])
    return loaded


def _typed_select() -> str:
    columns = [
        f"cast({name} as {_TYPED[name]}) as {name}" if name in _TYPED else name  # noqa: RUF100
        for name in _KEPT
    ]
    return (
        f"select $delivery as delivery_id, {', '.join(columns)}, event_on, recorded_on, instant as event_at "
        "from incoming"
    )


def _register_row(name: str, manifest: Manifest) -> pa.Table:
    snapshot = datetime.fromisoformat(manifest.snapshot_at)
    return pa.Table.from_pylist(
        [
            {
                "delivery_id": name,
                "partner": manifest.partner,
                "partner_type": manifest.partner_type,
                "source_format": manifest.source_format,
                "mapping_version": manifest.mapping_version,
                "period_from": date.fromisoformat(manifest.period_from),
                "period_to": date.fromisoformat(manifest.period_to),
                "snapshot_on": snapshot.date(),
                "mode": manifest.mode,
                "includes_open": manifest.includes_open,
                "rows_sent": manifest.rows,
                "rows_refused_at_source": sum(manifest.rows_refused.values()),
            }
        ]
    )


def _archive(home: Home, name: str) -> Path:
    return home.accepted / f"{name}.duckdb"


def _sync(path: Path) -> None:
    # The rename must not reach the disk before the bytes do.
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
