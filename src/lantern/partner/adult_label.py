"""What adult social care writes of a concern and an enquiry, brought to the codes of the Safeguarding Adults Collection."""

import re
import tomllib
from functools import cache
from importlib import resources

from lantern import codelist
from lantern.partner.bundle import plain

_PICKED = re.compile(r"^\s*[a-z]{1,2}\)\s*", re.IGNORECASE)

_COLLECTED = ("risk_type", "risk_source", "risk_location", "risk_outcome", "wishes_outcome")
"""Kinds with a code list of their own, whose labels are known as well."""


def coded(kind: str, text: str) -> str | None:
    """
    The code of a label.

    Args:
        kind: A table of adult_labels.toml: decision, enquiry_type, risk_type, risk_source,
            risk_location, risk_outcome, wishes_outcome, capacity, support or source.
        text: A code or a label; case, spaces and punctuation do not matter.

    Returns:
        The code, '' for an empty text, None for a label that is not listed. Nothing is guessed.
    """
    said = plain(_PICKED.sub("", text))
    return _codes_of(kind).get(said) if said else ""


def coded_all(kind: str, text: str) -> tuple[str, int]:
    """Several labels between `;`, `|`, a comma or a new line: their codes in list order, and how many are not known."""
    whole = coded(kind, text)
    if whole is not None:
        return whole, 0
    found = [coded(kind, label) for label in re.split(r"[;|,\n]", text) if plain(label)]
    known = [code for code in codelist.codes(f"adult_{kind}") if code in found]
    return ";".join(known), found.count(None)


@cache
def _codes_of(kind: str) -> dict[str, str]:
    listed = tomllib.loads(resources.files(__package__).joinpath("adult_labels.toml").read_text(encoding="utf-8"))
    pairs = [(label, code) for code, labels in listed[kind].items() for label in (code, *labels)]
    pairs += [(label, code) for code, label in codelist.labels(f"adult_{kind}").items()] if kind in _COLLECTED else []
    pairs += [(label, each["code"]) for each in listed["choices"] if each["kind"] == kind for label in each["labels"]]
    return {plain(label): code for label, code in pairs}
