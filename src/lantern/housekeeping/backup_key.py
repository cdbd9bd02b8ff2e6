"""The key of the backups, which is none of the hub's own and lies apart from them."""

import os
from pathlib import Path
from typing import Self

import pyrage

from lantern.errors import ConfigRefused


class BackupKey:
    """The key of the backups: an age identity, or its public half, with which backups can be made and not opened."""

    def __init__(self, identity: pyrage.x25519.Identity | None, recipient: pyrage.x25519.Recipient) -> None:
        self.identity, self.recipient = identity, recipient

    @classmethod
    def of(cls, path: Path) -> Self:
        """
        Read it from a file as `age-keygen` writes it: the first line that is no comment.

        Raises:
            ConfigRefused: It is not there, others may read the private half, or it is no such key.
        """
        try:
            lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines()]
            mode = path.stat().st_mode
            line = next(line for line in lines if line and not line.startswith("#"))
            if line.startswith("age1"):
                return cls(None, pyrage.x25519.Recipient.from_str(line))
            identity = pyrage.x25519.Identity.from_str(line)
        except (OSError, UnicodeDecodeError, StopIteration, pyrage.IdentityError, pyrage.RecipientError):
            raise ConfigRefused(
                f"backup key, {path.name}: there is none in that file. Nothing was written or read. Make one with "
                "'lantern backup-key'."
            ) from None
        if os.name == "posix" and mode & 0o077:
            raise ConfigRefused(
                f"backup key, {path.name}: others may read it. Nothing was written or read. Set its mode to 600."
            )
        return cls(identity, identity.to_public())


def make_key(path: Path) -> str:
    """
    Make a key of the backups in a new file; its public half.

    Raises:
        ConfigRefused: The file is there already.
    """
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        raise ConfigRefused(
            f"backup key, {path.name}: the file is there already, or its folder is not. Nothing was made. Name a new file."
        ) from None
    with os.fdopen(descriptor, "w") as stream:
        stream.write(f"# public key: {public}\n{identity}\n")
    return public
