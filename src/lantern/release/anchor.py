"""What the ledger must at least hold: kept outside its folder, so that an older copy is found out."""

import json
import os
import re
from collections.abc import Sequence

from lantern import warehouse
from lantern.errors import ConfigRefused, LedgerRefused
from lantern.home import Home, private

_HEAD = re.compile(r"(?P<seq>[1-9][0-9]{0,8}):(?P<mac>[0-9a-f]{64})")


def head_of(marks: Sequence[str]) -> str:
    """The ledger's head as a line to keep elsewhere, `LINES:MARK`; empty for an empty ledger."""
    return f"{len(marks)}:{marks[-1]}" if marks else ""


class Anchor:
    """
    The last line the ledger is known to have had, and the line each published release rests on.

    An officer may keep the head elsewhere too (`lantern ledger anchor` prints it): whoever
    can restore this folder and the ledger together is stopped by that alone.
    """

    def __init__(self, home: Home) -> None:
        self._name = home.partnership
        self._path = home.base / "anchor" / "head.json"
        self._releases = home.releases

    def drop(self, seq: int, mac: str) -> None:
        """Remember the newest line; by rename once it is on the disk, so that it is never half there."""
        private(self._path.parent)
        part = self._path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps({"seq": seq, "mac": mac}) + "\n", encoding="ascii")
        warehouse.swap(part, self._path)

    def check(self, marks: Sequence[str]) -> None:
        """
        Refuse a ledger, given by its marks, oldest first, that lacks the anchored line or a release's.

        Raises:
            LedgerRefused: it is an older copy, or what it is held against cannot be read.
        """
        try:
            is_held = self._is_held_by(marks)
        except (OSError, ValueError, KeyError, TypeError):
            raise LedgerRefused(
                f"{self._name}, ledger: its anchor, or the card of a release, cannot be read. Nothing was spent or "
                "released. Restore 'anchor' and 'released' from their backup. A release that is newer than the backup: move its "
                "folder aside; it is made again from the ledger, at no cost."
            ) from None
        if not is_held:
            raise LedgerRefused(
                f"{self._name}, ledger: it is older than what has been published or spent. Nothing was spent or "
                "released. Restore the newest copy of the ledger, not an earlier one."
            )

    def check_against(self, marks: Sequence[str], head: str) -> None:
        """
        Refuse a ledger that does not hold a head that was kept elsewhere.

        Raises:
            ConfigRefused: what was given is no head.
            LedgerRefused: the ledger has not that line at that place.
        """
        kept = _HEAD.fullmatch(head.strip())
        if kept is None:
            raise ConfigRefused(
                "--against: it is not a head, such as 16:<64 letters and figures>. Nothing was compared. "
                "Give the line that 'lantern ledger anchor' printed."
            )
        if not _holds(marks, int(kept["seq"]), kept["mac"]):
            raise LedgerRefused(
                f"{self._name}, ledger: it does not hold the line that was kept elsewhere. It is an older copy, or another "
                "ledger. Release nothing; restore the newest copy."
            )

    def _is_held_by(self, marks: Sequence[str]) -> bool:
        if self._path.exists():
            head = json.loads(self._path.read_text(encoding="ascii"))
            if not _holds(marks, head["seq"], head["mac"]):
                return False
        held = set(marks)
        cards = self._releases.glob("[!.]*/release.json")
        return all(json.loads(card.read_text(encoding="utf-8"))["ledger_mark"] in held for card in cards)


def _holds(marks: Sequence[str], seq: int, mac: str) -> bool:
    return 1 <= seq <= len(marks) and marks[seq - 1] == mac
