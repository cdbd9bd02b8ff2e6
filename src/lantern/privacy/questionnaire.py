"""An inquiry written out as tables to be counted: their grids, the figures asked of them, and what planning is to make sure of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from lantern.privacy.figure import LEVELS
from lantern.privacy.grid import Axis, Grid, Groups
from lantern.privacy.inquiry import LATER, OPEN, Asked, Column, Duration, Inquiry
from lantern.privacy.question import Question, Step

if TYPE_CHECKING:
    from lantern.privacy.base_table import BaseTable

ALL = "all"
SUMS, DAYS = "sums", "days"
"""The tables an inquiry is planned in: for counts and shares, with days in a few runs; for medians, with all runs."""
_LITTLE = 0.01  # of a question's weight, for what nobody asked; of the rows, for those with a key that nobody listed


@dataclass(frozen=True, eq=False)
class Sought:
    """
    A figure the planner is to make sure of, and which question of the inquiry needs it (from 1; 0: none).

    `is_deepest`: it is broken down as far as was asked.
    """

    question: Question
    place: int
    is_deepest: bool


@dataclass(frozen=True, eq=False)
class Counted:
    """One table of an inquiry: what is public about it, what is sought, and its figures with the keys each is about."""

    table: "BaseTable"
    sought: tuple[Sought, ...]
    questions: tuple[Question, ...]
    keys: tuple[dict[str, str], ...]
    places: tuple[int, ...]


@lru_cache(maxsize=4)
def counted(inquiry: Inquiry) -> tuple[Counted, ...]:
    """
    The tables an inquiry is counted in, at most two.

    A question broken down by several columns is asked by the first of them and overall as well, at next to no further
    price, and so deep the rows lost to it are measured.
    """
    days = [each for each in inquiry.questions if each.ask in LEVELS]
    sums = [each for each in inquiry.questions if each.ask not in LEVELS]
    return tuple(_counted(inquiry, name, asked) for name, asked in ((SUMS, sums), (DAYS, days)) if asked)


def _counted(inquiry: Inquiry, name: str, asked: list[Asked]) -> Counted:
    from lantern.privacy.base_table import BaseTable
    from lantern.privacy.multiplicity import Multiplicity

    axes, expected = _axes(inquiry, name, asked)
    grid = Grid(axes)
    columns = {each.name: each for each in inquiry.columns}
    durations = {each.name: each for each in inquiry.durations}
    figured: list[tuple[Question, dict[str, str], int]] = []
    sought: list[Sought] = []
    for each in asked:
        place = inquiry.questions.index(each) + 1
        for by in dict.fromkeys([(), each.by[:1], each.by]):
            found = [(question, keys, place) for question, keys in _of(grid, each, by, place)]
            figured += found
            needed = _listed(found, columns)
            needed = [replace(question, weight=each.weight / len(needed)) for question in needed]
            if each.ask in LEVELS:
                near = _nearness(durations[each.column], LEVELS[each.ask])
                needed = [point for question in needed for point in _points(question, near)]
            sought += [Sought(question, place, by == each.by) for question in needed]
    if name == DAYS:
        sought.append(_rows_lost(grid))
    public = inquiry.persons
    table = BaseTable(
        name=name,
        unit_many=inquiry.unit_many,
        grid=grid,
        expected=expected,
        multiplicity=Multiplicity(public.rows, 0.0, public.shape, public.alike, public.unlike, is_once=True),
        lost_breakdowns=(ALL, *sorted({question.by[0] for question in asked if question.by})),
        return_axes=tuple(axis.name for axis in axes if axis.name.startswith("is_") and "yes" in axis.categories),
    )
    questions, keys, places = zip(*figured, strict=True)
    return Counted(table, tuple(sought), questions, keys, places)


def _listed(found: list[tuple[Question, dict[str, str], int]], columns: Mapping[str, Column]) -> list[Question]:
    """
    Those of rows whose keys are listed.

    Of the others few are expected, and of few rows a share is told badly: to plan for those would be at the cost of all.
    """
    return [question for question, keys, _ in found if all(key in columns[name].keys for name, key in keys.items())]


def _rows_lost(grid: Grid) -> Sought:
    """All rows: medians move little with the rows lost, so that no more than how many they are is measured of those."""
    every = grid.row()
    return Sought(Question("rows", 1, ALL, ALL, "count", every, every, weight=_LITTLE), 0, is_deepest=True)


def _points(question: Question, nearness: dict[int, float]) -> Iterable[Question]:
    """The curve a day is read from, as the share that ended by each day: nobody is lost from sight before the last."""
    ended = np.zeros_like(question.whole)
    for step in question.steps:
        if step.to_day is not None:
            ended = ended + step.event
            weight = question.weight * nearness[step.to_day]
            yield replace(
                question, breakdown="day", statistic="share", part=ended, steps=(), at_day=step.to_day, weight=weight
            )


def _axes(inquiry: Inquiry, name: str, asked: list[Asked]) -> tuple[tuple[Axis, ...], tuple[tuple[float, ...], ...]]:
    used = {column for each in asked for column in (*each.by, each.column)}
    axes, expected = [], []
    for column in inquiry.columns:
        if column.name in used:
            axes.append(Axis(column.name, column.categories))
            shares = column.expected_percent or (1.0,) * len(column.keys)
            unlisted = len(column.categories) - len(column.keys)
            expected.append((*shares, *[_LITTLE * sum(shares)] * unlisted))
    for duration in inquiry.durations:
        if duration.name in used:
            limits = {each.within for each in asked if each.column == duration.name}
            ends = duration.ends if name == DAYS else tuple(sorted(each for each in limits if each is not None))
            axes.append(Axis(duration.name, (*(f"to_{end}" for end in ends), LATER, OPEN)))
            expected.append(_expected(duration, ends))
    return tuple(axes), tuple(expected)


def _expected(duration: Duration, ends: tuple[int, ...]) -> tuple[float, ...]:
    """Shares of the runs and of what is open, by what is publicly expected."""
    middle, shape = _fall(duration)
    with np.errstate(over="ignore"):  # where nearly all end within a day or two, of whatever is later nothing is left
        beyond = np.exp2(-(((np.array((-1, *ends)) + 1) / middle) ** shape))
    closed = np.append(-np.diff(beyond), beyond[-1])
    return (*(0.95 * np.maximum(closed, 1e-4)).tolist(), 0.05)


def _of(grid: Grid, asked: Asked, by: tuple[str, ...], place: int) -> Iterable[tuple[Question, dict[str, str]]]:
    """One question for each combination of keys, in the order of the grid's axes."""
    ordered = [axis for axis in grid.axes if axis.name in by]
    singles: dict[str, Groups] = {axis.name: tuple((key,) for key in axis.categories) for axis in ordered}
    finished = _finished(grid, asked)

    def rows(only: Mapping[str, tuple[str, ...]]) -> np.ndarray:
        chosen = {**singles, **{name: (keys,) for name, keys in (finished | dict(only)).items()}}
        return np.asarray(grid.rows(chosen).toarray())

    whole, part = rows({}), rows(_part(grid, asked))
    runs = _steps(grid, asked, rows)
    for number, chosen in enumerate(product(*(axis.categories for axis in ordered))):
        keys = dict(zip((axis.name for axis in ordered), chosen, strict=True))
        question = Question(
            measure_id=f"question_{place}",
            version=1,
            breakdown="+".join(by) or ALL,
            category=", ".join(chosen) or ALL,
            statistic=asked.ask,
            part=part[number],
            whole=whole[number],
            steps=tuple(Step(day, *(each[number] for each in run)) for day, *run in runs),
        )
        yield question, keys


def _fall(duration: Duration) -> tuple[float, float]:
    """
    The middle of a duration, and how its part that is left falls: by halves, or so as to come to the public 90th percentile.

    Source: Weibull (1951), whose curve goes through any two points.
    """
    middle = duration.expected_median or (duration.ends[-1] + 1) / 2
    late = duration.expected_p90
    return middle, float(np.log(np.log2(10)) / np.log(late / middle)) if late else 1.0


def _nearness(duration: Duration, level: float) -> dict[int, float]:
    """
    Each end of a run, and how near it is to where a part is publicly expected to have ended.

    To read a day off a curve, the curve is needed there and roughly elsewhere. The weights add up to 1.
    """
    middle, shape = _fall(duration)
    expected = middle * np.log2(1 / (1 - level)) ** (1 / shape)
    apart = np.abs(np.log((np.array(duration.ends) + 1) / (expected + 1)))
    near = np.exp(-3 * apart)
    return dict(zip(duration.ends, (near / near.sum()).tolist(), strict=True))


def _finished(grid: Grid, asked: Asked) -> dict[str, tuple[str, ...]]:
    if not asked.finished_only:
        return {}
    return {asked.column: tuple(each for each in grid.axis(asked.column).categories if each != OPEN)}


def _part(grid: Grid, asked: Asked) -> dict[str, tuple[str, ...]]:
    if asked.keys:
        return {asked.column: asked.keys}
    if asked.within is None:
        return {}
    runs = [each for each in grid.axis(asked.column).categories if each.startswith("to_")]
    return {asked.column: tuple(each for each in runs if int(each.removeprefix("to_")) <= asked.within)}


def _steps(
    grid: Grid, asked: Asked, rows: Callable[[Mapping[str, tuple[str, ...]]], np.ndarray]
) -> list[tuple[int | None, np.ndarray, np.ndarray, np.ndarray]]:
    """The runs of a duration, shortest first: who ended in each. Whoever is open was followed beyond the last."""
    if asked.ask not in {"median", "p90"}:
        return []
    runs = [each for each in grid.axis(asked.column).categories if each.startswith("to_")]
    found = [(int(run.removeprefix("to_")), rows({asked.column: (run,)})) for run in runs]
    nothing = np.zeros_like(found[0][1])
    still = nothing if asked.finished_only else rows({asked.column: (OPEN,)})
    return [
        *((day, ended, nothing, nothing) for day, ended in found),
        (None, rows({asked.column: (LATER,)}), nothing, still),
    ]
