"""One delivery from inbox to accepted or refused; then all accepted ones into the warehouse."""

from datetime import date
from pathlib import Path

from lantern import quality
from lantern.contract import Manifest
from lantern.errors import DeliveryRefused, LanternError
from lantern.home import Home
from lantern.intake import acceptance, inbox, report, verification
from lantern.intake.inbox import Waiting
from lantern.intake.report import Verdict
from lantern.partnership import Partnership

_UNREADABLE = (
    "the delivery could not be read ({kind}). Nothing was loaded and nothing of it was kept. "
    "Make it again with 'lantern partner deliver'."
)


def waiting(home: Home, partnership: Partnership) -> list[Waiting]:
    """The deliveries to look at; private copies left by a killed run are removed first."""
    inbox.clear_work(home)
    return inbox.waiting(home, partnership)


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
    if acceptance.is_accepted(home, manifest):
        name = acceptance.delivery_id(home, manifest)
        return Verdict(manifest.partner, about, "already_accepted", "It changed nothing.", delivery_id=name)
    events = acceptance.with_dates(verification.read_events(copy, manifest))
    findings = quality.check(
        "partner_event",
        events,
        partner=manifest.partner,
        partner_type=manifest.partner_type,
        responsible_la=partnership.responsible_la,
        extract_id=manifest.extract_id,
        snapshot_on=date.fromisoformat(manifest.snapshot_at[:10]),
    )
    broken = [finding for finding in findings if finding.severity == "critical"]
    if broken:
        raise DeliveryRefused(
            f"{manifest.events_file}: {'; '.join(str(finding) for finding in broken)}. Nothing was loaded and nothing of "
            "it was kept. Correct it at the source and deliver again."
        )
    name = acceptance.accept(home, manifest, events)
    told = tuple(str(finding) for finding in findings)
    return Verdict(manifest.partner, about, "accepted", "", rows=manifest.rows, delivery_id=name, findings=told)


def load(home: Home) -> dict[str, int]:
    """Load what was accepted; rows by delivery id, empty if there was nothing new."""
    return acceptance.load(home)
