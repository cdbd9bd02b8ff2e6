"""What a column's heading says: the part it names, by a list of words in use, close spellings included."""

import re
import tomllib
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib import resources
from typing import Any

EXACT = 1.0
_WITHOUT_WHOSE = 0.95
_NUMBER = frozenset({"number", "num", "nbr", "nr"})
_CLOSE = 0.86
"""How alike two spellings must be: 'surame' and 'surname' are, 'forename' and 'surname' are not."""


@cache
def words() -> dict[str, Any]:
    """The list of headings and labels in use, as its TOML file holds it."""
    text = resources.files(__package__).joinpath("heading_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1 << 12)
def plain_heading(text: str) -> str:
    """Small letters, single spaces, `no` for a number: `NHSNumber`, `nhs_no.` and `NHS-Number` are one."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    found = re.findall(r"[a-z0-9]+", apart.lower().replace("'", ""))
    return " ".join("no" if word in _NUMBER else word for word in found)


def likeness(heading: str, names: list[str]) -> float:
    """How surely a heading is one of these names, 0 to 1; below a close spelling it is 0."""
    said = plain_heading(heading)
    known = {plain_heading(name) for name in names}
    if said in known:
        return EXACT
    bare = _bare(said)
    if bare and bare in known:
        return _WITHOUT_WHOSE
    best = max((SequenceMatcher(None, each, name).ratio() for each in (said, bare) for name in known), default=0.0)
    return best * 0.9 if best >= _CLOSE else 0.0


def _bare(said: str) -> str:
    return " ".join(word for word in said.split() if word not in words()["whose"])


def is_refused(heading: str) -> bool:
    """Whether a heading names what is never carried: free text, addresses, other people."""
    said = f" {plain_heading(heading)} "
    return any(f" {plain_heading(word)} " in said for word in words()["refused"]["headings"])


def partner_type(headings: list[str]) -> str:
    """The kind of partner whose own words are among the headings most often, or '' if that is no one's or several'."""
    said = [plain_heading(each) for each in headings]
    counts = {
        kind: sum(any(f" {plain_heading(name)} " in f" {each} " for each in said) for name in names)
        for kind, names in words()["partner_types"].items()
    }
    best = max(counts.values())
    likely = [kind for kind, count in counts.items() if count == best]
    return likely[0] if best and len(likely) == 1 else ""
