"""The hub's own keys: made once, kept in files only the hub's user can read."""

import json
import os
import secrets
from pathlib import Path

from lantern.errors import ConfigRefused
from lantern.home import Home, private

KEY_BYTES = 32
KEYS = ("hub", "warehouse", "ledger")
"""`hub` re-keys pseudonyms, `warehouse` encrypts the stores, `ledger` signs the ledger's rows."""


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
    path = Path(named) if named else home.secrets / f"{name}.key"
    try:
        text = path.read_text(encoding="ascii").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError):
        raise ConfigRefused(
            f"secret '{name}': there is no key file. Nothing was opened. Run 'lantern init' first."
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


def trust(home: Home, key_id: str, check_value: str) -> None:
    """Accept deliveries made under a project key, known here by its check value alone."""
    trusted = trusted_keys(home) | {key_id: check_value}
    private(home.secrets)
    _write_private(home.secrets / "trusted_keys.json", json.dumps(trusted, indent=2, sort_keys=True) + "\n")


def trusted_keys(home: Home) -> dict[str, str]:
    """Key id to check value of each project key this hub accepts."""
    path = home.secrets / "trusted_keys.json"
    if not path.exists():
        return {}
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _named(name: str) -> str:
    return f"LANTERN_{name.upper()}_KEY_FILE"


def _write_private(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    part.replace(path)
