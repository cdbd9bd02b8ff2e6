"""What came of a delivery, in words for the person who made it: counts and places, never values."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lantern.partner import counterfoil
from lantern.partner.happening import Refused
from lantern.partner.inventory import Inventory
from lantern.partner.match import Match
from lantern.partner.plural import counted
from lantern.partner.preview import Preview
from lantern.partner.reason import what_to_do

_PLACES_SHOWN = 20


@dataclass(frozen=True)
class Outcome:
    """
    One delivery made (`folder`), one only looked at (`preview`), or none (neither).

    `dropped` are records that were refused; `kept_without` those that were kept without one of their values; `noted`
    those that were kept as they are and should be looked at. `inventory` says what was read, `match` how many of the
    events can be linked.
    """

    folder: Path | None
    partner: str
    source_format: str
    rows: int
    dropped: list[Refused] = field(repr=False)
    kept_without: list[Refused] = field(repr=False)
    match: Match | None = field(default=None, repr=False)
    preview: Preview | None = field(default=None, repr=False)
    noted: list[Refused] = field(default_factory=list, repr=False)
    inventory: Inventory = field(default_factory=Inventory, repr=False)

    @property
    def rows_refused(self) -> dict[str, int]:
        """Records dropped, by reason."""
        return counts(self.dropped)

    @property
    def left_out(self) -> dict[str, int]:
        """Values left out of records that were kept, by reason."""
        return counts(self.kept_without)

    @property
    def refused(self) -> list[tuple[str, str]]:
        """Every dropped record: the reason, and the row or record number."""
        return [(each.reason, each.where) for each in self.dropped]

    def report(self) -> str:
        """The whole account, to be read by a data officer."""
        lines = [f"{self.partner}, {self.source_format}: {self._headline()}"]
        for section in (self.inventory, self.preview, self.match):
            if section and (told := section.lines()):
                lines += ["", *told]
        for title, found in (
            ("Records left out", self.dropped),
            ("Values left out", self.kept_without),
            ("Sent as they are; look at them", self.noted),
        ):
            if found:
                lines += ["", f"{title}: {len(found):,} ({self.inventory.where})."]
                lines += _by_reason(found)
        lines += ["", *self._next()]
        return "\n".join(lines)

    def _headline(self) -> str:
        if self.preview:
            return f"DRY RUN. {counted(self.rows, 'event')} would be made. Nothing was written."
        if self.folder is None:
            were = "was" if len(self.dropped) == 1 else "were"
            refused = f"{counted(len(self.dropped), 'record')} {were} refused" if self.dropped else "no record is in it"
            return f"not one event could be made: {refused}. Nothing was written."
        were = "was" if self.rows == 1 else "were"
        return f"{counted(self.rows, 'event')} {were} made in the folder {self.folder.name}."

    def _next(self) -> list[str]:
        if self.preview:
            return ["What to do: if you agree to send this, make the delivery without --dry-run."]
        if self.folder is None:
            return [
                "What it means: there is nothing to send, and what you sent before stays at the hub as it is.",
                "What to do: correct the records above in the source and make the delivery again."
                if self.dropped
                else "What to do: see that the right file was exported. A record that should not count any more is sent "
                "as cancelled, not left out of an empty file.",
            ]
        first = (
            "What to do: send the folder as it is if you can live without the records above; otherwise correct them in the "
            "source and make the delivery again."
            if self.dropped
            else "What to do: send the folder. Nothing in it names a person."
        )
        kept = (
            f"Keep {counterfoil.name_for(self.folder.name)}, which lies beside it, and never send it: where the hub names a "
            "row of the events file, it tells which row of your own that is."
        )
        return [first, kept]

    def as_dict(self) -> dict[str, object]:
        """The same for a program."""
        return {
            "folder": None if self.folder is None else self.folder.name,
            "partner": self.partner,
            "source_format": self.source_format,
            "rows": self.rows,
            "rows_refused": self.rows_refused,
            "refused": [{"reason": reason, "where": where} for reason, where in self.refused],
            "left_out": self.left_out,
            "noted": counts(self.noted),
            "inventory": self.inventory.as_dict(),
            "match": None if self.match is None else self.match.as_dict(),
            "preview": None if self.preview is None else self.preview.as_dict(),
        }


def counts(found: Iterable[Refused]) -> dict[str, int]:
    """How many records there are for each reason."""
    return dict(sorted(Counter(each.reason for each in found).items()))


def _by_reason(found: list[Refused]) -> list[str]:
    lines = []
    for reason, count in counts(found).items():
        places = [each.where for each in found if each.reason == reason]
        more = f"; and {count - _PLACES_SHOWN:,} more" if count > _PLACES_SHOWN else ""
        meaning = what_to_do(reason)
        lines += [
            f"  {reason} ({count:,}){meaning and ': '}{meaning}",
            f"    {'; '.join(places[:_PLACES_SHOWN])}{more}",
        ]
    return lines
