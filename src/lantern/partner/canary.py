"""Invented persons everyone may see, and what a sender's tokens of them come to."""

import csv
import hashlib
import hmac
from datetime import date
from functools import cache
from importlib import resources

from lantern.partner import identity
from lantern.partner.identity import NORMALISATION, Person


@cache
def persons() -> tuple[Person, ...]:
    """The published list: names with marks, double names, placeholders, numbers in every usual form."""
    text = resources.files(__package__).joinpath("canary.csv").read_text(encoding="utf-8")
    return tuple(Person(**(row | {"dob": date.fromisoformat(row["dob"])})) for row in csv.DictReader(text.splitlines()))


def value(project_key: bytes) -> str:
    """
    One value for all tokens of all of them under a project key.

    Two sides with equal values share the key, the normalising rules and the reading of letters, so
    that a person both know gets one token.
    """
    digest = hashlib.sha256()
    for person in persons():
        for scheme, token in identity.tokens(person, project_key).items():
            digest.update(f"{person.local_id}|{scheme}|{token or ''}\n".encode())
    return hmac.digest(project_key, f"canary|{NORMALISATION}|{digest.hexdigest()}".encode(), "sha256").hex()
