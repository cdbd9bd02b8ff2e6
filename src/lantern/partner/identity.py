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
    "UNKNOWN", "NOTKNOWN", "UNK", "NK", "BABY", "BABYBOY", "BABYGIRL", "INFANT", "UNBORN", "NEWBORN", "CHILD",
    "BOY", "GIRL", "MALE", "FEMALE", "TBC", "TBA", "NA", "NONE", "NULL", "NONAME", "NOTGIVEN", "NOTRECORDED",
    "REFUSED", "WITHHELD", "ANON", "ANONYMOUS", "TEST",
))
# fmt: on
_PLACEHOLDER_NHS = frozenset({*(digit * 10 for digit in "0123456789"), "0123456789", "9876543210"})
_PLACEHOLDER_DAYS = frozenset({date(1900, 1, 1), date(1901, 1, 1)})
_EARLIEST_BIRTH = date(1900, 1, 2)
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}")
_PLACEHOLDER_POSTCODES = ("ZZ99", "XX99")
_LETTERS = str.maketrans({"Ł": "L", "Ø": "O", "Đ": "D", "Ð": "D", "Þ": "TH", "Æ": "AE", "Œ": "OE", "ẞ": "SS", "İ": "I"})
_SHORTEST_NAME = 2
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


def normal_name(text: str) -> str | None:
    """Capital letters only, marks stripped: `O'Neill-Smith` is ONEILLSMITH. A placeholder is None."""
    bare = unicodedata.normalize("NFKD", text.upper().translate(_LETTERS))
    name = "".join(letter for letter in bare if letter.isalpha())
    return None if len(name) < _SHORTEST_NAME or name in _PLACEHOLDER_NAMES else name


def normal_forename(text: str) -> str | None:
    """The first forename alone, so that `Anne-Marie Jane` and `Anne` are one."""
    first = re.split(r"[\s\-]+", text.strip(), maxsplit=1)[0]
    return normal_name(first)


def normal_postcode(text: str) -> str | None:
    """A postcode without spaces, or None where it has not the form of one."""
    code = re.sub(r"\s+", "", text).upper()
    if not _POSTCODE.fullmatch(code) or code.startswith(_PLACEHOLDER_POSTCODES):
        return None
    return code


def valid_nhs(text: str) -> str | None:
    """Ten digits with a right check digit that are not a known filler, else None."""
    try:
        number = str(nhs_number.validate(re.sub(r"\.0$", "", text.strip())))
    except ValidationError:
        return None
    return None if number in _PLACEHOLDER_NHS else number


def valid_upn(text: str) -> str | None:
    """A unique pupil number with a right check letter, permanent or temporary, else None."""
    number = str(pupil_number.compact(text))
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


@lru_cache(maxsize=1 << 16)
def parts(person: Person) -> dict[str, str | None]:
    """
    What each token scheme is made of; a missing part makes the whole scheme None.

    Source: domain rules `norm_v1`. ndp1 surname, initial, birth date, postcode; ndp2 surname,
        forename, birth date; ndp3 sound of surname, initial, birth date, sex; ndp4 forename,
        birth date, postcode.
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
