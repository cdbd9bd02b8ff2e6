"""What waits at the end of a quarter, from its definitions."""

from collections.abc import Iterable, Iterator
from datetime import date

import contacts
import referrals
from case import Case
from event import Event, code_list, source
from known import Known
from workday import first_day, last_day, working_days


def _open(known: Known, items: Iterable[tuple[date, date, Event]], since: date, limit: int) -> Iterator[Case]:
    """Items by the quarters, wholly told of, at whose end they waited."""
    for start, end, event in items:
        for day in _quarter_ends(start, min(end, known.agreed), since):
            if day <= known.agreed and start <= day < end:
                age = working_days(start, day)
                yield Case(day, (age > limit,), {"source_group": source(event), "age_group": _group(age)})


def _quarter_ends(start: date, end: date, since: date) -> Iterator[date]:
    for year in range(start.year, end.year + 1):
        for number in range(1, 5):
            if first_day(f"{year}-Q{number}") >= since:
                yield last_day(f"{year}-Q{number}")


def _group(age: int) -> str:
    return next(
        code
        for code, row in code_list("waiting_group").items()
        if int(row["from_day"]) <= age <= int(row["to_day"] or age)
    )


def open_contacts(known: Known) -> Iterator[Case]:
    """N_OPEN_AGE_CONTACTS."""
    return _open(known, contacts.undecided_by(known), known.contacts_from, 1)


def open_referrals(known: Known) -> Iterator[Case]:
    """N_OPEN_AGE_ASSESSMENTS."""
    return _open(known, referrals.waits(known), known.history_from, 45)
