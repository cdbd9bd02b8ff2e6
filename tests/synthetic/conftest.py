"""One small invented partnership, made once for all tests of this folder: as it is, and with slips planted in it."""

import csv
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import pytest
from pyarrow import parquet

from lantern.contract import Manifest
from lantern.partner.account import Outcome
from lantern.partner.delivery import deliver
from lantern.partner.key import join_key, new_key
from lantern.synthetic import FIRST_DAY, Truth, invent

SMALL = 340
SNAPSHOT = datetime(2026, 9, 30, 23, 59, 59)  # noqa: DTZ001 - a partner writes London time
FORMATS = {
    ("riverton_council", "ssd/*.csv"): "ssd",
    ("riverton_council", "cin_census/CIN_2024.xml"): "cin_census",
    ("riverton_council", "cin_census/CIN_2025.xml"): "cin_census",
    ("riverton_council", "cin_census/CIN_2026.xml"): "cin_census",
    ("riverton_council", "person_merges.csv"): "person_merge:csc",
    ("riverton_police", "police_notices.csv"): "police_notice",
    ("riverton_police", "person_merges.csv"): "person_merge:police",
    ("riverton_hospital", "attendances.csv"): "hospital_attendance",
    ("riverton_hospital", "person_merges.csv"): "person_merge:health_acute",
    ("riverton_schools", "concerns.csv"): "school_concern",
    ("riverton_schools", "concerns_academy.xlsx"): "school_concern",
    ("riverton_housing", "alerts_2023-04-01_2024-11-30.csv"): "housing_alert",
    ("riverton_housing", "alerts_2025-01-01_2026-09-30.csv"): "housing_alert",
    ("riverton_community_health", "health_checks.csv"): "health_visiting",
    ("riverton_probation", "checks.csv"): "probation_check",
    ("riverton_adult_social_care", "*.csv"): "adult_safeguarding",
}
"""Every delivery of the invented partnership, by partner and files."""

Row = dict[str, str]
Event = dict[str, str | None]


def rows(path: Path) -> list[Row]:
    """A CSV file as its rows."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@dataclass(frozen=True)
class Delivered:
    """One delivery made of files of the invented partnership."""

    outcome: Outcome

    @cached_property
    def manifest(self) -> Manifest:
        assert self.outcome.folder
        return Manifest.read(self.outcome.folder)

    @cached_property
    def events(self) -> list[Event]:
        assert self.outcome.folder
        return parquet.read_table(self.outcome.folder / "events.parquet").to_pylist()

    def of(self, event_type: str) -> list[Event]:
        """The events of one type."""
        return [event for event in self.events if event["event_type"] == event_type]


@dataclass
class Partnership:
    """An invented partnership: its folder, its truth, its partners' keys and what they deliver."""

    folder: Path
    truth: Truth
    _made: dict[tuple[str, str], Delivered] = field(default_factory=dict)

    def rows(self, *path: str) -> list[Row]:
        """A table of a partner."""
        return rows(self.folder.joinpath(*path))

    def key(self, partner: str) -> Path:
        """A partner's key file; all are of one project."""
        path, first = self.folder.parent / f"{partner}.toml", self.folder.parent / "riverton_council.toml"
        if not first.exists():
            new_key(first, "demo", "E06999999", "demo-2026")
        if not path.exists():
            join_key(first, path)
        return path

    def delivered(self, partner: str, files: str) -> Delivered:
        """A delivery of some files of a partner, made once."""
        found = self._made.get((partner, files))
        if found is None:
            source_format = FORMATS[partner, files]
            is_census = source_format == "cin_census"
            outcome = deliver(
                sorted((self.folder / partner).glob(files)),
                source_format,
                partner,
                self.key(partner),
                self.folder.parent / "out",
                snapshot_at=None if is_census else SNAPSHOT,
                period_from=None if is_census else date.fromisoformat(_since(files)),
            )
            found = self._made[partner, files] = Delivered(outcome)
        return found


def _since(files: str) -> str:
    return files.split("_")[1] if files.startswith("alerts_") else FIRST_DAY.isoformat()


def _made(factory: pytest.TempPathFactory, name: str, *, with_defects: bool) -> Partnership:
    folder = factory.mktemp(name) / "partners"
    return Partnership(folder, invent(folder, referrals_a_year=SMALL, with_defects=with_defects))


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Partnership:
    return _made(tmp_path_factory, "invented", with_defects=False)


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Partnership:
    return _made(tmp_path_factory, "planted", with_defects=True)
