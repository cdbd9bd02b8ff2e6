"""The measures: what each asks, counts and leaves out, read from the one catalogue that everything else reads."""

import os
import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from lantern.counted_table import BaseTableEntry, Bin, Name, Names, Strict, Texts, Wholes, Words
from lantern.errors import ConfigRefused

_CHECKOUT = Path(__file__).resolve().parents[2] / "dbt_project" / "catalogue"

_NEEDED = {
    "share": ("counted",),
    "time": ("status", "event", "duration", "limit", "points"),
    "repeat": ("months", "windows"),
    "mix": ("category", "codes"),
}


class Shown(Strict):
    """
    How a released measure is shown: its place, its words and the base table whose rows are counted.

    `count_words` follow the number of a count; empty, no count is asked. `curve_words` stand before a day ("within 7 days"); empty,
    they are the unit and the event. `weight` is how much its errors count in planning, beside other measures'; without `quantiles`
    no median and no 90th percentile are asked. `at_quarter_end`: what stands open then is counted, so that four quarters are averaged.
    `definition` is what the released figure counts, where that is said otherwise than of the measure that analysts see.
    """

    position: int
    page: Name
    base_table: Name
    what: Words
    definition: str = ""
    count_words: str = ""
    curve_words: str = ""
    limit_text: str
    days_axis: str
    breakdowns: Names
    direction: Literal["up_is_better", "none"]
    axis_max: int
    weight: Annotated[float, Field(gt=0, le=1)] = 1.0
    quantiles: bool = True
    at_quarter_end: bool = False


class Measure(Strict):
    """
    One question a board asks, and how it is answered.

    A case is one row of `model`, in the quarter of `cohort_on`, where `where` is true. By `kind`:
    `share`, the cases of which `counted` is true (null: not computable); `time`, how long until `event`,
    the `competing_statuses` competing and every other status censored, `duration` in the unit of `clock`;
    `repeat`, those with an earlier one within each of `windows` months; `mix`, how they fall on `category`.
    `limit` is in the unit of `clock`; a quarter waits that long for its last case, unless the measure does not
    look forward. `told_by` is whose history the measure rests on, `cap` how many cases
    of a person in a quarter are counted once it is released. `release` is None for what only analysts see.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{2,39}$")]
    version: Annotated[int, Field(ge=1)]
    topic: Name
    kind: Literal["share", "time", "repeat", "mix"]
    title: Words
    question: Words
    definition: Words
    unit: Annotated[tuple[str, str], Field(strict=False)]
    model: Name
    told_by: Literal["contacts", "referrals", "adults", "partners"]
    cap: Annotated[int, Field(ge=1)]
    cohort: Words
    cohort_on: Name
    where: Name | None = None
    counted: Name | None = None
    counted_without_weakest_links: Name | None = None
    status: Name | None = None
    event: Name | None = None
    competing_statuses: Names = ()
    duration: Name | None = None
    entered_after: Name | None = None
    months: Name | None = None
    months_without_weakest_links: Name | None = None
    windows: Wholes = ()
    category: Name | None = None
    codes: Name | None = None
    start: Texts
    stop: Texts
    competing: Texts = ()
    exclusions: Texts
    clock: Literal["working_days", "operating_hours", "elapsed_days", "calendar_months", "policy", "none"]
    nonworking_start: Literal["count_from_receipt", "roll_forward"] | None = None
    limit: int | None = None
    looks_forward: bool = True
    points: Wholes = ()
    breakdowns: Names = ()
    only_within: Name | None = None
    lookback_months: int = 0
    caveat: str = ""
    follows: Words
    statutory: str = ""
    release: Shown | None = None

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> "Measure":
        missing = [name for name in _NEEDED[self.kind] if not getattr(self, name)]
        # A limit of nothing is none; a limit of 0 days would be one.
        missing = [name for name in missing if name != "limit" or self.limit is None]
        if missing:
            raise ValueError(f"a measure of kind '{self.kind}' also needs {', '.join(missing)}")
        if self.release and not (self.caveat and self.definition.endswith(".")):
            raise ValueError("a released measure needs a caveat, and a definition in whole sentences")
        return self


class Breakdown(Strict):
    """A way to split a measure: a column of its model, or of the person; `unknown` is the key of an empty one."""

    name: Name
    column: Name
    codes: Name
    unknown: str = "unknown"
    of_person: bool = False


class _Catalogue(Strict):
    measure: Annotated[tuple[Measure, ...], Field(strict=False)] = ()
    breakdown: Annotated[tuple[Breakdown, ...], Field(strict=False)] = ()
    base_table: Annotated[tuple[BaseTableEntry, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _names_meet(self) -> "_Catalogue":
        ids = [measure.id for measure in self.measure]
        if doubled := {each for each in ids if ids.count(each) > 1}:
            raise ValueError(f"the same id twice: {', '.join(sorted(doubled))}")
        known = {each.name for each in self.breakdown}
        tables = {each.name: each for each in self.base_table}
        for measure in self.measure:
            if strays := set(measure.breakdowns) - known:
                raise ValueError(f"{measure.id}: no such breakdown: {', '.join(sorted(strays))}")
            if measure.release and measure.release.base_table not in tables:
                raise ValueError(f"{measure.id}: there is no base table '{measure.release.base_table}'")
            if measure.release and not _is_answered(measure, tables[measure.release.base_table]):
                raise ValueError(f"{measure.id}: no axis of its base table answers it")
        return self


def _is_answered(measure: Measure, table: BaseTableEntry) -> bool:
    return table.answering(measure.id) is not None or (measure.kind == "time" and bool(table.bins))


def folder() -> Traversable:
    """Where the entries are: where `LANTERN_CATALOGUE` says, inside an installed wheel, or in the checkout."""
    if named := os.environ.get("LANTERN_CATALOGUE"):
        return Path(named)
    installed = resources.files("lantern") / "catalogue_entries"
    return installed if installed.is_dir() else _CHECKOUT


@cache
def _read() -> _Catalogue:
    return read(folder())


def read(where: Traversable) -> _Catalogue:
    """
    Read every `.toml` of a folder as one catalogue, and check all of it.

    Raises:
        ConfigRefused: naming the file, or the entry and what is wrong with it.
    """
    found: dict[str, list[Any]] = {}
    for path in _files(where):
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigRefused(
                f"catalogue/{path.name}: not TOML that can be read: {error}. Nothing was done."
            ) from None
        for kind, listed in entries.items():
            if not isinstance(listed, list):
                raise ConfigRefused(
                    f"catalogue/{path.name}: '{kind}' is not a list of entries ([[{kind}]]). Nothing was done."
                )
            found.setdefault(kind, []).extend(listed)
    try:
        return _Catalogue.model_validate(found)
    except ValidationError as error:
        wrong = "; ".join(f"{_place(each['loc'], found)}: {each['msg']}" for each in error.errors()[:5])
        raise ConfigRefused(f"catalogue: {wrong}. Nothing was done. Mend the entry and try again.") from None


def _files(where: Traversable) -> list[Traversable]:
    try:
        found = sorted(where.iterdir(), key=lambda each: each.name)
    except OSError:
        raise ConfigRefused(
            "catalogue: its folder cannot be read. Nothing was done. Check LANTERN_CATALOGUE."
        ) from None
    return [path for path in found if path.name.endswith(".toml")]


def _place(path: tuple[int | str, ...], found: dict[str, list[Any]]) -> str:
    if len(path) < 2 or not isinstance(path[1], int):  # noqa: PLR2004  # a kind and a place in its list
        return ".".join(str(each) for each in path) or "the whole"
    entry = found[str(path[0])][path[1]]
    named = entry.get("id", entry.get("name", path[1])) if isinstance(entry, dict) else path[1]
    return ".".join(str(each) for each in (named, *path[2:]))


def measures() -> tuple[Measure, ...]:
    """Every measure, released or not, in the order of the catalogue's files."""
    return _read().measure


def released() -> tuple[Measure, ...]:
    """The measures that are released, in the order pages show them."""
    return tuple(sorted((each for each in measures() if each.release), key=lambda each: shown(each).position))


def shown(measure: Measure) -> Shown:
    """How a released measure is shown."""
    assert measure.release is not None
    return measure.release


def breakdowns() -> tuple[Breakdown, ...]:
    """Every way to split a measure."""
    return _read().breakdown


def base_tables() -> tuple[BaseTableEntry, ...]:
    """The tables whose rows are released as noised counts."""
    return _read().base_table


def base_table(name: str) -> BaseTableEntry:
    """One of them."""
    return next(each for each in base_tables() if each.name == name)


def bins(of_table: str) -> tuple[Bin, ...]:
    """The duration bins of a base table, shortest first."""
    entry = base_table(of_table)
    return tuple(
        Bin(bin=number, from_day=days[0], to_day=days[1] if len(days) > 1 else None)
        for number, days in enumerate(entry.bins)
    )


def last_bin_within(of_table: str, day: int) -> int:
    """
    The bin that ends on `day`: shares in time are read at bin ends only.

    Raises:
        ConfigRefused: No bin ends there, so the limit could not be read exactly.
    """
    for each in bins(of_table):
        if each.to_day == day:
            return each.bin
    raise ConfigRefused(f"catalogue: no duration bin of '{of_table}' ends on day {day}. Nothing was done.")


def for_dbt() -> dict[str, Any]:
    """The catalogue as dbt's `vars`: the SQL of measures is made from it, so an entry is all that a measure needs."""
    said = _read().model_dump(mode="json")
    return {"measures": said["measure"], "breakdowns": said["breakdown"], "base_tables": said["base_table"]}
