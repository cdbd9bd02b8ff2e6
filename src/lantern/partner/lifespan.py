"""A person's birth and death as events: the month of the one, the day of the other."""

from lantern import contract
from lantern.partner.happening import Happening
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader, When


def birth(person: Person) -> Happening | None:
    """
    The birth of a child who was known before it, or None.

    Privacy: told to the month and no closer, as everywhere else: a birth date never leaves the partner.
    """
    if person.dob is None or person.expected_dob is None:
        return None
    month = person.dob.replace(day=1)
    if month.isoformat() < contract.EARLIEST:
        return None
    return Happening(f"person|{person.local_id}", "BIRTH", When(month.isoformat(), "month", month), person)


def death(person: Person, text: str, dates: DateReader) -> Happening | None:
    """A death on the day recorded, since it ends every wait; None for an empty cell. A date that cannot be is refused."""
    died = dates.optional(text)
    return Happening(f"person|{person.local_id}", "DEATH", died, person) if died else None
