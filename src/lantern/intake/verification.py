"""Checks that a delivery is whole, from whom it says, and made under our key."""

import hmac
from datetime import UTC, datetime
from pathlib import Path

from lantern import contract, secret
from lantern.contract import Manifest
from lantern.errors import DeliveryRefused
from lantern.home import Home
from lantern.intake import departure
from lantern.intake.arrival import Arrival
from lantern.partnership import Partnership

MAX_MANIFEST_BYTES = 64 * 1024
"""A manifest has twenty short entries."""

_LONGEST_NAMED = 29
"""A mapping's version begins with so much of its name."""


def read_manifest(home: Home, partnership: Partnership, partner_name: str, copy: Path) -> Manifest:
    """
    Read the manifest and check what can be checked without looking at a row.

    Raises:
        DeliveryRefused: another partner's delivery, a format that was not agreed, a key we
            do not know, bytes that changed on the way.
    """
    _check_size(copy)
    manifest = Manifest.read(copy)
    if partner_name in departure.departed(home):
        raise DeliveryRefused(
            "the partner has left the partnership. Nothing was loaded and nothing of it was kept. Send nothing more; whoever joins "
            "again does so under a new name."
        )
    partner = partnership.partner(partner_name)
    if partner is None or manifest.partner != partner.name or manifest.partner_type != partner.partner_type:
        raise DeliveryRefused(
            "manifest.json: 'partner' or 'partner_type' is not that of the inbox it lies in. Nothing was loaded. "
            "Put it in your own inbox, or ask the hub to correct partnerships/*.toml."
        )
    if manifest.source_format not in partner.formats:
        raise DeliveryRefused(
            "manifest.json: 'source_format' is not one agreed with this partner. Nothing was loaded. "
            f"Agreed: {', '.join(partner.formats)}."
        )
    if not manifest.mapping_version.startswith(f"{manifest.source_format[:_LONGEST_NAMED]}-"):
        # It is kept in the register, so nothing may stand in it but the agreed name and a number.
        raise DeliveryRefused(
            "manifest.json: 'mapping_version' is not a version of its 'source_format'. Nothing was loaded. "
            "Make the delivery with 'lantern partner deliver'."
        )
    _check_dates(manifest)
    _check_key(home, manifest)
    events = copy / manifest.events_file
    if not events.is_file():
        raise DeliveryRefused(f"{manifest.events_file}: missing. Nothing was loaded. Send the whole folder again.")
    if not hmac.compare_digest(contract.sha256_of(events), manifest.sha256):
        raise DeliveryRefused(
            f"{manifest.events_file}: its SHA-256 is not the manifest's, so it was cut short or changed on the way. "
            "Nothing was loaded. Send the whole folder again."
        )
    return manifest


def _check_size(copy: Path) -> None:
    path = copy / contract.MANIFEST
    if path.exists() and path.stat().st_size > MAX_MANIFEST_BYTES:
        raise DeliveryRefused(
            f"{contract.MANIFEST}: larger than {MAX_MANIFEST_BYTES // 1024} KiB. Nothing was loaded. "
            "Make the delivery with 'lantern partner deliver'."
        )


def _check_dates(manifest: Manifest) -> None:
    snapshot = datetime.fromisoformat(manifest.snapshot_at)
    if not manifest.period_from <= manifest.period_to <= str(manifest.snapshot_on) or snapshot > datetime.now(UTC):
        raise DeliveryRefused(
            "manifest.json: 'period_from', 'period_to' and 'snapshot_at' are not in this order, or lie in the future. "
            "Nothing was loaded. Give 'lantern partner deliver' the day and time of the extract."
        )


def _check_key(home: Home, manifest: Manifest) -> None:
    known = secret.trusted_keys(home).get(manifest.key_id)
    if known is None or not known.has_check_value(manifest.key_check):
        raise DeliveryRefused(
            "manifest.json: made under a project key this hub does not know, so nobody could be linked. "
            "Nothing was loaded. Compare 'lantern partner key check' with the hub's list, and send it again."
        )
    if manifest.normalisation != Manifest.normalisation or not known.has_canary(manifest.canary):
        raise DeliveryRefused(
            "manifest.json: made under our project key, but the sender's tool normalises names differently, so people "
            "would be missed. Nothing was loaded. Update the sender's tool, see that 'lantern partner key check' "
            "agrees with the hub's list, and make the delivery again."
        )


def check_rows(manifest: Manifest, arrival: Arrival) -> None:
    """
    Check that as many events arrived as were sent.

    Raises:
        DeliveryRefused: they differ.
    """
    if arrival.rows != manifest.rows:
        raise DeliveryRefused(
            f"{manifest.events_file}: it has {arrival.rows:,} rows and the manifest says {manifest.rows:,}. "
            "Nothing was loaded. Send the whole folder again."
        )
