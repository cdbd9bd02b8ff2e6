"""What the ledger must at least hold: kept outside its folder, so that an older copy is found out."""

import json

from lantern.home import Home, private


class Anchor:
    """
    The last line the ledger is known to have had, and the line each published release rests on.

    An officer may keep the head elsewhere too (`lantern ledger verify` prints it): whoever
    can restore this folder and the ledger together is stopped by that alone.
    """

    def __init__(self, home: Home) -> None:
        self._path = home.base / "anchor" / "head.json"
        self._releases = home.releases

    def drop(self, seq: int, mac: str) -> None:
        """Remember the newest line; by rename, so that it is never half there."""
        private(self._path.parent)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps({"seq": seq, "mac": mac}) + "\n", encoding="ascii")
        part.replace(self._path)

    def is_held_by(self, marks: list[str]) -> bool:
        """Whether a ledger with these marks, oldest first, holds the anchored line and every release's."""
        if self._path.exists():
            head = json.loads(self._path.read_text(encoding="ascii"))
            if len(marks) < head["seq"] or marks[head["seq"] - 1] != head["mac"]:
                return False
        held = set(marks)
        cards = self._releases.glob("[!.]*/release.json")
        return all(json.loads(card.read_text(encoding="utf-8"))["ledger_mark"] in held for card in cards)
