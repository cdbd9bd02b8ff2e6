"""What has been told of a hub's troubles: each once when it begins and once when it is over, not each hour."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lantern.home import Home, locked, private
from lantern.watching.alarm import MEANING, Alarm, page
from lantern.watching.finding import SEVERITY, Finding

_STEP = "step-failed"
_STEP_AGAIN = timedelta(hours=24)
"""A step that goes on failing is told of once a day: nobody looks whether it is over."""


@dataclass(frozen=True)
class News:
    """Names of troubles (`Finding.name`) that nobody was told of yet, and of those that were told of and are over."""

    raised: tuple[str, ...] = ()
    over: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.raised or self.over)

    def subject(self, partnership: str) -> str:
        """One line, for an e-mail."""
        first, more = (self.raised or self.over)[0], len(self.raised) + len(self.over) > 1
        return f"Lantern {partnership}: {'' if self.raised else 'over: '}{first}{' and more' if more else ''}"

    def text(self, partnership: str) -> str:
        """Which alarms, of what, and the page of each; no number, no text of an error: it leaves the hub."""
        lines = [f"{name}: {MEANING[_alarm(name)]}. {page(_alarm(name))}" for name in self.raised]
        lines += [f"over: {name}" for name in self.over]
        return "\n".join([*lines, f"At the hub, 'lantern doctor --partnership {partnership}' says more."])

    def as_dict(self, partnership: str) -> dict[str, Any]:
        """The same for a webhook; `text` is what chat services show."""
        raised = [{"alarm": _alarm(name), "name": name, "page": page(_alarm(name))} for name in self.raised]
        told = f"{self.subject(partnership)}\n{self.text(partnership)}"
        return {"text": told, "partnership": partnership, "raised": raised, "over": list(self.over)}


@dataclass
class Told:
    """
    The troubles that last, by name: since when, and whether somebody was told.

    What is read and written while the home's own folder for it is held; a file that cannot be read counts as empty.
    """

    since: dict[str, datetime] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def news(self, findings: Sequence[Finding], now: datetime) -> News:
        """
        Compare what is found now with what lasts. What is wrong is told at once; a warning when it is found a second time.

        A build or a delivery under way makes warnings that are over by the next look.
        """
        found = {each.name: each.state for each in sorted(findings, key=_severity) if each.state != "ok"}
        old = {name for name in self.since if name.startswith(_STEP)}
        over = sorted(name for name in self.told - old if name not in found)
        raised = [
            name for name, state in found.items() if name not in self.told and (state == "wrong" or name in self.since)
        ]
        self.since = {name: self.since.get(name, now) for name in [*found, *over]} | {
            name: self.since[name] for name in old if now - self.since[name] < _STEP_AGAIN
        }
        self.told &= set(self.since)
        return News(tuple(raised), tuple(over))

    def failure(self, step: str, now: datetime) -> News:
        """That a step failed; nothing if it was told of within a day."""
        name = f"{_STEP} {step}"
        if name in self.told and now - self.since[name] < _STEP_AGAIN:
            return News()
        self.since[name] = now
        return News((name,))

    def mark(self, news: News) -> None:
        """Somebody was told."""
        self.told |= set(news.raised)
        self.told -= set(news.over)
        self.since = {name: at for name, at in self.since.items() if name not in news.over}


@contextmanager
def remembered(home: Home) -> Iterator[Told]:
    """What has been told, to be altered in the block; written when it ends, however it ends."""
    path = private(home.base / "watching") / "told.json"
    with locked(path.parent):
        known = _read(path.read_text(encoding="utf-8") if path.exists() else "{}")
        try:
            yield known
        finally:
            part = path.with_suffix(".part")
            kept = {name: {"since": at.isoformat(), "told": name in known.told} for name, at in known.since.items()}
            part.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
            part.replace(path)


def _read(text: str) -> Told:
    try:
        kept = json.loads(text)
        since = {str(name): datetime.fromisoformat(about["since"]) for name, about in kept.items()}
        return Told(since, {name for name, about in kept.items() if about["told"]})
    except (ValueError, KeyError, TypeError, AttributeError):
        return Told()


def _severity(finding: Finding) -> int:
    return SEVERITY.index(finding.state)  # of two findings with one name, the worse counts


def _alarm(name: str) -> Alarm:
    found = name.split(" ", 1)[0]
    return next(alarm for alarm in MEANING if alarm == found)
