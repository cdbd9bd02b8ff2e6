"""One figure asked of a table's cells."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Statistic = Literal["count", "share", "curve", "median", "p90"]


@dataclass(frozen=True, eq=False)
class Step:
    """
    One run of days of a duration: rows (0/1 over the grid) that ended in it.

    `to_day` is its last day; None for the last, open run. `event` is the outcome asked about, `competing` an end
    that rules it out, `censored` neither yet.
    """

    to_day: int | None
    event: np.ndarray
    competing: np.ndarray
    censored: np.ndarray


@dataclass(frozen=True, eq=False)
class Question:
    """
    One figure to work out from a table's cells.

    `count` is the rows of `whole`; `share` those of `part` among `whole`; `curve` the share with the event by
    `at_day` (Kaplan-Meier, or Aalen-Johansen where ends compete); `median` and `p90` the first day by which that share
    reaches a half or nine tenths, from the `steps`, shortest first. Rows are 0/1 vectors over the grid.
    `weight` says how much it matters, `tolerance` the standard error that would be good enough (points of a
    share, or part of a count): planning weighs errors by them, and nothing else uses them. `is_headline`: one of the five.
    """

    measure_id: str
    version: int
    breakdown: str
    category: str
    statistic: Statistic
    part: np.ndarray
    whole: np.ndarray
    steps: tuple[Step, ...] = ()
    at_day: int | None = None
    weight: float = 1.0
    tolerance: float = 0.0255
    is_headline: bool = False
