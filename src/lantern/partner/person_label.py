"""What lists and forms write of a person's sex and ethnicity, brought to the contract's codes."""

import re
from functools import cache

from lantern import codelist
from lantern.partner.bundle import plain
from lantern.partner.outcome import code_in_front

_PICKED = re.compile(r"^\s*[a-z]{1,2}\)\s*")
"""The letter of a pick list, as in `a) Male`."""
_SEXES = {
    "M": ("m", "male", "1", "1male", "boy", "man"),
    "F": ("f", "female", "2", "2female", "girl", "woman"),
    "U": (
        "u", "i", "0", "9", "unknown", "notknown", "notstated", "notrecorded", "notspecified", "notstatedrecorded",
        "notstatedrecordedorunborn", "notrecordedunborn", "unborn", "unbornunknown", "indeterminate", "neither",
        "0notknown", "0notstated", "9notspecified", "x", "other", "unspecified", "notstatednotrecorded",
    ),
}  # fmt: skip
_ETHNIC_LABELS = {
    "white": ("white", "britishenglishwelshscottishornorthernirish", "english", "whiteotherwhite", "gypsyroma",
              "gypsyorroma", "travellerofirishheritage", "anyotherwhitebackground", "whiteother", "irish", "roma"),
    "mixed": ("mixed", "mixeddualbackground", "mixedmultiple", "mixedormultipleethnicgroups", "whiteandblackcaribbean",
              "whiteandblackafrican", "whiteandasian", "anyothermixedbackground", "mixedother"),
    "asian": ("asian", "asianorasianbritish", "asianasianbritish", "indian", "pakistani", "bangladeshi", "chinese",
              "anyotherasianbackground", "asianother"),
    "black": ("black", "blackorblackbritish", "blackblackbritish", "blackafricancaribbeanblackbritish", "caribbean",
              "african", "anyotherblackbackground", "blackafrican", "blackcaribbean", "blackother"),
    "other": ("other", "otherethnicgroup", "anyotherethnicgroup", "otherethnicgroups", "arab"),
    "unknown": ("unknown", "notknown", "notstated", "notrecorded", "refused", "undeclarednotknown", "declined",
                "informationnotyetobtained", "notobtained", "notyetobtained", "notstatedrecorded", "didnotwishtosay",
                "unborn", "nodata", "undeclared"),
}  # fmt: skip


def sex(text: str) -> str | None:
    """M, F or U; '' if nothing is written, None if it is not known what is meant."""
    return _of(text, _sex_labels())


def ethnic_group(text: str) -> str | None:
    """One of the six groups, from a census code or a label; '' and None likewise."""
    code = code_in_front(text, "ethnicity")
    if code:
        return codelist.translation("ethnicity", "ethnic_group")[code]
    return _of(text, _group_labels())


def _of(text: str, labels: dict[str, str]) -> str | None:
    said = plain(_PICKED.sub("", text.lower()))
    return labels.get(said) if said else ""


@cache
def _sex_labels() -> dict[str, str]:
    return {label: code for code, labels in _SEXES.items() for label in labels}


@cache
def _group_labels() -> dict[str, str]:
    groups = codelist.translation("ethnicity", "ethnic_group")
    listed = {plain(label): groups[code] for code, label in codelist.labels("ethnicity").items()}
    listed |= {plain(label): code for code, label in codelist.labels("ethnic_group").items()}
    return listed | {label: group for group, labels in _ETHNIC_LABELS.items() for label in labels}
