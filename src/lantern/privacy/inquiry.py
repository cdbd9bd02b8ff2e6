"""What an analyst asks of a table of events, read from a TOML file: columns, public keys, and questions."""

import hashlib
import re
import sys
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lantern.errors import ConfigRefused

Ask = Literal["count", "share", "median", "p90"]
OPEN, LATER, OTHER = "open", "later", "other"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LONGEST = 100_000
_RESERVED = {"person_key", "place", "given", "number", "kept_weight", "lost_weight"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Named(_Strict):
    name: str

    @field_validator("name")
    @classmethod
    def _is_plain(cls, name: str) -> str:
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise ValueError("a column's name is lower-case letters, digits and underscores, and none of our own")
        return name


class Column(_Named):
    """
    A column of codes, with all its keys: public, since a key taken from the data would tell that someone has it.

    A row with any other key, or none, counts as `other`, whether that is listed or not; with `other = false` it is left out.
    `expected_percent` is what is publicly known of how rows fall on the keys; without it they are planned as alike.
    A flag is a column called `is_…` with the keys `no` and `yes`.
    """

    keys: tuple[str, ...] = Field(min_length=2)
    expected_percent: tuple[float, ...] = ()
    other: bool = True

    @property
    def categories(self) -> tuple[str, ...]:
        """What a row can be counted as."""
        return self.keys if OTHER in self.keys or not self.other else (*self.keys, OTHER)

    @model_validator(mode="after")
    def _is_whole(self) -> "Column":
        if len(set(self.keys)) != len(self.keys):
            raise ValueError("keys are listed once each")
        if self.expected_percent and len(self.expected_percent) != len(self.keys):
            raise ValueError("expected_percent has one number for each key")
        if any(each <= 0 for each in self.expected_percent):
            raise ValueError("expected_percent is above 0 for each key")
        if OTHER in self.keys and not self.other:
            raise ValueError("other is one of the keys, so rows with others cannot be left out")
        return self


class Duration(_Named):
    """
    A column of whole days; empty while it is open. `ends` are the last days of the runs it is counted in.

    `expected_median` is what is publicly known of its middle, `expected_p90` of the day by which nine tenths have ended.
    """

    ends: tuple[int, ...] = Field(min_length=1)
    expected_median: float | None = Field(default=None, gt=0)
    expected_p90: float | None = Field(default=None, gt=0)

    @field_validator("ends")
    @classmethod
    def _rises(cls, ends: tuple[int, ...]) -> tuple[int, ...]:
        if list(ends) != sorted(set(ends)) or ends[0] < 0:
            raise ValueError("ends are days from 0 on, each later than the one before")
        if ends[-1] > _LONGEST:
            raise ValueError(f"no end is later than {_LONGEST} days")
        return ends

    @model_validator(mode="after")
    def _falls_off(self) -> "Duration":
        if self.expected_p90 is not None and (
            self.expected_median is None or self.expected_p90 <= self.expected_median
        ):
            raise ValueError("expected_p90 is later than expected_median, and is not said without it")
        return self


class Asked(_Strict):
    """
    One question: a count of rows, the share with some keys or within some days, or the day by which a part had ended.

    `by`: for each combination of keys of these columns; the loss that bounding causes is measured along the first.
    `finished_only`: rows that are still open are left out, where otherwise they count as not yet ended.
    """

    ask: Ask
    by: tuple[str, ...] = ()
    column: str = ""
    within: int | None = None
    keys: tuple[str, ...] = ()
    finished_only: bool = False
    weight: float = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _is_complete(self) -> "Asked":
        if (self.ask == "count") == bool(self.column):
            raise ValueError("a count has no column, and every other question has one")
        if self.ask == "share" and (self.within is None) == (not self.keys):
            raise ValueError("a share says either within how many days or which keys")
        if self.ask != "share" and (self.within is not None or self.keys):
            raise ValueError("only a share has keys or a number of days")
        if self.column in self.by or len(set(self.by)) != len(self.by):
            raise ValueError("a question is not broken down by its own column, nor twice by one")
        return self


class Persons(_Strict):
    """
    What is publicly known of persons in the table: rows each (mean), and how unlike they are (less is more unlike).

    `alike` is the part of pairs of a person's rows that fall into one cell, whatever the columns. `unlike` is how much
    larger or smaller (as a part) a key typically is among the many rows of few persons than among all: bounding leaves out
    those. It decides the plan alone; ranges allow for more.
    """

    rows: float = Field(default=1.3, gt=1)
    shape: float = Field(default=0.3, gt=0)
    alike: float = Field(default=0.5, ge=0, le=1)
    unlike: float = Field(default=0.1, ge=0, le=1)


class Inquiry(_Strict):
    """
    A whole inquiry.

    `unit_many` is what one row is, in the plural; `person` the column that says whose it is; `rows` about how many rows
    there are, from public knowledge: it decides the plan and never the answer.
    """

    unit_many: str
    person: str
    rows: float = Field(gt=0)
    columns: tuple[Column, ...] = ()
    durations: tuple[Duration, ...] = ()
    persons: Persons = Persons()
    questions: tuple[Asked, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _agrees(self) -> "Inquiry":
        columns, durations = {each.name: each for each in self.columns}, {each.name: each for each in self.durations}
        # To SQL a name in capitals is the same name.
        if (
            len(columns.keys() | durations.keys() | {self.person.lower()})
            != len(self.columns) + len(self.durations) + 1
        ):
            raise ValueError("each column is named once")
        if len(set(self.questions)) != len(self.questions):
            raise ValueError("each question is asked once")
        for place, each in enumerate(self.questions, start=1):
            where = f"question {place}"
            if not set(each.by) <= columns.keys():
                raise ValueError(f"{where} is broken down by a column that is not under [[columns]]")
            if each.column and each.column not in (columns if each.keys else durations):
                raise ValueError(f"{where} asks of a column that is not listed as it needs to be")
            if each.finished_only and each.column not in durations:
                raise ValueError(f"{where} is of finished rows alone, which only days tell")
            if each.keys and not set(each.keys) < set(columns[each.column].categories):
                raise ValueError(f"{where} asks for keys that are not some of its column's")
            if each.within is not None and each.within not in durations[each.column].ends:
                raise ValueError(f"{where} asks for days that are not among the ends of its duration")
        return self

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the inquiry as it was understood: layout and comments do not matter."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def read(path: Path) -> Inquiry:
    """
    An inquiry from its file; `-` is standard input.

    Raises:
        ConfigRefused: It cannot be read, or does not say what is needed.
    """
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        return Inquiry.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise ConfigRefused(
            f"{path.name}: it could not be read as TOML ({type(trouble).__name__}). Nothing was planned or drawn. "
            "docs/answers.md shows a whole one."
        ) from None
    except ValidationError as trouble:
        said = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}"
            for each in trouble.errors(include_input=False)
        )
        raise ConfigRefused(
            f"{path.name}: {said}. Nothing was planned or drawn. Correct it; docs/answers.md shows a whole one."
        ) from None
