"""Outcomes and categories as case systems write them, brought to the contract's codes."""

import json
import re
from functools import cache, lru_cache

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

_CONTACT_WORDS = tuple(
    (re.compile(words), outcome)
    for words, outcome in (
        (r"\bno further action\b|\bnfa\b", "nfa"),
        (r"\bstrategy\b|section 47|\bs\.?47\b|child protection enquiry|\bcp enquiry\b", "strategy_s47"),
        (r"early help|\beh\b|family support|targeted support|step(?:ped)? down", "early_help"),
        (r"transfer[ -]in\b", "cp_transfer_in"),
        (r"other (?:local )?authority|another (?:local )?authority|\bola\b", "ola_transfer"),
        (r"\bexisting|\bongoing|open case|already open", "existing_case"),
        (r"signpost|universal service|(?:another|other) agency", "signposted"),
        (r"cin referral|social care|assessment|(?:new|progress to) referral|^referral$", "assessment"),
        (r"advice|information", "advice"),
        (r"closure|case closed", "nfa"),
        (r"private fostering|adoption|\bmissing\b", "other"),
    )
)
"""What a label says, the narrower first: an early help assessment is early help, not an assessment."""

_WEIGHT = (
    "strategy_s47", "assessment", "cp_transfer_in", "ola_transfer", "existing_case", "early_help", "signposted",
    "advice", "nfa", "other",
)  # fmt: skip
"""Of several next actions the weightiest is the outcome."""

_DENIED = re.compile(r"\b(?:no|not|without|declined|cancelled)\b(?! further action)")
_LONGEST_LABEL = 80
"""Characters. Longer than this it is no label of a pick list but somebody's sentence, and is not looked at."""
_COMMENTS = re.compile(r'"(?:\w+_)?COMMENTS"', re.IGNORECASE)
_FLAG = re.compile(r'"(\w{3,30})"\s*:\s*(?:"(?:Y|Yes|1|true)"|1\b|true\b)', re.IGNORECASE)
_FACTOR = re.compile(r"\b(\d{1,2}[A-Z]?)\b\"?\s*:\s*\"?(\w+)", re.IGNORECASE)
_CODE = re.compile(r"(?:[a-z]{1,2}\)\s*)?([A-Z]{1,4}\d{0,2}|\d{1,2}[A-Z]?)\b", re.IGNORECASE)
_YES = frozenset({"y", "yes", "1", "true", "t"})
_NO = frozenset({"n", "no", "0", "false", "f"})
_ABUSE_WORDS = {"negl": "NEG", "phys": "PHY", "sexual": "SAB", "emotion": "EMO"}


@cache
def known(code_list: str) -> frozenset[str]:
    """The codes of a code list, to ask for often."""
    return frozenset(codelist.codes(code_list))


def yes_no(text: str) -> bool | None:
    """Y, yes, 1, true and their opposites, also behind the letter of a pick list; None for anything else."""
    low = text.strip().lower()
    if low[1:2] == ")":
        low = low[2:].lstrip()
    return True if low in _YES else False if low in _NO else None


def true_false(text: str) -> str:
    """The same as the contract writes a flag; '' for anything else."""
    said = yes_no(text)
    return "" if said is None else "true" if said else "false"


def code_in_front(text: str, code_list: str) -> str | None:
    """The code a text is or begins with, as in `RC8 - Closed` or `a) WBRI`; '' if empty, None if there is none."""
    upper = text.strip().upper()
    if not upper or upper in known(code_list):
        return upper
    found = _CODE.match(upper)
    return found[1] if found and found[1] in known(code_list) else None


def flags_set(text: str) -> frozenset[str]:
    """
    The flags of an outcome blob that are set, without the `OUTCOME_` and `_FLAG` some systems put round them.

    Case systems build the blob by hand, so a quotation mark in a comment breaks it: then known
    shapes are picked out in front of the comment, and the comment is never looked at.
    """
    try:
        blob = json.loads(text)
    except (ValueError, RecursionError):
        return frozenset(map(_bare, _FLAG.findall(_COMMENTS.split(text, maxsplit=1)[0])))
    if not isinstance(blob, dict):
        return frozenset()
    return frozenset(_bare(flag) for flag, setting in blob.items() if yes_no(str(setting)))


def _bare(flag: str) -> str:
    return flag.upper().removeprefix("OUTCOME_").removesuffix("_FLAG")


@lru_cache(maxsize=1 << 12)
def contact_outcome(text: str) -> str | None:
    """The outcome of a contact from its flags, or from a list of labels; None where neither says."""
    if text.lstrip().startswith("{"):
        is_set = flags_set(text)
        return next((outcome for flag, outcome in _CONTACT_FLAGS.items() if flag in is_set), None)
    said = {_label_outcome(label.strip()) for label in re.split(r"[,;|\n]", text.lower())}
    return next((outcome for outcome in _WEIGHT if outcome in said), None)


def _label_outcome(label: str) -> str | None:
    if len(label) > _LONGEST_LABEL or _DENIED.search(label):
        return None
    return next((outcome for words, outcome in _CONTACT_WORDS if words.search(label)), None)


def factors(text: str) -> list[str]:
    """Assessment factors from a JSON list, a JSON object of yes and no, or codes in any other wrapping."""
    try:
        blob = json.loads(text)
    except (ValueError, RecursionError):
        pairs = dict(_FACTOR.findall(text))
        blob = pairs or re.findall(r"[0-9A-Za-z]+", text)
    if isinstance(blob, dict):
        blob = [code for code, setting in blob.items() if yes_no(str(setting))]
    elif not isinstance(blob, list):
        blob = [blob]
    return [str(code).strip().upper() for code in blob]


def joined_codes(found: list[str], code_list: str) -> str | None:
    """Codes joined as the contract wants them, in list order; None if one of them is not in the list."""
    if not found:
        return ""
    if not known(code_list).issuperset(found):
        return None
    return ";".join(code for code in codelist.codes(code_list) if code in found)


def abuse_codes(text: str) -> str | None:
    """Categories of abuse from codes or words such as `Multiple: Neglect, Emotional`; None if none is known."""
    code = code_in_front(text, "abuse_category")
    if code:
        return code
    low = text.lower()
    found = [code for word, code in _ABUSE_WORDS.items() if word in low]
    if not found and "multiple" in low:
        found = ["MUL"]
    return ";".join(code for code in codelist.codes("abuse_category") if code in found) or None
