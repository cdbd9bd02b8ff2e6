"""One delivery from inbox to accepted or refused; then all accepted ones into the warehouse."""

from datetime import date
from pathlib import Path

from lantern.contract import Manifest
from lantern.errors import DeliveryRefused, LanternError
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
from lantern.intake.breach import Breach
from lantern.intake.inbox import Waiting
from lantern.intake.quarantine import Held
from lantern.intake.report import Verdict
from lantern.partnership import Partnership
from lantern.pipeline import judgement

_UNREADABLE = (
    "the delivery could not be read ({kind}). Nothing was loaded and nothing of it was kept. "
    "Make it again with 'lantern partner deliver'."
)
_BROKEN = (
    "{file}: {breaches}. Nothing was loaded and nothing of it was kept. Correct it at the source and deliver again."
)


def waiting(home: Home, partnership: Partnership) -> list[Waiting]:
    """The deliveries to look at; what a killed run left and what was held long enough is removed first."""
    inbox.clear_work(home)
    purge(home, partnership)
    return inbox.waiting(home, partnership)


def purge(home: Home, partnership: Partnership, today: date | None = None) -> list[Held]:
    """Remove held rows whose days are over; what was removed, in counts."""
    return quarantine.purge(home, partnership.quarantine.days, today)


def receive(home: Home, partnership: Partnership, delivery: Waiting) -> Verdict:
    """
    Check one delivery and accept or refuse it; either way it leaves the inbox.

    A refused delivery leaves nothing behind but its verdict. Any surprise while its bytes
    are read counts as a refusal, told without the library's own words: those quote cells.
    """
    about = "delivery"
    try:
        with inbox.private_copy(home, delivery) as copy:
            manifest = verification.read_manifest(home, partnership, delivery.partner, copy)
            about = f"{manifest.source_format} {manifest.period_from} to {manifest.period_to}"
            verdict = _judge(home, partnership, about, manifest, copy)
    except DeliveryRefused as refusal:
        verdict = Verdict(delivery.partner, about, "refused", str(refusal))
    except LanternError:
        raise  # the hub's own trouble, not the sender's: the delivery waits
    except Exception as surprise:  # noqa: BLE001  # bytes from outside may break any library, whose words quote them
        verdict = Verdict(delivery.partner, about, "refused", _UNREADABLE.format(kind=type(surprise).__name__))
    report.write(home, verdict)
    inbox.remove(home, delivery)
    return verdict


def _judge(home: Home, partnership: Partnership, about: str, manifest: Manifest, copy: Path) -> Verdict:
    arrived = arrival.read(copy, manifest.events_file)
    verification.check_rows(manifest, arrived)
    columns = scan.read(arrived)
    if breaches := [*scan.breaches(columns), *randomness.breaches(columns)]:
        return _refused(manifest, about, breaches)
    name = content.delivery_id(home, manifest, arrived)
    if acceptance.is_accepted(home, name):
        return _known(home, manifest, about, name)
    dated = dating.dates(columns, manifest.snapshot_at)
    judged = judgement.judge(columns, dated, content.repeats(arrived), partnership, manifest)
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
        delivery_id=name,
        breaches=judged.breaches,
    )


def _known(home: Home, manifest: Manifest, about: str, name: str) -> Verdict:
    told = tuple(quarantine.breaches(home, name))
    return Verdict(manifest.partner, about, "already_accepted", "It changed nothing.", delivery_id=name, breaches=told)


def _refused(manifest: Manifest, about: str, breaches: tuple[Breach, ...] | list[Breach]) -> Verdict:
    told = "; ".join(str(each) for each in breaches if each.severity != "info")
    reason = _BROKEN.format(file=manifest.events_file, breaches=told)
    return Verdict(manifest.partner, about, "refused", reason, breaches=tuple(breaches))


def load(home: Home) -> dict[str, int]:
    """Load what was accepted; rows by delivery id, empty if there was nothing new."""
    return acceptance.load(home)
