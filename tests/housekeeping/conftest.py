"""A hub that has accepted a delivery and released a quarter, then another, with a backup after each: made once."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import Hub, empty_hub
from tests.housekeeping.invented_persons import send
from tests.intake.sending import contacts, verdicts
from tests.release.conftest import OFFICER, postgres, write_release_inputs

from lantern import warehouse
from lantern.home import Home
from lantern.housekeeping import backup, backup_key
from lantern.housekeeping.backup_key import BackupKey
from lantern.linkage import person
from lantern.partnership import Partnership
from lantern.period import Quarter
from lantern.pipeline import intake, release
from lantern.release.ledger import Ledger

__all__ = ["postgres"]

FIRST, SECOND = Quarter(2026, 1), Quarter(2026, 2)


@dataclass(frozen=True)
class Kept:
    """A hub after two releases, the key of its backups, and both backups: `early` after the first, `late` after both."""

    hub: Hub
    key: BackupKey
    early: backup.BackedUp
    late: backup.BackedUp
    marks: dict[str, str]


def release_quarter(home: Home, partnership: Partnership, period: Quarter) -> str:
    """Approve a quarter and release it; the ledger's newest mark."""
    ledger = Ledger(home, partnership)
    try:
        release.approve(home, partnership, ledger, period, by=OFFICER, reason="a test")
        release.release(home, partnership, ledger, period)
        release.refresh(home, partnership, ledger)
        entries = ledger.entries()
        return f"{len(entries)}:{entries[-1].mac}"
    finally:
        ledger.close()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its name there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="session")
def kept(tmp_path_factory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(folder / "home"))
        hub = empty_hub()
    # The tables that are always released, and no more: a plan of all takes three times as long.
    told = hub.partnership.expected
    few = told.model_copy(update={"waiting": None, "first_notices": None, "concerns": None})
    hub.partnership = hub.partnership.model_copy(update={"expected": few})
    backup_key.make_key(folder / "backup.key")
    key = BackupKey.of(folder / "backup.key")
    hub.deliver(contacts(hub, 40))
    assert [each.outcome for each in verdicts(hub)] == ["accepted"]
    intake.load(hub.home)
    write_release_inputs(hub, periods=("2026-Q1", "2026-Q2"))
    marks = {"early": release_quarter(hub.home, hub.partnership, FIRST)}
    early = backup.backup(hub.home, key, folder / "early", folder / "early-ledger")
    marks["late"] = release_quarter(hub.home, hub.partnership, SECOND)
    late = backup.backup(hub.home, key, folder / "late", folder / "late-ledger")
    return Kept(hub, key, early, late, marks)


@pytest.fixture
def empty(kept, tmp_path) -> Home:
    """A machine on which nothing is but the hub's keys, put back from where they were kept."""
    home = Home(tmp_path / "elsewhere", kept.hub.home.partnership)
    home.secrets.mkdir(parents=True, mode=0o700)
    for name in ("hub", "warehouse", "ledger"):
        shutil.copy2(kept.hub.home.secrets / f"{name}.key", home.secrets)
    return home


@dataclass(frozen=True)
class Before:
    """A hub that two partners have sent sixty persons each, and that has released a quarter in which they are; and its backup."""

    hub: Hub
    key: BackupKey
    backed_up: backup.BackedUp


def write_inputs_of_real_persons(hub: Hub) -> None:
    """Release inputs in which the persons are those of the deliveries."""
    write_release_inputs(hub, periods=("2026-Q1", "2026-Q2"))
    with warehouse.opened(hub.home) as connection:
        keys = "(select list(distinct person_key order by person_key) from linkage.person_link)"
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'release_inputs'"
        ).fetchall():
            # Children's tables have those of even places, adults' the others: who were in both would be counted in one.
            place = f"2 * (cast(string_split(person_key, '-')[-1] as integer) % (len({keys}) // 2)) + 1"
            is_adult = "cast(person_key like 'adult%' as integer)"
            connection.execute(f"update release_inputs.{name} set person_key = ({keys})[{place} + {is_adult}]")


@pytest.fixture(scope="session")
def before(tmp_path_factory) -> Before:
    folder = tmp_path_factory.mktemp("before")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(folder / "home"))
        hub = empty_hub()
    told = hub.partnership.expected
    few = told.model_copy(update={"waiting": None, "first_notices": None, "concerns": None})
    hub.partnership = hub.partnership.model_copy(update={"expected": few})
    backup_key.make_key(folder / "backup.key")
    key = BackupKey.of(folder / "backup.key")
    assert send(hub) == ["accepted", "accepted"]
    assert person.link(hub.home) == 60
    write_inputs_of_real_persons(hub)
    release_quarter(hub.home, hub.partnership, FIRST)
    return Before(hub, key, backup.backup(hub.home, key, folder / "old", folder / "old"))


def copy_of(before: Before, to: Path) -> Hub:
    return Hub(Home(shutil.copytree(before.hub.home.root, to / "home"), "demo"), before.hub.partnership, sent=99)


@pytest.fixture
def hub_before(before, tmp_path) -> Hub:
    return copy_of(before, tmp_path)


def empty_home(before: Before, folder: Path) -> Home:
    home = Home(folder / "elsewhere", "demo")
    home.secrets.mkdir(parents=True, mode=0o700)
    for name in ("hub", "warehouse", "ledger"):
        shutil.copy2(before.hub.home.secrets / f"{name}.key", home.secrets)
    return home
