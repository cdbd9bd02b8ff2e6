"""What readers are told when figures were replaced or taken back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lantern.errors import ReleaseRefused
from lantern.period import Quarter
from lantern.release.entry import Entry
from lantern.release.folder import Facts

MOST_LETTERS = 200
_QUARTER = re.compile(r"\b20\d\d-Q[1-4]\b")
_WORDS = (
    "zero|nil|nought|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|"
    "sixty|seventy|eighty|ninety|hundred|thousand|million|billion|dozen|half|halve|both|pair|couple|single|once|twice|thrice|twin|triplet"
)
_NUMBER = re.compile(
    # Run together, too, as in twentyone; and a part of a whole.
    rf"\b(?:{_WORDS})(?:and|fold|{_WORDS})*s?\b|\b(?:third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)s? of\b",
    re.IGNORECASE,
)
_NO_NUMBER = re.compile(r"\b(?:no[ -]one|one another|the ones|once more|once again|at once)\b", re.IGNORECASE)
"""What people say who count nothing."""


@dataclass(frozen=True)
class Withdrawal:
    """That a release was taken back: on which day, and why, as readers are told."""

    on: date
    reason: str


def withdrawals(entries: Sequence[Entry]) -> dict[str, Withdrawal]:
    """Every release that was taken back, by its name."""
    return {
        each.body["release_id"]: Withdrawal(date.fromisoformat(each.body["withdrawn_on"]), each.body["reason"])
        for each in entries
        if each.kind == "withdraw"
    }


def checked_reason(where: str, text: str) -> str:
    """
    A reason that readers outside the hub may be given: one line.

    Privacy: free text leaves the hub by it, and an exact count in it would have no noise: it may hold no numeral and no
        common word for one, but for the name of a quarter. What else it says, the person who signs it answers for.

    Raises:
        ReleaseRefused: it is empty, too long, more than a line, or holds a number. The number is not named: it may be a count.
    """
    reason = text.strip()
    rest = _NO_NUMBER.sub("", _QUARTER.sub("", reason))
    rules = (
        (bool(reason), "no reason was given"),
        (len(reason) <= MOST_LETTERS, f"the reason is longer than {MOST_LETTERS} letters"),
        (reason.isprintable(), "the reason is more than one line of plain text"),
        (not any(letter.isnumeric() for letter in rest), "the reason holds a numeral"),
        (not _NUMBER.search(rest), "the reason holds a number in words, or a word like one, both, half or twice"),
    )
    for holds, what in rules:
        if not holds:
            raise ReleaseRefused(
                f"{where}: {what}. Nothing was recorded. Readers are shown the reason as it stands, so it may hold no count: "
                "say in a sentence why, and name a quarter, if you must, like 2026-Q2."
            )
    return reason


def withdrawn_words(period: str, withdrawal: Withdrawal) -> str:
    """What readers are told of a quarter whose figures were taken back."""
    return f"Figures for {Quarter.parse(period).words} were withdrawn on {_day(withdrawal.on)}: {_phrase(withdrawal.reason)}."


def revised_note(facts: Facts) -> str:
    """What readers are told of a revision; empty for a first release."""
    if not facts.replaces_on:
        return ""
    published, replaced = (date.fromisoformat(day) for day in (facts.published_on, facts.replaces_on))
    return (
        f"Revised on {_day(published)}: {_phrase(facts.approval_reason)}. It replaces the figures of {_day(replaced)}."
    )


def _phrase(reason: str) -> str:
    return reason.strip().rstrip(".")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
