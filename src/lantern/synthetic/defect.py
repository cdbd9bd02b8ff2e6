"""The slips real sources have, in one list: where each is planted, how often, and what must become of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Literal

import numpy as np

from lantern.synthetic.draw import Ints

Fate = Literal["dropped", "left_out", "told"]


@dataclass(frozen=True)
class Defect:
    """
    One kind of slip in one file of one partner.

    `fate` is what the partner's tool must do: drop the record or leave a value out of it, under `reason`
    in its account; or tell of it as it is, for the hub to see as `reason` says. `share` is how many of the
    records that can have it do; a slip with none is not planted but comes with the invention and is found.
    """

    name: str
    partner: str
    file: str
    fate: Fate
    reason: str
    share: float = 0.0


_POLICE, _HOSPITAL, _SCHOOLS, _HOUSING, _COUNCIL = (
    f"riverton_{name}" for name in ("police", "hospital", "schools", "housing", "council")
)
_NOTICES, _CONTACTS, _REFERRALS = "police_notices.csv", "ssd/ssd_contacts.csv", "ssd/ssd_cin_episodes.csv"
_MERGES = "person_merges.csv"

DEFECTS = (
    Defect("duplicate_row", _POLICE, _NOTICES, "dropped", "repeated_record", 0.0004),
    Defect("clock_gap", _POLICE, _NOTICES, "dropped", "time_does_not_exist", 0.0002),
    Defect("clock_overlap", _POLICE, _NOTICES, "told", "precision_hour", 0.0002),
    Defect("label_not_mapped", _POLICE, _NOTICES, "left_out", "priority_unmapped", 0.0004),
    Defect("broader_definition", _POLICE, _NOTICES, "told", "step_in_volume"),
    Defect("merged", _POLICE, _MERGES, "told", "person_merged"),
    Defect("split", _POLICE, _MERGES, "told", "person_split"),
    Defect("nhs_repeated_digit", _HOSPITAL, "attendances.csv", "left_out", "nhs_invalid", 0.002),
    Defect("merged", _HOSPITAL, _MERGES, "told", "person_merged"),
    Defect("split", _HOSPITAL, _MERGES, "told", "person_split"),
    Defect("nhs_scientific", _SCHOOLS, "concerns.csv", "left_out", "nhs_lost_digits", 0.001),
    Defect("upn_lower_case", _SCHOOLS, "concerns.csv", "told", "upn_token_kept", 0.002),
    Defect("midnight_times", _SCHOOLS, "concerns_academy.xlsx", "told", "precision_day"),
    Defect("missing_month", _HOUSING, "alerts_*.csv", "told", "gap_between_deliveries"),
    Defect("late_correction", _HOUSING, "alerts_*.csv", "told", "later_version_counts", 0.2),
    Defect("duplicate_row", _COUNCIL, _CONTACTS, "dropped", "repeated_record", 0.0002),
    Defect("two_decisions", _COUNCIL, _CONTACTS, "dropped", "record_id_reused", 0.0003),
    Defect("label_not_mapped", _COUNCIL, _CONTACTS, "left_out", "source_unmapped", 0.0005),
    Defect("decision_before_receipt", _COUNCIL, _CONTACTS, "told", "not_in_measure", 0.0005),
    Defect("quoted_comment", _COUNCIL, _CONTACTS, "told", "outcome_read"),
    Defect("referral_on_open_case", _COUNCIL, _REFERRALS, "told", "same_episode", 0.003),
    Defect("turned_eighteen", _COUNCIL, _REFERRALS, "told", "case_spans_birthday"),
    Defect("moved_away", _COUNCIL, _REFERRALS, "told", "closed_rc5"),
    Defect("silent_enquiry", _COUNCIL, "ssd/ssd_s47_enquiry.csv", "told", "neither_conference_nor_needless", 0.005),
    Defect("conference_twice", _COUNCIL, "cin_census/CIN_*.xml", "dropped", "conference_at_both_levels", 0.01),
    Defect("unborn_later_born", _COUNCIL, "ssd/ssd_person.csv", "told", "one_local_id"),
    Defect("merged", _COUNCIL, _MERGES, "told", "person_merged"),
    Defect("split", _COUNCIL, _MERGES, "told", "person_split"),
)
"""
What is not here is no file's: a delivery sent twice is sent by the demo, and one under another key, or by an
older normaliser, is made in tests alone, for the hub takes neither.
"""


@dataclass(frozen=True)
class Planted:
    """One slip that is in a file: `record` is its row as a spreadsheet shows it, or the number of a child in a census."""

    defect: Defect
    file: str
    record: str


@dataclass
class Planting:
    """
    Draws the records that get a slip and keeps account of them; a record has one slip at most.

    It draws from a chance of its own, so that all else is the same with slips and without.
    """

    seed: int
    is_on: bool = True
    planted: list[Planted] = field(default_factory=list)
    rng: np.random.Generator = field(init=False)
    _taken: set[tuple[str, str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng([self.seed, 1])

    def some(self, name: str, partner: str, file: str, among: Ints) -> list[int]:
        """Some records (counted from 0) of those that can have a slip: at least one, if there is one at all."""
        free = [each for each in among.tolist() if (partner, file, each) not in self._taken] if self.is_on else []
        if not free:
            return []
        wanted = max(1, round(_defect(name, partner, file).share * len(free)))
        drawn = sorted(self.rng.choice(free, size=wanted, replace=False).tolist())
        self._taken.update((partner, file, each) for each in drawn)
        return drawn

    def note(self, name: str, partner: str, file: str, records: Iterable[int | str]) -> None:
        """Write down that records of a file have a slip; a number is counted from 0, below the heading."""
        defect = _defect(name, partner, file)
        self.planted += [Planted(defect, file, str(each + 2) if isinstance(each, int) else each) for each in records]

    def plant(self, name: str, partner: str, file: str, among: Ints) -> list[int]:
        """Draw and write down."""
        drawn = self.some(name, partner, file, among)
        self.note(name, partner, file, drawn)
        return drawn


def _defect(name: str, partner: str, file: str) -> Defect:
    return next(each for each in DEFECTS if (each.name, each.partner) == (name, partner) and fnmatch(file, each.file))
