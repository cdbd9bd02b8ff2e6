"""What a measure says of a drawn table of events: the oracle and the SQL of the marts, which have to say the same."""

from collections import Counter
from functools import cache
from pathlib import Path

from case import added_up
from catalogued import CASES_OF, counted_by, entries
from drawing import events
from drawn_warehouse import DrawnWarehouse
from known import Known


class Place:
    """Where the drawn warehouse is: a folder of this run, which the fixture names."""

    folder: Path


def says(name: str, drawing: str) -> list[tuple]:
    """Each case by its day: what the measure says of it. Both ways of counting are asked."""
    cases = list(CASES_OF[name](Known(events(drawing))))
    entry = entries("measure")[name]
    told = Counter({row[:-1]: row[-1] for row in warehouse().rows(drawing, entry["model"], counted_by(entry))})
    assert told == added_up(cases), f"{name}: the SQL says {told}"
    return sorted(((case.on.isoformat(), *case.says) for case in cases), key=str)


def share(name: str, drawing: str) -> tuple[int, int]:
    """How many cases count, of how many of which it is known."""
    known = [mark for _, mark in says(name, drawing) if mark is not None]
    return sum(known), len(known)


@cache
def warehouse() -> DrawnWarehouse:
    """The warehouse of drawn tables, made the first time it is asked for."""
    return DrawnWarehouse(Place.folder)
