"""Rows that are held back, as they may be shown: how many, why and for how long."""

from datetime import UTC, datetime
from typing import Any

from lantern.intake.quarantine import Held


def as_dict(held: Held, days: int) -> dict[str, Any]:
    """One delivery's held rows in counts, for a program."""
    return {
        "delivery_id": held.delivery_id,
        "partner": held.partner,
        "source_format": held.source_format,
        "rows": held.rows,
        "by_rule": held.by_rule,
        "held_on": held.held_on.isoformat(),
        "days_left": held.days_left(days, datetime.now(UTC).date()),
    }


def lines(found: list[dict[str, Any]], *, what: str) -> list[str]:
    """The same as lines for a screen, with a last one that counts them."""
    told = [
        f"{each['partner']} {each['source_format']} {each['delivery_id'][:8]}: {each['rows']:,} rows since "
        f"{each['held_on']}, {max(each['days_left'], 0)} days left ("
        + ", ".join(f"{rule} {count:,}" for rule, count in each["by_rule"].items())
        + ")"
        for each in found
    ]
    return [*told, f"{sum(each['rows'] for each in found):,} rows of {len(found)} deliveries {what}."]
