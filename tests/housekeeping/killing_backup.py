"""
A backup and a restore, killed at each of their fault points.

`python -m tests.housekeeping.killing_backup TEMPLATE SCRATCH EVERY backup` (or `restore`): the template is the folder of a home, with
the backups' key and, to restore from, both backups under `backups` beside the partnership's folder.
"""

import hashlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.killing import Step, main

from lantern.errors import ConfigRefused, LanternError, LedgerRefused
from lantern.home import Home
from lantern.housekeeping import archive, backup, restoration
from lantern.housekeeping.backup_key import BackupKey
from lantern.partnership import read_partnership
from lantern.release import spent
from lantern.release.ledger import Ledger


def copies(home: Home) -> Path:
    """Where the backups and their key are."""
    return home.root / "backups"


def key_of(home: Home) -> BackupKey:
    return BackupKey.of(copies(home) / "backup.key")


def run_backup(home: Home) -> None:
    """What the command does."""
    backup.backup(home, key_of(home), copies(home), copies(home))


def digests(folder: Path) -> dict[str, str]:
    """Of each file below a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def backed_up(home: Home) -> dict[str, Any]:
    """Of each finished backup what is in it, or that it is damaged; what is half written; and the ledger that was backed up."""
    half = sorted(path.name for path in copies(home).glob("*.part"))
    found: dict[str, Any] = {"hub": [], "ledger": [], "damaged": 0, "half": half, "lines": lines(home)}
    identity = key_of(home).identity
    assert identity is not None
    for path in sorted(copies(home).glob("*.age")):
        kind = path.name.split("-")[-2]
        with tempfile.TemporaryDirectory() as folder:
            try:
                archive.unpack(home, path, kind, identity, Path(folder))
            except LanternError:
                found["damaged"] += 1
            else:
                found[kind].append(digests(Path(folder)))
    return found


def lines(home: Home) -> list[str]:
    """The ledger's lines, by their marks."""
    ledger = Ledger(home, read_partnership(home.partnership))
    try:
        return [each.mac for each in ledger.entries()]
    finally:
        ledger.close()


def backup_faults(between: dict[str, Any], after: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """A backup that has its name is whole, holds what is there, and in the end there is one and nothing half written."""
    found = ["a damaged backup"] if between["damaged"] or after["damaged"] else []
    found += ["a half backup lies about"] if after["half"] else []
    for kind in ("hub", "ledger"):
        if any(each != expected[kind][0] for each in [*between[kind], *after[kind]]):
            found.append(f"a backup of the {kind} that is not what is there")
        if not after[kind]:
            found.append(f"no backup of the {kind}")
    return [*found, "another ledger"] if after["lines"] != expected["lines"] else found


def run_restore(home: Home) -> None:
    """What the command does, up to the warehouse made anew."""
    newest = [restoration.newest(home, copies(home), kind) for kind in (backup.HUB, backup.LEDGER)]
    restoration.restore(home, key_of(home), *newest)


def restored(home: Home) -> dict[str, Any]:
    """The ledger, whether the spends that go with it are there, every store that was put back, and what lies about."""
    try:
        known, whole = lines(home), True
    except LedgerRefused:
        known, whole = [], True  # the anchor is there and the ledger is not: nothing can be released
    if known:
        ledger = Ledger(home, read_partnership(home.partnership))
        drawn = [each.request_digest for each in ledger.entries() if each.kind == "answer"]
        ledger.close()
        try:
            spent.check_whole(home, drawn)
        except LanternError:
            whole = False
    stores = {str(place.relative_to(home.base)): digests(place) for place in backup.places(home) if place.is_dir()}
    about = sorted(path.name for path in home.base.glob("restoring*"))
    return {"lines": known, "whole": whole, "stores": stores, "about": about}


def restore_faults(between: dict[str, Any], after: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """A ledger is never there without its spends, and in the end everything is."""
    found = ["a ledger without its spends"] if not between["whole"] else []
    return [*found, "not all is back"] if after != expected else found


def again(home: Home) -> None:
    """Run it again; where it had come to its end, it says so."""
    try:
        run_restore(home)
    except ConfigRefused as refusal:
        if "is never written over" not in str(refusal):
            raise


STEPS = {
    "backup": Step("backup", run_backup, backed_up, run_backup, backup_faults),
    "restore": Step("restore", run_restore, restored, again, restore_faults),
}

if __name__ == "__main__":
    main(STEPS[sys.argv[4]])
