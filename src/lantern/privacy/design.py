"""Makes the plan of a release from public numbers alone: what to measure, how far a person counts, and the noise of each part."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lantern.privacy import mechanism
from lantern.privacy.base_table import BaseTable, lost_cells
from lantern.privacy.choice import Choice, allowance, chosen, errors_of, power_of, same_of, shared, sketched, variances
from lantern.privacy.multiplicity import losses
from lantern.privacy.plan import Family, Part, Plan, TablePlan, part_names
from lantern.privacy.question import Question
from lantern.privacy.strategy import Strategy

__all__ = ("BaseTable", "Settlement", "expected_loss", "make_plan", "planned", "settle")

_REWEIGHED, _AT_MOST = 2, 3.0  # rounds, and by what factor a headline gains or loses in each
_ROUNDS = 4  # budgets and shares decide each other, and settle at once


@dataclass(frozen=True, eq=False)
class Settlement:
    """
    What was chosen for each table, with its share of the promise, and the questions as they were weighed in the end.

    Shares of the tables of one population add up to one.
    """

    choices: tuple[Choice, ...]
    shares: tuple[float, ...]
    asked: tuple[tuple[Question, ...], ...]


def make_plan(
    period: str,
    tables: Sequence[BaseTable],
    questions: Mapping[str, tuple[Question, ...]],
    volumes: Mapping[str, float],
    micro_per_year: int,
    family: Family,
    definitions: tuple[str, ...],
    basis: tuple[str, ...],
) -> Plan:
    """
    The plan of least weighted error for a promise.

    Args:
        period: Of what the release tells.
        tables: What may be counted.
        questions: What is asked, by table.
        volumes: Public rows a quarter, by table.
        micro_per_year: The promise in millionths of rho or epsilon; the parts of each population add up to all of it.
        family: The family of the promise.
        definitions: What decides the meaning of figures.
        basis: For whom, under which promise, by which code.

    Privacy: it is handed no data and no connection; everything here is public.
    """
    settled = settle(tables, questions, volumes, micro_per_year, family)
    return Plan(period, family, planned(settled, micro_per_year, family), definitions, basis)


def settle(
    tables: Sequence[BaseTable],
    questions: Mapping[str, tuple[Question, ...]],
    volumes: Mapping[str, float],
    micro_per_year: int,
    family: Family,
) -> Settlement:
    """
    Choose strategies, person budgets and shares together, and again with the headlines weighed by how wide they came out.

    Each population's tables share the whole promise among them: no person pays in two, so none makes another's noise larger.
    """
    order = {name: place for place, name in enumerate(each.name for each in tables)}
    found = [
        each
        for population in dict.fromkeys(each.population for each in tables)
        for each in _settled(
            [each for each in tables if each.population == population], questions, volumes, micro_per_year, family
        )
    ]
    choices, shares, asked = zip(*sorted(found, key=lambda each: order[each[0].sketch.table.name]), strict=True)
    return Settlement(choices, shares, asked)


def _settled(
    tables: Sequence[BaseTable],
    questions: Mapping[str, tuple[Question, ...]],
    volumes: Mapping[str, float],
    micro: int,
    family: Family,
) -> list[tuple[Choice, float, tuple[Question, ...]]]:
    """Of each table of one population its choice, its share and its questions."""
    asked = [questions[each.name] for each in tables]
    has_headlines = any(question.is_headline for some in asked for question in some)
    for _ in range(_REWEIGHED if has_headlines else 0):
        choices, shares = _choices(tables, asked, volumes, micro, family)
        asked = reweighed(asked, choices, shares * micro, family)
    choices, shares = _choices(tables, asked, volumes, micro, family)
    return list(zip(choices, (float(each) for each in shares), asked, strict=True))


def planned(settled: Settlement, micro: int, family: Family) -> tuple[TablePlan, ...]:
    """The tables of a plan, with whole budgets and the noise they ask for."""
    micros: dict[str, list[int]] = {}
    for population in dict.fromkeys(each.sketch.table.population for each in settled.choices):
        held = [
            (each, share)
            for each, share in zip(settled.choices, settled.shares, strict=True)
            if each.sketch.table.population == population
        ]
        wanted = np.concatenate(
            [share * shared(errors_of(each.sketch, each.budgets, each.loss, family), family) for each, share in held]
        )
        wholes = iter(_wholes(wanted.tolist(), micro))
        micros |= {each.sketch.table.name: [next(wholes), next(wholes)] for each, _ in held}
    return tuple(_planned(each, family, micros[each.sketch.table.name]) for each in settled.choices)


def _choices(
    tables: Sequence[BaseTable],
    asked: list[tuple[Question, ...]],
    volumes: Mapping[str, float],
    micro: int,
    family: Family,
) -> tuple[list[Choice], np.ndarray]:
    """Each table's choice, and its share of the promise."""
    sketches = [sketched(each, some, volumes[each.name], family) for each, some in zip(tables, asked, strict=True)]
    shares = np.full(len(sketches), 1 / len(sketches))
    for _ in range(_ROUNDS):
        choices = [chosen(each, family, share * micro) for each, share in zip(sketches, shares, strict=True)]
        noise = [each.noise * share ** power_of(family) for each, share in zip(choices, shares, strict=True)]
        shares = shared(noise, family)
    return choices, shares


def reweighed(
    asked: list[tuple[Question, ...]], choices: list[Choice], micros: np.ndarray, family: Family
) -> list[tuple[Question, ...]]:
    """
    The questions with headlines weighed by how wide they came out: the widest headline is what a board notices.

    It makes the sum of squares of headlines' squared errors least, in the end, and not their plain sum.
    """
    wide = []
    for some, choice, micro in zip(asked, choices, micros, strict=True):
        found = variances(choice, micro, family)
        wide.append([float(f"{each / question.tolerance**2:.4g}") for each, question in zip(found, some, strict=True)])
    headlines = [
        each
        for some, widths in zip(asked, wide, strict=True)
        for q, each in zip(some, widths, strict=True)
        if q.is_headline
    ]
    if not headlines:
        return asked
    mean = float(np.mean(headlines))
    return [
        tuple(
            replace(q, weight=q.weight * min(max(each / mean, 1 / _AT_MOST), _AT_MOST)) if q.is_headline else q
            for q, each in zip(some, widths, strict=True)
        )
        for some, widths in zip(asked, wide, strict=True)
    ]


def expected_loss(table: BaseTable, plan: TablePlan) -> tuple[np.ndarray, np.ndarray]:
    """What part of each cell's rows would be kept and measured as lost, by public multiplicities: to foretell errors."""
    cells = table.expected_cells(1.0)
    kept, lost = (same_of(part, table.grid, table.multiplicity, cells) for part in plan.parts)
    budgets = plan.kept.rows_a_year, plan.lost.rows_a_year
    (left_out,) = losses(table.multiplicity, plan.kept.family, budgets[:1], budgets[1:], (kept, lost)).values()
    gone = lost_cells(table, cells)
    gone = np.minimum(left_out.lost * gone, cells)
    return cells - gone, gone


def _wholes(parts: Sequence[float], micro: int) -> list[int]:
    """Whole millionths that add up to the promise; what rounding leaves goes to the largest."""
    found = [max(1, int(part * micro)) for part in parts]
    found[int(np.argmax(found))] += micro - sum(found)
    return found


def _planned(choice: Choice, family: Family, micros: list[int]) -> TablePlan:
    sketch = choice.sketch
    kept, lost = (
        _part(name, family, made, budget, micro)
        for name, made, budget, micro in zip(
            part_names(sketch.table.population, sketch.table.name),
            sketch.strategies,
            choice.budgets,
            micros,
            strict=True,
        )
    )
    allowed = max(sketch.table.lost_allowance, allowance(choice.loss))
    expected = float(f"{choice.loss.lost:.3g}")
    return TablePlan(
        sketch.table.name,
        sketch.table.grid,
        kept,
        lost,
        lost_allowance=math.ceil(100 * round(allowed, 6)) / 100,
        expected_loss=expected,
        population=sketch.table.population,
    )


def _part(name: str, family: Family, made: Strategy, budget: float, micro: int) -> Part:
    row_cost = sum(each**2 if family == "zcdp" else each for each in made.multipliers)
    person_budget = max(1, round(budget * row_cost))
    scale = mechanism.scale_for(family, person_budget, micro)
    return Part(name, family, made.marginals, made.multipliers, person_budget, micro, scale)
