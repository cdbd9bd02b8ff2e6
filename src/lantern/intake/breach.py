"""A broken rule as its sender is told of it: in plain words, with counts and row numbers, never a value."""

from dataclasses import asdict, dataclass
from typing import Any

HEADING_ROWS = 1
"""Row 1 of an events file is its heading, as in a spreadsheet; its first event is row 2."""

ROWS_TOLD = 20

# What a rule asks, and what to do where it is broken.
_WORDS = {
    "holds_no_raw_identifier": (
        (
            "a cell reads as an NHS number, pupil number, National Insurance number, postcode, e-mail address, "
            "telephone number or full date of birth"
        ),
        (
            "Stop sending this file in any form and tell your privacy officer. Make it anew with 'lantern partner deliver', "
            "which cannot send such a cell."
        ),
    ),
    "holds_no_hidden_character": (
        "a cell holds a control character or one that cannot be seen",
        "Make the delivery anew with 'lantern partner deliver'.",
    ),
    "is_a_keyed_pseudonym": (
        "a pseudonym is 64 hexadecimal digits",
        "Make the delivery anew with 'lantern partner deliver', which keys every id.",
    ),
    "looks_random": (
        "keys are counted on or padded, as if ids had been written into them instead of being keyed",
        "Make the delivery anew with 'lantern partner deliver', which keys every id.",
    ),
    "has_rows": ("a delivery has at least one event", "Check that the extract is not empty."),
    "is_filled": ("this column may not be empty", "Fill it in at the source, or leave the record out."),
    "is_in_the_code_list": (
        "only codes of the contract's code list stand here",
        "Translate the label in the mapping or correct the record.",
    ),
    "is_of_the_agreed_shape": (
        "the cell is not in the agreed form (an event is dated from 2000 on)",
        "Correct it at the source or in the mapping.",
    ),
    "is_a_day_of_the_calendar": ("there is no such day or time", "Correct the date at the source."),
    "is_as_precise_as_said": (
        "a time of day is given without being announced, or announced and not given",
        "Say 'day' where only the day is known and 'minute' or 'hour' where the time is.",
    ),
    "event_is_before_the_snapshot": (
        "an event happens between 2000 and the moment of the extract",
        "Correct the date at the source, or give the extract's true time.",
    ),
    "birth_is_before_the_snapshot": (
        "nobody is born in a later month than that of the extract, unless they are said to be unborn",
        "Correct the birth date at the source; where the child is expected, send the expected date as such.",
    ),
    "event_is_one_this_partner_may_tell_of": (
        "this event is another organisation's to tell",
        "Send it as a notification, or agree another partner type with the hub.",
    ),
    "event_is_one_this_source_can_tell": (
        "the manifest says that this source cannot tell such an event, and here it is told",
        "Make the delivery anew with 'lantern partner deliver', which looks at the source's own columns.",
    ),
    "is_filled_where_the_event_needs_it": (
        "this kind of event means nothing without this code",
        "Fill it in; where it is truly unknown, use the list's code for unknown.",
    ),
    "event_key_is_unique": (
        "different rows are sent under one event key, and nobody can tell which is true; all were held",
        "Give each record an id of its own at the source.",
    ),
    "row_is_sent_once": (
        "the same row stands in the file again; one was kept",
        "Nothing needs to be done; or remove the copies.",
    ),
    "birth_month_is_mostly_known": (
        "four rows in five should have a birth month",
        "Check that the date of birth is exported and read in the right format.",
    ),
    "person_has_mostly_a_token": (
        "four rows in five should have a token by which a person can be recognised at other partners",
        "Check that NHS number, UPN, name, date of birth and postcode are exported and read.",
    ),
    "event_is_in_the_period": (
        "an event happens within the period the delivery says it is for",
        "Check the period the extract was made for, and that the dates are read in the right format.",
    ),
    "is_recorded_after_it_happened": (
        "the record was made more than a day before the event it tells of",
        "Check that the two dates are not exchanged.",
    ),
    "few_rows_are_held": (
        "more than one row in five cannot be used, so that what is left would mislead",
        "Correct the rules below at the source or in the mapping and deliver again.",
    ),
}
_ITS_OWN = (
    "this is not what the manifest says",
    "Make the delivery anew; do not put two partners' files together.",
)


@dataclass(frozen=True)
class Breach:
    """
    One rule, broken.

    `severity` is critical (the delivery is refused), warning (its rows are held) or info. `count` is how
    many rows broke it, None if it is about the table; `rows` are the first of them, as numbered in the file.
    """

    rule: str
    column: str | None
    severity: str
    count: int | None = None
    rows: tuple[int, ...] = ()

    @property
    def means(self) -> str:
        """What the rule asks, in plain words."""
        return _WORDS.get(self.rule, _ITS_OWN)[0]

    @property
    def to_do(self) -> str:
        """What its sender can do."""
        return _WORDS.get(self.rule, _ITS_OWN)[1]

    @property
    def places(self) -> str:
        """The first row numbers, and how many more there are."""
        more = (self.count or 0) - len(self.rows)
        shown = ", ".join(map(str, self.rows))
        return f"{shown} and {more:,} more" if shown and more > 0 else shown

    def __str__(self) -> str:
        where = f"column '{self.column}'" if self.column else "the table"
        return f"{self.rule}: {where}" + (f": {self.count:,} rows" if self.count is not None else "")

    def as_dict(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self) | {"rows": list(self.rows), "means": self.means, "to_do": self.to_do}


def first_rows(places: Any) -> tuple[int, ...]:
    """The first of these rows, counted from 0 in ascending order, as their sender numbers them."""
    return tuple(int(place) + 1 + HEADING_ROWS for place in places[:ROWS_TOLD])
