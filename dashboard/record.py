"""What a row of each released table is to a page: plain records that nothing changes."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Partnership:
    """Whose figures these are and what privacy was promised."""

    title: str
    basis: str
    unit: str
    family: str
    micro_per_year: int
    epsilon_per_year: float
    delta: float
    next_due_on: date | None


@dataclass(frozen=True)
class Release:
    """
    One publication of one quarter.

    `revised_note` says what it replaces, and is empty for a first one. A withdrawn release has its
    day and reason here, and no figures anywhere.
    """

    release_id: str
    period: str
    period_from: date
    period_to: date
    period_words: str
    published_on: date
    revised_note: str
    withdrawn_on: date | None
    withdrawn_reason: str
    micro: int
    epsilon: float
    plan_digest: str
    year_micro: int
    statement: str


@dataclass(frozen=True)
class Measure:
    """One question of the board, as the catalogue defines it."""

    measure_id: str
    version: int
    position: int
    page: str
    population: str
    title: str
    board_question: str
    definition: str
    what: str
    at_quarter_end: bool
    unit_one: str
    unit_many: str
    limit_value: int
    limit_text: str
    days_axis: str
    axis_max: int
    caveat: str
    source: str

    @property
    def headline(self) -> str:
        """The statistic that is said first: how many of what waits, and the share of all else."""
        return "count" if self.at_quarter_end else "share"

    @property
    def name(self) -> str:
        """What the headline figure is of."""
        return f"{self.unit_many[0].upper()}{self.unit_many[1:]} waiting" if self.at_quarter_end else self.title


@dataclass(frozen=True)
class Category:
    """One public key of a breakdown, with its place in the code list."""

    breakdown: str
    category: str
    label: str
    position: int


@dataclass(frozen=True)
class Cell:
    """One released figure, or the reason why there is none."""

    release_id: str
    measure_id: str
    span: str
    breakdown: str
    category: str
    statistic: str
    value: float | None
    lower: float | None
    upper: float | None
    grade: str
    change: str
    reason: str
    figure_text: str
    lower_text: str
    upper_text: str
    sentence: str
    change_sentence: str

    @property
    def is_shown(self) -> bool:
        """Whether the release shows this figure."""
        return self.grade in {"use", "care"}

    @property
    def open_end(self) -> str:
        """`more` or `fewer` where the release says "More than" or "Fewer than" in place of a figure; empty where it does not."""
        first, _, rest = self.figure_text.partition(" than ")
        return first.lower() if rest and first in {"More", "Fewer"} else ""


@dataclass(frozen=True)
class Quarter:
    """A quarter of the calendar and the release that speaks for it, if one does."""

    starts_on: date
    release: Release | None

    @property
    def last_month(self) -> date:
        """The first day of its last month: where four quarters that end with it end."""
        return self.starts_on.replace(month=self.starts_on.month + 2)
