"""A designed plan, kept in the hub's home under the ledger's key: to design it again takes seconds and gives the same."""

import hashlib
import hmac
import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import version
from importlib.resources.abc import Traversable
from pathlib import Path

from lantern import catalogue, codelist, secret, warehouse
from lantern.errors import ConfigRefused
from lantern.home import Home, private

_LIBRARIES = ("numpy", "scipy", "opendp")
_PACKAGE = Path(__file__).resolve().parents[1]


def kept(home: Home, name: str, given: object, make: Callable[[], str]) -> str:
    """
    The text that is kept for what is given; made, and kept, if there is none or it is not as it was kept.

    Args:
        home: Whose. One that cannot be written to is read; without its key, or its disk, every text is made anew.
        name: Of the file: the newest text of each name is kept.
        given: What it is made of, as JSON has it. What code, catalogue and libraries add to it is known here.
        make: Makes the text. It must give the same for the same, on every machine.

    Privacy: public numbers alone. A text decides how much noise is drawn, so one that was not written under this
        ledger's key is not taken: who has that key could write an approval too. Nothing is refused, for whatever is made
        anew is shown and approved by its own digest.
    """
    try:
        key = secret.key(home, "ledger")
    except ConfigRefused:
        return make()  # before 'lantern init': nothing would later prove who kept it
    path, basis = folder(home) / f"{name}.json", _basis(given)
    found = _read(path, key, basis)
    if found is None:
        found = make()
        _write(path, {"text": found, "mark": mark(key, path.stem, basis, found)})
    return found


def folder(home: Home) -> Path:
    """Where they are kept: a cache, in no backup."""
    return home.base / "secure" / "plans"


def mark(key: bytes, name: str, basis: str, text: str) -> str:
    """The keyed digest of a kept text; no line of the ledger and no request is marked as anything that begins like it."""
    marked = json.dumps(["kept plan", name, basis, text])
    return hmac.digest(key, marked.encode(), hashlib.sha256).hex()


def _read(path: Path, key: bytes, basis: str) -> str | None:
    """The text of a file, if it was kept for the same and is as it was kept."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        text, marked = str(found["text"]), str(found["mark"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    is_ours = hmac.compare_digest(marked.encode(errors="replace"), mark(key, path.stem, basis, text).encode())
    return text if is_ours else None


def _write(path: Path, entry: dict[str, str]) -> None:
    """Write it whole or not at all; a home that cannot be written to goes without."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        private(path.parent)
        part.write_text(json.dumps(entry) + "\n", encoding="utf-8")
        warehouse.swap(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink()


def _basis(given: object) -> str:
    """SHA-256 of all that a text follows from: what is given, this package, the catalogue and its codes, and the libraries."""
    digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode())
    libraries = [f"{each} {version(each)}" for each in _LIBRARIES]
    for each in (_CODE, platform.python_version(), *libraries):
        digest.update(f"|{each}".encode())
    for place in (catalogue.folder(), codelist.seeds_folder()):
        digest.update(digest_of(place, (".toml", ".csv")).encode())
    return digest.hexdigest()


def digest_of(place: Traversable, suffixes: tuple[str, ...]) -> str:
    """SHA-256 of a folder's files that end so, wherever in it: of where each is, how long it is and what it holds."""
    digest = hashlib.sha256()
    for name, each in sorted(_files(place, suffixes), key=lambda found: found[0]):
        content = each.read_bytes()
        digest.update(f"|{name}|{len(content)}|".encode() + content)
    return digest.hexdigest()


def _files(place: Traversable, suffixes: tuple[str, ...], before: str = "") -> Iterator[tuple[str, Traversable]]:
    for each in place.iterdir():
        name = f"{before}/{each.name}"
        if each.is_dir():
            yield from _files(each, suffixes, name)
        elif each.name.endswith(suffixes):
            yield name, each


_CODE = digest_of(_PACKAGE, (".py",))
"""Of the code as it was loaded: a process that outlives an upgrade keeps nothing under the name of the new one."""
