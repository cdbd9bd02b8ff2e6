"""The cells of a release: each figure with its range, grade, change and words."""

from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa

from lantern.privacy import workload
from lantern.privacy.figure import Figure, figures, has_changed
from lantern.privacy.plan import Plan
from lantern.privacy.reconcile import reconcile
from lantern.release.wording import Worded, change_sentence, worded

Answers = dict[str, list[int]]
"""Noised sums by `table.marginal`: all a release is worked out from."""


@dataclass(frozen=True)
class Cell:
    """One figure as released; the columns of `cell` in released_schema.sql."""

    release_id: str
    measure_id: str
    period: str
    breakdown: str
    category: str
    statistic: str
    value: float | None
    lower: float | None
    upper: float | None
    grade: str
    change: str
    reason: str
    figure_text: str
    lower_text: str
    upper_text: str
    sentence: str
    change_sentence: str


SCHEMA = pa.schema(
    [(name, pa.float64() if name in ("value", "lower", "upper") else pa.string()) for name in Cell.__dataclass_fields__]
)


def released_figures(plan: Plan, answers: Answers) -> list[Figure]:
    """All figures of a release, from its noised sums."""
    found: list[Figure] = []
    for table in plan.tables:
        measured = plan.of(table)
        noised = {each.marginal.name: np.array(answers[f"{table.name}.{each.marginal.name}"]) for each in measured}
        found += figures(table, reconcile(table, measured, noised), workload.questions(table.name))
    return found


def cells(release_id: str, plan: Plan, answers: Answers, year_before: list[Figure] | None) -> list[Cell]:
    """
    Word every figure and compare it with the same quarter a year earlier.

    Args:
        release_id: The release's name.
        plan: Its plan.
        answers: Its noised sums.
        year_before: That quarter's figures, if it was released with the same definitions.

    Returns:
        One cell for each question of the catalogue, always all of them, in catalogue order.
    """
    now = released_figures(plan, answers)
    before = {_key(figure): figure for figure in year_before or []}
    compared = [f for f in now if _is_compared(f) and f.grade != "none" and _comparable(before.get(_key(f)))]
    found = []
    for figure in now:
        then = before.get(_key(figure))
        change, reason = _change(figure, then, len(compared))
        words = worded(figure)
        said = change_sentence(change, reason, worded(then) if then else None) if figure.grade != "none" else ""
        found.append(_cell(release_id, plan.period, figure, words, change, reason, said))
    return found


def table_of(found: list[Cell]) -> pa.Table:
    """Cells as an Arrow table with the columns of `cell`."""
    return pa.Table.from_pylist([asdict(each) for each in found], schema=SCHEMA)


def _change(figure: Figure, then: Figure | None, comparisons: int) -> tuple[str, str]:
    if figure.grade == "none":
        return "unknown", "too_uncertain"
    if not _is_compared(figure):
        return "unknown", ""
    if then is None:
        return "unknown", "no_year_before"
    if not _comparable(then):
        return "unknown", "year_before_not_shown"
    return has_changed(figure, then, comparisons), ""


def _is_compared(figure: Figure) -> bool:
    # The points of a curve are one story, told by the share at the limit.
    return figure.question.breakdown != "by_day"


def _comparable(then: Figure | None) -> bool:
    return then is not None and then.grade != "none"


def _key(figure: Figure) -> tuple[str, int, str, str, str]:
    question = figure.question
    measure = question.measure
    return measure.id, measure.version, question.breakdown, question.category, question.statistic


def _cell(release_id: str, period: str, figure: Figure, words: Worded, change: str, reason: str, said: str) -> Cell:
    question = figure.question
    return Cell(
        release_id=release_id,
        measure_id=question.measure.id,
        period=period,
        breakdown=question.breakdown,
        category=question.category,
        statistic=question.statistic,
        grade=figure.grade,
        change=change,
        reason=reason,
        change_sentence=said,
        **asdict(words),
    )
