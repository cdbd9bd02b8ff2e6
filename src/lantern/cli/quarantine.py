"""Rows that are held back, as they may be shown: how many, why and for how long."""

from datetime import UTC, datetime
from typing import Any

from lantern.home import Home
from lantern.intake.quarantine import Held, listing
from lantern.partnership import read_partnership
from lantern.pipeline import intake


def held(partnership: str) -> tuple[dict[str, Any], list[str]]:
    """What is held, for a program and for a screen."""
    return _told(partnership, listing(Home.of(partnership)), "are held")


def purged(partnership: str) -> tuple[dict[str, Any], list[str]]:
    """Remove what was held long enough; what was removed, for a program and for a screen."""
    removed = intake.purge(Home.of(partnership), read_partnership(partnership))
    return _told(partnership, removed, "were removed")


def _told(partnership: str, deliveries: list[Held], what: str) -> tuple[dict[str, Any], list[str]]:
    days = read_partnership(partnership).quarantine.days
    found = [_as_dict(each, days) for each in deliveries]
    rows = sum(each["rows"] for each in found)
    return {"deliveries": found}, [*map(_line, found), f"{rows:,} rows of {len(found)} deliveries {what}."]


def _as_dict(each: Held, days: int) -> dict[str, Any]:
    return {
        "delivery_id": each.delivery_id,
        "partner": each.partner,
        "source_format": each.source_format,
        "rows": each.rows,
        "by_rule": each.by_rule,
        "held_on": each.held_on.isoformat(),
        "days_left": max(each.days_left(days, datetime.now(UTC).date()), 0),
    }


def _line(each: dict[str, Any]) -> str:
    rules = ", ".join(f"{rule} {count:,}" for rule, count in each["by_rule"].items())
    return (
        f"{each['partner']} {each['source_format']} {each['delivery_id'][:8]}: {each['rows']:,} rows since "
        f"{each['held_on']}, {each['days_left']} days left ({rules})"
    )
