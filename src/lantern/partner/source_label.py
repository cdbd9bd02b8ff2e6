"""The source of a contact or referral, as case systems and partners write it, brought to the census code."""

import re
import tomllib
from functools import cache
from importlib import resources

from lantern import codelist

_CODE_AND_LABEL = re.compile(r"\s*(\d{1,2}[A-Za-z]?)\s*[-\u2013:.)]\s*(\S.*)")


def source_code(text: str) -> str | None:
    """
    The census code of a source, 1A to 10.

    Args:
        text: A code, a label, a private code of a case system, or a code and its label (`3A - GP`).

    Returns:
        The code, or None for an empty text, one that is not in the shipped list, and a code whose
        label says something else. Nothing is guessed from part of a label.
    """
    code = text.strip().upper()
    if code in codelist.codes("referral_source"):
        return code
    found = _code_of_label().get(_plain(text))
    both = None if found else _CODE_AND_LABEL.fullmatch(text)
    return _agreed(both[1].upper(), both[2]) if both else found


def _agreed(code: str, label: str) -> str | None:
    """
    The code in front of a label, if it is one of the census and the label does not contradict it.

    A bare number may be a line of someone's own pick list, so its label must be known and agree.
    """
    if code not in codelist.codes("referral_source"):
        return None
    said = _code_of_label().get(_plain(label))
    return code if said == code or (said is None and not code.isdigit()) else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold().replace("&", " and ").replace("'", "").replace("\u2019", "")))


@cache
def _code_of_label() -> dict[str, str]:
    listed = tomllib.loads(resources.files(__package__).joinpath("source_labels.toml").read_text(encoding="utf-8"))
    pairs = [(label, code) for code, labels in listed["labels"].items() for label in labels]
    pairs += [(label, choice["code"]) for choice in listed["choices"] for label in choice["labels"]]
    return {_plain(label): code for label, code in pairs}
