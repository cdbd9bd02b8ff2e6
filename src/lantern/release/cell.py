"""The cells of a release: each figure with its range, grade, change and words."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from operator import add

import pyarrow as pa

from lantern.period import QUARTERS_A_YEAR
from lantern.privacy import comparison, workload
from lantern.privacy.figure import Figure, figures
from lantern.privacy.plan import Plan
from lantern.privacy.reconcile import Answers, Reconciled, reconcile
from lantern.release.lookback import undelivered
from lantern.release.wording import Span, Worded, change_sentence, is_averaged, not_shown, why_none, worded

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
    """The figures of a quarter or of four, and the measures of which too few months before were delivered to say."""

    figures: list[Figure]
    untold: frozenset[str]


_NOTHING = _Known([], frozenset())


@dataclass(frozen=True)
class _Compared:
    """A figure, the one it is compared with, and why it cannot be said if it changed (empty: it can)."""

    now: Figure
    then: Figure | None
    reason: str

    @property
    def is_shown(self) -> bool:
        """Whether there is a figure; if not, the reason is for that and not for its change."""
        return self.now.grade != "none" and self.reason != "not_received"


def released_figures(plan: Plan, answers: Answers) -> list[Figure]:
    """All figures of one quarter, from its noised sums."""
    return _known([(plan, answers)]).figures


def all_figures(plan: Plan, answers: Answers, earlier: Mapping[int, Drawn | None] | None = None) -> list[Figure]:
    """The figures behind `cells`, in their order; those of four quarters are left out as long as one of them is missing."""
    alike = _alike(plan, answers, earlier or {})
    return _known([alike[0]]).figures + _year(alike, 0).figures


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
        earlier: What was drawn for quarters published before, by how many quarters back (1 to 7); one that was counted by
            other definitions is neither compared nor added, nor is one that was withdrawn (None).

    Returns:
        Two cells for each question of the catalogue, one for each span, always all of them, in catalogue order.

    Privacy: post-processing of noised sums; a figure of four quarters costs nothing more.
    """
    alike = _alike(plan, answers, earlier or {})
    now: dict[Span, _Known] = {"quarter": _known([alike[0]]), "year": _year(alike, 0)}
    then: dict[Span, _Known] = {
        "quarter": _known([alike[QUARTERS_A_YEAR]]) if QUARTERS_A_YEAR in alike else _NOTHING,
        "year": _year(alike, QUARTERS_A_YEAR),
    }
    missing: dict[Span, str] = {
        "quarter": _why_missing(earlier or {}, alike, range(QUARTERS_A_YEAR, QUARTERS_A_YEAR + 1)),
        "year": _why_missing(earlier or {}, alike, range(QUARTERS_A_YEAR, 2 * QUARTERS_A_YEAR)),
    }
    compared = {span: _compared(now[span], then[span], missing[span]) for span in now}
    pairs = [(each.now, each.then) for span in now for each in compared[span] if each.then and not each.reason]
    said = dict(zip([id(each) for each, _ in pairs], comparison.changes(pairs), strict=True))
    found = []
    for span, figures_of_span in compared.items():
        for each in figures_of_span:
            change = said.get(id(each.now), "unknown")
            before = worded(each.then, span) if each.then else None
            shown = each.is_shown
            words = change_sentence(change, each.reason, before, span) if shown else ""
            said_of_it = worded(each.now, span) if shown else not_shown(each.reason)
            grade = each.now.grade if shown else "none"
            found.append(_cell(release_id, plan.period, span, each, said_of_it, change, words, grade))
    if not now["year"].figures:
        reason = "withdrawn" if _was_withdrawn(earlier or {}, range(QUARTERS_A_YEAR)) else "too_soon"
        found += [_no_year(release_id, plan.period, figure, reason) for figure in now["quarter"].figures]
    return found


def _alike(plan: Plan, answers: Answers, earlier: Mapping[int, Drawn | None]) -> dict[int, Drawn]:
    found = {back: each for back, each in earlier.items() if each and each[0].meaning == plan.meaning}
    return {0: (plan, answers)} | found


def _why_missing(earlier: Mapping[int, Drawn | None], alike: Mapping[int, Drawn], backs: range) -> str:
    """Why there is nothing to compare with in these quarters, if there is nothing."""
    if _was_withdrawn(earlier, backs):
        return "withdrawn"
    was_other = QUARTERS_A_YEAR in earlier and QUARTERS_A_YEAR not in alike
    return "changed_definition" if was_other else "no_year_before"


def _was_withdrawn(earlier: Mapping[int, Drawn | None], backs: range) -> bool:
    return any(back in earlier and earlier[back] is None for back in backs)


def table_of(found: list[Cell]) -> pa.Table:
    """Cells as an Arrow table with the columns of `cell`."""
    return pa.Table.from_pylist([asdict(each) for each in found], schema=SCHEMA)


def _known(drawn: Sequence[Drawn]) -> _Known:
    """All figures of these quarters added up."""
    found: list[Figure] = []
    untold: frozenset[str] = frozenset()
    for table in drawn[0][0].tables:
        known: Reconciled = reduce(add, [reconcile(plan.table(table.name), answers) for plan, answers in drawn])
        found += figures(known, workload.questions(table.name))
        untold |= undelivered(known, table.name)
    return _Known(found, untold)


def _year(drawn: Mapping[int, Drawn], back: int) -> _Known:
    """What is known of four quarters in a row, the last of them so far back; nothing if one is missing."""
    wanted = range(back, back + QUARTERS_A_YEAR)
    if any(each not in drawn for each in wanted):
        return _NOTHING
    known = _known([drawn[each] for each in wanted])
    return replace(known, figures=[averaged(each) for each in known.figures])


def averaged(figure: Figure) -> Figure:
    """What stands open when a quarter ends is averaged over four: their sum would be of no day."""
    if figure.question.statistic != "count" or not is_averaged(figure.question.measure_id):
        return figure
    sizes = {
        name: getattr(figure, name) / QUARTERS_A_YEAR for name in ("value", "lower", "upper", "half_width", "rows")
    }
    return replace(figure, **sizes)


def _compared(now: _Known, then: _Known, missing: str) -> list[_Compared]:
    before = {_key(figure): figure for figure in then.figures if _is_compared(figure)}
    found = [(each, before.get(_key(each))) for each in now.figures]
    return [_Compared(each, earlier, _reason(each, earlier, missing, now, then)) for each, earlier in found]


def _reason(figure: Figure, before: Figure | None, missing: str, now: _Known, then: _Known) -> str:
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


def _no_year(release_id: str, period: str, figure: Figure, reason: str) -> Cell:
    missing = _Compared(figure, None, reason)
    return _cell(release_id, period, "year", missing, not_shown(reason), "unknown", "", "none")


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
