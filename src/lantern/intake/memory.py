"""What the hub remembers of a partner's own inbox from one collection to the next."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lantern.home import Home, private


@dataclass
class Memory:
    """
    Counts, digests and names of ours; nothing a sender wrote is in it.

    `strays`: what lay in the inbox at the last look and is no delivery. `copied`: deliveries that
    are safe here and still lie there, as SHA-256 of how they are listed, in hexadecimal.
    `returned`: file names of the reports the partner has been given.
    """

    strays: int = 0
    copied: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, home: Home, partner: str) -> "Memory":
        """What is remembered of a partner's inbox; nothing at first, or if the file is not whole."""
        try:
            return cls(**json.loads(folder(home, partner).joinpath("memory.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            # Forgetting costs a second copy, which is found to be one.
            return cls()

    def save(self, home: Home, partner: str) -> None:
        """Keep it, all or nothing."""
        part = folder(home, partner) / "memory.json.part"
        part.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        part.replace(part.with_suffix(""))


def folder(home: Home, partner: str) -> Path:
    """Where it is kept, inside the secure zone."""
    return private(home.base / "secure" / "collection" / partner)
