"""Codes of the census in the years that have them."""

import pytest
from census_sample import CHILD, census
from partner_drawing import events_of

from lantern.partner.delivery import deliver

CLOSED = "</PrimaryNeedCode><CINclosureDate>2019-12-01</CINclosureDate><ReasonForClosure>RC9</ReasonForClosure>"


@pytest.mark.parametrize(
    ("year", "before", "after", "kept", "left_out"),
    [
        (2020, ">4B<", ">18B<", ("factor_codes", "2B"), {"factor_not_yet_valid": 1}),
        (2021, ">4B<", ">18B<", ("factor_codes", "2B;18B"), {}),
        (2020, ">4B<", ">18A<", ("factor_codes", "2B;18A"), {}),
        (2021, ">4B<", ">18A<", ("factor_codes", "2B;18A"), {"factor_retired": 1}),
        (2021, ">4B<", ">24A<", ("factor_codes", "2B"), {"factor_not_yet_valid": 1}),
        (2022, ">4B<", ">24A<", ("factor_codes", "2B;24A"), {}),
        (2022, ">2A<", ">5D<", ("source_category", "10"), {"source_not_yet_valid": 1}),
        (2023, ">2A<", ">5D<", ("source_category", "5D"), {}),
        (2022, "</PrimaryNeedCode>", CLOSED, ("closure_code", ""), {"closure_reason_not_yet_valid": 1}),
        (2023, "</PrimaryNeedCode>", CLOSED, ("closure_code", "RC9"), {}),
    ],
)  # fmt: skip
def test_a_code_of_a_later_year_is_left_out_and_a_retired_one_is_kept_and_counted(
    tmp_path, key_file, year, before, after, kept, left_out
):
    """18B, 18C, 19B, 19C since 2020-21, 24A since 2021-22, 5D and RC9 since 2022-23; 18A and 19A until 2019-20."""
    assert before in CHILD
    child = CHILD.replace(before, after).replace("2023-", "2019-")
    path = census(tmp_path / "census.xml", child, year=year)

    outcome = deliver([path], "cin_census", "riverton_council", key_file, tmp_path / "out")

    column, code = kept
    event_type = {"factor_codes": "ASSESSMENT_AUTHORISED", "closure_code": "CASE_CLOSED"}.get(
        column, "REFERRAL_RECEIVED"
    )
    assert [event[column] for event in events_of(outcome) if event["event_type"] == event_type] == [code]
    assert (outcome.rows_refused, outcome.left_out) == ({}, left_out)


def test_every_factor_of_the_code_list_is_read_in_a_year_that_has_it(tmp_path, key_file):
    """The list of 2023-24 as the schema has it, written out by hand; 21 is none of them and stands alone."""
    factors = ["1A", "1B", "1C", "2A", "2B", "2C", "3A", "3B", "3C", "4A", "4B", "4C", "5A", "5B", "5C", "6A", "6B", "6C", "7A",
               "8B", "8C", "8D", "8E", "8F", "9A", "10A", "11A", "12A", "13A", "14A", "15A", "16A", "17A", "18B", "18C", "19B",
               "19C", "20", "22A", "23A", "24A"]  # fmt: skip
    listed = "".join(f"<AssessmentFactors>{code}</AssessmentFactors>" for code in factors)
    child = CHILD.replace("<AssessmentFactors>4B</AssessmentFactors>", listed)
    path = census(tmp_path / "census.xml", child, year=2024)

    events = events_of(deliver([path], "cin_census", "riverton_council", key_file, tmp_path / "out"))

    told_of = next(event["factor_codes"] for event in events if event["event_type"] == "ASSESSMENT_AUTHORISED")
    assert told_of == ";".join(factors)
