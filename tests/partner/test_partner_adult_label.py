"""What adult social care's labels mean in the Safeguarding Adults Collection."""

import tomllib
from importlib import resources

import pytest
from partner_drawing import SINCE

from lantern import codelist
from lantern.partner import adult_record
from lantern.partner.adult_label import coded, coded_all

LISTS = {
    "decision": "contact_outcome", "enquiry_type": "contact_outcome", "risk_type": "adult_risk_type",
    "risk_source": "adult_risk_source", "risk_location": "adult_risk_location", "risk_outcome": "adult_risk_outcome",
    "wishes_outcome": "adult_wishes_outcome", "source": "referral_source",
}  # fmt: skip


def labels():
    return tomllib.loads(resources.files("lantern.partner").joinpath("adult_labels.toml").read_text(encoding="utf-8"))


def test_every_code_of_the_collection_has_labels_and_every_label_a_code():
    """The collection's own words, by hand, are among them."""
    listed = labels()

    assert set(listed) - {"choices"} == set(LISTS) | {"capacity", "support"}
    for kind, code_list in LISTS.items():
        codes = set(codelist.codes(code_list))
        assert set(listed[kind]) <= codes, kind
        if code_list.startswith("adult_"):
            assert set(listed[kind]) == codes, kind
    for kind, label in codelist_labels():
        assert coded(kind, label), (kind, label)
    assert coded_all("risk_type", "Neglect and acts of omission, Self-neglect") == ("neglect;self_neglect", 0)


def codelist_labels():
    found = [
        (kind, label)
        for kind, name in LISTS.items()
        if name.startswith("adult_")
        for label in codelist.labels(name).values()
    ]
    assert len(found) > 30
    return found


def test_no_label_has_two_codes_and_every_choice_says_why():
    listed = labels()
    seen = [
        (kind, label.lower().replace("-", " "), code)
        for kind, table in listed.items()
        if kind != "choices"
        for code, ways in table.items()
        for label in (code, *ways)
    ]
    seen += [
        (each["kind"], label.lower().replace("-", " "), each["code"])
        for each in listed["choices"]
        for label in each["labels"]
    ]

    assert len(seen) > 200
    doubled = {
        (kind, label) for kind, label, code in seen for other in seen if other[:2] == (kind, label) and other[2] != code
    }
    assert doubled == set()
    assert len(listed["choices"]) > 10
    assert all(len(each["because"]) > 20 for each in listed["choices"])


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        ("decision", "section 42 ENQUIRY", "s42"),
        ("decision", "a) No further action", "nfa"),
        ("risk_location", "Care home", ""),
        ("risk_source", "not known", ""),
        ("wishes_outcome", "Yes - fully achieved", "fully"),
        ("wishes_outcome", "", ""),
        ("risk_outcome", "Risk identified", ""),
        ("decision", "Sect 42?", None),
    ],
)
def test_a_label_is_read_as_listed_and_never_guessed(kind, text, code):
    assert coded(kind, text) == code


@pytest.mark.parametrize(
    ("lacked", "supported", "code"),
    [
        ("Yes", "IMCA", "lacked_supported"),
        ("Yes", "No", "lacked_unsupported"),
        ("Yes", "", "lacked_unsupported"),
        ("No", "Yes", "had"),
        ("", "", "not_recorded"),
        ("Don't know", "", "dont_know"),
        ("perhaps", "", ""),
    ],
)
def test_capacity_and_support_are_one_code(lacked, supported, code):
    from lantern.partner.instant import DateReader, end_of_day
    from lantern.partner.table import Row

    register = adult_record.Register(DateReader(end_of_day(SINCE)))

    assert adult_record._capacity(Row(lacked_capacity=lacked, supported=supported), register) == code
