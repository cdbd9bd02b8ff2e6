"""What is counted of invented releases: how often ranges held, and what was said to have changed; and the page that tells it."""

from collections import defaultdict
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
    """All tallies of one size, and on how many pages anything was said to have changed though practice was the same."""

    tallies: dict[tuple[str, str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    said: dict[tuple[str, str], Said] = field(default_factory=lambda: defaultdict(Said))
    pages: int = 0
    false_pages: int = 0
    lost: list[float] = field(default_factory=list)
    unseen: list[float] = field(default_factory=list)


HEAD = f"""# How sure the printed ranges are

Written by `python benchmarks/accuracy.py`; nobody in it exists. The truth is every row there is, before bounding. Bounding and noise are the
product's own (OpenDP), the plan the demo's at each size. Places differ from the public figures in multiplicity, and in how unlike their
frequent persons are; noise is drawn anew for each release. Only figures that would be shown are counted. A day is whole,
so its range holds more often than 95 in 100. What is printed is rounded outward and holds at least as often as what is counted here.

Where persons come back more often than is public, the lost part sees less of what is lost. The measured loss tells: beyond what the plan
expects, more is allowed for what no part saw. With 1.1 to 1.2 referrals a person and 25% to 30% returning (public: 1.04 and 20%) 94 to 97 in 100
ranges of counts and repeat shares of all sources hold; beyond a fifth of all rows lost, counts, repeat shares and figures by source are not shown.

A change is said of a quarter beside the same one a year earlier. *Said though nothing changed*: practice is the same, chance and noise are not;
anything at all may be said on at most {100 * comparison.LEVEL:.0f} in 100 pages. *Said of a planted change*: in the last year there are {100 * MORE:.0f}% more rows, and shares are up to
{100 * FEWER:.0f} points lower (points of all rows of the table; less in a share of which some rows are not asked, or of a share that has no more to lose).
Only what is in the planted direction counts, by the same rule for a whole page.
"""


def section(people: int, found: Measured, planted: Measured) -> str:
    """What is told of one size."""
    lines = [
        f"## {people:,} persons a quarter, {found.pages:,} releases",
        "",
        f"Bounding left out {100 * np.mean(found.lost):.2f}% of rows; {100 * np.mean(found.unseen):.3f}% neither part saw.",
        "",
        "| Of | Figure | Where | Shown | Ranges that held | Mean half width |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for (span, name, where), tally in sorted(found.tallies.items()):
        held = f"{100 * tally.held / tally.printed:.1f}%" if tally.printed else ""
        lines.append(
            f"| {span} | {name} | {where} | {100 * tally.printed / tally.asked:.0f}% | {held} | {_width(name, tally)} |"
        )
    lines += [
        "",
        f"Though practice was the same, a change was said of something in {found.false_pages:,} of {found.pages:,} releases.",
        f"Where changes were planted, in {planted.false_pages:,} of {planted.pages:,}.",
        "",
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
    return "\n".join([*lines, ""])


def _width(name: str, tally: Tally) -> str:
    if not tally.widths:
        return ""
    mean = float(np.mean(tally.widths))
    return f"{mean:,.0f} rows" if "count" in name else f"{100 * mean:.1f} points"
