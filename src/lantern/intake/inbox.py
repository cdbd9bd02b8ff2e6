"""What waits in a partner's inbox, and the private copy that is checked."""

import errno
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lantern import contract
from lantern.errors import DeliveryRefused
from lantern.home import Home, locked, private
from lantern.intake.memory import Memory
from lantern.intake.store import Entry, Folder
from lantern.partnership import Partnership

MAX_BYTES = 2 * 1024**3
"""Larger than any yearly extract of the largest authority, smaller than a disk."""

_TICKET = re.compile(r"delivery-[0-9a-f]{16}")
_DONE_WITH = re.compile(r"done-with-delivery-[0-9a-f]{16}")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_PIECE = 1024 * 1024
_OWN_TROUBLE = {errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""What no file can be blamed for."""

_NOT_PLAIN = (
    "a file of the delivery is not a plain file that can be read, but a link, a folder, a pipe, or closed to the hub. "
    "Nothing was loaded. Send plain files."
)
_STRAY_AFTER = 24 * 60 * 60
"""Seconds. A delivery takes minutes to be written."""

FILES = {contract.MANIFEST, contract.EVENTS_PARQUET, contract.EVENTS_CSV}
"""The names a delivery's files may have."""


@dataclass(frozen=True)
class Waiting:
    """
    A delivery in an inbox, under the name it was given on arrival.

    The partner is known from the inbox it lies in, not from its own word. The sender's name
    for the folder is dropped at once: a name can hold an identifier too.
    """

    partner: str
    ticket: str


def waiting(home: Home, partnership: Partnership) -> list[Waiting]:
    """
    The deliveries to look at, partner by partner, each renamed on first sight.

    A folder without `manifest.json` is still being written and is left alone. One that a killed run was
    taking away is taken away.
    """
    found = []
    for partner in partnership.partners:
        inbox = private(home.inbox / partner.name)
        for entry in sorted(inbox.iterdir(), key=lambda each: each.name):
            # What cannot be looked into, or has gone to another run meanwhile, holds up nothing else.
            with suppress(OSError):
                ticket = _ticket(entry)
                found += [Waiting(partner.name, ticket)] if ticket else []
    return found


def _ticket(entry: Path) -> str | None:
    """The name of a delivery, given now if it has none; None if this is no delivery, or none yet."""
    if entry.is_symlink() or not entry.is_dir():
        return None
    if _DONE_WITH.fullmatch(entry.name):
        _destroy(entry)
        return None
    if not (entry / contract.MANIFEST).exists():
        return None
    return entry.name if is_ticket(entry.name) else entry.rename(entry.with_name(new_ticket())).name


@contextmanager
def claimed(home: Home, delivery: Waiting) -> Iterator[bool]:
    """Whether a delivery is this run's to look at; another run may be at it, or have done with it."""
    folder = home.inbox / delivery.partner / delivery.ticket
    with ExitStack() as held:
        try:
            held.enter_context(locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB))
            is_ours = (folder / contract.MANIFEST).exists()
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        yield is_ours


def new_ticket() -> str:
    """A name for a delivery that tells nothing of it."""
    return f"delivery-{secrets.token_hex(8)}"


def is_ticket(name: str) -> bool:
    """Whether a folder has been given its name here."""
    return _TICKET.fullmatch(name) is not None


def strays(home: Home, partnership: Partnership) -> dict[str, int]:
    """
    What lies in each partner's inbox and is no delivery, as counts by partner; only those that have any.

    That is a loose file, or a folder without manifest, that nothing has changed for a day; in an
    inbox of the partner's own, as it was at the last collection. Their names are the senders': none is told.
    """
    found = {}
    for partner in partnership.partners:
        count = Memory.of(home, partner.name).strays if partner.inbox else 0
        there = Folder(home.inbox / partner.name)
        with suppress(FileNotFoundError):
            for entry in there.entries(""):
                count += is_stray(entry, _inside(there, entry))
        if count:
            found[partner.name] = count
    return found


def left_alone(home: Home, partnership: Partnership) -> list[str]:
    """
    What an intake passes over, a line each for whoever started it: of a partner what is no delivery, or none yet, and
    folders that no partner is called. Their names are the senders': none is told.
    """
    names, lines = {partner.name for partner in partnership.partners}, []
    for name in sorted(names):
        there = Folder(home.inbox / name)
        with suppress(FileNotFoundError):
            lying = [_inside(there, entry) for entry in there.entries("")]
            count = sum(inside is None or not has_manifest(inside) for inside in lying)
            if count:
                lines.append(f"{name}: {count} in its inbox without a manifest.json, so no delivery: left alone.")
    strangers = sum(each.is_dir() and each.name not in names for each in home.inbox.glob("*"))
    if strangers:
        lines.append(
            f"inbox: {strangers} with the name of no partner: left alone. Partners are {', '.join(sorted(names))}."
        )
    return lines


def _inside(there: Folder, entry: Entry) -> list[Entry] | None:
    try:
        return there.entries(entry.name) if entry.is_folder else None
    except OSError:
        return None


def has_manifest(files: list[Entry]) -> bool:
    """Whether a folder's manifest, which is written last, is there."""
    return any(each.is_file and each.name == contract.MANIFEST for each in files)


def is_stray(entry: Entry, inside: list[Entry] | None) -> bool:
    """
    Whether something in an inbox is no delivery and, being a day old, none in the making.

    Args:
        entry: What lies there.
        inside: What it holds, if it is a folder that could be looked into. An empty one is nothing.
    """
    if inside is not None and (not inside or has_manifest(inside)):
        return False
    changes = [each.changed_at for each in (entry, *(inside or [])) if each.changed_at is not None]
    # A time in the future is no better known than a time long ago.
    return not changes or abs(time.time() - max(changes)) > _STRAY_AFTER


@contextmanager
def private_copy(home: Home, delivery: Waiting) -> Iterator[Path]:
    """
    Copy a delivery to a folder of our own under a random name; that copy is checked from then on.

    The copy is gone when the block ends, however it ends.

    Raises:
        DeliveryRefused: a file that is not a plain file, is linked elsewhere, is too large,
            or does not belong in a delivery.
    """
    there = Folder(home.inbox / delivery.partner)
    sent = there.entries(delivery.ticket)
    strange = [each for each in sent if each.name not in FILES]
    if strange:
        raise DeliveryRefused(
            f"the delivery holds {len(strange)} files that are not part of one. Nothing was loaded. "
            f"Send {contract.MANIFEST} and one events file, nothing else."
        )
    target = home.work / secrets.token_hex(16)
    with ExitStack() as in_use:
        with locked(private(home.work)):
            private(target)
            in_use.enter_context(locked(target))
        try:
            for each in sent:
                _copy(there, delivery.ticket, each, target / each.name)
            yield target
        finally:
            shutil.rmtree(target)


def _copy(there: Folder, ticket: str, file: Entry, target: Path) -> None:
    _check_size(file.size)
    with _opened(there, ticket, file) as stream, target.open("xb") as copy:
        copied = 0
        # The sender may go on writing: of a file that grows a byte more than is allowed is read.
        while piece := stream.read(min(_PIECE, MAX_BYTES + 1 - copied)):
            copied += copy.write(piece)
            _check_size(copied)


def _opened(there: Folder, ticket: str, file: Entry) -> IO[bytes]:
    if not file.is_file:
        raise DeliveryRefused(_NOT_PLAIN)
    try:
        return there.open(ticket, file.name)
    except OSError as trouble:
        if trouble.errno in _OWN_TROUBLE:
            raise
        # It is another than it was when it was listed, or closed to the hub.
        raise DeliveryRefused(_NOT_PLAIN) from None


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise DeliveryRefused(
            f"a file of the delivery is larger than {MAX_BYTES // 1024**3} GiB. Nothing was loaded. Send a shorter period."
        )


def remove(home: Home, delivery: Waiting) -> None:
    """Take a delivery out of the inbox: the partner holds its own copy. Killed on the way, it is not half there."""
    folder = home.inbox / delivery.partner / delivery.ticket
    # What cannot be destroyed now is tried again by every run, and counted among what lies about.
    with suppress(OSError):
        _destroy(folder.rename(folder.with_name(f"done-with-{delivery.ticket}")))


def empty(home: Home, partner: str) -> None:
    """Destroy all that lies in a partner's inbox, delivery or not, and the inbox."""
    if (home.inbox / partner).exists():
        _destroy(home.inbox / partner)


def _destroy(folder: Path) -> None:
    """
    Destroy a sender's folder, who may nest it deeper than any stack and swap what it holds for a link meanwhile.

    So each folder is opened by its name in an open one, refusing to follow, and what it holds of folders is moved up
    to the outermost before they are opened: two are open at a time, and no way is long.
    """
    outermost = os.open(folder, _FOLDER)
    try:
        names = _emptied(outermost, outermost)
        for name in names:
            inner = os.open(name, _FOLDER, dir_fd=outermost)
            try:
                names += _emptied(inner, outermost)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=outermost)
    finally:
        os.close(outermost)
    folder.rmdir()


def _emptied(folder: int, outermost: int) -> list[str]:
    """Remove the files of an open folder and move its folders to the outermost; what they are called there."""
    moved = []
    with os.scandir(folder) as inside:
        listed = list(inside)  # before a folder of the outermost is renamed within it
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            moved.append(secrets.token_hex(8))
            os.rename(entry.name, moved[-1], src_dir_fd=folder, dst_dir_fd=outermost)
        else:
            os.unlink(entry.name, dir_fd=folder)
    return moved


def clear_work(home: Home) -> None:
    """Remove private copies that a killed intake left behind: those that no living process holds."""
    with locked(private(home.work)):
        for copy in home.work.iterdir():
            # One in use is held; one just done with may be gone.
            with suppress(BlockingIOError, FileNotFoundError), locked(copy, fcntl.LOCK_EX | fcntl.LOCK_NB):
                shutil.rmtree(copy, ignore_errors=True)
