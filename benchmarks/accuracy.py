"""
How often the printed ranges hold the truth: invented people, the real bounding, the real noise. Writes docs/accuracy.md.

The truth is every row there is, before bounding. Each size has several worlds (`world.py`), each bounded quarter after quarter
with what its persons had spent, and each of its last four quarters drawn many times.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from world import FIRST_BOUNDED, QUARTERS, World, world

from lantern import catalogue
from lantern.partnership import read_partnership
from lantern.privacy import bounding, comparison, mechanism, survival, workload
from lantern.privacy.design import make_plan
from lantern.privacy.figure import LEVELS, Figure, ended, figures
from lantern.privacy.multiplicity import Multiplicity
from lantern.privacy.plan import GRAIN, TablePlan
from lantern.privacy.question import Question
from lantern.privacy.reconcile import Answers, Reconciled, reconcile

YEAR = 4
SIZES = {1_000: (20, 25), 3_400: (20, 25), 20_000: (12, 42), 1_000_000: (2, 250)}
"""Persons of a quarter, and for each how many worlds, and how many draws of each of four quarters."""
REFERRED = 0.24
"""Referred persons for each person contacted about: 840 referrals to 4,000 contacts."""
CENTRE, LOWEST = "all sources", "by source"


@dataclass(frozen=True)
class Bounded:
    """
    One quarter of a world: its weighted sums by part, as they are drawn, and the true rows by cell.

    `lost` is the part of all rows that bounding left out, `unseen` that the lost part does not see either.
    """

    stacked: dict[str, np.ndarray]
    true: np.ndarray
    lost: float
    unseen: float


@dataclass
class Tally:
    """Of one kind of figure: how many ranges were printed, how many held the truth, and how wide they were."""

    printed: int = 0
    held: int = 0
    asked: int = 0
    widths: list[float] = field(default_factory=list)

    def count(self, figure: Figure, truth: float) -> None:
        """Take in one figure; one that is not shown is counted as asked for alone."""
        self.asked += 1
        if figure.grade != "none":
            self.printed += 1
            self.held += figure.lower - 1e-9 <= truth <= figure.upper + 1e-9
            self.widths.append(figure.half_width)


def bounded(plan: TablePlan, made: World) -> list[Bounded]:
    """Bound a world's quarters one after another, as releases do; the last eight of them."""
    axes = plan.grid.axes
    lengths = [len(axis.categories) for axis in axes]
    spent: list[pa.Table] = []
    found = []
    with duckdb.connect() as connection:
        for quarter in range(FIRST_BOUNDED, QUARTERS):
            positions = np.unravel_index(made.places[quarter], lengths)
            columns = {
                axis.name: pa.DictionaryArray.from_arrays(pa.array(position.astype(np.int32)), list(axis.categories))
                for axis, position in zip(axes, positions, strict=True)
            }
            connection.register("rows_now", pa.table({"person_key": made.persons[quarter]} | columns))
            connection.register("spent_now", _spent(spent, quarter))
            bounding.bound(connection, plan, "rows_now", "spent_now")
            kept, lost = bounding.sums(connection, plan, "rows_now")
            paid = connection.execute(
                f"select '{plan.kept.name}' as part, {quarter} as quarter, person_key, kept_price as pico "
                f"from bounded_{plan.name} where kept_price > 0 union all "
                f"select '{plan.lost.name}', {quarter}, person_key, lost_price from bounded_{plan.name} where lost_price > 0"
            )
            spent = [*spent, paid.to_arrow_table()][-3:]
            true = np.bincount(made.places[quarter], minlength=plan.grid.size)
            stacked = {
                part.name: part.stacked(plan.grid, cells) for part, cells in zip(plan.parts, (kept, lost), strict=True)
            }
            missing = 1 - kept.sum() / GRAIN / true.sum()
            found.append(Bounded(stacked, true, missing, missing - lost.sum() / GRAIN / true.sum()))
    return found


def _spent(tables: list[pa.Table], quarter: int) -> pa.Table:
    empty = pa.table({"part": pa.array([], pa.string()), "quarter": pa.array([], pa.int32())})
    empty = empty.append_column("person_key", pa.array([], pa.int64())).append_column("pico", pa.array([], pa.int64()))
    joined = pa.concat_tables([empty, *(each.cast(empty.schema) for each in tables)])
    index = pa.array(joined["quarter"].to_numpy() - quarter, pa.int32())
    return joined.append_column("period_index", index).drop_columns(["quarter"])


def drawn(plan: TablePlan, quarter: Bounded) -> Reconciled:
    """Noise one quarter and reconcile it."""
    answers: Answers = {
        part.name: mechanism.noised(part.family, quarter.stacked[part.name], part.scale).tolist() for part in plan.parts
    }
    return reconcile(plan, answers)


def truth(question: Question, cells: np.ndarray) -> float:
    """What an exact count of every row says."""
    if question.statistic == "count":
        return float(question.whole @ cells)
    if question.statistic == "share":
        return float(question.part @ cells) / max(float(question.whole @ cells), 1.0)
    steps = ended(question)
    sums = [np.array([getattr(each, end) @ cells for each in steps]) for end in ("event", "competing", "censored")]
    shares = survival.curve(*sums, question.whole @ cells).shares
    days = [each.to_day for each in steps if each.to_day is not None]
    if question.statistic == "curve":
        return float(shares[days.index(question.at_day or 0)])
    return survival.crossing(days, shares, shares, shares, LEVELS[question.statistic]).day


def plans_at(people: int) -> tuple[dict[str, TablePlan], dict[str, int]]:
    """The demo's plan for a place where so many persons are told of in a quarter, and each table's persons."""
    privacy = read_partnership("demo").privacy
    rows = {each.name: each.multiplicity.rows for each in catalogue.base_tables()}
    persons = {"contacts": people, "referrals": round(people * REFERRED)}
    volumes = {name: round(persons[name] * rows[name]) for name in persons}
    asked = {name: workload.questions(name) for name in persons}
    promise = (privacy.micro_per_year, privacy.definition)
    plan = make_plan("2026-Q2", workload.tables(), asked, volumes, *promise, workload.definitions(), ())
    return {table.name: table for table in plan.tables}, persons


def kind(question: Question, span: str) -> tuple[str, str, str]:
    """What a figure is counted as in the page that is written."""
    where = LOWEST if question.breakdown == "source_group" else CENTRE
    what = {"share": "share in time", "curve": "point of the curve", "p90": "day of 9 in 10", "median": "day of half"}
    name = what.get(question.statistic, question.statistic)
    if question.statistic == "share" and question.measure_id.startswith("R_"):
        name = "share that came back"
    return span, name, where


@dataclass
class Measured:
    """All tallies of one size, and on how many pages anything was said to have changed though practice was the same."""

    tallies: dict[tuple[str, str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    pages: int = 0
    false_pages: int = 0
    lost: list[float] = field(default_factory=list)
    unseen: list[float] = field(default_factory=list)


def measure(
    plans: dict[str, TablePlan],
    asked: dict[str, tuple[Question, ...]],
    people: dict[str, int],
    worlds: int,
    draws: int,
    seed: int,
    *,
    spans: tuple[str, ...] = ("quarter", "year"),
    like: Multiplicity | None = None,
) -> Measured:
    """Release the last four quarters of several worlds (`like`: unlike what is public) many times over, and count what held."""
    found, rng = Measured(), np.random.default_rng(seed)
    for _ in range(worlds):
        quarters = {
            name: bounded(plan, world(name, plan.grid, people[name], rng, like)) for name, plan in plans.items()
        }
        for each in (each for table in quarters.values() for each in table[YEAR:]):
            found.lost.append(each.lost)
            found.unseen.append(each.unseen)
        for _ in range(draws):
            _release(found, plans, asked, quarters, spans)
    return found


def _release(
    found: Measured,
    plans: dict[str, TablePlan],
    asked: dict[str, tuple[Question, ...]],
    quarters: dict[str, list[Bounded]],
    spans: tuple[str, ...],
) -> None:
    known = {name: [drawn(plans[name], each) for each in quarters[name]] for name in plans}
    for back in range(YEAR):
        pairs = []
        for name in plans:
            now, then = (figures(known[name][place], asked[name]) for place in (YEAR + back, back))
            pairs += list(_pairs(now, then))
            for figure in now:
                exact = truth(figure.question, quarters[name][YEAR + back].true)
                found.tallies[kind(figure.question, "quarter")].count(figure, exact)
        _judge(found, pairs)
    if "year" in spans:
        for name in plans:
            cells = reduce(add, [each.true for each in quarters[name][YEAR:]])
            for figure in figures(reduce(add, known[name][YEAR:]), asked[name]):
                found.tallies[kind(figure.question, "year")].count(figure, truth(figure.question, cells))


def _pairs(now: list[Figure], then: list[Figure]) -> Iterator[tuple[Figure, Figure]]:
    for one, other in zip(now, then, strict=True):
        if one.question.statistic in ("share", "count") and "none" not in (one.grade, other.grade):
            yield one, other


def _judge(found: Measured, pairs: list[tuple[Figure, Figure]]) -> None:
    found.pages += 1
    found.false_pages += any(each != "flat" for each in comparison.changes(pairs))


HEAD = """# How sure the printed ranges are

Written by `python benchmarks/accuracy.py`; nobody in it exists. The truth is every row there is, before bounding. Bounding and noise are the
product's own (OpenDP), the plan the demo's at each size. Places differ from the public figures in multiplicity, and in how unlike their
frequent persons are; noise is drawn anew for each release. Only figures that would be shown are counted. A day is whole,
so its range holds more often than 95 in 100. What is printed is rounded outward and holds at least as often as what is counted here.

Where persons come back more often than is public, the lost part sees less of what is lost. The measured loss tells: beyond what the plan
expects, more is allowed for what no part saw. With 1.1 to 1.2 referrals a person and 25% to 30% returning (public: 1.04 and 20%) 94 to 97 in 100
ranges of counts and repeat shares of all sources hold; beyond a fifth of all rows lost, counts, repeat shares and figures by source are not shown.
"""


def page(results: dict[int, Measured]) -> str:
    """The page of all sizes."""
    lines = [HEAD]
    for people, found in results.items():
        releases = found.pages
        lines += [
            f"## {people:,} persons a quarter, {releases:,} releases",
            "",
            f"Bounding left out {100 * np.mean(found.lost):.1f}% of rows; {100 * np.mean(found.unseen):.2f}% neither part saw.",
            f"Though practice was the same, a change was told in {found.false_pages:,} of {releases:,} releases.",
            "",
            "| Of | Figure | Where | Shown | Ranges that held | Mean half width |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for (span, name, where), tally in sorted(found.tallies.items()):
            held = f"{100 * tally.held / tally.printed:.1f}%" if tally.printed else ""
            width = _width(name, tally)
            lines.append(f"| {span} | {name} | {where} | {100 * tally.printed / tally.asked:.0f}% | {held} | {width} |")
        lines.append("")
    return "\n".join(lines)


def _width(name: str, tally: Tally) -> str:
    if not tally.widths:
        return ""
    mean = float(np.mean(tally.widths))
    return f"{mean:,.0f} rows" if name == "count" else f"{100 * mean:.1f} points"


def main() -> None:
    """Measure the sizes asked for, and write the page if all were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    chosen = parser.parse_args().sizes
    results = {}
    for people in chosen:
        plans, persons = plans_at(people)
        asked = {name: workload.questions(name) for name in plans}
        results[people] = measure(plans, asked, persons, *SIZES[people], seed=people)
        print(page({people: results[people]}), flush=True)
    if chosen == list(SIZES):
        Path(__file__).parents[1].joinpath("docs", "accuracy.md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
