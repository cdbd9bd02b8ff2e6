"""Turns the catalogue into base tables and the figures asked of them."""

from functools import cache

import numpy as np

from lantern import catalogue, codelist
from lantern.catalogue import BaseTableEntry, Measure, shown
from lantern.privacy.base_table import BaseTable
from lantern.privacy.grid import Axis, Grid
from lantern.privacy.multiplicity import Multiplicity
from lantern.privacy.question import Question, Statistic, Step

YES_NO = ("no", "yes")
NOT_ASKED = "not_asked"
ALL = "all"

# The five figures a board looks at first, as measure and statistic, and how much more an error there counts.
HEADLINE_WEIGHT = 3.0
HEADLINES = (
    ("T_CONTACT_DECISION", "share"),
    ("T_CONTACT_DECISION", "median"),
    ("R_RECONTACT_ANY", "share"),
    ("T_ASSESS45", "share"),
    ("R_REREF_DFE", "share"),
)

# The standard error that would be good enough: points of a share (half width 5), twice that by source, part of a count.
OVERALL, BY_SOURCE, COUNT = 0.0255, 0.051, 0.05

_Cells = dict[str, tuple[str, ...]]


@cache
def tables() -> tuple[BaseTable, ...]:
    """The base tables of the catalogue, with their public grids and what is public about them."""
    return tuple(_table(entry) for entry in catalogue.base_tables())


def table(name: str) -> BaseTable:
    """One base table."""
    return next(each for each in tables() if each.name == name)


def definitions() -> tuple[str, ...]:
    """What decides the meaning of a figure: each measure's version and limit, each bin, each joined source."""
    measures = [
        f"{each.id} v{each.version} limit {each.limit} lookback {each.lookback_months}" for each in catalogue.released()
    ]
    bins = [f"{table.name} bin {each}" for table in tables() for each in catalogue.bins(table.name)]
    sources = [f"{code} in {group}" for code, group in codelist.translation("referral_source", "source_group").items()]
    joined = [f"{code} in {group}" for code, group in codelist.translation("source_group", "published_source").items()]
    return (*measures, *bins, *sources, *joined)


@cache
def questions(table_name: str) -> tuple[Question, ...]:
    """Every figure the catalogue asks of a base table, in the order pages show them."""
    measures = [each for each in catalogue.released() if shown(each).base_table == table_name]
    found: list[Question] = []
    for measure in measures:
        found += _of_measure(measure, counted=measure is measures[0])
    return tuple(found)


def days_shown(base_table: str) -> list[int]:
    """The days at which the share done is shown: the ends of the bins."""
    return [each.to_day for each in catalogue.bins(base_table) if each.to_day is not None]


def _of_measure(measure: Measure, *, counted: bool) -> list[Question]:
    """The shares, the curve, the quantiles and, of a table's first measure, the counts: its measures share rows."""
    grid, entry = table(shown(measure).base_table).grid, _entry(measure)
    whole = _whole(measure, entry)
    part = whole | _part(measure, entry)
    found = [_question(measure, grid, "share", part, whole, ALL, ALL)]
    found += [_by_source(measure, grid, "share", part, whole, source) for source in codelist.codes("published_source")]
    if measure.kind == "time":
        found += _of_time(measure, grid, entry, part, whole)
    if counted:
        found.append(_question(measure, grid, "count", whole, whole, ALL, ALL, tolerance=COUNT))
        found += [
            _by_source(measure, grid, "count", whole, whole, source) for source in codelist.codes("published_source")
        ]
    return found


def _of_time(measure: Measure, grid: Grid, entry: BaseTableEntry, part: _Cells, whole: _Cells) -> list[Question]:
    steps = _steps(grid, entry, whole)
    days = days_shown(entry.name) if "by_day" in shown(measure).breakdowns else []
    curve = [
        _question(
            *(
                measure,
                grid,
                "curve",
                whole | {"time_category": _finished_by(entry.name, day)},
                whole,
                "by_day",
                str(day),
            ),
            steps=steps,
            at_day=day,
            weight=1 / len(days),
        )
        for day in days
    ]
    quantiles: tuple[Statistic, ...] = ("median", "p90")
    return curve + [_question(measure, grid, each, part, whole, ALL, ALL, steps=steps) for each in quantiles]


def _question(
    measure: Measure,
    grid: Grid,
    statistic: Statistic,
    part: _Cells,
    whole: _Cells,
    breakdown: str,
    category: str,
    *,
    steps: tuple[Step, ...] = (),
    at_day: int | None = None,
    weight: float = 1.0,
    tolerance: float = OVERALL,
) -> Question:
    is_headline = breakdown == ALL and (measure.id, statistic) in HEADLINES
    return Question(
        *(measure.id, measure.version, breakdown, category, statistic, grid.row(**part), grid.row(**whole)),
        steps=steps,
        at_day=at_day,
        weight=weight * (HEADLINE_WEIGHT if is_headline else 1.0),
        tolerance=tolerance,
        is_headline=is_headline,
    )


def _by_source(
    measure: Measure, grid: Grid, statistic: Statistic, part: _Cells, whole: _Cells, source: str
) -> Question:
    """Weighed by the square of a source's rows: equal weights would spend nearly all on the smallest."""
    only = {"source_group": (source,)}
    percent = _entry(measure).expected_percent["source_group"]
    weight = percent[source] ** 2 / sum(each**2 for each in percent.values())
    tolerance = COUNT if statistic == "count" else BY_SOURCE
    return _question(
        *(measure, grid, statistic, part | only, whole | only, "source_group", source),
        weight=weight,
        tolerance=tolerance,
    )


def _whole(measure: Measure, entry: BaseTableEntry) -> _Cells:
    """Whom a measure asks: rows counted for another measure alone are left out."""
    if not entry.not_asked:
        return {}
    asked: _Cells = {axis: YES_NO for axis, answered in entry.flags.items() if answered == measure.id}
    return asked or {"time_category": tuple(each for each in _times(entry) if each != NOT_ASKED)}


def _part(measure: Measure, entry: BaseTableEntry) -> _Cells:
    flagged: _Cells = {axis: ("yes",) for axis, answered in entry.flags.items() if answered == measure.id}
    if flagged:
        return flagged
    assert measure.limit is not None
    return {"time_category": _finished_by(entry.name, measure.limit)}


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
        rows = grid.row(**whole | {"time_category": (f"bin_{each.bin}",)})
        if each.to_day is not None:
            found.append(Step(each.to_day, rows, nothing, nothing))
            continue
        competing = grid.row(**whole | {"time_category": tuple(ended)}) if ended else nothing
        found.append(Step(None, rows, competing, grid.row(**whole | {"time_category": ("open",)})))
    return tuple(found)


def _finished_by(base_table: str, day: int) -> tuple[str, ...]:
    last = catalogue.last_bin_within(base_table, day)
    return tuple(f"bin_{each.bin}" for each in catalogue.bins(base_table) if each.bin <= last)


def _entry(measure: Measure) -> BaseTableEntry:
    return next(each for each in catalogue.base_tables() if each.name == shown(measure).base_table)


def _times(entry: BaseTableEntry) -> tuple[str, ...]:
    other = (NOT_ASKED,) if entry.not_asked else ()
    return (*(f"bin_{each.bin}" for each in catalogue.bins(entry.name)), *entry.unfinished, *other)


def _table(entry: BaseTableEntry) -> BaseTable:
    answers = (*YES_NO, NOT_ASKED) if entry.not_asked else YES_NO
    axes = (
        Axis("source_group", codelist.codes("published_source")),
        Axis("time_category", _times(entry)),
        *(Axis(name, answers) for name in entry.flags),
    )
    public = entry.multiplicity
    return BaseTable(
        name=entry.name,
        unit_many=entry.unit_many,
        grid=Grid(axes),
        expected=tuple(
            tuple(float(entry.expected_percent[axis.name][category]) for category in axis.categories) for axis in axes
        ),
        multiplicity=Multiplicity(
            public.rows, public.returning_percent / 100, public.shape, public.alike_percent / 100
        ),
        lost_allowance=entry.lost_allowance_percent / 100,
    )
