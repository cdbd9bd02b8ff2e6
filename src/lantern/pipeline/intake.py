"""One delivery from inbox to accepted or refused; then all accepted ones into the warehouse."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from lantern import warehouse
from lantern.contract import Manifest
from lantern.errors import DeliveryRefused, LanternError, StoreBusy, kind_and_place
from lantern.home import Home
from lantern.intake import (
    acceptance,
    arrival,
    content,
    dating,
    inbox,
    quarantine,
    randomness,
    report,
    scan,
    verification,
)
from lantern.intake.arrival import Arrival
from lantern.intake.breach import Breach
from lantern.intake.inbox import Waiting
from lantern.intake.quarantine import Held
from lantern.intake.report import Verdict
from lantern.partner.reason import is_harmless
from lantern.partnership import Partnership
from lantern.pipeline import judgement

_UNREADABLE = (
    "the delivery could not be read ({kind}). Nothing was loaded and nothing of it was kept. "
    "Make it again with 'lantern partner deliver'."
)
_ROOM_BYTES = 16 * 1024**2
"""With less than this free, a file that cannot be read is not its sender's fault."""

_BROKEN = (
    "{file}: {breaches}. Nothing was loaded and nothing of it was kept. Correct it at the source and deliver again."
)


def waiting(home: Home, partnership: Partnership) -> list[Waiting]:
    """The deliveries to look at; what a killed run left and what was held long enough is removed first."""
    inbox.clear_work(home)
    acceptance.clear_parts(home)
    purge(home, partnership)
    return inbox.waiting(home, partnership)


def purge(home: Home, partnership: Partnership, today: date | None = None) -> list[Held]:
    """Remove held rows whose days are over; what was removed, in counts."""
    return quarantine.purge(home, partnership.quarantine.days, today)


def receive(home: Home, partnership: Partnership, delivery: Waiting) -> Verdict:
    """
    Check one delivery and accept or refuse it; either way it leaves the inbox.

    A refused delivery leaves nothing behind but its verdict. One that another run has is left to it, and `gone`.

    Raises:
        LanternError: the hub's own trouble, not the sender's: nothing is told to the sender and the delivery waits.
    """
    trouble = warehouse.own_trouble(home, f"a delivery of {delivery.partner}", "It waits in the inbox.")
    with _own_fault(home, delivery), trouble, inbox.claimed(home, delivery) as is_ours:
        if not is_ours:
            return Verdict(delivery.partner, "delivery", "gone", "Another run looks at it, or has done so.")
        verdict = _verdict(home, partnership, delivery)
        report.write(home, verdict)
        inbox.remove(home, delivery)
    return verdict


def _verdict(home: Home, partnership: Partnership, delivery: Waiting) -> Verdict:
    about = "delivery"
    try:
        with inbox.private_copy(home, delivery) as copy:
            with _foreign_bytes():
                manifest = verification.read_manifest(home, partnership, delivery.partner, copy)
            about = f"{manifest.source_format} {manifest.period_from} to {manifest.period_to}"
            return _judge(home, partnership, about, manifest, copy)
    except DeliveryRefused as refusal:
        return Verdict(delivery.partner, about, "refused", str(refusal))


@contextmanager
def _foreign_bytes() -> Iterator[None]:
    """
    Any surprise while foreign bytes are read counts as a refusal, but what the system itself tells of: that is the hub's.

    It is told without the library's own words: those quote cells.
    """
    try:
        yield
    except (LanternError, MemoryError):
        raise
    except Exception as surprise:  # bytes from outside may break any library
        # What is read lies in the hub's own folder; Arrow's word for a broken file is an OSError without a number.
        if isinstance(surprise, OSError) and surprise.errno:
            raise
        raise DeliveryRefused(_UNREADABLE.format(kind=type(surprise).__name__)) from None


@contextmanager
def _own_fault(home: Home, delivery: Waiting) -> Iterator[None]:
    """A surprise in the hub's own work on what was read is no sender's fault, and holds up no other delivery."""
    try:
        yield
    except LanternError:
        raise
    except Exception as surprise:  # noqa: BLE001  # whatever it is, its own words can quote a cell
        raise LanternError(
            f"{home.partnership}, a delivery of {delivery.partner}: {kind_and_place(surprise)}. That is a fault of this "
            "program and not of the sender. Nothing was loaded and the delivery waits in the inbox. If it comes again, tell "
            "whoever keeps Lantern these words."
        ) from None


def _judge(home: Home, partnership: Partnership, about: str, manifest: Manifest, copy: Path) -> Verdict:
    with _foreign_bytes():
        arrived = _read(home, copy, manifest)
        verification.check_rows(manifest, arrived)
        columns = scan.read(arrived)
        if breaches := [*scan.breaches(columns), *randomness.breaches(columns)]:
            return _refused(manifest, about, breaches)
    # Every cell has been looked at: what goes wrong from here on is the hub's own work.
    repeated = content.repeats(arrived)
    name = content.delivery_id(home, manifest, columns, repeated)
    if acceptance.is_accepted(home, name):
        return _known(home, manifest, about, name)
    dated = dating.dates(columns, manifest)
    judged = judgement.judge(columns, dated, repeated, partnership, manifest)
    if judged.refusals:
        return _refused(manifest, about, judged.breaches)
    events = acceptance.keepable(home, manifest, columns, dated)
    del columns, dated  # a large delivery is not held in memory twice
    if not acceptance.accept(home, manifest, name, events, judged.held):
        return _known(home, manifest, about, name)
    return Verdict(
        manifest.partner,
        about,
        "accepted",
        "",
        rows=manifest.rows,
        held=judged.rows_held,
        left_out=sum(count for reason, count in manifest.rows_refused.items() if not is_harmless(reason)),
        delivery_id=name,
        breaches=judged.breaches,
    )


def _read(home: Home, copy: Path, manifest: Manifest) -> Arrival:
    try:
        return arrival.read(copy, manifest.events_file)
    except DeliveryRefused:
        # The confined process cannot tell a full disk of ours from a bad file; what it wrote still stands there.
        if shutil.disk_usage(copy).free < _ROOM_BYTES:
            raise StoreBusy(
                f"{home.partnership}, a delivery of {manifest.partner}: it could not be read and the hub's disk is full. "
                "Nothing was judged and the delivery waits in the inbox. Make room, then try again."
            ) from None
        raise


def _known(home: Home, manifest: Manifest, about: str, name: str) -> Verdict:
    return Verdict(
        manifest.partner,
        about,
        "already_accepted",
        "It changed nothing.",
        held_before=acceptance.rows_held(home, name),
        delivery_id=name,
        breaches=tuple(quarantine.breaches(home, name)),
    )


def _refused(manifest: Manifest, about: str, breaches: tuple[Breach, ...] | list[Breach]) -> Verdict:
    told = "; ".join(str(each) for each in breaches if each.severity != "info")
    reason = _BROKEN.format(file=manifest.events_file, breaches=told)
    return Verdict(manifest.partner, about, "refused", reason, breaches=tuple(breaches))


def load(home: Home) -> dict[str, int]:
    """Load what was accepted; rows by delivery id, empty if there was nothing new."""
    return acceptance.load(home)
