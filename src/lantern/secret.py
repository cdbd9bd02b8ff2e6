"""The hub's own keys: made once, kept in files only the hub's user can read."""

import hmac
import json
import os
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from lantern.errors import ConfigRefused
from lantern.home import Home, private

KEY_BYTES = 32
KEYS = ("hub", "warehouse", "ledger")
"""`hub` re-keys pseudonyms, `warehouse` encrypts the stores, `ledger` signs the ledger's rows."""
_LINE = re.compile(r"(?P<key_id>[a-z0-9][a-z0-9\-]{0,39})=(?P<check>[0-9a-f]{32,64})\.(?P<canary>[0-9a-f]{32,64})")


def make_keys(home: Home) -> None:
    """Make the keys that do not exist yet; a key that exists, or that a secret mount gives, is never replaced."""
    private(home.secrets)
    for name in KEYS:
        if not os.environ.get(_named(name)) and not (home.secrets / f"{name}.key").exists():
            _write_private(home.secrets / f"{name}.key", secrets.token_hex(KEY_BYTES) + "\n")


def key(home: Home, name: str) -> bytes:
    """
    One of the hub's keys, 32 bytes.

    `LANTERN_<NAME>_KEY_FILE` names another file, such as a container's secret mount.

    Raises:
        ConfigRefused: missing, readable by others, or not 64 hexadecimal digits.
    """
    named = os.environ.get(_named(name))
    return read_key(name, Path(named) if named else home.secrets / f"{name}.key")


def read_key(name: str, path: Path) -> bytes:
    """A key from a file, such as one that was renewed since; see `key`."""
    try:
        text = path.read_text(encoding="ascii").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError):
        raise ConfigRefused(
            f"secret '{name}': there is no key file. Nothing was opened. Of a new hub, run 'lantern init'. One that is moved or restored "
            "needs its own keys put back: new ones open nothing that was made with them."
        ) from None
    if os.name == "posix" and mode & 0o077:
        raise ConfigRefused(f"secret '{name}': others may read the key file. Nothing was opened. Set its mode to 600.")
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != KEY_BYTES:
        raise ConfigRefused(
            f"secret '{name}': the key is not {KEY_BYTES} random bytes in hexadecimal. Nothing was opened."
        )
    return found


@dataclass(frozen=True)
class TrustedKey:
    """
    A project key as the hub knows it: by two digests, 32 to 64 hexadecimal digits each; never the key itself.

    `check_value` proves the key, `canary` the rules by which names become tokens under it.
    """

    check_value: str
    canary: str

    def has_check_value(self, found: str) -> bool:
        """Whether a delivery was made under this key."""
        return _begins(found, self.check_value)

    def has_canary(self, found: str) -> bool:
        """Whether a delivery's tool makes the same tokens of the same persons."""
        return _begins(found, self.canary)


def _begins(found: str, known: str) -> bool:
    return hmac.compare_digest(found[: len(known)], known)


def trust(home: Home, line: str) -> None:
    """
    Accept deliveries made under a project key, known here by its line `KEY_ID=CHECK.CANARY` alone.

    Raises:
        ConfigRefused: The line has not that form; what was trusted before stays trusted.
    """
    given = _LINE.fullmatch(line.strip())
    if given is None:
        raise ConfigRefused(
            "--trust: it is not a line such as KEY_ID=CHECK.CANARY. Nothing was trusted. "
            "Copy the whole line that 'lantern partner key check' prints."
        )
    trusted = trusted_keys(home) | {given["key_id"]: TrustedKey(given["check"], given["canary"])}
    _keep_trusted(home, trusted)


def _keep_trusted(home: Home, trusted: dict[str, TrustedKey]) -> None:
    private(home.secrets)
    entries = {key_id: asdict(known) for key_id, known in trusted.items()}
    _write_private(home.secrets / "trusted_keys.json", json.dumps(entries, indent=2, sort_keys=True) + "\n")


def distrust(home: Home, key_id: str) -> None:
    """
    Accept no more deliveries made under a project key; those accepted before stay.

    Raises:
        ConfigRefused: It is not trusted, or it is the only one: nobody could deliver any more.
    """
    trusted = trusted_keys(home)
    if key_id not in trusted or len(trusted) == 1:
        raise ConfigRefused(
            f"project key: {'it is the only one that is trusted' if key_id in trusted else 'no such key is trusted'}. Nothing was "
            "changed. 'lantern keys' lists them; trust the new one first, with 'lantern init --trust'."
        )
    _keep_trusted(home, {each: known for each, known in trusted.items() if each != key_id})


def trusted_keys(home: Home) -> dict[str, TrustedKey]:
    """Each project key this hub accepts, by its name."""
    path = home.secrets / "trusted_keys.json"
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    # A check value without a canary, as it was first kept, proves only half: such a key is trusted again by its line.
    return {key_id: TrustedKey(**known) for key_id, known in found.items() if isinstance(known, dict)}


def trusted_lines(home: Home) -> list[str]:
    """Each project key this hub accepts, as the line `KEY_ID=CHECK.CANARY` that its partners compare theirs with."""
    found = trusted_keys(home)
    return [f"{key_id}={known.check_value}.{known.canary}" for key_id, known in sorted(found.items())]


def _named(name: str) -> str:
    return f"LANTERN_{name.upper()}_KEY_FILE"


def _write_private(path: Path, text: str) -> None:
    """Write a file of this user's, by rename once it is on the disk: a key that has encrypted something cannot be made again."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
