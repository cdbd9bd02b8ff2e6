"""How sure each figure will be, foretold from public numbers before anything is spent; and which are therefore not shown."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from lantern.period import QUARTERS_A_YEAR
from lantern.privacy import design, reconcile, workload
from lantern.privacy.figure import Figure, figures
from lantern.privacy.plan import Plan, TablePlan
from lantern.privacy.question import Question

Span = Literal["quarter", "year"]
"""What a figure is about: the quarter of the release, or it and the three before it."""

SPANS: Mapping[Span, int] = {"quarter": 1, "year": QUARTERS_A_YEAR}
"""How many quarters that is."""


def foretold(plan: Plan, volumes: Mapping[str, int], quarters: int = 1) -> list[Figure]:
    """
    Every figure of a plan at public volumes: its half width and grade are what to expect.

    Args:
        plan: What would be drawn each quarter.
        volumes: Public rows a quarter, by table.
        quarters: How many quarters are added up: 4 for the rolling year.
    """
    return [each for table in plan.tables for each in _foretold(table, volumes[table.name], quarters)]


def decided(plan: Plan, volumes: Mapping[str, int]) -> Plan:
    """
    The plan with, of each table, the figures that it foretells as too uncertain to show: they are not shown, whatever is drawn.

    Of a kind that is rarely sure enough, noise would choose which are shown, and it chooses those that it makes look
    surer than they are: their ranges hold less often than they say.

    Args:
        plan: What will be drawn each quarter.
        volumes: Public rows a quarter, by table: those it was made for.

    Privacy: public numbers only; a place's own are never looked at.
    """
    tables = []
    for table in plan.tables:
        found = {span: _foretold(table, volumes[table.name], quarters) for span, quarters in SPANS.items()}
        unsure = [named(each.question, span) for span in SPANS for each in found[span] if each.grade == "none"]
        tables.append(replace(table, unsure=tuple(unsure)))
    return replace(plan, tables=tuple(tables))


def as_decided(tables: Iterable[TablePlan], found: Iterable[Figure], span: Span) -> list[Figure]:
    """Figures of these tables, each told whether its plan decided beforehand that it is not shown."""
    unsure = {each for table in tables for each in table.unsure}
    return [replace(each, is_unsure=named(each.question, span) in unsure) for each in found]


def named(question: Question, span: Span) -> str:
    """A figure as a plan names it: quarter R_CONV share source_group schools."""
    return f"{span} {question.measure_id} {question.statistic} {question.breakdown} {question.category}"


def _foretold(drawn: TablePlan, rows: int, quarters: int) -> list[Figure]:
    table = workload.table(drawn.name)
    kept, gone = design.expected_loss(table, drawn)
    quarter = reconcile.expected(drawn, rows * kept, rows * gone)
    known = quarter
    for _ in range(quarters - 1):
        known += quarter
    return figures(known, workload.questions(table.name))
