"""
How often the printed ranges hold the truth: invented people, the real bounding, the real noise. Writes docs/accuracy.md.

The truth is every row there is, before bounding. Each size has several worlds (`world.py`), each bounded quarter after quarter
with what its persons had spent, and each of its last four quarters drawn many times; the four before them, which are only compared with, fewer times.
"""

import argparse
import math
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import add
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from tally import ALWAYS, HEAD, Measured, kind, section
from world import FIRST_BOUNDED, QUARTERS, Moves, World, world

from lantern.partnership import read_partnership
from lantern.privacy import bounding, comparison, mechanism, survival, workload
from lantern.privacy.accuracy import Span, as_decided
from lantern.privacy.figure import LEVELS, Figure, ended, figures
from lantern.privacy.multiplicity import Multiplicity
from lantern.privacy.plan import GRAIN, TablePlan
from lantern.privacy.question import Question
from lantern.privacy.reconcile import Answers, Reconciled, reconcile
from lantern.release import planning

YEAR = 4
SIZES = {1_000: (240, 7), 3_400: (240, 7), 20_000: (200, 5), 1_000_000: (48, 12)}
"""Persons contacted about in a quarter, and for each how many worlds, and how many draws of each of four quarters."""
YEARS = 4
"""How many years are put together of as many draws of each quarter: each quarter drawn is in so many years."""
COMPARED = 2
"""How many draws of a world are compared with the year before: that takes as many draws of another four quarters."""
PLANTED_WORLDS, PLANTED_DRAWS = 10, 3
DEMO = read_partnership("demo")
PLANTED: dict[str, Moves] = {
    "contacts": {
        "time_category": (("bin_0", "bin_1"), "bin_5"),
        "recontact": (("same_source", "elsewhere"), "no"),
        "is_referred": (("yes",), "no"),
    },
    "referrals": {
        "time_category": (("bin_3", "bin_4"), "bin_6"),
        "is_rereferral": (("yes",), "no"),
        "two_agencies": (("yes",), "no"),
    },
    "waiting": {"waiting": (("referral_d46_90", "contact_d91"), "referral_d16_45")},
    "first_notices": {"time_category": (("bin_0", "bin_1", "bin_2"), "bin_3")},
    "concerns": {
        "time_category": (("bin_0", "bin_1"), "bin_5"),
        "is_enquiry": (("yes",), "no"),
        "reconcern": (("yes",), "no"),
    },
}
"""What is planted where a change is looked for: rows are moved so that shares fall."""


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


def told(plan: TablePlan, known: Reconciled, questions: tuple[Question, ...], span: Span) -> list[Figure]:
    """A table's figures as they are released, with what its plan decided not to show."""
    return as_decided([plan], figures(known, questions), span)


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


def plans_at(people: int, named: Collection[str] = ALWAYS) -> tuple[dict[str, TablePlan], dict[str, int]]:
    """The demo's plan for a place where so many persons are told of in a quarter, and each table's persons; of the tables named."""
    rows = {each.name: each.multiplicity.rows for each in workload.tables()}
    demo = DEMO.expected.volumes
    persons = {
        name: round(people * (demo[name] / rows[name]) / (demo["contacts"] / rows["contacts"])) for name in named
    }
    volumes = {name: round(persons[name] * rows[name]) for name in persons}
    plan = planning.designed(DEMO.privacy.definition, DEMO.privacy.micro_per_year, **volumes)
    return {table.name: table for table in plan.tables}, persons


def measure(
    plans: dict[str, TablePlan],
    asked: dict[str, tuple[Question, ...]],
    people: dict[str, int],
    worlds: int,
    draws: int,
    seed: int,
    *,
    years: int = YEARS,
    compared: int = COMPARED,
    like: Multiplicity | None = None,
    is_planted: bool = False,
    until: float = math.inf,
) -> Measured:
    """
    Release the last four quarters of several worlds many times over, and count what held.

    `years`: so many are put together for each draw of four quarters. `compared`: so many draws of a world are compared with the year before.
    `like`: worlds unlike what is public. `is_planted`: in the last year practice is another, so that what is said to have changed has. `until`:
    no world is begun after this instant of the monotonic clock, but the first.
    """
    found, rng = Measured(), np.random.default_rng(seed)
    for number in range(worlds):
        if number and time.monotonic() > until:
            break
        quarters = {}
        for name, plan in plans.items():
            made = world(name, plan.grid, people[name], rng, like, PLANTED[name] if is_planted else None)
            quarters[name] = bounded(plan, made)
        for each in (each for table in quarters.values() for each in table[YEAR:]):
            found.lost.append(each.lost)
            found.unseen.append(each.unseen)
        found.worlds += 1
        found.quarters += YEAR * draws
        found.years += years * draws
        drawn_now = {
            name: _release(found, plans[name], asked[name], quarters[name][YEAR:], draws, years) for name in plans
        }
        for draw in range(min(draws, compared)):
            _compare(found, plans, asked, quarters, {name: each[draw] for name, each in drawn_now.items()})
    return found


def _release(
    found: Measured, plan: TablePlan, questions: tuple[Question, ...], year: list[Bounded], draws: int, years: int
) -> list[list[list[Figure]]]:
    """Draw a table's last year so many times and count what held; its figures by draw and quarter."""
    known = [[drawn(plan, quarter) for quarter in year] for _ in range(draws)]
    by_draw = [[told(plan, quarter, questions, "quarter") for quarter in draw] for draw in known]
    for place, quarter in enumerate(year):
        exact = [truth(each, quarter.true) for each in questions]
        for draw in by_draw:
            found.count(draw[place], exact, "quarter")
    exact = [truth(each, reduce(add, [quarter.true for quarter in year])) for each in questions]
    for start, step in product(range(draws), range(years)):
        # No two years share more than one quarter that was drawn, where the number of draws is a prime above three.
        quarters = [known[(start + place * step) % draws][place] for place in range(YEAR)]
        found.count(told(plan, reduce(add, quarters), questions, "year"), exact, "year")
    return by_draw


def _compare(
    found: Measured,
    plans: dict[str, TablePlan],
    asked: dict[str, tuple[Question, ...]],
    quarters: dict[str, list[Bounded]],
    drawn_now: dict[str, list[list[Figure]]],
) -> None:
    """Draw the year before too, and count what is said to have changed on the page of each quarter."""
    for back in range(YEAR):
        pairs: list[tuple[Figure, Figure]] = []
        for name, plan in plans.items():
            then = told(plan, drawn(plan, quarters[name][back]), asked[name], "quarter")
            pairs += _pairs(drawn_now[name][back], then)
        _judge(found, pairs)


def _pairs(now: list[Figure], then: list[Figure]) -> Iterator[tuple[Figure, Figure]]:
    for one, other in zip(now, then, strict=True):
        if one.question.statistic in ("share", "count") and "none" not in (one.grade, other.grade):
            yield one, other


def _judge(found: Measured, pairs: list[tuple[Figure, Figure]]) -> None:
    words = comparison.changes(pairs)
    found.pages += 1
    found.false_pages += any(each != "flat" for each in words)
    for (now, _), word in zip(pairs, words, strict=True):
        _, name, where = kind(now.question, "quarter")
        said = found.said[name, where]
        said.compared += 1
        said.up += word == "up"
        said.down += word == "down"


def of_size(people: int, minutes: float) -> str:
    """Measure one size, with practice as it was and with another; no world is begun after so many minutes (a third of them for the other)."""
    plans, persons = plans_at(people, tuple(PLANTED))
    asked = {name: workload.questions(name) for name in plans}
    worlds, draws = SIZES[people]
    until = time.monotonic() + 60 * minutes
    found = measure(plans, asked, persons, worlds, draws, seed=people, until=until)
    until = time.monotonic() + 20 * minutes
    sizes = min(PLANTED_WORLDS, worlds), PLANTED_DRAWS
    planted = measure(
        plans, asked, persons, *sizes, seed=people + 1, years=0, compared=PLANTED_DRAWS, is_planted=True, until=until
    )
    return section(people, found, planted)


def main() -> None:
    """Measure the sizes asked for, and write what was found into the page; of the others it keeps what it has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--minutes", type=float, default=math.inf, help="for each size")
    chosen = parser.parse_args()
    page = Path(__file__).parents[1] / "docs" / "accuracy.md"
    kept = page.read_text(encoding="utf-8").split("\n## ")[1:]
    sections = {int(each.split(" ", 1)[0].replace(",", "")): f"## {each.rstrip()}\n" for each in kept}
    for people in chosen.sizes:
        sections[people] = of_size(people, chosen.minutes)
        print(sections[people], flush=True)
        page.write_text("\n".join([HEAD, *(sections[each] for each in sorted(sections))]), encoding="utf-8")


if __name__ == "__main__":
    main()
