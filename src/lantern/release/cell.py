"""The cells of a release: each figure with its range, grade, change and words."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from operator import add

import pyarrow as pa

from lantern.period import QUARTERS_A_YEAR
from lantern.privacy import comparison, workload
from lantern.privacy.accuracy import SPANS, Span, as_decided
from lantern.privacy.figure import Figure, figures
from lantern.privacy.plan import Plan
from lantern.privacy.reconcile import Answers, Reconciled, reconcile
from lantern.release.lookback import undelivered
from lantern.release.wording import Worded, change_sentence, is_averaged, not_shown, why_none, worded

Drawn = tuple[Plan, Answers]
"""A plan as it was drawn, and the noised sums that came of it."""


@dataclass(frozen=True)
class Cell:
    """One figure as released; the columns of `cell` in released_schema.sql."""

    release_id: str
    measure_id: str
    period: str
    span: str
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


@dataclass(frozen=True)
class _Known:
    """A table's figures of a quarter or of four, and the measures of which too few months before were delivered to say."""

    figures: list[Figure]
    untold: frozenset[str]


_NOTHING = _Known([], frozenset())


@dataclass(frozen=True)
class _Compared:
    """
    A figure, the one it is compared with, and why it cannot be said if it changed (empty: it can).

    `is_missing`: there are no four quarters yet; `now` is the quarter's, and tells what is asked.
    """

    now: Figure
    then: Figure | None
    reason: str
    is_missing: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether there is a figure; if not, the reason is for that and not for its change."""
        return not self.is_missing and self.now.grade != "none" and self.reason != "not_received"


def released_figures(plan: Plan, answers: Answers) -> list[Figure]:
    """All figures of one quarter, from its noised sums."""
    return [each for table in plan.tables for each in _known(table.name, {0: (plan, answers)}, "quarter").figures]


def cells(
    release_id: str, plan: Plan, answers: Answers, earlier: Mapping[int, Drawn | None] | None = None
) -> list[Cell]:
    """
    Word every figure of the quarter and of the four quarters that end with it, and say which changed.

    A quarter is compared with the same one a year earlier, four quarters with the four before them. All that
    one release compares shares one allowance of false changes (`comparison.changes`).

    Args:
        release_id: The release's name.
        plan: Its plan.
        answers: Its noised sums.
        earlier: What was drawn for quarters published before, by how many quarters back (1 to 7). Of one that was withdrawn
            (None) nothing is compared or added, nor is a table of which it was counted by other definitions.

    Returns:
        Two cells for each question of the catalogue, one for each span, always all of them, in catalogue order.

    Privacy: post-processing of noised sums; a figure of four quarters costs nothing more.
    """
    compared: dict[Span, list[_Compared]] = {"quarter": [], "year": []}
    for table in plan.tables:
        alike = _alike(table.name, plan, answers, earlier or {})
        quarter, year = (_compared(table.name, alike, earlier or {}, span) for span in SPANS)
        compared["quarter"] += quarter
        compared["year"] += year or _no_year(quarter, earlier or {})
    pairs = [(each, each.then) for some in compared.values() for each in some if each.then and not each.reason]
    changes = comparison.changes([(each.now, then) for each, then in pairs])
    said = dict(zip([id(each) for each, _ in pairs], changes, strict=True))
    found = []
    for span, figures_of_span in compared.items():
        for each in figures_of_span:
            change = said.get(id(each), "unknown")
            before = worded(each.then, span) if each.then else None
            shown = each.is_shown
            words = change_sentence(change, each.reason, before, span) if shown else ""
            said_of_it = worded(each.now, span) if shown else not_shown(each.reason)
            grade = each.now.grade if shown else "none"
            found.append(_cell(release_id, plan.period, span, each, said_of_it, change, words, grade))
    return found


def _alike(table: str, plan: Plan, answers: Answers, earlier: Mapping[int, Drawn | None]) -> dict[int, Drawn]:
    """By how many quarters back, what was drawn by a plan whose figures of the table mean the same."""
    meaning = workload.meaning(plan, table)
    found = {
        back: each
        for back, each in earlier.items()
        if each and _has(each, table) and workload.meaning(each[0], table) == meaning
    }
    return {0: (plan, answers)} | found


def _has(drawn: Drawn, table: str) -> bool:
    return any(each.name == table for each in drawn[0].tables)


def _why_missing(table: str, alike: Mapping[int, Drawn], earlier: Mapping[int, Drawn | None], backs: range) -> str:
    """Why there is nothing to compare a table with in these quarters, if there is nothing."""
    if _was_withdrawn(earlier, backs):
        return "withdrawn"
    others = [each for back, each in earlier.items() if back in backs and back not in alike]
    was_other = any(each and _has(each, table) for each in others)
    return "changed_definition" if was_other else "no_year_before"


def _was_withdrawn(earlier: Mapping[int, Drawn | None], backs: range) -> bool:
    return any(back in earlier and earlier[back] is None for back in backs)


def table_of(found: list[Cell]) -> pa.Table:
    """Cells as an Arrow table with the columns of `cell`."""
    return pa.Table.from_pylist([asdict(each) for each in found], schema=SCHEMA)


def _known(table: str, alike: Mapping[int, Drawn], span: Span, back: int = 0) -> _Known:
    """What is known of a table in the quarter so far back, or in the four that end with it; nothing if one is missing."""
    wanted = range(back, back + SPANS[span])
    if any(each not in alike for each in wanted):
        return _NOTHING
    drawn = [alike[each] for each in wanted]
    quarters = [reconcile(plan.table(table), answers) for plan, answers in drawn]
    known: Reconciled = reduce(add, quarters)
    newest, _ = drawn[0]
    found = as_decided([newest.table(table)], figures(known, workload.questions(table)), span)
    # A year in which a quarter is missing would be called one of four quarters, and rest on three.
    untold = frozenset().union(*(undelivered(each, table) for each in quarters))
    return _Known([averaged(each) for each in found] if span == "year" else found, untold)


def averaged(figure: Figure) -> Figure:
    """What stands open when a quarter ends is averaged over four: their sum would be of no day."""
    if figure.question.statistic != "count" or not is_averaged(figure.question.measure_id):
        return figure
    sizes = {
        name: getattr(figure, name) / QUARTERS_A_YEAR for name in ("value", "lower", "upper", "half_width", "rows")
    }
    return replace(figure, **sizes)


def _compared(
    table: str, alike: Mapping[int, Drawn], earlier: Mapping[int, Drawn | None], span: Span
) -> list[_Compared]:
    """Each figure of a table, and what it is compared with; empty if there is no figure of the span yet."""
    now, then = (_known(table, alike, span, back) for back in (0, QUARTERS_A_YEAR))
    missing = _why_missing(table, alike, earlier, range(QUARTERS_A_YEAR, QUARTERS_A_YEAR + SPANS[span]))
    before = {_key(figure): figure for figure in then.figures if _is_compared(figure)}
    found = [(each, before.get(_key(each))) for each in now.figures]
    return [_Compared(each, earlier, _reason(each, earlier, missing, now, then)) for each, earlier in found]


def _no_year(quarter: Sequence[_Compared], earlier: Mapping[int, Drawn | None]) -> list[_Compared]:
    """The same figures of four quarters, of which there is none yet, and why."""
    reason = "withdrawn" if _was_withdrawn(earlier, range(QUARTERS_A_YEAR)) else "too_soon"
    return [_Compared(each.now, None, reason, is_missing=True) for each in quarter]


def _reason(figure: Figure, before: Figure | None, missing: str, now: _Known, then: _Known) -> str:
    if figure.is_unsure:
        return why_none(figure)
    # However narrow its range: what most rows could not be asked is no figure of the quarter, or of the four.
    if figure.question.measure_id in now.untold:
        return "not_received"
    if figure.grade == "none":
        return why_none(figure)
    if not _is_compared(figure):
        return ""
    if before is None:
        return missing
    return "year_before_not_shown" if before.grade == "none" or before.question.measure_id in then.untold else ""


def _is_compared(figure: Figure) -> bool:
    # A curve and its days are one story, told by the share at the limit.
    return figure.question.statistic in ("share", "count")


def _key(figure: Figure) -> tuple[str, int, str, str, str]:
    question = figure.question
    return question.measure_id, question.version, question.breakdown, question.category, question.statistic


def _cell(
    release_id: str,
    period: str,
    span: Span,
    each: _Compared,
    words: Worded,
    change: str,
    said: str,
    grade: str,
) -> Cell:
    question = each.now.question
    return Cell(
        release_id=release_id,
        measure_id=question.measure_id,
        period=period,
        span=span,
        breakdown=question.breakdown,
        category=question.category,
        statistic=question.statistic,
        grade=grade,
        change=change,
        reason=each.reason,
        change_sentence=said,
        **asdict(words),
    )
