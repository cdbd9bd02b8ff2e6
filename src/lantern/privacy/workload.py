"""Turns the catalogue into base tables and the figures asked of them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from lantern import catalogue, codelist
from lantern.catalogue import BaseTableEntry, Measure, shown
from lantern.privacy.grid import Axis, BaseTable, Grid, Marginal

YES_NO = ("no", "yes")
ALL = "all"

_Cells = dict[str, tuple[str, ...]]
_Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Question:
    """
    One figure to work out from a table's cells: a share (`part` of `whole`) or a count (`whole`).

    `part` and `whole` are 0/1 rows over the grid. `lost_are_counted` says whether every row
    the bound left out belongs to the part: true of re-referrals, whose first row is kept.
    """

    measure: Measure
    breakdown: str
    category: str
    statistic: str
    part: np.ndarray
    whole: np.ndarray
    lost_are_counted: bool


@cache
def tables() -> tuple[BaseTable, ...]:
    """The base tables of the catalogue, with their public grids, bounds and marginals."""
    return tuple(_table(entry) for entry in catalogue.base_tables())


def table(name: str) -> BaseTable:
    """One base table."""
    return next(each for each in tables() if each.name == name)


def definitions() -> tuple[str, ...]:
    """What decides the meaning of a figure: each measure's version and limit, each bin, each joined source."""
    measures = [f"{each.id} v{each.version} limit {each.limit}" for each in catalogue.released()]
    bins = [f"{table.name} bin {each}" for table in tables() for each in catalogue.bins(table.name)]
    sources = [f"{code} in {group}" for code, group in codelist.translation("referral_source", "source_group").items()]
    joined = [f"{code} in {group}" for code, group in codelist.translation("source_group", "published_source").items()]
    return (*measures, *bins, *sources, *joined)


@cache
def questions(base_table: str) -> tuple[Question, ...]:
    """Every figure the catalogue asks of a base table, in the order pages show them."""
    found: list[Question] = []
    for measure in _of(base_table):
        found += _questions(measure, table(base_table).grid)
    return tuple(found)


def _of(base_table: str) -> list[Measure]:
    return [each for each in catalogue.released() if shown(each).base_table == base_table]


def _questions(measure: Measure, grid: Grid) -> list[Question]:
    repeats, base_table = measure.kind == "share", shown(measure).base_table
    within = _finished_by(base_table, _limit(measure)) if not repeats else ()
    part: _Cells = {"is_rereferral": ("yes",)} if repeats else {"time_category": within}

    def share(breakdown: str, category: str, only: _Cells, of: _Cells) -> Question:
        return Question(measure, breakdown, category, "share", grid.row(**of, **only), grid.row(**only), repeats)

    found = [share(ALL, ALL, {}, part)]
    sources: list[tuple[str, _Cells]] = [
        (source, {"source_group": (source,)}) for source in codelist.codes("published_source")
    ]
    found += [share("source_group", source, only, part) for source, only in sources]
    if "by_day" in shown(measure).breakdowns:
        for day in days_shown(base_table):
            found.append(share("by_day", str(day), {}, {"time_category": _finished_by(base_table, day)}))
    if measure == _of(base_table)[0]:
        # One count a table is enough: its measures share the rows.
        count = [(ALL, ALL, {}), *(("source_group", source, only) for source, only in sources)]
        found += [
            Question(measure, breakdown, category, "count", grid.row(**only), grid.row(**only), lost_are_counted=True)
            for breakdown, category, only in count
        ]
    return found


def days_shown(base_table: str) -> list[int]:
    """The days at which the share done is shown: the ends of the bins."""
    return [each.to_day for each in catalogue.bins(base_table) if each.to_day is not None]


def _limit(measure: Measure) -> int:
    assert measure.limit is not None
    return measure.limit


def _finished_by(base_table: str, day: int) -> tuple[str, ...]:
    last = catalogue.last_bin_within(base_table, day)
    return tuple(f"bin_{each.bin}" for each in catalogue.bins(base_table) if each.bin <= last)


def _table(entry: BaseTableEntry) -> BaseTable:
    name, bound = entry.name, entry.rows_per_person_quarter
    times = tuple(f"bin_{each.bin}" for each in catalogue.bins(name)) + entry.unfinished
    axes = [Axis("source_group", codelist.codes("published_source")), Axis("time_category", times)]
    if any(measure.kind == "share" for measure in _of(name)):
        axes.append(Axis("is_rereferral", YES_NO))
    axes.append(Axis("is_clipped", YES_NO))
    limits = [_limit(measure) for measure in _of(name) if measure.kind == "time"]
    within = _finished_by(name, limits[0])
    groups: dict[str, Callable[[Axis], _Groups]] = {
        "each": lambda axis: tuple((category,) for category in axis.categories),
        "limit": lambda axis: (within, tuple(category for category in axis.categories if category not in within)),
        "only": lambda _: (("yes",),),
    }
    marginals = []
    for each in entry.marginal:
        chosen = tuple((axis.name, groups[each.axes[axis.name]](axis)) for axis in axes if axis.name in each.axes)
        marked_only = each.axes.get("is_clipped") == "only"
        marginals.append(Marginal(each.name, chosen, 1 if marked_only else bound, each.weight))
    return BaseTable(
        name=name,
        unit_many=entry.unit_many,
        grid=Grid(tuple(axes)),
        rows_per_person=bound,
        share_of_budget_percent=entry.share_of_budget_percent,
        marginals=tuple(marginals),
        lost_rows_per_clipped=entry.lost_rows_per_clipped_person,
        lost_rows_allowance=entry.lost_rows_allowance_percent / 100,
        lost_share_allowance=entry.lost_share_allowance_percent / 100,
    )
