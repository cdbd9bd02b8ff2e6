"""Who a record is about: published vectors, fillers that are nobody, and tokens."""

from datetime import date

import pytest

from lantern.partner import identity
from lantern.partner.identity import Person
from lantern.partner.soundex import soundex

PROJECT, OTHER = b"p" * 32, b"q" * 32
CHILD = Person(
    local_id="P1",
    nhs="943 476 5919",
    upn="B801200005001",
    forename="Anne-Marie Jane",
    surname="O'Neill-Smith",
    dob=date(2015, 3, 7),
    sex="F",
    postcode="zx1 1aa",
)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ROBERT", "R163"),
        ("RUPERT", "R163"),
        ("TYMCZAK", "T522"),
        ("PFISTER", "P236"),
        ("HONEYMAN", "H555"),
        ("ASHCRAFT", "A261"),
        ("LEE", "L000"),
    ],
)
def test_soundex_gives_the_published_code(name, code):
    assert soundex(name) == code


@pytest.mark.parametrize(
    ("number", "is_valid"),
    [
        ("9434765919", True),
        ("943-476-5870", True),
        ("4010232137", True),
        ("9434765919.0", True),
        ("9434765871", False),
        ("1111111111", False),
        ("0000000000", False),
        ("0123456789", False),
        ("1234567890", False),
        ("9.43477E+09", False),
        ("9.434765919E+09", False),
        ("9434765919.5", False),
        ("943476591", False),
        ("0943476591", False),
        ("9876543210", False),
        ("\uff19434765919", False),
        ("943\u00a0476\u00a05919", True),
        ("943\u2013476\u20135919", True),
        ("", False),
    ],
)
def test_an_nhs_number_is_used_only_if_it_checks_and_is_no_filler(number, is_valid):
    assert (identity.valid_nhs(number) is not None) is is_valid


@pytest.mark.parametrize(
    ("number", "is_valid"),
    [
        ("B801200005001", True),
        ("b801200005001", True),
        ("A801200005001", False),
        ("P207000016049", True),
        ("Q207000016049", False),
        ("A123456789123", False),
        ("X98765432123B", False),
        ("G20100031903A", True),
        ("g20100031903a", True),
        ("H20100031903A", False),
        ("D201000118001", True),
        ("I201000118001", False),
        ("UN1", False),
        ("", False),
    ],
)
def test_a_pupil_number_is_used_only_if_its_check_letter_is_right(number, is_valid):
    """One vendor's help page works 207000016049 to Q; the sum is 266, so it is P."""
    assert (identity.valid_upn(number) is not None) is is_valid


def test_a_filler_of_noughts_is_no_pupil_number_even_with_a_right_letter():
    number = "201000000000"
    letter = identity.pupil_number.calc_check_digit(number)

    assert identity.pupil_number.is_valid(letter + number)
    assert identity.valid_upn(letter + number) is None


def test_without_the_list_of_fillers_a_filler_would_pass_the_arithmetic(monkeypatch):
    """The twin of the refusals above: their check digits are right."""
    identity.valid_nhs.cache_clear()
    monkeypatch.setattr(identity, "_PLACEHOLDER_NHS", frozenset())

    assert [identity.valid_nhs(number) for number in ("1111111111", "0123456789", "9876543210")] == [
        "1111111111", "0123456789", "9876543210",
    ]  # fmt: skip
    identity.valid_nhs.cache_clear()


def test_a_pupil_number_of_an_authority_made_since_2011_is_used():
    """The list in the library ends before Dorset's 838."""
    number = "838200005001"
    letter = identity.pupil_number.calc_check_digit(number)

    assert identity.valid_upn(letter + number) == letter + number


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("O'Neill-Smith", "ONEILLSMITH"),
        ("  de la Cruz ", "DELACRUZ"),
        ("Núñez", "NUNEZ"),
        ("Łukasz", "LUKASZ"),
        ("Straße", "STRASSE"),
        ("Unknown", None),
        ("BABY", None),
        ("-", None),
        ("X", None),
        ("", None),
    ],
)
def test_a_name_is_its_letters_without_marks_and_a_filler_is_no_name(text, normal):
    assert identity.normal_name(text) == normal


def test_only_the_first_forename_counts():
    assert identity.normal_forename("Anne-Marie Jane") == identity.normal_forename("ANNE") == "ANNE"


@pytest.mark.parametrize(
    ("text", "normal"),
    [("zx1 1aa", "ZX11AA"), ("SW1A 1AA", "SW1A1AA"), ("ZZ99 3VZ", None), ("none", None), ("", None)],
)
def test_a_postcode_is_used_only_in_its_form_and_not_as_a_filler(text, normal):
    assert identity.normal_postcode(text) == normal


def test_the_parts_of_each_scheme_are_those_agreed():
    assert identity.parts(CHILD) == {
        "nhs": "9434765919",
        "upn": "B801200005001",
        "ndp1": "ONEILLSMITH|A|2015-03-07|ZX11AA",
        "ndp2": "ONEILLSMITH|ANNE|2015-03-07",
        "ndp3": "O542|A|2015-03-07|F",
        "ndp4": "ANNE|2015-03-07|ZX11AA",
    }


@pytest.mark.parametrize(
    ("missing", "schemes_without"),
    [
        ({"nhs": ""}, {"nhs"}),
        ({"upn": ""}, {"upn"}),
        ({"postcode": "ZZ99 3VZ"}, {"ndp1", "ndp4"}),
        ({"sex": "U"}, {"ndp3"}),
        ({"surname": "UNKNOWN"}, {"ndp1", "ndp2", "ndp3"}),
        ({"forename": "Baby"}, {"ndp1", "ndp2", "ndp3", "ndp4"}),
        ({"dob": date(1900, 1, 1)}, {"ndp1", "ndp2", "ndp3", "ndp4"}),
        ({"dob": None}, {"ndp1", "ndp2", "ndp3", "ndp4"}),
    ],
)
def test_a_missing_part_or_a_filler_gives_no_token(missing, schemes_without):
    """Never a token of blanks: all unknown children would be one."""
    from dataclasses import replace

    tokens = identity.tokens(replace(CHILD, **missing), PROJECT)

    assert {scheme for scheme, token in tokens.items() if token is None} == schemes_without


def test_tokens_differ_by_scheme_and_by_key_and_not_otherwise():
    one, same, other = (identity.tokens(CHILD, key) for key in (PROJECT, PROJECT, OTHER))

    assert one == same
    assert len(set(one.values()) | set(other.values())) == 2 * len(one)
    assert identity.token(PROJECT, "nhs", "1") != identity.token(PROJECT, "upn", "1")


def test_the_token_of_a_published_person_never_changes():
    """The vector by which another program can check that it follows norm_v1."""
    assert identity.token(PROJECT, "nhs", "9434765919") == (
        "83e01585d9385bf97d8cf0186a475f95d1e8f54ab52c99e8569ab565ad9824f5"
    )
