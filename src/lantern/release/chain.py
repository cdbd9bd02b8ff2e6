"""The keyed chain of the ledger's lines: whoever alters one without the key is found out."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from lantern.errors import LedgerRefused
from lantern.release.entry import Entry

CHAINED = ("seq", "kind", "period", "plan_digest", "request_digest", "micro", "body", "at")
"""What a line's mark covers, in this order: every column but the mark itself."""


class Chain:
    """
    Marks each line with a keyed digest of itself and of the mark before it.

    The first is marked after the partnership's name: another's ledger does not fit in here.
    """

    def __init__(self, key: bytes, name: str) -> None:
        self._key, self._name = key, name
        self.start = hmac.digest(key, name.encode(), hashlib.sha256).hex()

    def mark(self, previous: str, values: Mapping[Any, Any]) -> str:
        """The mark of a line that follows the line marked `previous`."""
        # A value of a kind no line has, such as bytes, is written so that it equals none.
        text = json.dumps([previous, *(values[name] for name in CHAINED)], default=repr)
        return hmac.digest(self._key, text.encode(), hashlib.sha256).hex()

    def verified(self, rows: Iterable[Mapping[Any, Any]]) -> list[Entry]:
        """
        The lines, oldest first, each checked against the one before.

        Raises:
            LedgerRefused: a line was edited, added, taken out or moved.
        """
        previous, found = self.start, []
        for place, row in enumerate(rows, start=1):
            is_ours = hmac.compare_digest(str(row["mac"]).encode(), self.mark(previous, row).encode())
            if row["seq"] != place or not is_ours:
                raise LedgerRefused(
                    f"{self._name}, ledger: line {place} is not what was written. Nothing was spent or released. "
                    "Keep the ledger as it is for whoever looks into it, and restore it from its own backup."
                )
            previous = row["mac"]
            found.append(_entry(row))
        return found


def _entry(row: Mapping[Any, Any]) -> Entry:
    values: dict[str, Any] = {str(name): row[name] for name in row}
    return Entry(**(values | {"body": json.loads(row["body"])}))
