"""What may no longer be kept: events older than the sharing agreements say, held rows, and what stopped runs left about."""

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from lantern import warehouse
from lantern.errors import ConfigRefused
from lantern.home import Home, locked, private
from lantern.housekeeping import logbook, rebuild, removal
from lantern.housekeeping.removal import Removed
from lantern.intake import inbox, quarantine, rewriting
from lantern.partnership import Partnership

_STALE_SECONDS = 24 * 60 * 60
"""No delivery is written, and no query spills, for so long."""
_QUIET_DAYS = 45
"""A hub to which nobody has delivered for so long is idle, or its clock is wrong: as `lantern doctor` has it."""


@dataclass(frozen=True)
class Swept:
    """
    What a run removed, in counts.

    `events` of `deliveries` for their age, or because a restore had brought them back; `held` rows whose days were over; `files`
    that were left about. `is_rebuilt`: whether the warehouse was made anew.
    """

    events: int
    deliveries: int
    held: int
    files: int
    is_rebuilt: bool

    @property
    def lines(self) -> list[str]:
        """For a log that more people read than the outcome: no count of rows."""
        told = (
            "removed what may no longer be kept"
            if self.events or self.held or self.files
            else "nothing was due to be removed"
        )
        return [f"{told}; the warehouse was {'made anew' if self.is_rebuilt else 'left as it is'}"]


def cutoff(months: int, today: date) -> date:
    """
    The first day that is kept: the first of a month.

    A calendar month goes as a whole when its first day is `months` months old, so that nothing is kept longer and the warehouse is not made anew
    each night.
    """
    place = 12 * today.year + today.month - 1 - months + (today.day > 1)
    return date(place // 12, place % 12 + 1, 1)


def words(partnership: Partnership) -> str:
    """How long events are kept, in a line for people; that nothing is removed, where nothing says so."""
    told = partnership.retention
    others = ", ".join(f"{name} {months}" for name, months in sorted(told.partners.items()))
    if told.months is None and not others:
        return "no [retention] is set: events are kept for as long as the hub exists"
    every = f"{told.months} months" if told.months else "not limited"
    return f"{every}{f'; in months: {others}' if others else ''}"


def run(home: Home, partnership: Partnership, today: date | None = None, *, is_clock_right: bool = False) -> Swept:
    """
    Remove what may no longer be kept, and make the warehouse anew if it held any of it.

    Stopped on the way, it is run again and goes on: before an event is removed the warehouse is, so that none is left that still
    holds it.

    Args:
        home: Whose hub.
        partnership: Its file, with `[retention]` and `[quarantine]`.
        today: For tests; the day of the run.
        is_clock_right: Somebody has looked at the clock: it is believed however old the newest extract is.

    Raises:
        ConfigRefused: The day is long after the newest extract; a clock that jumped ahead would remove everything.
        StoreBusy: Another process has the warehouse open; what was not removed is removed by the next run.
    """
    now = today or datetime.now(UTC).date()
    held = quarantine.purge(home, partnership.quarantine.days, now)
    files = _sweep(home, now - timedelta(days=partnership.quarantine.days))
    removed = Removed()
    if due := _due(home, partnership, now):
        if not is_clock_right:
            _check_clock(home, now)
        logbook.note(home, "retention", "begun", about=now.isoformat())
        rebuild.destroy(home)
        with home.between_releases():
            removed = _remove(home, due)
    with home.between_releases():
        removed += removal.carry_out(home)
    begun = [each for each in logbook.unfinished(home) if each["what"] == "retention"]
    # A warehouse that is not there for another reason is intake's to make: what it loads, the build waits for.
    is_rebuilt = bool(removal.deliveries(home)) and (removed.is_something or bool(begun))
    if is_rebuilt:
        rebuild.destroy(home)
        rebuild.rebuild(home, partnership)
    for each in begun:
        logbook.note(
            home, "retention", "done", about=each["about"], events=removed.events, deliveries=removed.deliveries
        )
    return Swept(removed.events, removed.deliveries, sum(each.rows for each in held), files + removed.files, is_rebuilt)


def _check_clock(home: Home, now: date) -> None:
    """By the partners' clocks, which a wrong one here cannot move."""
    newest = [_snapshot_on(home, path) for path in removal.deliveries(home)]
    if newest and (now - max(newest)).days > _QUIET_DAYS:
        raise ConfigRefused(
            f"{home.partnership}, housekeeping: this machine's day is {(now - max(newest)).days} days after the newest extract, so its clock "
            "may be wrong. No event was removed. Look at the clock; if it is right, run 'lantern housekeeping --clock-is-right'."
        )


def _snapshot_on(home: Home, path: Path) -> date:
    with warehouse.encrypted(home, path, read_only=True) as store:
        row = store.execute("select snapshot_on from delivery").fetchone()
    assert row is not None
    return date.fromisoformat(str(row[0]))


def _due(home: Home, partnership: Partnership, today: date) -> dict[Path, date]:
    """The deliveries with an event that is too old, each with the first day of its partner's that is kept."""
    if partnership.retention.months is None and not partnership.retention.partners:
        return {}
    found = {}
    for path in removal.deliveries(home):
        months = partnership.retention.months_of(removal.partner_of(home, path))
        if months is None:
            continue
        since = cutoff(months, today)
        with warehouse.encrypted(home, path, read_only=True) as store:
            query = "select count(*) from partner_event where event_on < ?"
            if store.execute(query, [since]).fetchone() != (0,):
                found[path] = since
    return found


def _remove(home: Home, due: dict[Path, date]) -> Removed:
    leaving: set[str] = set()
    staying: set[str] = set()
    with locked(private(home.accepted)):
        for path in removal.deliveries(home):
            since = due.get(path)
            staying |= removal.local_keys(home, path, f"event_on >= date '{since}'" if since else "true")
            leaving |= removal.local_keys(home, path, f"event_on < date '{since}'") if since else set()
        # Before the events, which alone tell whose they are. Who has one left may be in a release: what they spent must be known.
        spends = removal.forget(home, leaving - staying)
        gone = [rewriting.without(home, path, rewriting.choose_older(since), since) for path, since in due.items()]
    return Removed(events=sum(gone), deliveries=sum(map(bool, gone)), spends=spends)


def _sweep(home: Home, aside_since: date) -> int:
    """Remove what stopped runs and rebuilds left; how many files."""
    stale = [path for path in home.base.rglob("*.part*") if _is_stale(path) and home.inbox not in path.parents]
    stale += [path for path in home.spill.rglob("*") if _is_stale(path)]
    for path in stale:
        path.unlink(missing_ok=True)
    aside = [each for each in rebuild.aside(home).glob("*") if rebuild.moved_on(each) <= aside_since]
    restoring = home.base / "restoring"
    aside += [restoring] if restoring.exists() and _age(restoring) > _STALE_SECONDS else []
    count = len(stale)
    for folder in aside:
        count += sum(path.is_file() for path in folder.rglob("*"))
        shutil.rmtree(folder, ignore_errors=True)
    inbox.clear_work(home)
    return count


def _is_stale(path: Path) -> bool:
    return path.is_file() and _age(path) > _STALE_SECONDS


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
