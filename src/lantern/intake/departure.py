"""Partners that have left: nothing they send is accepted, and nothing of them comes back from a backup."""

import json
from datetime import date
from pathlib import Path

from lantern import warehouse
from lantern.errors import ContractBroken
from lantern.home import Home, locked, private
from lantern.intake import suppression


def path(home: Home) -> Path:
    """Where they are listed, beside the list of who was erased."""
    return suppression.folder(home) / "departed.json"


def departed(home: Home) -> dict[str, date]:
    """
    Each partner that has left, and when.

    Raises:
        ContractBroken: The list cannot be read: who has left would be let in again.
    """
    return read(home, path(home)) if path(home).exists() else {}


def read(home: Home, file: Path) -> dict[str, date]:
    """A list as it is kept, such as one of a backup; see `departed`."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): date.fromisoformat(day) for name, day in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        raise ContractBroken(
            f"{home.partnership}, {file.name}: the list of partners that have left cannot be read. Nothing was accepted or loaded. "
            "Put the newest copy of it back from the ledger's backup."
        ) from None


def add(home: Home, partners: dict[str, date]) -> None:
    """Add to the list; it is on the disk when this returns. Who is on it keeps their day."""
    with locked(private(suppression.folder(home))):
        together = partners | departed(home)
        part = path(home).with_suffix(".part")
        text = json.dumps({name: day.isoformat() for name, day in sorted(together.items())}, indent=2)
        part.write_text(text + "\n", encoding="utf-8")
        part.chmod(0o600)
        warehouse.sync(part)
        part.replace(path(home))
        warehouse.sync(suppression.folder(home))
