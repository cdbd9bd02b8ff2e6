"""Outcomes and categories as case systems write them, brought to the contract's codes."""

import json
import re

from lantern import codelist

_CONTACT_FLAGS = {
    "CP_ENQUIRY": "strategy_s47",
    "NEW_REFERRAL": "assessment",
    "EXISTING_REFERRAL": "existing_case",
    "OLA_CP": "ola_transfer",
    "ADVICE": "advice",
    "NFA": "nfa",
    "NON_AGENCY_ADOPTION": "other",
    "PRIVATE_FOSTERING": "other",
    "MISSING": "other",
    "OTHER_OUTCOMES_EXIST": "other",
}
"""Flag to outcome, weightiest first: of several flags the first one set is the outcome."""

_CONTACT_WORDS = (
    (r"strategy|section 47|s47", "strategy_s47"),
    (r"referral.*early help|early help|\beh referral", "early_help"),
    (r"cin referral|referral to social care|assessment", "assessment"),
    (r"existing|open case", "existing_case"),
    (r"signpost", "signposted"),
    (r"advice|information", "advice"),
    (r"\bnfa\b|no further action", "nfa"),
)
_FLAG = re.compile(r'"(\w{3,30})"\s*:\s*(?:"(?:Y|Yes|1|true)"|1\b|true\b)', re.IGNORECASE)
_YES = frozenset({"y", "yes", "1", "true", "t"})
_NO = frozenset({"n", "no", "0", "false", "f"})
_ABUSE_WORDS = {"negl": "NEG", "phys": "PHY", "sexual": "SAB", "emotion": "EMO"}


def yes_no(text: str) -> bool | None:
    """Y, yes, 1, true and their opposites; None for anything else."""
    low = text.strip().lower()
    return True if low in _YES else False if low in _NO else None


def flags_set(text: str) -> frozenset[str]:
    """
    The flags of an outcome blob that are set.

    Case systems build the blob by hand, so a quotation mark in a comment breaks it: then known
    shapes are picked out and the comment is never looked at as text.
    """
    try:
        blob = json.loads(text)
    except ValueError:
        return frozenset(flag.upper() for flag in _FLAG.findall(text))
    if not isinstance(blob, dict):
        return frozenset()
    return frozenset(str(flag).upper() for flag, setting in blob.items() if yes_no(str(setting)))


def contact_outcome(text: str) -> str | None:
    """The outcome of a contact from its flags, or from plain words; None where neither says."""
    if text.lstrip().startswith("{"):
        is_set = flags_set(text)
        return next((outcome for flag, outcome in _CONTACT_FLAGS.items() if flag in is_set), None)
    low = text.lower()
    return next((outcome for words, outcome in _CONTACT_WORDS if re.search(words, low)), None)


def factors(text: str) -> list[str]:
    """Assessment factors from a JSON list, a JSON object of yes and no, or codes in any other wrapping."""
    try:
        blob = json.loads(text)
    except ValueError:
        blob = re.findall(r"[0-9A-Za-z]+", text)
    if isinstance(blob, dict):
        blob = [code for code, setting in blob.items() if yes_no(str(setting))]
    return [str(code).strip().upper() for code in blob] if isinstance(blob, list) else []


def joined_codes(found: list[str], code_list: str) -> str | None:
    """Codes joined as the contract wants them, in list order; None if one of them is not in the list."""
    known = codelist.codes(code_list)
    return None if set(found) - set(known) else ";".join(code for code in known if code in found)


def abuse_codes(text: str) -> str | None:
    """Categories of abuse from codes or words such as `Multiple: Neglect, Emotional`; None if none is known."""
    known = codelist.codes("abuse_category")
    if text.upper() in known:
        return text.upper()
    low = text.lower()
    found = [code for word, code in _ABUSE_WORDS.items() if word in low]
    if not found and "multiple" in low:
        found = ["MUL"]
    return ";".join(code for code in known if code in found) or None
