"""Events drawn as a table, so that a practitioner can check a rule without Python."""

from event import Event

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
_USUALLY_NONE = {
    "instead of": "supersedes_event_key",
    "incident": "incident_key",
    "priority": "priority",
    "before": "priority_prev",
    "need": "need_code",
    "closure": "closure_code",
    "factors": "factor_codes",
    "not required": "flag_not_required",
    "transfer in": "flag_transfer_in",
    "plans before": "n_previous_plans",
    "abuse": "abuse_codes",
    "born": "birth_month",
    "risk": "risk_outcome",
    "wishes": "wishes_outcome",
    "capacity": "capacity",
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
} | _USUALLY_NONE


def events(drawing: str) -> list[Event]:
    """
    Events from a table drawn with `|` and a rule of dashes.

    A column not drawn holds what is usual; an empty cell is null. A key not drawn is the row's number.
    """
    lines = [line.strip() for line in drawing.strip().splitlines()]
    headings, *rows = [[cell.strip() for cell in line.split("|")] for line in lines if not set(line) <= set("-+ ")]
    found = []
    for number, row in enumerate(rows):
        cells = (
            _USUAL
            | dict.fromkeys(_USUALLY_NONE)
            | {"key": f"row {number}"}
            | dict(zip(headings, (cell or None for cell in row), strict=True))
        )
        found.append({column: cells[heading] for heading, column in _COLUMNS.items()})
    return found
