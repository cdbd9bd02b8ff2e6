"""What came of a delivery, in words for the person who made it: counts and places, never values."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lantern.partner.happening import Refused
from lantern.partner.match import Match
from lantern.partner.preview import Preview
from lantern.partner.reason import what_to_do

_PLACES_SHOWN = 20


@dataclass(frozen=True)
class Outcome:
    """
    One delivery made (`folder`), one only looked at (`preview`), or none (neither).

    `refused` are records that were dropped; `left_out` are records that were kept without one of
    their values; `match` says how many of the events can be linked.
    """

    folder: Path | None
    partner: str
    source_format: str
    rows: int
    dropped: list[Refused] = field(repr=False)
    kept_without: list[Refused] = field(repr=False)
    match: Match | None = field(default=None, repr=False)
    preview: Preview | None = field(default=None, repr=False)

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
        """The whole account, to be read by a data officer. Row 1 is the heading, as in a spreadsheet."""
        lines = [f"{self.partner}, {self.source_format}: {self._headline()}"]
        for section in (self.preview, self.match):
            if section:
                lines += ["", *section.lines()]
        for title, found in (("Records left out", self.dropped), ("Values left out", self.kept_without)):
            if found:
                lines += ["", f"{title}: {len(found):,} (row 1 is the heading)."]
                lines += _by_reason(found)
        lines += ["", self._next()]
        return "\n".join(lines)

    def _headline(self) -> str:
        if self.preview:
            return f"DRY RUN. {self.rows:,} events would be made. Nothing was written."
        if self.folder is None:
            return f"not one event could be made. {len(self.dropped):,} records were refused. Nothing was written."
        return f"{self.rows:,} events were made in the folder {self.folder.name}."

    def _next(self) -> str:
        if self.preview:
            return "What to do: if you agree to send this, make the delivery without --dry-run."
        if self.folder is None:
            return "What to do: correct the records above in the source and make the delivery again."
        if self.dropped:
            return (
                "What to do: send the folder as it is if you can live without the records above; "
                "otherwise correct them in the source and make the delivery again."
            )
        return "What to do: send the folder. Nothing in it names a person."

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
