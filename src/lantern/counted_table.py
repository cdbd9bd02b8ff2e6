"""The catalogue's entries of tables whose rows are released as noised counts: their public grids and what is public of them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Names that end up in SQL: nothing but a plain column, model or code is let through.
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
Words = Annotated[str, Field(min_length=3)]
Texts = Annotated[tuple[str, ...], Field(strict=False)]
Names = Annotated[tuple[Name, ...], Field(strict=False)]
Wholes = Annotated[tuple[int, ...], Field(strict=False)]

NOT_ASKED = "not_asked"
"""The category of rows that no measure of their axis asks about."""

SOURCE, TIME = "source_group", "time_category"
"""The axes that are no answer: who told, and how long it took."""


class Strict(BaseModel):
    """An entry: no field but those named, none converted, none changed."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Bin(Strict):
    """A run of whole days, `to_day` included; None is no upper end. Bounds are public constants."""

    bin: int
    from_day: int
    to_day: int | None


class MultiplicityEntry(Strict):
    """How often the persons of a quarter appear, from public figures alone: plans rest on it, figures never do."""

    rows: Annotated[float, Field(gt=1)]  # mean of those with any
    returning_percent: Annotated[int, Field(ge=1, le=99)]  # how many also had some in the year before
    shape: Annotated[float, Field(gt=0, le=10)]  # how unlike they are, a gamma's
    alike_percent: Annotated[int, Field(ge=0, le=100)]  # how many pairs of a person's rows fall into one cell


class AnswerEntry(Strict):
    """
    An axis that answers measures: of the categories that a measure asks about, those it counts.

    A measure asks about all categories but `not_asked` unless `asked` says otherwise. `is_return`: it tells who came back, so
    that rows which bounding leaves out fall on its other categories than `no`.
    """

    axis: Name
    categories: Names
    expected_percent: dict[Name, int]
    counted: dict[str, Names]
    asked: dict[str, Names] = {}
    is_return: bool = False

    @model_validator(mode="after")
    def _names_its_categories(self) -> "AnswerEntry":
        if set(self.expected_percent) != set(self.categories):
            raise ValueError("expected_percent has one number for each category, and no other")
        named = {each for listed in (*self.counted.values(), *self.asked.values()) for each in listed}
        if strays := named - set(self.categories):
            raise ValueError(f"no such category: {', '.join(sorted(strays))}")
        if strays := set(self.asked) - set(self.counted):
            raise ValueError(f"asked but never counted: {', '.join(sorted(strays))}")
        return self

    def asked_by(self, measure_id: str) -> tuple[str, ...]:
        """The categories a measure asks about."""
        return self.asked.get(measure_id, tuple(each for each in self.categories if each != NOT_ASKED))


class BaseTableEntry(Strict):
    """
    A table whose rows are counted under the privacy bound.

    `population` is whose rows they are. `bins` are `[from, to]` days, the last open; `unfinished` what else a row's time can be;
    `not_asked`: rows may be of another measure than that of time; no bins, no axis of time. `answer` are the axes that answer the
    other measures. `expected_percent` is public, by axis (of source and time) and category: errors are foretold
    from it, figures never are. `lost_allowance_percent` is the least that is allowed for what the measure of the rows left out
    leaves out itself.
    """

    name: Name
    population: Literal["children", "adults"] = "children"
    unit_many: Words
    bins: Annotated[tuple[Wholes, ...], Field(strict=False)] = ()
    unfinished: Names = ()
    not_asked: bool = False
    answer: Annotated[tuple[AnswerEntry, ...], Field(strict=False)] = ()
    lost_allowance_percent: Annotated[int, Field(ge=0, le=100)]
    multiplicity: MultiplicityEntry
    expected_percent: dict[Name, dict[str, int]] = {}

    @model_validator(mode="after")
    def _has_its_axes(self) -> "BaseTableEntry":
        if not set(self.expected_percent) <= {SOURCE, TIME} or bool(self.bins) != (TIME in self.expected_percent):
            raise ValueError(f"expected_percent is of {SOURCE}, and of {TIME} where there are bins")
        if self.bins and set(self.expected_percent[TIME]) != set(self.times):
            raise ValueError(f"expected_percent.{TIME} has one number for each bin and end, and no other")
        return self

    @property
    def times(self) -> tuple[str, ...]:
        """The categories of the axis of time; none if there is none."""
        binned = tuple(f"bin_{place}" for place in range(len(self.bins)))
        return (*binned, *self.unfinished, *((NOT_ASKED,) if self.not_asked else ()))

    @property
    def has_sources(self) -> bool:
        """Whether its rows are told apart by who told."""
        return SOURCE in self.expected_percent

    def answering(self, measure_id: str) -> AnswerEntry | None:
        """The axis that answers a measure; None if that of time does."""
        return next((each for each in self.answer if measure_id in each.counted), None)
