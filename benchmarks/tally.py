"""What is counted of invented releases: how often ranges held, and what was said to have changed; and the page that tells it."""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from world import FEWER, MORE

from lantern import catalogue
from lantern.privacy import comparison
from lantern.privacy.figure import Figure
from lantern.privacy.question import Question

ALWAYS = ("contacts", "referrals")
CENTRE, LOWEST = "all sources", "by source"


@dataclass
class Tally:
    """
    Of one kind of figure: how many ranges were printed, how many held the truth, and how wide they were.

    `printed_in` and `held_in` are by world: figures of one world share what bounding left out of it, so worlds alone are independent.
    """

    asked: int = 0
    printed_in: Counter[int] = field(default_factory=Counter)
    held_in: Counter[int] = field(default_factory=Counter)
    widths: float = 0.0

    def count(self, figure: Figure, truth: float, world: int) -> None:
        """Take in one figure; one that is not shown is counted as asked for alone."""
        self.asked += 1
        if figure.grade != "none":
            self.printed_in[world] += 1
            self.held_in[world] += figure.lower - 1e-9 <= truth <= figure.upper + 1e-9
            self.widths += figure.half_width

    @property
    def printed(self) -> int:
        """How many ranges were printed."""
        return self.printed_in.total()

    @property
    def held(self) -> int:
        """How many of them held the truth."""
        return self.held_in.total()

    @property
    def width(self) -> float:
        """The mean half width of the ranges printed."""
        return self.widths / self.printed

    @property
    def error(self) -> float:
        """
        The standard error of the part that held; `nan` of fewer than two worlds.

        Source: the ratio estimator of a sample of clusters (Cochran, Sampling Techniques, 1977, section 6.3).
        """
        worlds = len(self.printed_in)
        if worlds < 2:  # noqa: PLR2004  # one world does not scatter
            return math.nan
        part = self.held / self.printed
        squares = sum((self.held_in[each] - part * printed) ** 2 for each, printed in self.printed_in.items())
        return math.sqrt(squares * worlds / (worlds - 1)) / self.printed


def kind(question: Question, span: str) -> tuple[str, str, str]:
    """What a figure is counted as in the page that is written."""
    where = LOWEST if question.breakdown == "source_group" else CENTRE
    return span, _name(question.measure_id, question.statistic, question.breakdown), where


@cache
def _name(measure_id: str, statistic: str, breakdown: str) -> str:
    measure = next(each for each in catalogue.released() if each.id == measure_id)
    entry = catalogue.base_table(catalogue.shown(measure).base_table)
    names = {"curve": "point of the curve", "p90": "day of 9 in 10", "median": "day of half"}
    name = names.get(statistic, statistic)
    if statistic == "share":
        axis = entry.answering(measure_id)
        is_return = axis is not None and axis.is_return and measure_id not in axis.asked
        name = "share in time" if axis is None else "share that came back" if is_return else "other share"
    if breakdown == "waiting_group":
        name = "count of a group"
    return name if entry.name in ALWAYS else f"{entry.name.replace('_', ' ')}: {name}"


@dataclass
class Said:
    """Of one kind of figure: how many were compared with the year before, and how many were called up or down."""

    compared: int = 0
    up: int = 0
    down: int = 0


@dataclass
class Measured:
    """
    All tallies of one size.

    `quarters` and `years` that were released, `pages` of comparisons and on how many anything was said to have changed though practice
    was the same; by quarter, the part of all rows left out and of those unseen.
    """

    tallies: dict[tuple[str, str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    said: dict[tuple[str, str], Said] = field(default_factory=lambda: defaultdict(Said))
    worlds: int = 0
    quarters: int = 0
    years: int = 0
    pages: int = 0
    false_pages: int = 0
    lost: list[float] = field(default_factory=list)
    unseen: list[float] = field(default_factory=list)

    def count(self, told: list[Figure], exact: list[float], span: str) -> None:
        """Take in the figures of one table's release, in the order of what an exact count says."""
        for figure, true in zip(told, exact, strict=True):
            self.tallies[kind(figure.question, span)].count(figure, true, self.worlds)


HEAD = f"""# How sure the printed ranges are

Printed by `python benchmarks/accuracy.py`, a size at a time; nobody in it exists. The truth is every row there is, before bounding. Bounding and noise are the
product's own (OpenDP), the plan the demo's at each size. Places differ from the public figures in multiplicity, and their
frequent persons are unlike others: rows left out differ from rows kept by about as much as ranges allow for; noise is drawn anew for each release.
Only figures that would be shown are counted. A day is whole, and so are the ends of its range: what is counted in days holds more often than
95 in 100, and no range of whole days could do otherwise. What is printed is rounded outward and holds at least as often as what is counted here.

A world is one invented place: its people and rows, and so what bounding leaves out of them, are the same in all its releases; only the noise
differs. A year is put together of quarters drawn, each of which is in four years; no two years share more than one quarter. *±* is the
simulation's own error (one standard error), with a world as the unit: 95.0% ± 0.5 is not told apart from 95.5%. It is empty where fewer than
ten worlds printed such a figure, and says little where few ranges were printed.

In places whose frequent persons are half as unlike others as here, 95 to 98 in 100 ranges of all sources hold at 3,400 persons; where they are twice
as unlike, 93 to 96, and 91 of shares and groups of what waits over a year.

Which figures are shown is decided by the plan, before anything is drawn: not those of which it expects a range too wide to help
([why](decisions/0029-the-plan-decides-what-is-shown.md)). Of those it does show, noise hides some. Were all left to the noise, what is rarely sure
enough would be shown when noise makes it look so: at 1,000 persons 8 in 100 shares of first notices told within a day in a quarter, and 8 in 10 of those ranges held.

Where persons come back more often than is public, the lost part sees less of what is lost. The measured loss tells: beyond what the plan
expects, more is allowed for what no part saw. With 1.1 to 1.2 referrals a person and 25% to 30% returning (public: 1.04 and 20%) 94 to 98 in 100
ranges of all sources hold in a quarter, and 93 and more in a year, of counts nearly all; beyond a fifth of all rows lost, counts,
repeat shares and figures by source are not shown.

A change is said of a quarter beside the same one a year earlier. *Said though nothing changed*: practice is the same, chance and noise are not;
anything at all may be said on at most {100 * comparison.LEVEL:.0f} in 100 pages. *Said of a planted change*: in the last year there are {100 * MORE:.0f}% more rows, and shares are up to
{100 * FEWER:.0f} points lower (points of all rows of the table; less in a share of which some rows are not asked, or of a share that has no more to lose).
Only what is in the planted direction counts, by the same rule for a whole page.
"""


OFTEN = 500
"""So many ranges of a kind tell how often they hold, to about a point."""
FEWEST_WORLDS = 10
"""Of fewer worlds the simulation's own error is not told: it would be a guess."""


def section(people: int, found: Measured, planted: Measured) -> str:
    """What is told of one size."""
    return "\n".join(
        [
            f"## {people:,} persons a quarter",
            "",
            f"{found.worlds} worlds, {found.quarters:,} releases of a quarter, {found.years:,} of a year.",
            f"Bounding left out {100 * np.mean(found.lost):.2f}% of rows; {100 * np.mean(found.unseen):.3f}% neither part saw.",
            "",
            _least(found),
            *_never(found),
            "",
            *_covered(found),
            "",
            f"Though practice was the same, a change was said of something in {found.false_pages:,} of {found.pages:,} releases.",
            f"Where changes were planted, in {planted.false_pages:,} of {planted.pages:,}.",
            "",
            *_said(found, planted),
            "",
        ]
    )


def _least(found: Measured) -> str:
    """Which kind of figure held least often, of those printed often enough to tell."""
    told = []
    for where in (CENTRE, LOWEST):
        kinds = {each: tally for each, tally in found.tallies.items() if each[2] == where and tally.printed >= OFTEN}
        if kinds:
            (span, name, _), tally = min(kinds.items(), key=lambda each: each[1].held / each[1].printed)
            told.append(f"{where} {100 * tally.held / tally.printed:.1f}% ({name}, {span})")
    return f"Held least often, of kinds with {OFTEN} ranges and more: {'; '.join(told)}."


def _ever_shown(found: Measured) -> dict[tuple[str, str, str], Tally]:
    return {each: tally for each, tally in found.tallies.items() if tally.printed}


def _never(found: Measured) -> list[str]:
    """Which kinds of figure are not shown at all."""
    kinds = sorted(found.tallies.keys() - _ever_shown(found).keys())
    named = "; ".join(f"{name} ({where}, {span})" for span, name, where in kinds)
    return ["", f"Never shown at this size, as the plan decides: {named}."] if kinds else []


def _covered(found: Measured) -> list[str]:
    lines = [
        "| Of | Figure | Where | Shown | Ranges | That held | ± | Mean half width |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for (span, name, where), tally in sorted(_ever_shown(found).items()):
        shown, ranges = f"{100 * tally.printed / tally.asked:.0f}%", f"{tally.printed:,}"
        held = f"{100 * tally.held / tally.printed:.1f}%"
        error = f"{100 * tally.error:.1f}" if len(tally.printed_in) >= FEWEST_WORLDS else ""
        lines.append(f"| {span} | {name} | {where} | {shown} | {ranges} | {held} | {error} | {_width(name, tally)} |")
    return lines


def _said(found: Measured, planted: Measured) -> list[str]:
    lines = [
        "| Figure | Where | Compared | Said though nothing changed | Said of a planted change |",
        "| --- | --- | --- | --- | --- |",
    ]
    for (name, where), said in sorted(found.said.items()):
        known = planted.said[name, where]
        right = known.up if name.endswith("count") else known.down
        power = f"{100 * right / known.compared:.0f}%" if known.compared and not name.endswith("group") else ""
        lines.append(
            f"| {name} | {where} | {said.compared:,} | {100 * (said.up + said.down) / max(said.compared, 1):.2f}% | {power} |"
        )
    return lines


def _width(name: str, tally: Tally) -> str:
    return f"{tally.width:,.0f} rows" if "count" in name else f"{100 * tally.width:.2g} points"
