"""Fetches deliveries from partners' own inboxes into the hub's, and brings reports back."""

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lantern import contract, warehouse
from lantern.errors import ConfigRefused, StoreBusy
from lantern.home import Home, private
from lantern.intake import channel, inbox
from lantern.intake.channel import Channel
from lantern.intake.memory import Memory, folder
from lantern.intake.store import Entry
from lantern.partnership import Partnership

SETTLE_SECONDS = 2.0
"""Between the look that finds a delivery and its copy: a file that grows meanwhile is left alone."""

MAX_DELIVERIES = 50
"""In one collection; the rest waits for the next."""

REPORTS = "reports"
"""The folder of a partner's inbox that is ours to write."""

_UNFINISHED = f"{contract.MANIFEST}.part"
_USABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,149}")
_REPORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.(txt|html|json)")

Listing = dict[str, list[Entry]]


def collect(home: Home, partnership: Partnership, partner: str) -> int:
    """
    Copy what waits in a partner's own inbox into the hub's, then remove it there.

    A delivery is removed there only when its copy here is on the disk. Killed in between, the
    next collection removes it, or copies it again and intake finds it already accepted. One
    that lacks its manifest, or still changes, is left alone. Copies get a name of our own.

    Returns:
        How many deliveries were copied; 0 for a partner whose inbox is the hub's own.

    Raises:
        ConfigRefused: the inbox cannot be used as it is configured.
        InboxUnreachable: it does not answer.
        StoreBusy: another process is collecting from it.
    """
    found = partnership.partner(partner)
    if found is None or found.inbox is None:
        return 0
    with _alone(home, partner):
        there = channel.opened(home, found)
        memory = Memory.of(home, partner)
        ready, memory.strays = _look(there)
        # What is there no more has been removed; sent again, it is to be copied again.
        memory.copied = [each for each in memory.copied if each in {_digest(*listing) for listing in ready.items()}]
        memory.save(home, partner)
        return _fetch_all(home, partner, there, memory, ready)


def _look(there: Channel) -> tuple[Listing, int]:
    """The files of each folder that has a manifest, and how much else has lain there for a day."""
    ready: Listing = {}
    strays = 0
    for entry in there.entries():
        if entry.name == REPORTS and entry.is_folder:
            continue
        # Any other name could mean something to a shell, a log or a path: it is not even looked into.
        inside = there.entries(entry.name) if entry.is_folder and _USABLE.fullmatch(entry.name) else None
        if inside and inbox.has_manifest(inside):
            ready[entry.name] = inside
        else:
            strays += inbox.is_stray(entry, inside)
    return ready, strays


def _fetch_all(home: Home, partner: str, there: Channel, memory: Memory, ready: Listing) -> int:
    target = private(home.inbox / partner)
    _clear_unfinished(target)
    if ready:
        time.sleep(SETTLE_SECONDS)
    copied, trouble = 0, None
    for name, files in list(ready.items())[:MAX_DELIVERIES]:
        try:
            copied += _fetch(home, partner, there, memory, name=name, files=files)
        except ConfigRefused as refusal:
            trouble = trouble or refusal  # this one cannot be read or removed: the others may
    if trouble:
        raise trouble
    return copied


def _fetch(home: Home, partner: str, there: Channel, memory: Memory, *, name: str, files: list[Entry]) -> bool:
    """Copy one delivery, then remove it there; whether a copy was made that was not here before."""
    digest = _digest(name, files)
    is_new = digest not in memory.copied
    if is_new:
        with _ticket(home.inbox / partner) as ticket:
            is_whole = _copy(there, name, files, ticket)
            # Looked at again: a file that changed while it was read is still being written.
            if not is_whole or there.entries(name) != files:
                return False
            _finish(ticket)
        memory.copied.append(digest)
        memory.save(home, partner)
    # The manifest first: what is left of a killed removal must not look like a delivery.
    there.remove(name, [contract.MANIFEST, *(each.name for each in _known(files) if each.name != contract.MANIFEST)])
    memory.copied.remove(digest)
    memory.save(home, partner)
    return is_new


def _digest(name: str, files: list[Entry]) -> str:
    """By which a delivery that was copied is known, as long as nobody touches it where it lies."""
    return hashlib.sha256(repr((name, files)).encode("utf-8", "surrogateescape")).hexdigest()


def _copy(there: Channel, name: str, files: list[Entry], ticket: Path) -> bool:
    """
    Copy the files a delivery may have; whether each was as long as the listing says.

    Of one that is too long a byte more than is allowed is read, and of one that does not belong
    nothing but that it is there: intake refuses both, with its own words to the sender.
    """
    known = _known(files)
    for number in range(len(files) - len(known)):
        (ticket / f"extra-{number}").touch()
    is_whole = True
    for each in known:
        local = ticket / (_UNFINISHED if each.name == contract.MANIFEST else each.name)
        size = 0
        with local.open("xb") as copy:
            for chunk in there.chunks(name, each.name):
                size += copy.write(chunk[: inbox.MAX_BYTES + 1 - size])
                if size > inbox.MAX_BYTES:
                    break
            copy.flush()
            os.fsync(copy.fileno())
        is_whole &= size in (each.size, inbox.MAX_BYTES + 1)
    return is_whole


def _known(files: list[Entry]) -> list[Entry]:
    return [each for each in files if each.is_file and each.name in inbox.FILES]


@contextmanager
def _ticket(target: Path) -> Iterator[Path]:
    """A folder under a name of ours; it is gone at the end unless it became a delivery."""
    ticket = target / inbox.new_ticket()
    ticket.mkdir(mode=0o700)
    try:
        yield ticket
    finally:
        if not (ticket / contract.MANIFEST).exists():
            shutil.rmtree(ticket, ignore_errors=True)


def _finish(ticket: Path) -> None:
    """Give a copy its manifest, and have the disk hold all of it: from here on it is a delivery."""
    warehouse.sync(ticket)
    (ticket / _UNFINISHED).rename(ticket / contract.MANIFEST)
    warehouse.sync(ticket)
    warehouse.sync(ticket.parent)


def _clear_unfinished(target: Path) -> None:
    """Remove copies that a killed collection left behind; those of others are no tickets, or have a manifest."""
    for each in target.iterdir():
        if inbox.is_ticket(each.name) and not (each / contract.MANIFEST).exists():
            shutil.rmtree(each, ignore_errors=True)


def return_reports(home: Home, partnership: Partnership, partner: str) -> int:
    """
    Copy the reports a partner has not been given yet to `reports/` in its own inbox, each once.

    Returns:
        How many were copied; 0 for a partner whose inbox is the hub's own.

    Raises:
        ConfigRefused, InboxUnreachable, StoreBusy: as in `collect`. No delivery depends on it.
    """
    found = partnership.partner(partner)
    kept = home.reports / partner
    if found is None or found.inbox is None or not kept.is_dir():
        return 0
    with _alone(home, partner):
        memory = Memory.of(home, partner)
        there_are = sorted(path.name for path in kept.iterdir() if _REPORT.fullmatch(path.name))
        memory.returned = [name for name in memory.returned if name in there_are]
        new = [name for name in there_are if name not in memory.returned]
        if not new:
            return 0
        there = channel.opened(home, found)
        for name in new:
            there.write(REPORTS, name, (kept / name).read_bytes())
            memory.returned.append(name)
            memory.save(home, partner)
        return len(new)


@contextmanager
def _alone(home: Home, partner: str) -> Iterator[None]:
    """One process at a time for each inbox; the lock goes with the process."""
    with (folder(home, partner) / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreBusy(
                f"inbox of {partner}: another process is collecting from it. Nothing was done twice. Try again later."
            ) from None
        yield
