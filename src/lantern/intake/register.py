"""One line for each accepted delivery: what it said of itself, and where its rows went."""

from datetime import UTC, date, datetime

import pyarrow as pa

from lantern.contract import Manifest
from lantern.errors import ContractBroken


def line(delivery_id: str, manifest: Manifest, *, rows_loaded: int, rows_held: int) -> pa.Table:
    """
    The delivery's line of `raw.delivery`.

    `not_carried` joins event types by `;`. `snapshot_on` is the day of the extract in England, `snapshot_at` its instant in UTC. Every row that was
    sent was either loaded or held: `rows_sent = rows_loaded + rows_held`.

    Raises:
        ContractBroken: the rows do not add up.
    """
    if manifest.rows != rows_loaded + rows_held:
        raise ContractBroken(
            f"{manifest.partner}, {manifest.source_format}: {manifest.rows:,} rows were sent, {rows_loaded:,} would be "
            f"loaded and {rows_held:,} held. Nothing was accepted and the delivery waits. Tell the people who look after "
            "Lantern."
        )
    snapshot = datetime.fromisoformat(manifest.snapshot_at)
    return pa.Table.from_pylist(
        [
            {
                "delivery_id": delivery_id,
                "partner": manifest.partner,
                "partner_type": manifest.partner_type,
                "source_format": manifest.source_format,
                "mapping_version": manifest.mapping_version,
                "period_from": date.fromisoformat(manifest.period_from),
                "period_to": date.fromisoformat(manifest.period_to),
                "snapshot_on": manifest.snapshot_on,
                "snapshot_at": snapshot.astimezone(UTC).replace(tzinfo=None),
                "mode": manifest.mode,
                "includes_open": manifest.includes_open,
                "not_carried": ";".join(manifest.not_carried),
                "key_id": manifest.key_id,
                "rows_sent": manifest.rows,
                "rows_loaded": rows_loaded,
                "rows_held": rows_held,
                "rows_refused_at_source": sum(manifest.rows_refused.values()),
            }
        ]
    )
