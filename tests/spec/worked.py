"""What the oracle of a measure says of a drawn table of events."""

from catalogued import CASES_OF
from drawing import events
from known import Known


def says(name: str, drawing: str) -> list[tuple]:
    """Each case by its day: what the measure says of it."""
    cases = CASES_OF[name](Known(events(drawing)))
    return sorted(((case.on.isoformat(), *case.says) for case in cases), key=str)


def share(name: str, drawing: str) -> tuple[int, int]:
    """How many cases count, of how many of which it is known."""
    known = [mark for _, mark in says(name, drawing) if mark is not None]
    return sum(known), len(known)
