"""What came of a delivery, in words for the person who made it: counts and places, never values."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lantern.partner import counterfoil
from lantern.partner.happening import Refused
from lantern.partner.inventory import Inventory
from lantern.partner.match import Match
from lantern.partner.plural import counted, plural
from lantern.partner.preview import Preview
from lantern.partner.reason import is_harmless, what_to_do

_PLACES_SHOWN = 20
_MOST_LOST = 10
"""So many of a hundred records may be left out. Of an extract that was read wrongly more are, and the rest is wrong too."""
_FEW = 20
"""Of fewer records a tenth says nothing: each that is left out is named in the report, and its sender judges."""


@dataclass(frozen=True)
class Outcome:
    """
    One delivery made (`folder`), one only looked at (`preview`), or none (neither).

    `dropped` are records that were refused; `kept_without` those that were kept without one of their values; `noted`
    those that were kept as they are and should be looked at. `inventory` says what was read, `match` how many of the
    events can be linked, `loss` is what `loss_of` found.
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
    loss: tuple[str, int, int] | None = None

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
        if self.folder is None and self.loss:
            return "too much of it was left out. Nothing was written."
        if self.folder is None:
            were = "was" if len(self.dropped) == 1 else "were"
            refused = f"{counted(len(self.dropped), 'record')} {were} refused" if self.dropped else "no record is in it"
            return f"not one event could be made: {refused}. Nothing was written."
        were = "was" if self.rows == 1 else "were"
        return f"{counted(self.rows, 'event')} {were} made in the folder {self.folder.name}."

    def _next(self) -> list[str]:
        if self.loss and self.folder is None:
            return self._do_not_send(self.loss)
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

    def _do_not_send(self, loss: tuple[str, int, int]) -> list[str]:
        told, unread, exchanged = [_said(loss)], self.inventory.unread_dates, self.inventory.exchanged_dates
        if unread:
            told.append(f"{counted(unread, 'date')} cannot be read in the form that the mapping says.")
        if exchanged:
            which = "Each of them" if exchanged == unread else f"Of them {exchanged:,}"
            told.append(
                f"{which} can be read with day and month exchanged (month first is American order), so the dates that were "
                "read may be wrong too."
            )
        to_do = (
            "What to do: correct the export or the mapping until few are left out. If each record above is right to leave out, "
            "make the delivery with --many-left-out."
        )
        return [f"Do not send this: {' '.join(told)}", to_do]

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
            "too_many_left_out": self.loss is not None,
            "noted": counts(self.noted),
            "inventory": self.inventory.as_dict(),
            "match": None if self.match is None else self.match.as_dict(),
            "preview": None if self.preview is None else self.preview.as_dict(),
        }


def loss_of(dropped: Iterable[Refused], told: Iterable[str]) -> tuple[str, int, int] | None:
    """
    Whether too many records were left out to send the rest.

    Args:
        dropped: What was left out. One that is rightly so, as a row that is out of the mapping's scope, is no loss.
        told: The places of the records that events were made of.

    Returns:
        The table (empty if it is all of the delivery together), how many of its records were left out, and how many there are;
        None if they are few of it. The worst table is told.
    """
    lost = Counter(map(_table, {each.where for each in dropped if not is_harmless(each.reason)}))
    if not lost:
        return None
    kept = Counter(map(_table, set(told)))
    tables = {table: lost[table] + kept[table] for table in lost}
    found = [("", lost.total(), lost.total() + kept.total())]
    found += [(table, lost[table], size) for table, size in tables.items()]
    many = [each for each in found if each[2] >= _FEW and 100 * each[1] > _MOST_LOST * each[2]]
    return max(many, key=lambda each: each[1] / each[2], default=None)


def _table(place: str) -> str:
    name, is_row, _ = place.partition(" row ")
    return name if is_row else ""


def _said(loss: tuple[str, int, int]) -> str:
    table, lost, size = loss
    were = "was" if lost == 1 else "were"
    return f"{lost:,} of {size:,} {plural('record', size)}{table and f' of {table}'} {were} left out."


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
