"""What the sender and the hub are told of each delivery: rules, columns and counts, never a value."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from lantern.home import Home, private
from lantern.intake.breach import Breach

Outcome = Literal["accepted", "refused", "already_accepted", "gone"]

_SEVERITY = {"critical": "refuses the delivery", "warning": "these rows are held back", "info": "for your information"}
_PAGE = "report.html.j2"
_MOST_LOST = 10
"""Of a hundred records so many may be left out by the sender's tool, as that tool counts itself."""
_STAMP = "%Y%m%dT%H%M%S%fZ"
WHERE_ROWS_ARE = (
    "Row numbers are those of the events file; row 1 is its heading. Your tool keeps, beside the folder it made and "
    "named like it, a file that ends in -rows.csv: it tells from which table and row of yours each of them came."
)


@dataclass(frozen=True)
class Verdict:
    """
    What became of one delivery.

    `about` is the format and period, as far as the manifest could be read; `delivery_id` is
    empty where nothing was kept. Of `rows` sent, `held` were held back and the rest accepted; both are 0 where
    nothing was accepted now. `held_before` is how many rows of it were held when it was accepted before. `left_out` is how many
    records of the source its manifest says the sender's tool made no event of, but those it left out on purpose.
    """

    partner: str
    about: str
    outcome: Outcome
    reason: str
    rows: int = 0
    held: int = 0
    held_before: int = 0
    left_out: int = 0
    delivery_id: str = ""
    breaches: tuple[Breach, ...] = ()

    @property
    def loaded(self) -> int:
        """How many rows were accepted."""
        return self.rows - self.held

    @property
    def line_without_counts(self) -> str:
        """For a log that more people read than the report: what, of whom, and how it ended."""
        told = self.outcome != "accepted" or self.held
        reason = f" The reason is in {self.partner}'s report." if told else ""
        return f"{self.partner} {self.about}: {self._ending}.{reason}"

    @property
    def line(self) -> str:
        """One line for a screen or a log."""
        size = f", {self.loaded:,} events" if self.rows else ""
        held = f", {self.held:,} held back" if self.held else ""
        lost = f", {self.left_out:,} records left out by the sender's tool" if self.has_lost_many else ""
        return f"{self.partner} {self.about}: {self.outcome.replace('_', ' ')}{size}{held}{lost}. {self.reason}".strip()

    @property
    def has_lost_many(self) -> bool:
        """Whether the sender's tool left out so much that what is left may mislead, whatever it says."""
        return 100 * self.left_out > _MOST_LOST * (self.left_out + self.rows)

    @property
    def of_what_was_left_out(self) -> str:
        """What was never sent, which no rule on what was sent can see; empty if all was."""
        if not self.left_out:
            return ""
        each = "1 record" if self.left_out == 1 else f"{self.left_out:,} records"
        return (
            f"The sender's tool left out {each} of the source and made {self.rows:,} events of the others. It named each with "
            "its reason when the delivery was made."
        )

    @property
    def _ending(self) -> str:
        return self.outcome.replace("_", " ") + (" with rows held back" if self.held else "")

    @property
    def headline(self) -> str:
        """The first sentence of the report."""
        if self.outcome == "refused":
            return "This delivery was refused. Nothing of it was loaded and nothing of it was kept."
        if self.outcome == "already_accepted":
            held = f" {self.held_before:,} of its rows were held back then." if self.held_before else ""
            return f"This delivery says what an earlier one said. It was accepted then, and changed nothing now.{held}"
        if self.held:
            return f"This delivery was accepted: {self.loaded:,} of {self.rows:,} events. {self.held:,} are held back."
        return f"This delivery was accepted: all {self.rows:,} events."

    @property
    def next_step(self) -> str:
        """What its sender should do now."""
        if self.outcome == "refused":
            return "Correct what is said here at the source, make the delivery again and send it."
        if any(breach.severity == "warning" for breach in self.breaches):
            return (
                "Correct the rows below at the source and send them with your next delivery. What is held back counts "
                "nowhere and is removed after some days."
            )
        if self.has_lost_many:
            return (
                "Do not rely on this delivery yet: more than one record in ten is missing from it, and dates or codes of the "
                "others may have been read wrongly. Make the delivery again with --dry-run, read why records are left out, correct "
                "the export or the mapping, and send it again for the same period. If each is right to leave out, nothing needs "
                "to be done."
            )
        if self.held_before:
            return "Correct at the source the rows that the first report of this delivery names and send them with your next."
        return "Look at what follows; nothing else needs to be done." if self.breaches else "Nothing needs to be done."

    def as_dict(self) -> dict[str, Any]:
        """The verdict for a program."""
        about = {
            name: getattr(self, name)
            for name in ("partner", "about", "outcome", "reason", "rows", "loaded", "held", "held_before", "left_out")
        }
        return about | {"delivery_id": self.delivery_id, "breaches": [breach.as_dict() for breach in self.breaches]}


def write(home: Home, verdict: Verdict) -> None:
    """
    Keep a verdict in the partner's report folder as JSON, plain text and a page; newest last by name.

    Each file appears whole or not at all, the JSON last.
    """
    folder = private(home.reports / verdict.partner)
    stamp = datetime.now(UTC).strftime(_STAMP)
    for kind, content in (
        ("html", page(verdict, stamp)),
        ("txt", text(verdict)),
        ("json", json.dumps(verdict.as_dict() | {"at": stamp}, indent=2) + "\n"),
    ):
        _put(folder / f"{stamp}-{verdict.outcome}.{kind}", content)


def _put(target: Path, content: str) -> None:
    part = target.with_name(f".{target.name}.part")
    part.write_text(content, encoding="utf-8")
    part.replace(target)


def text(verdict: Verdict) -> str:
    """The report in plain text."""
    lines = [f"{verdict.partner}, {verdict.about}", "", verdict.headline]
    lines += [verdict.reason] if verdict.reason and not verdict.breaches else []
    lines += [verdict.of_what_was_left_out] if verdict.left_out else []
    lines += ["", f"What to do: {verdict.next_step}"]
    if any(breach.rows for breach in verdict.breaches):
        lines += ["", WHERE_ROWS_ARE]
    for breach in verdict.breaches:
        column = f", column '{breach.column}'" if breach.column else ""
        count = "the whole file" if breach.count is None else "1 row" if breach.count == 1 else f"{breach.count:,} rows"
        lines += ["", f"{breach.rule}{column}: {count}; {_SEVERITY[breach.severity]}.", f"  Why: {breach.means}."]
        lines += [f"  Rows: {breach.places}."] if breach.places else []
        lines += [f"  What to do: {breach.to_do}"]
    return "\n".join(lines) + "\n"


def page(verdict: Verdict, stamp: str) -> str:
    """The report as one page that needs nothing else: no script, no other file, no address."""
    from jinja2 import Environment

    template = resources.files("lantern.intake").joinpath(_PAGE).read_text(encoding="utf-8")
    return (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(template)
        .render(
            verdict=verdict,
            severity=_SEVERITY,
            where_rows_are=WHERE_ROWS_ARE,
            at=datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC),
        )
    )


def given(home: Home, partner: str = "*") -> Iterator[tuple[datetime, str, Path]]:
    """When each verdict was given, in UTC, its outcome, and its JSON file; of one partner, or of all."""
    for path in home.reports.glob(f"{partner}/[0-9]*Z-*.json"):
        stamp, outcome = path.stem.split("-", 1)
        yield datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC), outcome, path


def refusals(home: Home, since: datetime) -> list[tuple[str, datetime, Path]]:
    """The partner, time and page of every refusal since then, newest first."""
    found = [each for each in given(home) if each[1] == "refused" and each[0] >= since]
    return [(path.parent.name, at, path.with_suffix(".html")) for at, _, path in sorted(found, reverse=True)]


def counts(home: Home, partner: str = "*") -> dict[str, int]:
    """How many verdicts of each outcome this hub has given, on one partner's deliveries or on all."""
    return dict(Counter(outcome for _, outcome, _ in given(home, partner)))
