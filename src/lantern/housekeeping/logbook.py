"""Who had whom erased or which partner removed, when and why: one line each, with no key of a person in it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lantern import warehouse
from lantern.errors import ConfigRefused, ContractBroken
from lantern.home import Home, locked, private
from lantern.intake import suppression


def path(home: Home) -> Path:
    """The log, beside the list of who was erased. It is not the ledger: no privacy allowance is spent or given back."""
    return suppression.folder(home) / "log.jsonl"


def entries(home: Home) -> list[dict[str, Any]]:
    """
    Every line, oldest first: `at` (UTC), `what` (such as `erase`), `state` (`begun` or `done`), and what else it was told.

    Raises:
        ContractBroken: It cannot be read.
    """
    try:
        lines = path(home).read_text(encoding="utf-8").splitlines() if path(home).exists() else []
        return [json.loads(line) for line in lines]
    except (OSError, ValueError):
        raise ContractBroken(
            f"{home.partnership}, {path(home).name}: the log of erasures cannot be read. Nothing was erased. Put the newest copy "
            "of it back from the ledger's backup, or cut off a last line that is not whole."
        ) from None


def note(home: Home, what: str, state: str, **told: str | int) -> None:
    """Write a line; it is on the disk when this returns."""
    with locked(private(suppression.folder(home))):
        entries(home)
        line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "what": what, "state": state} | told
        with os.fdopen(os.open(path(home), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as stream:
            stream.write(json.dumps(line, sort_keys=True) + "\n")
        warehouse.sync(path(home))


def unfinished(home: Home) -> list[dict[str, Any]]:
    """What was begun and not done: a run of it was stopped. Running the same command again finishes it."""
    last = {(each["what"], each.get("about")): each for each in entries(home)}
    return [line for line in last.values() if line["state"] == "begun"]


def check_words(by: str, reason: str) -> None:
    """
    Refuse a line that would not say who or why.

    Raises:
        ConfigRefused: One of the two is empty.
    """
    if not by.strip() or not reason.strip():
        raise ConfigRefused(
            "--by, --reason: one of them is empty. Nothing was done. Say who decides, and why, in a sentence."
        )
