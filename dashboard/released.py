"""
The released file, read once for each version of it and handed over as plain records.

Only this module opens the file. It opens it read-only, copies five small tables and closes
it again before anything is drawn, so a reader never stands in the way of a new release.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import streamlit as st

from record import Category, Cell, Measure, Partnership, Quarter, Release

__all__ = ["Category", "Cell", "Measure", "Partnership", "Quarter", "Release", "Released", "load", "read"]

WHERE = "LANTERN_RELEASED"
QUARTERS_SHOWN = 8
MONTHS_IN_A_QUARTER = 3

Record = TypeVar("Record")
Key = tuple[str, str, str, str, str, str]


@dataclass(frozen=True)
class Released:
    """Everything a page may say."""

    partnership: Partnership
    releases: tuple[Release, ...]
    measures: tuple[Measure, ...]
    categories: tuple[Category, ...]
    cells: tuple[Cell, ...]

    @property
    def standing(self) -> tuple[Release, ...]:
        """The releases that were not withdrawn, oldest quarter first."""
        return tuple(release for release in self.releases if release.withdrawn_on is None)

    @property
    def latest(self) -> Release | None:
        """The newest revision of the newest quarter that was not withdrawn."""
        return self.standing[-1] if self.standing else None

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        """The last eight quarters, oldest first, with a place kept for one that was never published."""
        return self.quarters_to(self.latest)

    def quarters_to(self, last: Release | None) -> tuple[Quarter, ...]:
        """Return the eight quarters that end with a release's, oldest first, with a place kept for one never published."""
        if last is None:
            return ()
        speaks_for = {release.period_from: release for release in self.releases}
        first, starts_on = min(speaks_for), last.period_from
        found: list[Quarter] = []
        while starts_on >= first and len(found) < QUARTERS_SHOWN:
            found.append(Quarter(starts_on, speaks_for.get(starts_on)))
            starts_on = quarter_before(starts_on)
        return tuple(reversed(found))

    def measures_on(self, page: str) -> tuple[Measure, ...]:
        """Return the measures of a page in the catalogue's order."""
        return tuple(measure for measure in self.measures if measure.page == page)

    def keys_of(self, breakdown: str) -> tuple[Category, ...]:
        """Return the public keys of a breakdown, in code-list order."""
        return tuple(category for category in self.categories if category.breakdown == breakdown)

    def cell(
        self,
        release: Release | None,
        measure: Measure,
        breakdown: str = "all",
        key: str = "all",
        statistic: str = "share",
        span: str = "quarter",
    ) -> Cell | None:
        """Return one cell, or None where the release does not hold it."""
        if release is None:
            return None
        return self._by_key.get((release.release_id, measure.measure_id, span, breakdown, key, statistic))

    @cached_property
    def _by_key(self) -> dict[Key, Cell]:
        return {key_of(cell): cell for cell in self.cells}


def key_of(cell: Cell) -> Key:
    """Return the primary key of a cell."""
    return cell.release_id, cell.measure_id, cell.span, cell.breakdown, cell.category, cell.statistic


def quarter_before(starts_on: date) -> date:
    """Return the first day of the quarter before this one."""
    months = starts_on.year * 12 + starts_on.month - 1 - MONTHS_IN_A_QUARTER
    return date(months // 12, months % 12 + 1, 1)


def read() -> Released | None:
    """
    Read what has been released.

    Returns:
        The released tables, or None if no file has been published yet.

    Raises:
        KeyError: the environment does not say where the file is.
        duckdb.Error: the file is broken or is not a released file.
    """
    path = Path(os.environ[WHERE])
    try:
        version = path.stat()
    except FileNotFoundError:
        return None
    return _read(str(path), version.st_ino, version.st_mtime_ns)


@st.cache_resource(max_entries=2, show_spinner=False)
def _read(path: str, inode: int, written_at: int) -> Released:  # noqa: ARG001 - both are there for the cache's key
    """
    Keep what was read; a file that was swapped by rename has another inode, so it is read anew.

    All readers share the one copy: nothing in it can be changed, and nothing of it depends on who reads.
    """
    return load(Path(path))


def load(path: Path) -> Released:
    """
    Copy the tables of a released file.

    Raises:
        duckdb.Error: the file is broken or is not a released file.
    """
    with duckdb.connect(str(path), read_only=True) as connection:
        partnerships = _rows(connection, "partnership", Partnership)
        releases = _rows(connection, "release", Release)
        measures = _rows(connection, "measure", Measure)
        categories = _rows(connection, "category", Category)
        cells = _rows(connection, "cell", Cell)
    (partnership,) = partnerships
    return Released(
        partnership=partnership,
        releases=_newest_revisions(releases),
        measures=_newest_versions(measures),
        categories=tuple(sorted(categories, key=lambda category: (category.breakdown, category.position))),
        cells=tuple(_without_hidden_numbers(cell) for cell in cells),
    )


def _rows(connection: duckdb.DuckDBPyConnection, table: str, record: Callable[..., Record]) -> list[Record]:
    """Select the columns a record names, and no others."""
    names = [field.name for field in fields(record)]  # type: ignore[arg-type]
    return [record(*row) for row in connection.table(table).select(*names).fetchall()]


def _newest_revisions(releases: list[Release]) -> tuple[Release, ...]:
    """Keep the last revision of each quarter, oldest quarter first."""

    def age(release: Release) -> tuple[Any, ...]:
        return release.period_from, release.published_on, len(release.release_id), release.release_id

    return tuple({release.period_from: release for release in sorted(releases, key=age)}.values())


def _newest_versions(measures: list[Measure]) -> tuple[Measure, ...]:
    """Keep the last version of each measure, in the catalogue's order."""
    newest = {measure.measure_id: measure for measure in sorted(measures, key=lambda measure: measure.version)}
    return tuple(sorted(newest.values(), key=lambda measure: (measure.position, measure.measure_id)))


def _without_hidden_numbers(cell: Cell) -> Cell:
    """Drop whatever a cell that is not shown might carry, so that no page can show it by mistake."""
    if cell.is_shown:
        return cell
    return replace(
        cell,
        grade="none",
        value=None,
        lower=None,
        upper=None,
        figure_text="",
        lower_text="",
        upper_text="",
        sentence="",
        change="unknown",
        change_sentence="",
    )
