"""Events drawn as a table, so that a practitioner can check a rule without Python."""

from measure import Event

_USUAL = {
    "at": "",
    "key": "",
    "of": None,
    "episode": None,
    "source": "6",
    "outcome": None,
    "open": "n",
    "status": "active",
    "person": "A",
    "council": "riverton",
    "partner_type": "csc",
    "format": "ssd",
    "since": "2015-01-01",
    "until": "2026-09-30",
    "snapshot": "2026-09-30",
}
_COLUMNS = {
    "event": "event_type",
    "at": "event_at",
    "key": "event_key",
    "of": "parent_event_key",
    "episode": "episode_key",
    "source": "source_category",
    "outcome": "outcome_code",
    "open": "open_case",
    "status": "record_status",
    "person": "person",
    "council": "partner",
    "partner_type": "partner_type",
    "format": "source_format",
    "since": "period_from",
    "until": "period_to",
    "snapshot": "snapshot_on",
}


def events(drawing: str) -> list[Event]:
    """
    Events from a table drawn with `|` and a rule of dashes.

    A column not drawn holds what is usual; an empty cell is null. A key not drawn is the row's number.
    """
    lines = [line.strip() for line in drawing.strip().splitlines()]
    headings, *rows = [[cell.strip() for cell in line.split("|")] for line in lines if not set(line) <= set("-+ ")]
    found = []
    for number, row in enumerate(rows):
        cells = _USUAL | {"key": f"row {number}"} | dict(zip(headings, (cell or None for cell in row), strict=True))
        found.append({column: cells[heading] for heading, column in _COLUMNS.items()})
    return found
