"""The source of a contact as systems write it, and the shared list it is looked up in."""

import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern import codelist
from lantern.partner import source_label
from lantern.partner.source_label import source_code


def listed():
    text = resources.files("lantern.partner").joinpath("source_labels.toml").read_text("utf-8")
    return tomllib.loads(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("HSERVAE", "3E"),
        ("INDFRC", "1A"),
        ("police", "6"),
        ("  Health   Visitor ", "3B"),
        ("A & E", "3E"),
        ("children\u2019s centre", "8"),
        ("Family/relative/carer", "1A"),
        # Codes of the census, in any case, alone or before their label.
        ("3d", "3D"),
        ("10", "10"),
        ("3A - GP", "3A"),
        ("1A: Individual (our own words)", "1A"),
        ("6. Police", "6"),
        # Three slips of maps in use: Home Office 3D, pre-school 1B, early help 5A.
        ("Home Office", "7"),
        ("Pre-school", "2B"),
        ("Early Help", "5D"),
        # A number before a label may be a line of someone's own list, so the label has to agree.
        ("6 - Health visitor", None),
        ("6 - Widgets", None),
        ("3A - Police", None),
        ("99 - GP", None),
        ("The moon", None),
        ("", None),
    ],
)
def test_a_source_is_a_code_a_label_a_private_code_or_nothing(text, code):
    assert source_code(text) == code


def test_each_code_of_the_census_has_labels_and_no_label_has_two():
    plain = [
        (source_label._plain(label), code)
        for code, labels in [
            *listed()["labels"].items(),
            *((each["code"], each["labels"]) for each in listed()["choices"]),
        ]
        for label in labels
    ]

    assert set(listed()["labels"]) == set(codelist.codes("referral_source"))
    assert len({label for label, _ in plain}) >= 150
    meanings = {}
    for label, code in plain:
        meanings.setdefault(label, set()).add(code)
    assert {label: codes for label, codes in meanings.items() if len(codes) > 1} == {}


def test_a_choice_gives_its_reason_and_a_code_of_the_census():
    choices = listed()["choices"]

    assert len(choices) >= 10
    for choice in choices:
        assert choice["code"] in codelist.codes("referral_source")
        assert len(choice["because"].split()) >= 5


@given(st.sampled_from(sorted(source_label._code_of_label())), st.integers(0, 3))
def test_case_and_spaces_do_not_change_what_a_label_means(label, spaces):
    written = (" " * spaces) + label.upper().replace(" ", " " * (spaces + 1))

    assert source_code(written) == source_code(label) is not None
