"""What the sender and the hub are told of each delivery: rules, columns and counts, never a value."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Literal

from lantern.home import Home, private

Outcome = Literal["accepted", "refused", "already_accepted"]


@dataclass(frozen=True)
class Verdict:
    """
    What became of one delivery.

    `about` is the format and period, as far as the manifest could be read; `delivery_id` is
    empty where nothing was kept; `findings` are rules with columns and counts.
    """

    partner: str
    about: str
    outcome: Outcome
    reason: str
    rows: int = 0
    delivery_id: str = ""
    findings: tuple[str, ...] = ()

    @property
    def line_without_counts(self) -> str:
        """For a log that more people read than the report: what, of whom, and how it ended."""
        reason = "" if self.outcome == "accepted" else f" The reason is in {self.partner}'s report."
        return f"{self.partner} {self.about}: {self.outcome.replace('_', ' ')}.{reason}"

    @property
    def line(self) -> str:
        """One line for a screen or a log."""
        size = f", {self.rows:,} events" if self.rows else ""
        return f"{self.partner} {self.about}: {self.outcome.replace('_', ' ')}{size}. {self.reason}".strip()


def write(home: Home, verdict: Verdict) -> None:
    """Keep a verdict in the partner's report folder, newest last by name."""
    folder = home.reports / verdict.partner
    private(folder)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    body = asdict(verdict) | {"at": stamp}
    (folder / f"{stamp}-{verdict.outcome}.json").write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def counts(home: Home) -> dict[str, int]:
    """How many verdicts of each outcome this hub has given."""
    found: dict[str, int] = {}
    for path in home.reports.glob("*/*.json"):
        outcome = path.stem.split("-", 1)[1]
        found[outcome] = found.get(outcome, 0) + 1
    return found
