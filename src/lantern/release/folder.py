"""The release folder: what its files are, what of it cannot be worked out again, and its digests."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lantern.errors import ReleaseRefused
from lantern.partnership import Partnership
from lantern.privacy.plan import Family, Plan
from lantern.privacy.reconcile import Answers

FACTS = "release.json"
PLAN = "plan.json"
ANSWERS = "answers.json"
EARLIER = "earlier.json"
APPROVAL = "approval.json"
CELLS = "cells.parquet"
CELLS_TEXT = "cells.csv"
DEFINITIONS = "definitions.json"
STATEMENT = "statement.md"
CARD = "card.json"
CARD_PAGE = "privacy-card.md"
DIGESTS = "digests.json"
WITHDRAWN = "withdrawn.json"
"""Laid into a folder when its release is taken back: no part of what was published, so no digest is of it."""
FILES = (FACTS, PLAN, ANSWERS, EARLIER, APPROVAL, CELLS, CELLS_TEXT, DEFINITIONS, STATEMENT, CARD, CARD_PAGE, DIGESTS)

_APPROVAL = ("approved_", "approval_")

Earlier = Mapping[int, tuple[Plan, Answers] | None]
"""
How many quarters back to that quarter's plan and noised sums: what changes and rolling years rest on.

None for a quarter whose figures had been withdrawn: nothing rests on them, and the reason is said.
"""


@dataclass(frozen=True)
class Facts:
    """
    What a release says of itself that no one can work out from its plan: who, when, and where the ledger stands.

    `micro` is what the quarter costs by the ledger, `year_micro` the four quarters that end with it, each in
    millionths of the promise; `ledger_mark` is the mark of the ledger's line that holds the noised sums. `publish_at` is the
    instant before which its figures were not shown, in UTC (empty: they were never held back), and `replaces_on` the day
    on which the release it replaces was published (empty: it replaces none).
    """

    release_id: str
    period: str
    published_on: str
    approved_by: str
    approval_reason: str
    approved_at: str
    micro: int
    year_micro: int
    ledger_mark: str
    publish_at: str = ""
    replaces_on: str = ""


@dataclass(frozen=True)
class Terms:
    """Of the partnership's file, what a release is read by: whose it is, on what basis, under which promise."""

    title: str
    basis: str
    unit: str
    family: Family
    micro_per_year: int
    delta_exponent: int

    @property
    def delta(self) -> float:
        """The delta at which epsilon is quoted; a pure promise has none."""
        return float(10**-self.delta_exponent) if self.family == "zcdp" else 0.0


def terms_of(partnership: Partnership) -> Terms:
    """The terms of a partnership as its file has them."""
    privacy = partnership.privacy
    return Terms(
        title=partnership.title,
        basis=partnership.basis,
        unit=privacy.unit,
        family=privacy.definition,
        micro_per_year=privacy.micro_per_year,
        delta_exponent=privacy.delta_exponent,
    )


def text_of(value: object) -> str:
    """A value as the text of a JSON file of the folder."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def answers_text(answers: Answers) -> str:
    """The noised sums: part name to whole numbers, marginal after marginal as `plan.json` lists them."""
    return json.dumps({name: [int(each) for each in sums] for name, sums in answers.items()}, sort_keys=True) + "\n"


def earlier_text(earlier: Earlier) -> str:
    """The plans and noised sums of earlier quarters that this release's years and changes are worked out from."""
    rows = [
        {"quarters_back": back, "plan": json.loads(drawn[0].text), "answers": json.loads(answers_text(drawn[1]))}
        if drawn
        else {"quarters_back": back, "withdrawn": True}
        for back, drawn in sorted(earlier.items())
    ]
    return json.dumps(rows, sort_keys=True) + "\n"


def plan_of(text: str) -> Plan:
    """
    A plan read back from its canonical text.

    Raises:
        ReleaseRefused: it is not a plan, or not written as this version writes one.
    """
    try:
        plan = TypeAdapter(Plan).validate_json(text, strict=True)
    except ValidationError:
        plan = None
    if plan is None or plan.text != text.strip():
        raise ReleaseRefused(
            "a plan: it is not what this version of Lantern writes. Nothing was worked out from it. "
            "Use the version that made it."
        )
    return plan


def answers_of(value: Any) -> Answers:
    """
    Noised sums read back.

    Raises:
        ReleaseRefused: they are not whole numbers by part.
    """
    try:
        return TypeAdapter(dict[str, list[int]]).validate_python(value, strict=True)
    except ValidationError:
        raise ReleaseRefused(
            "noised sums: they are not whole numbers by part of the plan. Nothing was worked out from them. "
            "Restore the release folder from its backup."
        ) from None


def read_plan(folder: Path) -> Plan:
    """The plan of a release."""
    return plan_of((folder / PLAN).read_text(encoding="utf-8"))


def read_answers(folder: Path) -> Answers:
    """The noised sums of a release."""
    return answers_of(json.loads((folder / ANSWERS).read_text(encoding="utf-8")))


def read_earlier(folder: Path) -> dict[int, tuple[Plan, Answers] | None]:
    """The earlier quarters a release rests on; None for one that had been withdrawn."""
    found = json.loads((folder / EARLIER).read_text(encoding="utf-8"))
    return {
        int(each["quarters_back"]): None
        if each.get("withdrawn") is True
        else (
            plan_of(json.dumps(each["plan"], sort_keys=True, separators=(",", ":"))),
            answers_of(each["answers"]),
        )
        for each in found
    }


def facts_text(facts: Facts, terms: Terms) -> str:
    """`release.json`: all facts but the approval's, and the terms."""
    found = {name: value for name, value in vars(facts).items() if not name.startswith(_APPROVAL)}
    return text_of(found | {"terms": vars(terms)})


def approval_text(facts: Facts, plan: Plan) -> str:
    """`approval.json`: who approved this very plan, why and when, as the ledger has it."""
    by, reason, at = facts.approved_by, facts.approval_reason, facts.approved_at
    return text_of({"by": by, "reason": reason, "at": at, "plan_digest": plan.digest})


def read_facts(folder: Path) -> tuple[Facts, Terms]:
    """What a release says of itself, and under which terms."""
    found = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    approval = json.loads((folder / APPROVAL).read_text(encoding="utf-8"))
    terms = Terms(**found.pop("terms"))
    of_approval = {"approved_by": "by", "approval_reason": "reason", "approved_at": "at"}
    return Facts(**found, **{name: approval[key] for name, key in of_approval.items()}), terms


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file that was published but the list itself, by name; of what is no file there is none."""
    found = [path for path in sorted(folder.iterdir()) if is_plain(path)]
    return {path.name: sha256(path) for path in found if path.name not in (DIGESTS, WITHDRAWN)}


def is_plain(path: Path) -> bool:
    """Whether it is a file: no folder, no link out of the release, no pipe that would be waited for."""
    return path.is_file() and not path.is_symlink()


def withdrawn_text(words: str) -> str:
    """`withdrawn.json`: what readers are told of a release that was taken back."""
    return text_of({"notice": words})


def read_withdrawn(folder: Path) -> str:
    """
    What the folder says of a withdrawal; empty if it says nothing.

    Raises:
        ReleaseRefused: it holds a notice that cannot be read.
    """
    path = folder / WITHDRAWN
    if not path.exists():
        return ""
    try:
        return TypeAdapter(dict[str, str]).validate_json(path.read_bytes(), strict=True)["notice"]
    except (ValidationError, KeyError, OSError):
        raise ReleaseRefused(
            f"{folder.name}: its '{WITHDRAWN}' cannot be read, so whether it was taken back is not known. Do not use its "
            "figures; ask the partnership."
        ) from None


def altered(folder: Path, published: str | None = None) -> list[str]:
    """
    Files that are missing, added, not as listed or no files, by name; the list itself if it is not the one published.

    Args:
        folder: A release folder.
        published: The SHA-256 of its list of digests, from the ledger or whoever was told it; None if it is not known.
    """
    listed = folder / DIGESTS
    if not listed.is_file() or (published is not None and sha256(listed) != published):
        return [DIGESTS]
    try:
        expected = TypeAdapter(dict[str, str]).validate_json(listed.read_bytes(), strict=True)
    except ValidationError:
        return [DIGESTS]
    found = digests(folder)
    return sorted(
        {name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)}
        | {name for name in FILES if name not in expected and name != DIGESTS}
        | {path.name for path in folder.iterdir() if not is_plain(path)}
    )
