"""Whether the hub's keys are there, and for the hub's own user alone."""

import os
from collections.abc import Iterator

from lantern import secret
from lantern.errors import ConfigRefused
from lantern.home import Home
from lantern.watching.finding import Finding

_OTHERS = 0o077


def keys(home: Home) -> Iterator[Finding]:
    """Each key that is missing or open to others; one line if none is."""
    wrong = [each for name in secret.KEYS if (each := _refusal(home, name))]
    to_do = (
        "If it is lost, put it back from your own copy: a new key opens nothing that is here."
        if _is_in_use(home)
        else ""
    )
    for said in wrong:
        yield Finding("keys", "wrong", said, to_do)
    if os.name == "posix" and home.secrets.is_dir() and home.secrets.stat().st_mode & _OTHERS:
        yield Finding("keys", "wrong", "others may enter the folder of the keys.", "Set its mode to 700.")
    elif not wrong:
        yield Finding("keys", "ok", f"{len(secret.KEYS)} keys are there, for this user alone")


def trusted_keys(home: Home) -> Iterator[Finding]:
    """Whether any project key is trusted: without one every delivery is refused."""
    known = secret.trusted_keys(home)
    if known:
        yield Finding("keys", "ok", f"project keys that are trusted: {', '.join(sorted(known))}")
    else:
        yield Finding(
            "keys", "warn", "no project key is trusted, so no delivery is accepted.", "Run 'lantern init --trust LINE'."
        )


def _is_in_use(home: Home) -> bool:
    return home.ledger.exists() or any(home.accepted.glob("*.duckdb"))


def _refusal(home: Home, name: str) -> str:
    try:
        secret.key(home, name)
    except ConfigRefused as refusal:
        return str(refusal)
    return ""
