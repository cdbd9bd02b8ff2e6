"""When an event happened, as a local date and, where a time is known, an instant."""

import pyarrow as pa

from lantern import contract, warehouse
from lantern.contract import Manifest
from lantern.intake.scan import Column

FLAGS = (
    "event_at_is_a_day",
    "recorded_at_is_a_day",
    "precision_is_true",
    "is_before_the_snapshot",
    "recorded_is_later",
    "is_born_by_the_snapshot",
)
"""What is said of each event's dates: booleans, never null; true also where there is no date to say it of."""

_READ = ("event_at", "recorded_at", "event_time_precision", "birth_month", "is_unborn")


def dates(columns: dict[str, Column], manifest: Manifest) -> pa.Table:
    """
    Read the dates of a delivery's events.

    The contract has partners write local time with its offset, so the local date is the
    first ten characters; nothing is shifted, and nothing is guessed.

    Args:
        columns: The delivery's columns, scanned.
        manifest: What the delivery says of itself: when the extract was taken.

    Returns:
        One row for each event, in the file's order. `event_on`, `recorded_on`: local dates, null where there is
        none or the calendar has no such day. `instant`: UTC, null where no time is known. And the flags.
    """
    with warehouse.in_memory() as connection:
        connection.register("events", pa.table({name: columns[name].safe() for name in _READ}))
        taken = {"snapshot": manifest.snapshot_at, "snapshot_on": manifest.snapshot_on}
        return connection.execute(_DATED, taken).to_arrow_table()


_DATED = f"""
    with
    read_dates as (
        select
            *,
            try_cast(left(event_at, 10) as date) as event_on,
            try_cast(left(recorded_at, 10) as date) as recorded_on,
            length(event_at) > 10 as has_time,
            try_cast(case when length(event_at) > 10 then event_at end as timestamptz) at time zone 'UTC' as instant
        from events
    )
    select
        event_on,
        recorded_on,
        instant,
        event_at is null or (event_on is not null and (instant is not null or not has_time)) as event_at_is_a_day,
        recorded_at is null or recorded_on is not null as recorded_at_is_a_day,
        coalesce((event_time_precision in ('minute', 'hour')) = has_time, true) as precision_is_true,
        -- Where the time is known the moment of the extract is the limit, else the end of its day.
        coalesce(event_on between date '{contract.EARLIEST}' and $snapshot_on, true)
        and coalesce(instant <= cast($snapshot as timestamptz) at time zone 'UTC', true) as is_before_the_snapshot,
        coalesce(recorded_on >= event_on - 1, true) as recorded_is_later,
        -- An unborn child is described under what is expected; nobody else is born later than we know of them.
        coalesce(is_unborn = 'true', false)
        or coalesce(birth_month <= strftime($snapshot_on, '%Y-%m'), true) as is_born_by_the_snapshot
    from read_dates
"""
