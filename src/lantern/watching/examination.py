"""Looks at every part of a hub, each by itself: what is broken hides nothing else."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial

from lantern.errors import ConfigRefused, LanternError, LedgerRefused, StoreBusy
from lantern.home import Home
from lantern.partnership import Partnership, read_partnership
from lantern.watching import custody, lateness, machine, soundness, standing
from lantern.watching.alarm import Alarm
from lantern.watching.finding import SEVERITY, Finding, State

Look = Callable[[], Iterable[Finding]]

_HIDES: dict[type[LanternError], tuple[tuple[Alarm, ...], str]] = {
    LedgerRefused: (("ledger",), "not known while the ledger cannot be read."),
    ConfigRefused: (("keys", "stores", "configuration"), "not known while a key is missing or another one."),
}
"""Refusals that are told once, where they belong, and the words for all else that cannot be known meanwhile."""

_ON_LEDGER: tuple[Alarm, ...] = ("spends", "board-file", "clock", "approval-waiting")


def examine(name: str, now: datetime | None = None, leave_out: Alarm | None = None) -> list[Finding]:
    """
    Every finding on one partnership's hub, in an order that a person would look in.

    It changes nothing but what every command does on opening a ledger. It never raises: what cannot be looked at is a finding.

    Args:
        name: The partnership's.
        now: This instant, if left out.
        leave_out: What cannot be looked at from where this runs.
    """
    home, instant = Home.of(name), now or datetime.now(UTC)
    found, partnership = _configuration(name)
    for alarm, look in _looks(home, partnership, instant):
        if alarm in _ON_LEDGER and any(each.alarm == "ledger" and each.state == "wrong" for each in found):
            found.append(Finding(alarm, "warn", _HIDES[LedgerRefused][1]))  # each look would wait for it anew
        elif alarm != leave_out:
            found += _found(alarm, look)
    return found


def warnings(home: Home, partnership: Partnership, now: datetime | None = None) -> list[str]:
    """What is to be looked at among the things that are quickly seen: partners that are late, and room on the disk."""
    instant = now or datetime.now(UTC)
    quick: list[tuple[Alarm, Look]] = [
        ("late-partner", partial(lateness.late_partners, home, partnership, instant)),
        ("disk", partial(machine.disk, home)),
    ]
    return [each.said.rstrip(".") for alarm, look in quick for each in _found(alarm, look) if each.state != "ok"]


def worst(findings: Iterable[Finding]) -> State:
    """The worst of them; ok if there are none."""
    return max((each.state for each in findings), key=SEVERITY.index, default="ok")


def _configuration(name: str) -> tuple[list[Finding], Partnership | None]:
    try:
        partnership = read_partnership(name)
    except ConfigRefused as refusal:
        return [Finding("configuration", "wrong", str(refusal), "Mend the file; until then nothing runs.")], None
    told = f"the partnership's file is whole and names {len(partnership.partners)} partners"
    return [Finding("configuration", "ok", told)], partnership


def _looks(home: Home, partnership: Partnership | None, now: datetime) -> Iterator[tuple[Alarm, Look]]:
    yield "keys", partial(custody.keys, home)
    yield "keys", partial(custody.trusted_keys, home)
    yield "stores", partial(soundness.warehouse_opens, home)
    yield "stores", partial(soundness.accepted_deliveries, home)
    yield "stores", partial(soundness.analysts_file, home)
    yield "build", partial(soundness.last_build, home, now)
    if partnership is not None:
        yield "ledger", partial(standing.ledger, home, partnership)
        yield "spends", partial(standing.spends, home, partnership)
        yield "board-file", partial(standing.board_file, home, partnership)
        yield "clock", partial(standing.clock, home, partnership, now)
        yield "approval-waiting", partial(standing.approvals, home, partnership, now)
        yield "late-partner", partial(lateness.late_partners, home, partnership, now)
    yield "disk", partial(machine.disk, home)
    yield "locks", partial(machine.locks, home)
    yield "locks", partial(machine.leftovers, home)
    yield "airflow-database", partial(machine.airflow_database, home)


def _found(alarm: Alarm, look: Look) -> list[Finding]:
    try:
        return list(look())
    except StoreBusy as refusal:
        return [Finding(alarm, "warn", str(refusal))]
    except LanternError as refusal:
        hidden = next(
            (words for kind, (own, words) in _HIDES.items() if isinstance(refusal, kind) and alarm not in own), ""
        )
        return [Finding(alarm, "warn", hidden) if hidden else Finding(alarm, "wrong", str(refusal))]
    except Exception as surprise:  # noqa: BLE001  # its text may quote a row; the other looks go on
        return [
            Finding(
                alarm, "wrong", f"it cannot be looked at ({type(surprise).__name__}).", "The page says what to look at."
            )
        ]
