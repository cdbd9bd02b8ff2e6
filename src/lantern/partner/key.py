"""A partner's key file: the project key every partner shares, and a local key no one else has."""

import hmac
import os
import re
import secrets
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from lantern import contract
from lantern.errors import ConfigRefused
from lantern.partner import canary

_SHAPES = {
    "key_id": r"[a-z0-9][a-z0-9\-]{0,39}",
    "partnership": r"[a-z][a-z0-9_]{1,39}",
    "responsible_la": r"[EWSN]\d{8}",
    "project_key": r"[0-9a-f]{64}",
    "local_key": r"[0-9a-f]{64}",
}
_IN_WORDS = {
    "key_id": "a name of small letters, digits and dashes, such as demo-2026",
    "partnership": "a name of small letters, digits and _, such as demo",
    "responsible_la": "the ONS code of an authority, a letter and eight digits, such as E06999999",
}
_OTHERS_MAY = 0o077
_SHOWN = 32
"""Hex digits of each half of a key's line: 128 bits, short enough to be read aloud."""
_LINE = re.compile(r"(?P<key_id>[a-z0-9][a-z0-9\-]{0,39})=(?P<check>[0-9a-f]{32,64})\.(?P<canary>[0-9a-f]{32,64})")


@dataclass(frozen=True)
class Key:
    """
    The two secrets of one partner, and whose they are.

    Privacy: `project_key` makes the tokens that link people between partners; whoever holds it
        can try every NHS number. `local_key` makes keys that mean nothing outside this partner.
    """

    key_id: str
    partnership: str
    responsible_la: str
    project_key: bytes = field(repr=False)
    local_key: bytes = field(repr=False)

    @property
    def check_value(self) -> str:
        """What both sides compare to know that they hold one project key, without showing it."""
        return hmac.digest(self.project_key, contract.key_check_text(), "sha256").hex()

    @property
    def canary(self) -> str:
        """What both sides compare to know that they also read and normalise names, dates and numbers alike."""
        return canary.value(self.project_key)

    @property
    def line(self) -> str:
        """`KEY_ID=CHECK.CANARY`: the first 128 bits of both, for the hub and for the other partners. No secret."""
        return f"{self.key_id}={self.check_value[:_SHOWN]}.{self.canary[:_SHOWN]}"


def compare_key(key: Key, line: str) -> None:
    """
    Compare a key with the line that another partner or the hub has.

    Raises:
        ConfigRefused: saying which part differs, the name, the key, or the rules of the tool.
    """
    given = _LINE.fullmatch(line.strip())
    if given is None:
        raise ConfigRefused(
            "--expect: it is not a line such as KEY_ID=CHECK.CANARY. Nothing was compared. "
            "Copy the whole line that 'key check' prints on the other side."
        )
    if not _same(given["check"], key.check_value):
        raise ConfigRefused(
            "key check: they do not agree: the other side has another project key, so that no person could be linked. "
            "Make no delivery with this key file. Join again with the file 'key share' makes from the partnership's key."
        )
    if not _same(given["canary"], key.canary):
        raise ConfigRefused(
            "key check: they do not agree: the project key is the same, but one side's tool normalises names or reads "
            "characters or dates differently, so that persons would be missed. Make no delivery until both sides have "
            "the same version of the tool."
        )
    if given["key_id"] != key.key_id:
        raise ConfigRefused(
            "key check: they do not agree: key and rules are the same, but the key has another name (key_id), and the "
            "hub knows keys by name. Make no delivery. Correct the key_id in the key file."
        )


def _same(given: str, own: str) -> bool:
    return hmac.compare_digest(given, own[: len(given)])


def check_entry(option: str, entry: str, given: str) -> None:
    """
    Refuse what cannot stand in a key file, by the option it was given with.

    Raises:
        ConfigRefused: It is not of the form of its entry.
    """
    if not re.fullmatch(_SHAPES[entry], given):
        raise ConfigRefused(f"{option}: it is not {_IN_WORDS[entry]}. Nothing was written.")


def has_local_key(path: Path) -> bool:
    """Whether a file is somebody's own key file, not one made to be shared."""
    return "local_key" in _entries(path, local=False)


def new_key(path: Path, partnership: str, responsible_la: str, key_id: str) -> Key:
    """Draw a project key and a local key and write them; an existing file is never overwritten."""
    return _write(
        path,
        {
            "key_id": key_id,
            "partnership": partnership,
            "responsible_la": responsible_la,
            "project_key": secrets.token_hex(32),
            "local_key": secrets.token_hex(32),
        },
    )


def join_key(existing_project_key_file: Path, path: Path) -> Key:
    """Write a key file with the project key of another file and a local key of its own."""
    entries = _entries(existing_project_key_file, local=False)
    return _write(path, entries | {"local_key": secrets.token_hex(32)})


def renew_key(own: Path, new_project_key_file: Path, path: Path) -> Key:
    """
    Write a key file with the project key of another file and the local key of one's own.

    Raises:
        ConfigRefused: A file cannot be used, or the project key is the same, is another partnership's, or has the old one's name.
    """
    before, after = _entries(own, local=True), _entries(new_project_key_file, local=False)
    if before["partnership"] != after["partnership"]:
        raise ConfigRefused("--project-from: it is the key of another partnership. Nothing was written.")
    if before["key_id"] == after["key_id"] or before["project_key"] == after["project_key"]:
        raise ConfigRefused(
            "--project-from: it has the key, or the key's name, that your own file has. Nothing was written. A new project key has "
            "a new name: ask for the file 'key share' makes of it."
        )
    return _write(path, after | {"local_key": before["local_key"]})


def share_key(existing: Path, path: Path) -> None:
    """Write the part of a key file that other partners need: everything but the local key."""
    entries = _entries(existing, local=False)
    entries.pop("local_key", None)
    _write_text(path, entries)


def read_key(path: Path) -> Key:
    """
    Read a key file.

    Only POSIX can say who else may read a file; elsewhere `who_may_read` tells what to look at.

    Raises:
        ConfigRefused: It is absent, incomplete, or other users of the machine may read it.
    """
    return _key(_entries(path, local=True))


def who_may_read() -> str | None:
    """What a person must see to where this machine cannot tell who may read a key file, else None."""
    if os.name == "posix":
        return None
    return (
        "On Windows this tool cannot check who else may read the key file. Keep it in a folder of yours alone: "
        "Properties, Security, no one but you and the administrators."
    )


def _entries(path: Path, *, local: bool) -> dict[str, str]:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigRefused(
            "key file: it is not there or cannot be read. Nothing was done. "
            "Make one with the command 'key new', or name the right file with --key-file."
        ) from None
    if os.name == "posix" and mode & _OTHERS_MAY:
        raise ConfigRefused(
            "key file: other users of this machine may read it. Nothing was done. "
            "Set its mode to 600 (chmod 600), and ask for a new key if others had access to the machine."
        )
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise ConfigRefused("key file: it is not TOML. Nothing was done. Take the copy you were given.") from None
    if local and set(entries) == set(_SHAPES) - {"local_key"}:
        raise ConfigRefused(
            "key file: it is the file that 'key share' makes for joining, and no key file of your own. Nothing was done. "
            "Make yours from it: key new --project-from THAT-FILE --out my-key.toml."
        )
    wanted = [name for name in _SHAPES if local or name != "local_key"]
    _check(entries, wanted)
    return entries


def _check(entries: dict[str, str], wanted: list[str]) -> None:
    for name in wanted:
        entry = entries.get(name)
        if not isinstance(entry, str) or not re.fullmatch(_SHAPES[name], entry):
            raise ConfigRefused(
                f"key file: '{name}' is missing or not in the agreed form. Nothing was done. "
                "A key file has key_id, partnership, responsible_la, project_key and local_key."
            )
    if set(entries) - set(_SHAPES):
        raise ConfigRefused("key file: it has an entry that is not known. Nothing was done.")


def _key(entries: dict[str, str]) -> Key:
    return Key(
        key_id=entries["key_id"],
        partnership=entries["partnership"],
        responsible_la=entries["responsible_la"],
        project_key=bytes.fromhex(entries["project_key"]),
        local_key=bytes.fromhex(entries["local_key"]),
    )


def _write(path: Path, entries: dict[str, str]) -> Key:
    _check(entries, list(_SHAPES))
    _write_text(path, entries)
    return _key(entries)


def _write_text(path: Path, entries: dict[str, str]) -> None:
    lines = ["# Secret. Do not copy, print or mail. See the command 'key --help'."]
    lines += [f'{name} = "{entries[name]}"' for name in _SHAPES if name in entries]
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigRefused("key file: there is one already, and it was left as it is. Choose another name.") from None
    except OSError:
        raise ConfigRefused("key file: it cannot be written there. Nothing was done. Choose another folder.") from None
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")
