"""docs/pseudonyms.md, line by line: against the code, and against computations that share nothing with it."""

import re
import unicodedata

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from hypothesis import given
from hypothesis import strategies as st

from lantern import contract
from lantern.home import PROJECT
from lantern.partner import canary, identity
from lantern.partner.identity import Person
from lantern.partner.soundex import soundex

PAGE = (PROJECT / "docs" / "pseudonyms.md").read_text(encoding="utf-8")
TEST_KEY = bytes(range(32))
NORMAL = {
    "surname": identity.normal_name,
    "forename": identity.normal_forename,
    "postcode": identity.normal_postcode,
    "sound": soundex,
    "nhs": identity.valid_nhs,
    "upn": identity.valid_upn,
}
# Drawn from other alphabets as well: what is typed at a front door is not only A to Z.
NAMES = st.text(
    st.characters(
        codec="utf-8",
        categories=["Lu", "Ll", "Zs", "Pd"],
        max_codepoint=0x24F,
        include_characters="'\u2019ḤạịụДждİ\u0131\u017fßẞ\ufb01",
    ),
    max_size=12,
)


def table(heading: str) -> list[list[str | None]]:
    """The rows under a heading of the page; a cell in code letters is its text, `none` is None."""
    lines = PAGE.split(heading + "\n", 1)[1].splitlines()[1:]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines[: lines.index("")]]
    return [[_cell(cell) for cell in row] for row in rows]


def _cell(text: str) -> str | None:
    text = text.strip(" ")
    if text == "none":
        return None
    return text[1:-1].replace("\\|", "|") if text.startswith("`") else text


def another_hmac(text: str) -> str:
    signer = HMAC(TEST_KEY, hashes.SHA256())
    signer.update(text.encode())
    return signer.finalize().hex()


PARTS = table("| Part | Written | Normal form |")
NUMBERS = table("| Scheme | Written | Normal form | Token |")
PERSONS = table("| Person | Scheme | Parts | Token |")


def test_the_page_has_its_tables():
    assert (len(PARTS), len(NUMBERS), len(PERSONS)) == (49, 20, 26)


@pytest.mark.parametrize(("part", "written", "normal"), PARTS)
def test_a_part_is_normalised_as_the_page_says(part, written, normal):
    assert NORMAL[part](written) == normal


@pytest.mark.parametrize(("scheme", "written", "normal", "token"), NUMBERS)
def test_a_number_is_checked_and_keyed_as_the_page_says(scheme, written, normal, token):
    assert NORMAL[scheme](written) == normal
    if normal is None:
        assert token is None
    else:
        assert identity.token(TEST_KEY, scheme, normal) == token == another_hmac(f"{scheme}|norm_v1|{normal}")


@pytest.mark.parametrize(("person", "scheme", "parts", "token"), PERSONS)
def test_a_published_person_has_the_tokens_of_the_page(person, scheme, parts, token):
    known = {each.local_id: each for each in canary.persons()}[person]

    assert identity.parts(known)[scheme] == parts
    assert identity.tokens(known, TEST_KEY)[scheme] == token
    assert token is None or token == another_hmac(f"{scheme}|norm_v1|{parts}")


def test_the_canary_and_the_rules_are_those_of_the_page_and_of_the_contract():
    assert f"Under the test key it is `{canary.value(TEST_KEY)}`" in PAGE
    assert identity.NORMALISATION == contract.Manifest.normalisation == "norm_v1"


@given(NAMES)
def test_a_name_in_other_case_with_other_marks_or_spaces_is_the_same_name(name):
    for forms in (
        {
            identity.normal_name(form)
            for form in (name, name.upper(), name.lower(), f"  {name} ", name.replace(" ", "\u00a0"))
        },
        {identity.normal_name(unicodedata.normalize(form, name)) for form in ("NFC", "NFD", "NFKC", "NFKD")},
        {identity.normal_name(form) for form in (name, name.replace("'", "\u2019"), name.replace("-", " "))},
    ):
        assert len(forms) == 1


@given(NAMES)
def test_a_normal_name_is_letters_alone_and_stays_as_it_is(name):
    normal = identity.normal_name(name)

    if normal is not None:
        assert normal.isalpha()
        assert identity.normal_name(normal) == identity.normal_name(normal.lower()) == normal


@given(st.sampled_from([("nhs", "upn"), ("ndp1", "ndp4"), ("ndp2", "ndp3")]), st.text(max_size=30))
def test_one_value_never_has_one_token_in_two_schemes(schemes, value):
    first, second = schemes

    assert identity.token(TEST_KEY, first, value) != identity.token(TEST_KEY, second, value)


def test_other_rules_give_other_tokens(monkeypatch):
    before = identity.token(TEST_KEY, "nhs", "9434765919")
    monkeypatch.setattr(identity, "NORMALISATION", "norm_v2")

    assert identity.token(TEST_KEY, "nhs", "9434765919") != before


@given(
    st.builds(
        Person,
        local_id=st.just("P1"),
        nhs=st.sampled_from(["", "9434765919", "1111111111", "9.43E+09"]),
        forename=st.sampled_from(["", "Ada", "Baby"]),
        surname=st.sampled_from(["", "Lovelace", "Unknown"]),
        dob=st.none() | st.dates(),
        sex=st.sampled_from(["", "M", "F", "U"]),
        postcode=st.sampled_from(["", "ZX1 1AA", "ZZ99 3VZ"]),
    )
)
def test_a_person_has_no_token_only_for_want_of_a_part_that_is_named(person):
    """What the partner is told of its unmatched records is the reason, and holds no value."""
    lacking = identity.lacking(person)
    tokens = identity.tokens(person, TEST_KEY)

    assert (tokens["nhs"] is None) == any(each.startswith("NHS number") for each in lacking)
    for scheme, needs in {
        "ndp2": ("surname", "forename", "birth date"),
        "ndp4": ("forename", "birth date", "postcode"),
    }.items():
        assert (tokens[scheme] is None) == any(each.startswith(needs) for each in lacking)
    assert all(re.fullmatch(r"[A-Za-z ]+ (empty|not usable)", each) for each in lacking)


def soundex_by_rule(name: str) -> str:
    """Soundex as its rules are told, by three replacements: no state, unlike the program's."""
    digits = str.maketrans("BFPVCGJKQSXZDTLMNR", "111122222222334556")
    coded = re.sub("[HW]", "", name[1:])
    runs = re.sub(r"(\d)\1+", r"\1", (name[0] + coded).translate(digits))
    kept = re.sub("[A-Z]", "", runs[1:])
    return (name[0] + kept + "000")[:4]


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12))
def test_soundex_is_what_its_rules_give_in_another_writing(name):
    assert soundex(name) == soundex_by_rule(name)
