"""Invented persons everyone may see, and what a sender's tokens of them come to."""

import csv
import hashlib
import hmac
from functools import cache
from importlib import resources

from lantern.partner import identity
from lantern.partner.identity import NORMALISATION, Person
from lantern.partner.instant import UK_FORMATS, naive


@cache
def persons() -> tuple[Person, ...]:
    """
    The published list: names with marks, double names, fillers, numbers and dates in every usual form.

    Their NHS numbers are of the range kept for tests, their pupil numbers of schools that do not
    exist, their postcodes of an area that there is none of.
    """
    text = resources.files(__package__).joinpath("canary.csv").read_text(encoding="utf-8")
    return tuple(_person(row) for row in csv.DictReader(text.splitlines()))


def _person(row: dict[str, str]) -> Person:
    # Dates are read as a partner's are, so that a tool that takes the month for the day is found out.
    born = naive(row["dob"], UK_FORMATS, True).date()  # noqa: FBT003 - cached by position
    return Person(
        local_id=row["local_id"],
        nhs=row["nhs"],
        upn=row["upn"],
        forename=row["forename"],
        surname=row["surname"],
        dob=born,
        sex=row["sex"],
        postcode=row["postcode"],
    )


def value(project_key: bytes) -> str:
    """
    One value for all tokens of all of them under a project key.

    Two sides with equal values share the key, the normalising rules and the reading of letters and
    dates, so that a person both know gets one token.

    Privacy: an HMAC of HMACs of invented persons: it tells nothing of the key or of anyone.
    """
    digest = hashlib.sha256()
    for person in persons():
        for scheme, token in identity.tokens(person, project_key).items():
            digest.update(f"{person.local_id}|{scheme}|{token or ''}\n".encode())
    return hmac.digest(project_key, f"canary|{NORMALISATION}|{digest.hexdigest()}".encode(), "sha256").hex()
