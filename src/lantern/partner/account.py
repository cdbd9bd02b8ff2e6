"""What came of a delivery, in words for the person who made it: counts and places, never values."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lantern.partner.happening import Refused

_PLACES_SHOWN = 20
_WHAT_TO_DO = {
    "date_missing": "the date is empty: fill it in the case system",
    "date_unreadable": "the date is not in a form this format knows: export dates as agreed",
    "date_before_2000": "the date is before 2000: correct it in the case system",
    "date_after_snapshot": "the date is after the extract was taken: correct it, or check the snapshot time",
    "time_does_not_exist": "the clocks went forward over this time: correct it in the source",
    "source_unknown": "the referral source is not in the code list",
    "source_missing": "no source is given; 10 (unknown) was used where the record was kept",
    "source_unmapped": "the source is not a code of the census; 10 (unknown) was used",
    "factor_unknown": "an assessment factor is not in the code list",
    "person_missing": "the record does not say whom it is about",
    "person_id_missing": "the record does not say whom it is about",
    "record_id_missing": "the record has no id of its own",
    "row_shape": "the row has more cells than the heading: a stray comma or quotation mark",
    "repeated_record": "the same record stands in the files twice; it was used once",
    "record_id_reused": "two different records have one id; the first was used",
    "plan_of_other_authority": "the plan is another authority's and is not counted here",
    "upn_invalid": "the unique pupil number fails its check; no token was made from it",
    "nhs_invalid": "the NHS number fails its check; no token was made from it",
}


@dataclass(frozen=True)
class Outcome:
    """
    One delivery made (`folder`), or none (`folder` is None).

    `refused` are records that were dropped; `left_out` are records that were kept without one of
    their values.
    """

    folder: Path | None
    partner: str
    source_format: str
    rows: int
    dropped: list[Refused] = field(repr=False)
    kept_without: list[Refused] = field(repr=False)

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
        for title, found in (("Records left out", self.dropped), ("Values left out", self.kept_without)):
            if found:
                lines += ["", f"{title}: {len(found):,} (row 1 is the heading)."]
                lines += _by_reason(found)
        lines += ["", self._next()]
        return "\n".join(lines)

    def _headline(self) -> str:
        if self.folder is None:
            return f"not one event could be made. {len(self.dropped):,} records were refused. Nothing was written."
        return f"{self.rows:,} events were made in the folder {self.folder.name}."

    def _next(self) -> str:
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
        }


def counts(found: Iterable[Refused]) -> dict[str, int]:
    """How many records there are for each reason."""
    return dict(sorted(Counter(each.reason for each in found).items()))


def _by_reason(found: list[Refused]) -> list[str]:
    lines = []
    for reason, count in counts(found).items():
        places = [each.where for each in found if each.reason == reason]
        more = f"; and {count - _PLACES_SHOWN:,} more" if count > _PLACES_SHOWN else ""
        meaning = f": {_WHAT_TO_DO[reason]}" if reason in _WHAT_TO_DO else ""
        lines += [f"  {reason} ({count:,}){meaning}", f"    {'; '.join(places[:_PLACES_SHOWN])}{more}"]
    return lines
