"""The measures: what each asks, counts and leaves out, read from the one catalogue dbt also reads."""

from dataclasses import dataclass
from functools import cache

from lantern import codelist
from lantern.errors import ConfigRefused


@dataclass(frozen=True)
class Measure:
    """
    One question a board asks, and how it is answered.

    `limit_value` is in the unit of `clock`. `breakdowns` are code lists (public keys) or
    `by_day`, the share done by each day. `base_table` is the table whose rows are counted.
    """

    measure_id: str
    version: int
    position: int
    page: str
    title: str
    board_question: str
    definition: str
    what: str
    unit_one: str
    unit_many: str
    base_table: str
    clock: str
    nonworking_start: str
    limit_value: int
    limit_text: str
    days_axis: str
    start_event: str
    stop_event: str
    competing_event: str
    exclusions: str
    breakdowns: tuple[str, ...]
    lookback_months: int
    direction: str
    axis_max: int
    caveat: str
    source: str


_WHOLE = ("version", "position", "limit_value", "lookback_months", "axis_max")


@dataclass(frozen=True)
class Bin:
    """A run of whole days, `to_day` included; None is no upper end. Bounds are public constants."""

    bin: int
    from_day: int
    to_day: int | None


@cache
def measures() -> tuple[Measure, ...]:
    """Every measure, in the order pages show them."""
    found = []
    for row in codelist.rows("catalogue__measures"):
        entry: dict[str, object] = dict(row)
        entry |= {name: int(row[name]) for name in _WHOLE}
        entry["breakdowns"] = tuple(row["breakdowns"].split(";"))
        found.append(Measure(**entry))  # type: ignore[arg-type]  # the CSV's header is the field list
    return tuple(sorted(found, key=lambda measure: measure.position))


def measure(measure_id: str) -> Measure:
    """One measure by its id, or a refusal."""
    for each in measures():
        if each.measure_id == measure_id:
            return each
    raise ConfigRefused(f"catalogue: there is no measure '{measure_id[:40]}'. Nothing was done.")


@cache
def bins(base_table: str) -> tuple[Bin, ...]:
    """The duration bins of a base table, shortest first."""
    return tuple(
        Bin(int(row["bin"]), int(row["from_day"]), int(row["to_day"]) if row["to_day"] else None)
        for row in codelist.rows("catalogue__duration_bins")
        if row["base_table"] == base_table
    )


def last_bin_within(base_table: str, day: int) -> int:
    """
    The bin that ends on `day`: shares in time are read at bin ends only.

    Raises:
        ConfigRefused: No bin ends there, so the limit could not be read exactly.
    """
    for each in bins(base_table):
        if each.to_day == day:
            return each.bin
    raise ConfigRefused(f"catalogue: no duration bin of '{base_table}' ends on day {day}. Nothing was done.")
