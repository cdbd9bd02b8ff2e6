"""Outcomes, factors and codes as case systems spell them, and text that is never looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantern.partner import outcome as outcomes
from lantern.partner.outcome import abuse_codes, code_in_front, contact_outcome, factors, flags_set, yes_no


@pytest.mark.parametrize(
    ("blob", "outcome"),
    [
        ('{"NEW_REFERRAL":"Y","NFA":"N"}', "assessment"),
        ('{"CP_ENQUIRY":"Y","NEW_REFERRAL":"Y"}', "strategy_s47"),
        ('{"ADVICE":"Y"}', "advice"),
        ('{"NFA":1}', "nfa"),
        ('{"EXISTING_REFERRAL":"Y"}', "existing_case"),
        ('{"OLA_CP":"Y"}', "ola_transfer"),
        ('{"PRIVATE_FOSTERING":"Y"}', "other"),
        ('{"NFA":"N"}', None),
        ('{"NFA":"Y","COMMENTS":"he said "stop" twice"}', "nfa"),
        ('{"NFA":"N","NEW_REFERRAL" : "Y","COMMENTS":"unended', "assessment"),
        ('{"NFA":"N","NUMBER_OF_OUTCOMES":"1","COMMENTS":"she asked "NFA":"Y" twice"}', None),
        ('{"NEW_REFERRAL_FLAG": "Y", "NFA_FLAG": "N"}', "assessment"),
        ('{"OUTCOME_NFA_FLAG":"Y"}', "nfa"),
        ('{"NUMBER_OF_OUTCOMES":"1","COMMENTS":""}', None),
        ('{"a":' * 3_000, None),
        ("CIN Referral", "assessment"),
        ("EH Referral", "early_help"),
        ("No further action", "nfa"),
        ("Early Help Assessment", "early_help"),
        ("Child and Family Assessment, Strategy discussion", "strategy_s47"),
        ("Progress to early help - Children's social care case closure)", "early_help"),
        ("Step down to Early Help, Closure Record", "early_help"),
        ("Ongoing LAC work", "existing_case"),
        ("Transfer in conference", "cp_transfer_in"),
        ("Information and advice, Closure Record", "advice"),
        ("No strategy discussion", None),
        ("Referral declined", None),
        ("The mother rang and said that she had heard of a strategy discussion about her son at the school", None),
        ("[1, 2]", None),
        ("", None),
    ],
)
def test_the_outcome_of_a_contact_is_read_from_flags_words_or_a_broken_blob(blob, outcome):
    assert contact_outcome(blob) == outcome


@pytest.mark.parametrize(
    "text",
    [
        '["1A","2B"]',
        '{"1A":"Yes","2B":"Y","3A":"No"}',
        "1A, 2B",
        '["1A" "2B"',
        '{"1A":"Yes",2b:"Y","3A":"No","x',
        "['1a','2B']",
    ],
)
def test_factors_are_read_from_a_list_an_object_or_anything_with_codes(text):
    assert factors(text) == ["1A", "2B"]


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("Neglect", "NEG"),
        ("emotional abuse", "EMO"),
        ("Multiple: Sexual & Physical", "PHY;SAB"),
        ("Multiple", "MUL"),
        ("SAB", "SAB"),
        ("Other", None),
    ],
)
def test_words_for_abuse_become_codes(words, codes):
    assert abuse_codes(words) == codes


@pytest.mark.parametrize(
    ("text", "code_list", "code"),
    [
        ("RC8", "closure_reason", "RC8"),
        ("RC8 - Case closed after assessment", "closure_reason", "RC8"),
        ("n1 - Abuse or neglect", "need", "N1"),
        ("a) WBRI", "ethnicity", "WBRI"),
        ("", "need", ""),
        ("N11", "need", None),
        ("Neglect", "need", None),
    ],
)
def test_a_code_is_read_alone_or_in_front_of_its_label(text, code_list, code):
    assert code_in_front(text, code_list) == code


def test_a_comment_is_cut_off_before_flags_are_looked_for():
    """A comment can quote a flag. The twin shows what would be read if it were not cut off."""
    text = '{"NFA":"N","COMMENTS":"the form said "CP_ENQUIRY":"Y" by mistake"}'

    assert flags_set(text) == frozenset()
    assert outcomes._FLAG.findall(text) == ["CP_ENQUIRY"]


@given(st.text(max_size=200))
def test_no_text_whatever_stops_the_reading_of_outcomes_and_factors(text):
    outcome = contact_outcome(text)

    assert outcome is None or outcome in outcomes.known("contact_outcome")
    assert all(isinstance(code, str) for code in factors(text))
    assert yes_no(text) in (True, False, None)
    assert contact_outcome("{" + text) in (None, *outcomes.known("contact_outcome"))
