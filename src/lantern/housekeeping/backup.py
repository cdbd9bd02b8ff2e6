"""Two backup files of one moment: the hub's stores; apart from them its ledger, and who was erased. No key is in either."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, select

from lantern import warehouse
from lantern.home import Home, locked, log_of, private
from lantern.housekeeping import archive, logbook
from lantern.housekeeping.backup_key import BackupKey
from lantern.intake import departure, suppression
from lantern.release.ledger_store import LedgerStore

HUB, LEDGER = "hub", "ledger"
LINES = "ledger.jsonl"
"""In the ledger's backup: one line for each of its lines, oldest first, every column."""


@dataclass(frozen=True)
class BackedUp:
    """
    Where the two files are, how many files and lines they hold, and their bytes.

    `cleared` is how many half files of earlier backups, which were killed, lay there and are removed.
    """

    hub: Path
    ledger: Path
    files: int
    lines: int
    size: int
    cleared: int


def places(home: Home) -> list[Path]:
    """
    What is backed up, of the hub. The warehouse is made anew from the accepted deliveries.

    Not: keys; deliveries that wait, which are not re-keyed yet; held rows, whose days are counted; analysts' copies.
    """
    collection = home.base / "secure" / "collection"
    return [home.accepted, home.reports, collection, home.secrets / "trusted_keys.json", *_changing(home)]


def _changing(home: Home) -> list[Path]:
    """What a release changes, and is only whole together with the ledger of the same moment."""
    # The log of the spends before the spends: having read these to the end, this process no longer holds the file.
    return [home.base / "released", home.embargo, home.base / "anchor", log_of(home.spent), home.spent]


def backup(home: Home, key: BackupKey, to: Path, ledger_to: Path) -> BackedUp:
    """
    Write both files, encrypted; a release that runs meanwhile waits, or is waited for, and so is another backup of this hub.

    Args:
        home: Whose hub.
        key: Its public half is enough.
        to: The folder for the hub's stores; older backups in it are left, what a killed one left half written is removed.
        ledger_to: The folder for the ledger; better on another disk.

    Raises:
        StoreBusy: A release is being drawn, or a disk is full.
        LedgerRefused: The ledger cannot be read.
    """
    # One at a time, held by a folder that nothing else holds: so a half file is nobody's any more.
    with locked(private(home.reports)):
        return _backup(home, key, to, ledger_to, _clear(home, {to, ledger_to}))


def _clear(home: Home, folders: set[Path]) -> int:
    """Remove what killed backups of this hub left half written; how many files. Whatever has another name is left alone."""
    half, cleared = re.compile(rf"{re.escape(home.partnership)}-({HUB}|{LEDGER})-\d{{8}}T\d{{6}}Z\.age\.part"), 0
    for folder in folders:
        for path in folder.glob("*.part"):
            # One that may not be removed is no reason to make no backup.
            with suppress(OSError):
                if half.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                    path.unlink()
                    cleared += 1
    return cleared


def _backup(home: Home, key: BackupKey, to: Path, ledger_to: Path, cleared: int) -> BackedUp:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    hub_file, ledger_file = (
        folder / f"{home.partnership}-{kind}-{stamp}.age" for folder, kind in ((to, HUB), (ledger_to, LEDGER))
    )
    with archive.writing(home, ledger_file, LEDGER, key.recipient) as of_ledger:
        with archive.writing(home, hub_file, HUB, key.recipient) as of_hub:
            changing = _changing(home)
            for place in places(home):
                if place not in changing:
                    of_hub.add(place)
            # Of one moment: a ledger with draws that the spends do not know could never be used again.
            with _held(home) as connection:
                lines = _lines(connection)
                for place in changing:
                    of_hub.add(place)
        # With the ledger, not with the stores: they may be the older ones, and the list is what takes the erased out of them.
        for each in (suppression.path(home), departure.path(home), logbook.path(home)):
            of_ledger.add(each)
        of_ledger.add_bytes(LINES, "".join(f"{json.dumps(line)}\n" for line in lines).encode())
    return BackedUp(
        hub_file,
        ledger_file,
        len(of_hub.digests) - 1,
        len(lines),
        hub_file.stat().st_size + ledger_file.stat().st_size,
        cleared,
    )


@contextmanager
def _held(home: Home) -> Iterator[Connection]:
    """Ledger and spends, with nobody writing to either."""
    store = LedgerStore(home)
    try:
        store.migrate()
        with store.writing() as connection:
            if not home.spent.exists():
                yield connection
                return
            with warehouse.encrypted(home, home.spent, read_only=True):
                yield connection
    finally:
        store.close()


def table_of(connection: Connection) -> Table:
    """The ledger's table as the store has it, in SQLite or PostgreSQL."""
    return Table("entry", MetaData(), autoload_with=connection)


def _lines(connection: Connection) -> list[dict[str, Any]]:
    table = table_of(connection)
    return [dict(row) for row in connection.execute(select(table).order_by(table.c.seq)).mappings()]
