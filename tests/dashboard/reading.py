"""How hard a text is to read, counted here: sentences, words, syllables, and words a board should not meet."""

import re

BANNED = (
    "confidence", "credible interval", "differential privacy", "perturbed", "epsilon", "privacy loss", "budget",
    "percentage points", "significant", "suppressed", "redacted", "censored", "cohort", "median", "p50", "p90",
    "kaplan", "survival", "hazard", "conversion rate", "re-referral rate", "breach", "failed", "poor", "data subject",
    "outlier", "spike", "trend", "throughput", "anonymous", "guaranteed", "accurate", "best", "worst", "top", "bottom",
    "soared", "as many as", "needs to improve", "wrong", "fake", "nan", "inf", "null", "±", "league", "rank", "nfa",
)  # fmt: skip
# Our best figure is what the dot is called; no source is.
ALLOWED = ("our best figure",)


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order."""
    return [each.strip() for each in re.split(r"(?<=[.!?:;])\s+", text) if re.search("[A-Za-z]", each)]


def words(text: str) -> list[str]:
    """The words of a text; a number is one."""
    return re.findall(r"[A-Za-z0-9][A-Za-z0-9',.%-]*", text)


def syllables(word: str) -> int:
    """Runs of vowels, without a silent e at the end; a number counts as one."""
    letters = re.sub("[^a-z]", "", word.lower())
    runs = len(re.findall("[aeiouy]+", letters))
    silent = letters.endswith("e") and not letters.endswith("le") and runs > 1
    return max(runs - silent, 1)


def grade(text: str) -> float:
    """The Flesch-Kincaid grade: years of school that a text asks for."""
    found = words(text)
    return 0.39 * len(found) / len(sentences(text)) + 11.8 * sum(map(syllables, found)) / len(found) - 15.59


def banned_in(text: str) -> list[str]:
    """The banned words of a text."""
    text = text.lower()
    for allowed in ALLOWED:
        text = text.replace(allowed, "")
    return [word for word in BANNED if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)]


def numbers(text):
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def shares_of(text):
    return set(re.findall(r"\d+(?:\.\d+)?%", text))
