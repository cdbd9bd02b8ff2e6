"""A hub that has accepted a delivery and released a quarter, then another, with a backup after each: made once."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import Hub, empty_hub
from tests.intake.sending import contacts, verdicts
from tests.release.conftest import OFFICER, postgres, write_release_inputs

from lantern.home import Home
from lantern.housekeeping import backup, backup_key
from lantern.housekeeping.backup_key import BackupKey
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
