"""Turns the catalogue into base tables and the figures asked of them."""

import re
from collections.abc import Collection
from functools import cache

import numpy as np

from lantern import catalogue, codelist
from lantern.catalogue import Measure, shown
from lantern.counted_table import NOT_ASKED, SOURCE, TIME, BaseTableEntry
from lantern.privacy.base_table import BaseTable
from lantern.privacy.grid import Axis, Grid
from lantern.privacy.multiplicity import Multiplicity
from lantern.privacy.plan import Plan
from lantern.privacy.question import Question, Statistic, Step

ALL = "all"
CURVES = {"working_days": "by_day", "elapsed_days": "by_calendar_day"}
"""How a curve is broken down, by the clock of its measure."""

# The five figures a board looks at first, as measure and statistic, and how much more an error there counts.
HEADLINE_WEIGHT = 4.0
HEADLINES = (
    ("T_CONTACT_DECISION", "share"),
    ("T_CONTACT_DECISION", "median"),
    ("R_RECONTACT_ANY", "share"),
    ("T_ASSESS45", "share"),
    ("R_REREF_DFE", "share"),
)

# The standard error that would be good enough: points of a share (half width 5), twice that by source, part of a count.
OVERALL, BY_SOURCE, COUNT = 0.0255, 0.051, 0.05
# How many waited how long matters less than how many, and than the part that waited too long.
GROUP_WEIGHT = 0.3

_OF_ONE = re.compile(r"(\w+) (?:v\d+ limit|bin|counts) ")
"""How a line of `definitions` begins that is of one measure or table; any other is of all tables."""

_Cells = dict[str, tuple[str, ...]]


@cache
def tables() -> tuple[BaseTable, ...]:
    """The base tables of the catalogue, with their public grids and what is public about them."""
    return tuple(_table(entry) for entry in catalogue.base_tables())


def table(name: str) -> BaseTable:
    """One base table."""
    return next(each for each in tables() if each.name == name)


def measures(tables_named: Collection[str]) -> tuple[Measure, ...]:
    """The released measures of these tables, in the order pages show them."""
    return tuple(each for each in catalogue.released() if shown(each).base_table in tables_named)


def definitions(tables_named: Collection[str] | None = None) -> tuple[str, ...]:
    """
    What decides the meaning of a figure: each measure's version and limit, each bin, each joined source.

    Args:
        tables_named: Of which tables; None, of all.
    """
    entries = [each for each in catalogue.base_tables() if tables_named is None or each.name in tables_named]
    asked = [
        f"{each.id} v{each.version} limit {each.limit} lookback {each.lookback_months}"
        for each in measures([entry.name for entry in entries])
    ]
    bins = [f"{entry.name} bin {each}" for entry in entries for each in catalogue.bins(entry.name)]
    counted = [
        f"{measure_id} counts {'+'.join(counted)} of {'+'.join(axis.asked_by(measure_id))}"
        for entry in entries
        for axis in entry.answer
        for measure_id, counted in axis.counted.items()
    ]
    sources = [f"{code} in {group}" for code, group in codelist.translation("referral_source", "source_group").items()]
    joined = [f"{code} in {group}" for code, group in codelist.translation("source_group", "published_source").items()]
    return (*asked, *bins, *counted, *sources, *joined)


def meaning(plan: Plan, table_name: str) -> tuple[Grid, frozenset[str]]:
    """
    What the figures of one table of a plan mean: only equals are compared, or added to a year.

    Its public grid, and the plan's definitions of the table, of the measures asked of it today, and of all tables. Those
    of another table are left out, so that a table more or fewer leaves the figures of the others comparable.
    """
    subjects = {table_name, *(each.id for each in measures([table_name]))}
    of_one = {line: found[1] for line in plan.definitions if (found := _OF_ONE.match(line))}
    return plan.table(table_name).grid, frozenset(
        line for line in plan.definitions if line not in of_one or of_one[line] in subjects
    )


@cache
def questions(table_name: str) -> tuple[Question, ...]:
    """Every figure the catalogue asks of a base table, in the order pages show them."""
    return tuple(question for measure in measures([table_name]) for question in _of_measure(measure))


def days_shown(base_table: str) -> list[int]:
    """The days at which the share done is shown: the ends of the bins."""
    return [each.to_day for each in catalogue.bins(base_table) if each.to_day is not None]


def curve_days(breakdown: str) -> list[int]:
    """The days of every curve that is broken down so, each once."""
    of_curve = [each for each in catalogue.released() if breakdown in shown(each).breakdowns]
    return sorted({day for each in of_curve for day in days_shown(shown(each).base_table)})


def _of_measure(measure: Measure) -> list[Question]:
    """The share, its curve and quantiles and, if a count has words, the count: each whole, and by what the entry breaks it down."""
    entry = _entry(measure)
    whole = _whole(measure, entry)
    part = whole | _part(measure, entry)
    by_source = "source_group" in shown(measure).breakdowns
    found = [_question(measure, "share", part, whole)]
    found += _by_source(measure, "share", part, whole) if by_source else []
    found += _of_time(measure, entry, part, whole) if _is_timed(measure, entry) else []
    if shown(measure).count_words:
        found.append(_question(measure, "count", whole, whole, tolerance=COUNT))
        found += _by_source(measure, "count", whole, whole) if by_source else []
        found += _by_waiting_group(measure, entry) if "waiting_group" in shown(measure).breakdowns else []
    return found


def _of_time(measure: Measure, entry: BaseTableEntry, part: _Cells, whole: _Cells) -> list[Question]:
    steps = _steps(table(entry.name).grid, entry, whole)
    breakdown = CURVES[measure.clock]
    days = days_shown(entry.name) if breakdown in shown(measure).breakdowns else []
    found = []
    for day in days:
        done = whole | {TIME: _finished_by(entry.name, day)}
        weight = 1 / len(days)
        found.append(
            _question(measure, "curve", done, whole, breakdown, str(day), steps=steps, at_day=day, weight=weight)
        )
    quantiles: tuple[Statistic, ...] = ("median", "p90") if shown(measure).quantiles else ()
    return found + [_question(measure, each, part, whole, steps=steps) for each in quantiles]


def _question(
    measure: Measure,
    statistic: Statistic,
    part: _Cells,
    whole: _Cells,
    breakdown: str = ALL,
    category: str = ALL,
    *,
    steps: tuple[Step, ...] = (),
    at_day: int | None = None,
    weight: float = 1.0,
    tolerance: float = OVERALL,
) -> Question:
    grid = table(shown(measure).base_table).grid
    is_headline = breakdown == ALL and (measure.id, statistic) in HEADLINES
    return Question(
        *(measure.id, measure.version, breakdown, category, statistic, grid.row(**part), grid.row(**whole)),
        steps=steps,
        at_day=at_day,
        weight=weight * shown(measure).weight * (HEADLINE_WEIGHT if is_headline else 1.0),
        tolerance=tolerance,
        is_headline=is_headline,
    )


def _by_source(measure: Measure, statistic: Statistic, part: _Cells, whole: _Cells) -> list[Question]:
    """Weighed by the square of a source's rows: equal weights would spend nearly all on the smallest."""
    percent = _entry(measure).expected_percent[SOURCE]
    weights = _by_square({source: percent[source] for source in codelist.codes("published_source")})
    tolerance = COUNT if statistic == "count" else BY_SOURCE
    found = []
    for source, weight in weights.items():
        only = {SOURCE: (source,)}
        found.append(
            _question(
                *(measure, statistic, part | only, whole | only, "source_group", source),
                weight=weight,
                tolerance=tolerance,
            )
        )
    return found


def _by_waiting_group(measure: Measure, entry: BaseTableEntry) -> list[Question]:
    """How many had waited how long, weighed as sources are; a category of the axis is named by what waits and its group."""
    axis = entry.answering(measure.id)
    assert axis is not None
    asked = axis.asked_by(measure.id)
    groups = {
        code: next(each for each in asked if each.endswith(f"_{code}")) for code in codelist.codes("waiting_group")
    }
    weights = _by_square({code: axis.expected_percent[category] for code, category in groups.items()})
    found = []
    for code, category in groups.items():
        only: _Cells = {axis.axis: (category,)}
        weight = GROUP_WEIGHT * weights[code]
        found.append(_question(measure, "count", only, only, "waiting_group", code, weight=weight, tolerance=COUNT))
    return found


def _by_square(percent: dict[str, int]) -> dict[str, float]:
    return {each: size**2 / sum(other**2 for other in percent.values()) for each, size in percent.items()}


def _whole(measure: Measure, entry: BaseTableEntry) -> _Cells:
    """Whom a measure asks: rows counted for another measure alone are left out."""
    axis = entry.answering(measure.id)
    name, every = (axis.axis, axis.categories) if axis else (TIME, entry.times)
    asked = axis.asked_by(measure.id) if axis else tuple(each for each in entry.times if each != NOT_ASKED)
    return {} if set(asked) == set(every) else {name: asked}


def _part(measure: Measure, entry: BaseTableEntry) -> _Cells:
    axis = entry.answering(measure.id)
    if axis:
        return {axis.axis: axis.counted[measure.id]}
    assert measure.limit is not None
    return {TIME: _finished_by(entry.name, measure.limit)}


def _is_timed(measure: Measure, entry: BaseTableEntry) -> bool:
    return measure.kind == "time" and entry.answering(measure.id) is None


def _steps(grid: Grid, entry: BaseTableEntry, whole: _Cells) -> tuple[Step, ...]:
    """
    The bins as steps of a curve.

    A quarter is released when its last case was followed beyond the last closed bin, so whoever is still open was at
    risk all the way; an end without the event rules it out by then. Both stand in the last, open step.
    """
    bins, nothing = catalogue.bins(entry.name), np.zeros(grid.size)
    ended = [each for each in entry.unfinished if each != "open"]
    found = []
    for each in bins:
        rows = grid.row(**whole | {TIME: (f"bin_{each.bin}",)})
        if each.to_day is not None:
            found.append(Step(each.to_day, rows, nothing, nothing))
            continue
        competing = grid.row(**whole | {TIME: tuple(ended)}) if ended else nothing
        found.append(Step(None, rows, competing, grid.row(**whole | {TIME: ("open",)})))
    return tuple(found)


def _finished_by(base_table: str, day: int) -> tuple[str, ...]:
    last = catalogue.last_bin_within(base_table, day)
    return tuple(f"bin_{each.bin}" for each in catalogue.bins(base_table) if each.bin <= last)


def _entry(measure: Measure) -> BaseTableEntry:
    return catalogue.base_table(shown(measure).base_table)


def _table(entry: BaseTableEntry) -> BaseTable:
    expected: dict[str, dict[str, int]] = {}
    axes: list[Axis] = []
    if entry.has_sources:
        axes.append(Axis(SOURCE, codelist.codes("published_source")))
    if entry.bins:
        axes.append(Axis(TIME, entry.times))
    expected |= entry.expected_percent
    for answer in entry.answer:
        axes.append(Axis(answer.axis, answer.categories))
        expected[answer.axis] = answer.expected_percent
    public = entry.multiplicity
    return BaseTable(
        name=entry.name,
        unit_many=entry.unit_many,
        grid=Grid(tuple(axes)),
        expected=tuple(tuple(float(expected[axis.name][each]) for each in axis.categories) for axis in axes),
        multiplicity=Multiplicity(
            public.rows, public.returning_percent / 100, public.shape, public.alike_percent / 100
        ),
        lost_allowance=entry.lost_allowance_percent / 100,
        population=entry.population,
        return_axes=tuple(each.axis for each in entry.answer if each.is_return),
    )
