"""What a backup holds is put back where nothing is: only if ledger, spends and releases go together."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from lantern import secret, warehouse
from lantern.errors import ConfigRefused, ContractBroken, LedgerRefused
from lantern.home import Home, log_of, private
from lantern.housekeeping import archive, logbook, removal
from lantern.housekeeping.backup import HUB, LEDGER, LINES, places, table_of
from lantern.housekeeping.backup_key import BackupKey
from lantern.intake import departure, suppression
from lantern.release import spent
from lantern.release.anchor import Anchor, head_of
from lantern.release.chain import Chain
from lantern.release.entry import Entry, priced_draws
from lantern.release.ledger_store import LedgerStore

_AGAIN = "Nothing was restored: the home is as it was. Give the newest backups of both, hub and ledger."


@dataclass(frozen=True)
class Restored:
    """When what was put back had been backed up, in UTC; empty for a part that was there and was left. And the ledger's head."""

    hub: str
    ledger: str
    lines: int
    head: str


def newest(home: Home, folder: Path, kind: str) -> Path:
    """
    The newest backup of a kind in a folder, by the time in its name.

    Raises:
        ConfigRefused: There is none.
    """
    found = sorted(folder.glob(f"{home.partnership}-{kind}-*.age"))
    if not found:
        raise ConfigRefused(
            f"{home.partnership}: no backup of the {kind} is in that folder. Nothing was restored. Give the folder that "
            "'lantern backup' wrote to, and with --ledger-from the ledger's if it is another."
        )
    return found[-1]


def restore(home: Home, key: BackupKey, hub_file: Path, ledger_file: Path, against: str = "") -> Restored:
    """
    Put back what is not there: the hub's stores, the ledger, or both. What is there is never written over.

    Before anything counts, the ledger is verified and held against the anchor, the releases and the spends that go with it.
    If one does not fit, everything is taken out again. Who was erased since is taken out of the stores before this returns. The
    warehouse is not in a backup: `rebuild` comes next.

    Args:
        home: With the hub's keys in place, from where they were kept apart.
        key: The backups' key, its private half.
        hub_file: A backup of the stores.
        ledger_file: A backup of the ledger.
        against: A head that an officer keeps elsewhere; the one guard where both backups are old.

    Raises:
        ConfigRefused: A key is missing or another one, or nothing is left to restore.
        ContractBroken: A backup is damaged, or what persons spent is older than the ledger.
        LedgerRefused: The ledger is older than the releases or the head, or does not hold together.
    """
    for name in secret.KEYS:
        secret.key(home, name)
    if key.identity is None:
        raise ConfigRefused(
            f"{home.partnership}: this is the public half of the backup key, which opens nothing. Nothing was restored. Give the "
            "private one."
        )
    with home.between_releases(), _staging(home) as staging, _ledger_store(home) as store:
        _take_out_half(home)
        has_hub = _has_hub(home)
        with store.writing() as connection:
            entries = table_of(connection)
            has_ledger = bool(connection.execute(select(func.count()).select_from(entries)).scalar())
            if has_hub and has_ledger:
                raise _nothing_lost(home)
            # Unpacked even where the ledger is there: who was erased must be known before any store is.
            of_ledger = archive.unpack(home, ledger_file, LEDGER, key.identity, staging / LEDGER)
            of_hub = "" if has_hub else archive.unpack(home, hub_file, HUB, key.identity, staging / HUB)
            lines = [] if has_ledger else _lines(staging / LEDGER)
            if lines:
                connection.execute(insert(entries), lines)
            elif has_hub:
                raise _nothing_lost(home)
            _recall(home, staging / LEDGER / suppression.folder(home).name)
            with _put_back(home, staging / HUB, is_asked=bool(of_hub)):
                rows = connection.execute(select(entries).order_by(entries.c.seq)).mappings()
                known = Chain(secret.key(home, "ledger"), home.partnership).verified(rows)
                _check_together(home, known, against)
                _placed(home).unlink(
                    missing_ok=True
                )  # whole: stopped from here on, the next run brings the ledger alone
                removal.carry_out(home)
    head = head_of([each.mac for each in known])
    return Restored(of_hub, "" if has_ledger else of_ledger, len(known), head)


def _recall(home: Home, kept: Path) -> None:
    """Who was erased and who has left, as the backup knows it, added to what is known here; the log, if there is none."""
    if (persons := kept / suppression.path(home).name).exists():
        suppression.add(home, suppression.read(home, persons))
    if (partners := kept / departure.path(home).name).exists():
        departure.add(home, departure.read(home, partners))
    if (log := kept / logbook.path(home).name).exists() and not logbook.path(home).exists():
        log.rename(private(suppression.folder(home)) / log.name)


def _nothing_lost(home: Home) -> ConfigRefused:
    return ConfigRefused(
        f"{home.partnership}: what is in these backups is there, and is never written over. Nothing was restored. Restore into "
        "an empty home; of a warehouse alone that is lost, run 'lantern rebuild'."
    )


def _check_together(home: Home, known: Sequence[Entry], against: str) -> None:
    marks = [each.mac for each in known]
    try:
        Anchor(home).check(marks)
        if against:
            Anchor(home).check_against(marks, against)
        spent.check_whole(home, priced_draws(known))
    except LedgerRefused as refusal:
        raise LedgerRefused(f"{refusal} {_AGAIN}") from None
    except ContractBroken as refusal:
        raise ContractBroken(f"{refusal} {_AGAIN}") from None


def _has_hub(home: Home) -> bool:
    """Whether any store is there; keys, trusted keys and an empty folder are none."""
    stores = [place for place in places(home) if home.secrets not in place.parents]
    return any(place.is_file() or any(each.is_file() for each in place.rglob("*")) for place in stores)


def _lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / LINES).read_text(encoding="utf-8").splitlines()]


@contextmanager
def _put_back(home: Home, staging: Path, *, is_asked: bool) -> Iterator[None]:
    """Each store at its place while the block looks at them; if it refuses, gone again."""
    done: list[Path] = []
    try:
        for target in places(home) if is_asked else []:
            source = staging / target.relative_to(home.base)
            if not source.exists() or target.is_file():
                continue  # the trusted keys that someone has put here count, not those of then
            if target.exists():
                shutil.rmtree(target)  # folders without a file, by `_has_hub`
            private(target.parent)
            _note(home, target)
            source.rename(target)
            done.append(target)
            warehouse.sync(target.parent)
        yield
    except BaseException:
        for target in done:
            _remove(target)
        log_of(home.spent).unlink(missing_ok=True)
        _placed(home).unlink(missing_ok=True)
        raise


def _placed(home: Home) -> Path:
    """Which stores this run has put at their places, or is about to: there only while it does."""
    return home.base / "restoring.txt"


def _note(home: Home, target: Path) -> None:
    with _placed(home).open("a", encoding="utf-8") as lines:
        lines.write(f"{target.relative_to(home.base)}\n")
    warehouse.sync(_placed(home))
    warehouse.sync(home.base)


def _take_out_half(home: Home) -> None:
    """
    Take out what a run that was killed had put back: some of a backup's stores are no hub, and the next run may be given others.

    Raises:
        ConfigRefused: The hub has written into them since.
    """
    if not _placed(home).exists():
        return
    listed = _placed(home).read_text(encoding="utf-8").splitlines()
    half = [place for place in places(home) if str(place.relative_to(home.base)) in listed]
    files = [path for place in half for path in (place, *place.rglob("*")) if path.is_file()]
    if any(path.stat().st_mtime_ns > _placed(home).stat().st_mtime_ns for path in files):
        raise ConfigRefused(
            f"{home.partnership}: an earlier restore was stopped halfway, and the hub has written into what it put back since. "
            "Nothing was restored or removed. Restore into an empty home with the hub's keys, and have what was delivered here since "
            "sent again."
        )
    for place in half:
        _remove(place)
    log_of(home.spent).unlink(missing_ok=True)
    _placed(home).unlink()


def _remove(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


@contextmanager
def _staging(home: Home) -> Iterator[Path]:
    """A folder on the same disk, so that what is in it is put in place by renames."""
    folder = home.base / "restoring"
    shutil.rmtree(folder, ignore_errors=True)
    for kind in (HUB, LEDGER):
        private(folder / kind)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _ledger_store(home: Home) -> Iterator[LedgerStore]:
    store = LedgerStore(home)
    try:
        store.migrate()
        yield store
    finally:
        store.close()
