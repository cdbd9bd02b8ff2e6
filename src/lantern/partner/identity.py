"""Who a record is about: normalised, checked, and turned into tokens before anything is written."""

import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from stdnum.exceptions import InvalidComponent, ValidationError
from stdnum.gb import nhs as nhs_number
from stdnum.gb import upn as pupil_number

from lantern.partner.soundex import soundex

NORMALISATION = "norm_v1"
"""Part of every token: another set of rules gives other tokens, so a change cannot pass unseen."""

# fmt: off
_PLACEHOLDER_NAMES = frozenset((
    "UNKNOWN", "NOTKNOWN", "NOTYETKNOWN", "UNK", "NK", "BABY", "BABYBOY", "BABYGIRL", "INFANT", "UNBORN", "NEWBORN",
    "FETUS", "FOETUS", "TWIN", "TRIPLET", "CHILD", "BOY", "GIRL", "MALE", "FEMALE", "TBC", "TBA", "NA", "NONE", "NULL",
    "NONAME", "NOTGIVEN", "NOTRECORDED", "NOTSTATED", "NOTAPPLICABLE", "REFUSED", "WITHHELD", "ANON", "ANONYMOUS",
    "FORENAME", "FIRSTNAME", "SURNAME", "LASTNAME", "TEST", "TESTPATIENT", "DUMMY", "DUPLICATE", "XX", "XXX", "XXXX",
    "ZZ", "ZZZ", "ZZZZ",
))
# fmt: on
_PLACEHOLDER_NHS = frozenset({*(digit * 10 for digit in "0123456789"), "0123456789", "9876543210"})
"""Each of them passes the check digit, or nearly; systems fill them in for want of a number."""
_PLACEHOLDER_DAYS = frozenset({date(1900, 1, 1), date(1901, 1, 1)})
_EARLIEST_BIRTH = date(1900, 1, 2)
_SPACES_AND_DASHES = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
_NHS = re.compile(r"[0-9]{10}")
_UPN = re.compile(r"[A-HJ-NP-RT-Z](?!\d{3}0{9})[0-9]{11}[0-9A-HJ-NP-RT-Z]", re.ASCII)
"""Check letter, authority, school, year, serial; a temporary number ends in a letter. A school 0000 with serial 000 is a filler."""
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}", re.ASCII)
_PLACEHOLDER_POSTCODES = ("ZZ", "XX", "AA11AA")
_LETTERS = str.maketrans(
    {"Ł": "L", "Ø": "O", "Đ": "D", "Ð": "D", "Ɖ": "D", "Ɗ": "D", "Þ": "TH", "Æ": "AE", "Œ": "OE", "ẞ": "SS", "Ħ": "H"}
    | {"Ŧ": "T", "Ŋ": "N", "Ɓ": "B", "Ƙ": "K", "Ƴ": "Y", "Ɔ": "O", "Ɛ": "E", "Ə": "A"}
)
"""Letters that do not come apart into a letter and a mark."""
_MODIFIER = "Lm"
"""Apostrophes that count as letters in Unicode, such as in a Hawaiian or a hastily typed O'Neill; they are dropped."""
_SHORTEST_NAME = 2
_CACHED = 1 << 16
_AUTHORITIES_SINCE_2011 = frozenset({"838", "839", "940", "941", "942", "943"})
"""Authorities made since the list in python-stdnum: Dorset, BCP, both Northamptonshires, both of Cumbria's (2023)."""


@dataclass(frozen=True, slots=True)
class Person:
    """
    One person as one source record knows them. It never leaves the partner.

    `local_id` is the partner's own id and is never empty; everything else may be.
    `sex` is M, F, U or empty; `ethnic_group` and `disability` are codes of the contract.
    """

    local_id: str
    nhs: str = ""
    upn: str = ""
    forename: str = ""
    surname: str = ""
    dob: date | None = None
    expected_dob: date | None = None
    sex: str = ""
    postcode: str = ""
    ethnic_group: str = ""
    disability: str = ""
    household_id: str = ""

    @property
    def is_unborn(self) -> bool:
        """Expected, and no birth is recorded."""
        return self.dob is None and self.expected_dob is not None


@lru_cache(maxsize=_CACHED)
def normal_name(text: str) -> str | None:
    """Capital letters only, marks stripped: `O'Neill-Smith` is ONEILLSMITH. A placeholder is None."""
    # Taken apart before and after capitals: a mark can hide a letter, and a capital can be two letters.
    capitals = unicodedata.normalize("NFKD", text).upper().translate(_LETTERS)
    apart = unicodedata.normalize("NFKD", capitals)
    name = "".join(each for each in apart if each.isalpha() and unicodedata.category(each) != _MODIFIER)
    return None if len(name) < _SHORTEST_NAME or name in _PLACEHOLDER_NAMES else name


@lru_cache(maxsize=_CACHED)
def normal_forename(text: str) -> str | None:
    """The first forename alone, so that `Anne-Marie Jane` and `Anne` are one."""
    return normal_name(next(filter(None, _SPACES_AND_DASHES.split(text)), ""))


def normal_postcode(text: str) -> str | None:
    """A postcode in capitals without spaces, or None where it has not the form of one or is a filler."""
    code = "".join(text.split()).upper()
    if not _POSTCODE.fullmatch(code) or code.startswith(_PLACEHOLDER_POSTCODES):
        return None
    return code


@lru_cache(maxsize=_CACHED)
def valid_nhs(text: str) -> str | None:
    """
    Ten digits with a right check digit that are not a known filler, else None.

    Spaces, dashes and a decimal tail of zeros are dropped. A number in scientific notation, or one
    with fewer digits, has lost some of them for good and is refused, never filled up.
    """
    number = re.sub(r"\.0+$", "", _SPACES_AND_DASHES.sub("", text))
    if not _NHS.fullmatch(number) or number in _PLACEHOLDER_NHS or nhs_number.checksum(number) != 0:
        return None
    return number


@lru_cache(maxsize=_CACHED)
def valid_upn(text: str) -> str | None:
    """A unique pupil number with a right check letter, permanent or temporary, else None."""
    number = _SPACES_AND_DASHES.sub("", text).upper()
    if not _UPN.fullmatch(number):
        return None
    try:
        return str(pupil_number.validate(number))
    except InvalidComponent:
        is_known = number[1:4] in _AUTHORITIES_SINCE_2011
        return number if is_known and pupil_number.calc_check_digit(number[1:]) == number[0] else None
    except ValidationError:
        return None


def plausible_birth(day: date | None) -> date | None:
    """A birth date that is not a filler such as 1900-01-01."""
    return None if day is None or day < _EARLIEST_BIRTH or day in _PLACEHOLDER_DAYS else day


def parts(person: Person) -> dict[str, str | None]:
    """
    What each token scheme is made of; a missing part makes the whole scheme None.

    Source: docs/pseudonyms.md, rules `norm_v1`. ndp1 surname, initial, birth date, postcode; ndp2
        surname, forename, birth date; ndp3 sound of surname, initial, birth date, sex; ndp4
        forename, birth date, postcode.
    """
    surname, forename = normal_name(person.surname), normal_forename(person.forename)
    initial = forename[0] if forename else None
    born = plausible_birth(person.dob)
    birth = born.isoformat() if born else None
    postcode = normal_postcode(person.postcode)
    sex = person.sex if person.sex in ("M", "F") else None
    return {
        "nhs": valid_nhs(person.nhs),
        "upn": valid_upn(person.upn),
        "ndp1": _joined(surname, initial, birth, postcode),
        "ndp2": _joined(surname, forename, birth),
        "ndp3": _joined(soundex(surname) if surname else None, initial, birth, sex),
        "ndp4": _joined(forename, birth, postcode),
    }


def lacking(person: Person) -> tuple[str, ...]:
    """
    Which parts that tokens are made of this person has not, or not in a form that can be used.

    Privacy: names of parts alone, such as `birth date empty`; never what stands in them.
    """
    found = {
        "NHS number": (person.nhs, valid_nhs(person.nhs)),
        "pupil number": (person.upn, valid_upn(person.upn)),
        "surname": (person.surname, normal_name(person.surname)),
        "forename": (person.forename, normal_forename(person.forename)),
        "birth date": (person.dob, plausible_birth(person.dob)),
        "postcode": (person.postcode, normal_postcode(person.postcode)),
        "sex": ("" if person.sex == "U" else person.sex, person.sex if person.sex in ("M", "F") else None),
    }
    return tuple(
        f"{part} {'not usable' if written else 'empty'}" for part, (written, usable) in found.items() if not usable
    )


def _joined(*pieces: str | None) -> str | None:
    whole = [piece for piece in pieces if piece]
    return "|".join(whole) if len(whole) == len(pieces) else None


def tokens(person: Person, project_key: bytes) -> dict[str, str | None]:
    """
    One token for each scheme this person has all parts for, else None.

    Privacy: HMAC with a random 256-bit key. Without the key a token says nothing; with it, every
        NHS number can be tried. The scheme and the rules are part of the text, so that no value
        gives one token in two schemes.
    """
    return {
        scheme: None if value is None else token(project_key, scheme, value) for scheme, value in parts(person).items()
    }


def token(project_key: bytes, scheme: str, value: str) -> str:
    """The token of one normalised value."""
    return hmac.digest(project_key, f"{scheme}|{NORMALISATION}|{value}".encode(), "sha256").hex()
