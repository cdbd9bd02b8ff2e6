"""
One backup file: a tar inside an age file, written and read as a stream.

Age (age-encryption.org/v1) encrypts to a public key and notices any byte that is altered, added or cut off. The last member
of the tar, `inventory.json`, lists the SHA-256 of every other and carries a mark under the hub's own key, since whoever
knows the public key can encrypt to it.
"""

import hashlib
import hmac
import io
import json
import os
import tarfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import pyrage

from lantern import secret, warehouse
from lantern.errors import ConfigRefused, ContractBroken, StoreBusy
from lantern.home import Home, private

FORM = 1
"""The form of what is inside; one that is newer is refused."""
_INVENTORY = "inventory.json"
_PIPE_BYTES = 1 << 20


class _Hashed(io.RawIOBase):
    """A stream that is hashed as it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.digest.update(piece)
        return piece


class Archive:
    """What is written into one backup file: files and folders under the names they have in the home."""

    def __init__(self, home: Home, tar: tarfile.TarFile) -> None:
        self._home, self._tar = home, tar
        self.digests: dict[str, str] = {}

    def add(self, path: Path) -> None:
        """A file, or a folder with all that is in it; links and unfinished files are left out, and what is not there."""
        if path.is_symlink() or ".part" in path.name or not path.exists():
            return
        if path.is_dir():
            self._tar.add(path, str(path.relative_to(self._home.base)), recursive=False)
            for each in sorted(path.iterdir()):
                self.add(each)
            return
        with path.open("rb") as stream:
            self._put(self._tar.gettarinfo(arcname=str(path.relative_to(self._home.base)), fileobj=stream), stream)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Something that is no file of the home."""
        about = tarfile.TarInfo(name)
        about.size, about.mode = len(content), 0o600
        self._put(about, io.BytesIO(content))

    def _put(self, about: tarfile.TarInfo, stream: IO[bytes]) -> None:
        hashed = _Hashed(stream)
        self._tar.addfile(about, hashed)
        self.digests[about.name] = hashed.digest.hexdigest()

    def close(self, kind: str) -> None:
        """Write the inventory, last: its digests are known only now."""
        listed = {
            "form": FORM,
            "kind": kind,
            "partnership": self._home.partnership,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": dict(self.digests),
        }
        text = json.dumps(listed, sort_keys=True)
        self.add_bytes(_INVENTORY, json.dumps({"inventory": text, "mark": _mark(self._home, text)}).encode())


@contextmanager
def writing(home: Home, target: Path, kind: str, recipient: pyrage.x25519.Recipient) -> Iterator[Archive]:
    """
    A backup file to fill; it has its name only once it is whole and on the disk.

    Raises:
        StoreBusy: The disk is full, or a file went away or grew while it was read.
    """
    part = private(target.parent) / f"{target.name}.part"
    part.unlink(missing_ok=True)
    try:
        with (
            _own_trouble(home, target),
            _encrypting(part, recipient) as stream,
            tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            archive = Archive(home, tar)
            yield archive
            archive.close(kind)
        warehouse.sync(part)
        part.replace(target)
        warehouse.sync(target.parent)
    finally:
        part.unlink(missing_ok=True)


def unpack(home: Home, source: Path, kind: str, identity: pyrage.x25519.Identity, target: Path) -> str:
    """
    Unpack a backup file into an empty folder and check every file against the inventory; when it was made, in UTC.

    Raises:
        ConfigRefused: It is for another key, or was made under other keys of the hub, or of another partnership.
        ContractBroken: It is damaged, or was altered.
    """
    with (
        _own_trouble(home, source),
        _decrypting(home, source, identity) as stream,
        tarfile.open(fileobj=stream, mode="r|") as tar,
    ):
        tar.extractall(target, filter=_plain)  # noqa: S202  # the filter lets nothing but files and folders under it through
    return _checked(home, source, kind, target)


def _checked(home: Home, source: Path, kind: str, target: Path) -> str:
    last = target / _INVENTORY
    try:
        signed = json.loads(last.read_text(encoding="utf-8"))
        text, mark = str(signed["inventory"]), str(signed["mark"])
        listed: dict[str, Any] = json.loads(text)
    except (OSError, ValueError, KeyError, TypeError):
        raise _damaged(home, source) from None
    last.unlink()
    if not hmac.compare_digest(mark.encode(), _mark(home, text).encode()):
        raise ConfigRefused(
            f"{home.partnership}, {source.name}: it was not made under the keys that are here. Nothing was restored. Put the "
            "hub's own keys, which were kept apart, into 'secrets' first."
        )
    if (listed["form"], listed["kind"], listed["partnership"]) != (FORM, kind, home.partnership):
        raise ConfigRefused(
            f"{home.partnership}, {source.name}: it is a backup of another kind, partnership or version. Nothing was restored. "
            "Give the folder that 'lantern backup' wrote for this partnership."
        )
    found = {str(path.relative_to(target)): path for path in target.rglob("*") if path.is_file()}
    if found.keys() != listed["files"].keys() or any(
        _digest(path) != listed["files"][name] for name, path in found.items()
    ):
        raise _damaged(home, source)
    return str(listed["made_at"])


def _plain(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    if not (member.isreg() or member.isdir()):
        raise tarfile.FilterError(member.name)
    return tarfile.tar_filter(member, folder)  # keeps modes: what the board may read, and what it may not


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _mark(home: Home, text: str) -> str:
    return hmac.digest(secret.key(home, "ledger"), b"lantern backup\n" + text.encode(), hashlib.sha256).hex()


@contextmanager
def _encrypting(part: Path, recipient: pyrage.x25519.Recipient) -> Iterator[IO[bytes]]:
    """A stream to write to, encrypted in a thread of its own: no clear copy touches a disk."""
    reading, writing = os.pipe()

    def work() -> None:
        # Closed by whoever stops first, so that the other does not wait for ever.
        with os.fdopen(reading, "rb", _PIPE_BYTES) as plain, part.open("xb") as sealed:
            part.chmod(0o600)
            pyrage.encrypt_io(plain, sealed, [recipient])

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        with _ended_by(done), os.fdopen(writing, "wb", _PIPE_BYTES) as stream:
            yield stream


@contextmanager
def _decrypting(home: Home, source: Path, identity: pyrage.x25519.Identity) -> Iterator[IO[bytes]]:
    """A stream to read from; only when it ends is it known that nothing was cut off."""
    reading, writing = os.pipe()

    def work() -> None:
        with os.fdopen(writing, "wb", _PIPE_BYTES) as plain, source.open("rb") as sealed:
            try:
                pyrage.decrypt_io(sealed, plain, [identity])
            except OSError as altered:  # that is how it tells of a piece that does not hold
                raise EOFError(str(altered)) from None

    try:
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(work)
            with _ended_by(done), os.fdopen(reading, "rb", _PIPE_BYTES) as stream:
                yield stream
                while stream.read(_PIPE_BYTES):
                    pass  # what stands behind the last member
    except (pyrage.DecryptError, tarfile.TarError, EOFError) as trouble:
        if "No matching keys" in str(trouble):
            raise ConfigRefused(
                f"{home.partnership}, {source.name}: the backup key does not open it. Nothing was restored. Give the key whose "
                "public half it was made with."
            ) from None
        raise _damaged(home, source) from None


@contextmanager
def _ended_by(done: "Future[None]") -> Iterator[None]:
    """A block beside a thread: where both fail, the thread's trouble is the cause."""
    try:
        yield
    except (OSError, tarfile.TarError, EOFError) as trouble:
        # A full disk on this side breaks the pipe for the thread; a pipe that broke for us, or ended early, is the thread's.
        is_ours = isinstance(trouble, OSError) and not isinstance(trouble, BrokenPipeError)
        cause = done.exception()
        if is_ours or cause is None:
            raise
        raise cause from None
    done.result()


@contextmanager
def _own_trouble(home: Home, file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as trouble:
        raise StoreBusy(
            f"{home.partnership}, {file.name}: it could not be written or read to its end ({type(trouble).__name__}); the "
            "disk may be full, or a file changed meanwhile. Nothing of it was kept. Make room, then try again."
        ) from None


def _damaged(home: Home, source: Path) -> ContractBroken:
    return ContractBroken(
        f"{home.partnership}, {source.name}: it is damaged or was altered. Nothing was restored. Take an earlier backup, "
        "or another copy of this one."
    )
