"""Figures with honest ranges: noise, and what the bound left out, both inside the range."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import ncx2, norm

from lantern.privacy.grid import BaseTable
from lantern.privacy.reconcile import Reconciled
from lantern.privacy.workload import Question

Z95 = 1.959964
"""Half width of a 95% range in standard errors."""

# By source it is less sure where the lost rows belong: this much is allowed on their split.
SPLIT_ALLOWANCE = 0.4

# Half widths up to which a figure is for use, and for use with care. In points of a share, and as a
# part of a count. Decided in advance; noise alone decides which side a figure falls.
SHARE_GRADES = (0.05, 0.10)
COUNT_GRADES = (0.10, 0.25)


@dataclass(frozen=True)
class Figure:
    """
    One number of a release, not yet rounded or worded.

    `value` is a share between 0 and 1, or a count; `half_width` makes the 95% range; `rows`
    is about how many rows it rests on. All come from noised counts: they may be negative.
    """

    question: Question
    value: float
    half_width: float
    rows: float

    @property
    def grade(self) -> str:
        """`use`, `care` or `none` (not shown)."""
        if self.question.statistic == "share":
            use, care, width = *SHARE_GRADES, self.half_width
        else:
            use, care, width = *COUNT_GRADES, self.half_width / max(self.value, 1.0)
        return "use" if width <= use else "care" if width <= care else "none"


def figure(table: BaseTable, known: Reconciled, question: Question) -> Figure:
    """
    Work out one figure from reconciled cells, correcting for the rows the bound left out.

    The number of lost rows is not public: it is estimated from the noised count of clipped
    persons, times a public number of rows each lost. What that may be wrong by is
    in the range. A count or repeat share is never given without this correction.

    Privacy: post-processing of noised sums; nothing here has seen a row.
    """
    clipped = table.grid.row(is_clipped=("yes",))
    every = np.ones(table.grid.size)
    lost_row = table.lost_rows_per_clipped * clipped
    of_all = _part_of_all(known, question, every)
    lost = max(known.value(lost_row), 0.0) * of_all
    if question.statistic == "count":
        row = question.whole + of_all * lost_row
        allowed = lost * _lost_rows_allowance(table, question)
        value = known.value(row)
        return Figure(question, value, _half_width(known.variance(row), allowed), value)
    if question.lost_are_counted:
        part, whole = question.part + of_all * lost_row, question.whole + of_all * lost_row
        size = max(known.value(whole), 1.0)
        share = known.value(part) / size
        allowed = (1 - min(max(share, 0.0), 1.0)) * lost * _lost_rows_allowance(table, question) / size
    else:
        part, whole = question.part, question.whole
        size = max(known.value(whole), 1.0)
        share = known.value(part) / size
        most_lost = (lost + of_all * Z95 * math.sqrt(known.variance(lost_row))) / size
        allowed = table.lost_share_allowance * most_lost / (1 + most_lost)
    variance = known.variance((part - share * whole) / size)
    return Figure(question, share, _half_width(variance, allowed), size)


def figures(table: BaseTable, known: Reconciled, asked: tuple[Question, ...]) -> list[Figure]:
    """All figures of a table, in the order asked."""
    return [figure(table, known, question) for question in asked]


def has_changed(now: Figure, before: Figure, comparisons: int) -> str:
    """
    `up`, `down`, or `flat` if the difference is within noise and chance.

    Chance is what another quarter of the same people and practice would do: binomial for a
    share, Poisson for a count. Over the `comparisons` of one release the odds of
    any false `up` or `down` stay at 5% in all (Bonferroni).
    """
    spread = sum((each.half_width / Z95) ** 2 + _chance(each) for each in (now, before))
    threshold = _two_sided_z(0.05 / max(comparisons, 1)) * math.sqrt(spread)
    difference = now.value - before.value
    if abs(difference) <= threshold:
        return "flat"
    return "up" if difference > 0 else "down"


def _chance(each: Figure) -> float:
    if each.question.statistic == "count":
        return max(each.value, 1.0)
    share = min(max(each.value, 0.01), 0.99)
    return share * (1 - share) / max(each.rows, 1.0)


def _two_sided_z(level: float) -> float:
    return float(norm.isf(level / 2))


def _half_width(variance: float, allowed: float) -> float:
    """
    The half width that covers 95% of the time though a bias of up to `allowed` is left.

    Source: Armstrong and Kolesár, Optimal inference in a class of regression models (2018):
        the 95% point of |N(bias, sd)|, whose square is a noncentral chi-squared.
    """
    deviation = math.sqrt(variance)
    return deviation * math.sqrt(float(ncx2.ppf(0.95, 1, (allowed / deviation) ** 2)))


def _lost_rows_allowance(table: BaseTable, question: Question) -> float:
    if question.breakdown != "source_group":
        return table.lost_rows_allowance
    return math.hypot(table.lost_rows_allowance, SPLIT_ALLOWANCE)


def _part_of_all(known: Reconciled, question: Question, every: np.ndarray) -> float:
    """
    The part of all lost rows that is laid to this figure.

    By source they are laid in proportion to rows. In proportion to repeats would be a little nearer
    the truth, but it multiplies the noise of the repeats themselves: ranges then covered 91%.
    """
    if question.breakdown != "source_group":
        return 1.0
    return min(max(known.value(question.whole) / max(known.value(every), 1.0), 0.0), 1.0)
