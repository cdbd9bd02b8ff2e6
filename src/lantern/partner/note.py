"""What is kept as it is and should be looked at: records outside the period, corrections of what is not here."""

from collections.abc import Mapping

from lantern.partner.event import PLACE
from lantern.partner.happening import Refused, Source

_AT, _SUPERSEDES = PLACE["event_at"], PLACE["supersedes_event_key"]


def notes_of(events: Mapping[str, tuple[str, ...]], places: Mapping[str, str], source: Source) -> list[Refused]:
    """
    One note for each row and reason.

    Args:
        events: The cells of every event by its key.
        places: Where each event comes from, by the same key.
        source: With the period of which it holds every record.
    """
    begins, ends = str(source.period_from), str(source.period_to)
    found: dict[tuple[str, str], None] = {}
    for key, cells in events.items():
        day = cells[_AT][:10]
        if day < begins:
            found["record_before_period", places[key]] = None
        elif day > ends:
            found["record_after_period", places[key]] = None
        if cells[_SUPERSEDES] and cells[_SUPERSEDES] not in events:
            found["superseded_not_here", places[key]] = None
    return [Refused(reason, where, is_kept=True) for reason, where in found]
