"""Figures on the hub's work for Prometheus, as a file that node_exporter's textfile collector reads: for the hub's side alone."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lantern.errors import LanternError
from lantern.home import Home, private
from lantern.intake import report
from lantern.partnership import Partnership
from lantern.period import QUARTERS_A_YEAR, Quarter
from lantern.release.entry import Entry, spent_in
from lantern.watching import lateness, soundness, standing
from lantern.watching.finding import SEVERITY, Finding

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

Sample = tuple[str, dict[str, str], float]
"""A metric's name, its labels beside the partnership, and its value."""

MEANING = {
    "lantern_deliveries": "Verdicts given on deliveries, by partner and outcome",
    "lantern_last_delivery_timestamp_seconds": "When a delivery of a partner was last accepted",
    "lantern_days_late": "Days since a partner's next delivery was due, by the rhythm it agreed to",
    "lantern_build_timestamp_seconds": "When the last build passed",
    "lantern_ledger_lines": "Lines of the ledger",
    "lantern_releases": "Releases that were published",
    "lantern_allowance_micro": "Millionths of the year's privacy allowance, spent and left, in the year to the newest release",
    "lantern_check": "What lantern doctor found: 0 well, 1 to be looked at, 2 wrong",
    "lantern_looked_timestamp_seconds": "When these figures were made",
}


def samples(home: Home, partnership: Partnership, findings: Sequence[Finding], now: datetime) -> Iterator[Sample]:
    """
    Every figure as it is now; what is not known is left out, never told as nought.

    Privacy: counts of deliveries and decisions, exact, of no person. They tell when partners work, and stay with the hub.
    """
    for partner in partnership.partners:
        of = {"partner": partner.name}
        for outcome, count in report.counts(home, partner.name).items():
            yield "lantern_deliveries", of | {"outcome": outcome}, count
        if accepted := lateness.accepted_at(home, partner.name):
            yield "lantern_last_delivery_timestamp_seconds", of, accepted.timestamp()
    for each in lateness.punctuality(home, partnership, now):
        if each.last is not None:
            yield "lantern_days_late", {"partner": each.partner}, each.days_late
    if built := soundness.built_at(home):
        yield "lantern_build_timestamp_seconds", {}, built.timestamp()
    yield from _of_ledger(home, partnership)
    for alarm in dict.fromkeys(each.alarm for each in findings):
        state = max(SEVERITY.index(each.state) for each in findings if each.alarm == alarm)
        yield "lantern_check", {"check": alarm}, state
    yield "lantern_looked_timestamp_seconds", {}, now.timestamp()


def registry(partnership: str, found: Iterator[Sample]) -> "CollectorRegistry":
    """The figures as Prometheus' own client holds them."""
    from prometheus_client import CollectorRegistry, Gauge

    made, gauges = CollectorRegistry(), dict[str, Gauge]()
    for name, labels, value in found:
        if name not in gauges:
            gauges[name] = Gauge(name, MEANING[name], ["partnership", *labels], registry=made)
        gauges[name].labels(partnership=partnership, **labels).set(value)
    return made


def write(
    home: Home, partnership: Partnership, findings: Sequence[Finding], now: datetime, to: Path | None = None
) -> Path:
    """
    Write the figures, by rename, so that they are never half there.

    Args:
        home: Whose.
        partnership: Its file.
        findings: What `lantern doctor` found.
        now: This instant.
        to: The file, its name ending in `.prom`, if it is not to lie in the home.

    Returns:
        The file.
    """
    from prometheus_client import write_to_textfile

    path = to or private(home.base / "watching") / f"lantern_{partnership.name}.prom"
    write_to_textfile(str(path), registry(partnership.name, samples(home, partnership, findings, now)))
    return path


def _of_ledger(home: Home, partnership: Partnership) -> Iterator[Sample]:
    try:
        entries = standing.entries_of(home, partnership)
    except LanternError:
        return
    yield "lantern_ledger_lines", {}, len(entries)
    yield "lantern_releases", {}, sum(each.kind == "publish" for each in entries)
    spent = _spent(entries)
    yield "lantern_allowance_micro", {"state": "spent"}, spent
    yield "lantern_allowance_micro", {"state": "left"}, partnership.privacy.micro_per_year - spent


def _spent(entries: Sequence[Entry]) -> int:
    latest = max((Quarter.parse(each.period) for each in entries if each.kind == "publish"), default=None)
    return spent_in(entries, latest.plus(1 - QUARTERS_A_YEAR)) if latest else 0
