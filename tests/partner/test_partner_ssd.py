"""A council's tables: what each row becomes, and what is refused."""

import pytest
from partner_drawing import SINCE, events_of, told

from lantern.errors import DeliveryRefused
from lantern.partner.outcome import abuse_codes, contact_outcome, factors


def test_a_contact_is_received_and_if_decided_decided(council):
    """A contact still waiting carries no decision, so that its wait is counted."""
    outcome = council(
        ssd_contacts="""
        cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code | cont_contact_outcome_json | x_cont_decision_dttm | x_cont_open_case
        ----------------+----------------+---------------------+--------------------------+---------------------------+----------------------+-----------------
        C1              | P1             | 2026-07-01 09:30:00 | 6                        | {"NFA":"Y"}               | 2026-07-02 11:00:00  | N
        C2              | P2             | 2026-07-01 10:30:00 | 2A                       |                           |                      | Y
        """
    )

    assert told(events_of(outcome), "event_type", "event_at", "source_category", "outcome_code", "open_case") == [
        ("CONTACT_DECIDED", "2026-07-02T11:00:00+01:00", "6", "nfa", "n"),
        ("CONTACT_RECEIVED", "2026-07-01T09:30:00+01:00", "6", "", "n"),
        ("CONTACT_RECEIVED", "2026-07-01T10:30:00+01:00", "2A", "", "y"),
    ]
    received, decided = (
        next(event for event in events_of(outcome) if event["event_at"].startswith(day))
        for day in ("2026-07-01T09", "2026-07-02")
    )
    assert decided["parent_event_key"] == received["event_key"]
    assert decided["episode_key"] == received["episode_key"]


def test_a_referral_and_what_is_under_it_are_one_episode(council):
    outcome = council(
        ssd_cin_episodes="""
        cine_referral_id | cine_person_id | cine_referral_date | cine_referral_source_code | cine_cin_primary_need_code | cine_referral_nfa | cine_close_date | cine_close_reason
        -----------------+----------------+--------------------+---------------------------+----------------------------+-------------------+-----------------+------------------
        R1               | P1             | 2026-01-05         | 1A                        | N1                         | N                 | 2026-05-01      | RC8
        R2               | P2             | 2026-01-06         | HSERVAE                   |                            | true              | 1900-01-01      |
        """,
        ssd_cin_assessments="""
        cina_assessment_id | cina_person_id | cina_referral_id | cina_assessment_start_date | cina_assessment_auth_date
        -------------------+----------------+------------------+----------------------------+--------------------------
        A1                 | P1             | R1               | 2026-01-06                 | 2026-03-02
        """,
        ssd_assessment_factors="""
        cinf_assessment_id | cinf_assessment_factors_json
        -------------------+-----------------------------
        A1                 | {"4B":"Yes","1A":"No","2B":"Yes"}
        """,
        ssd_s47_enquiry="""
        s47e_s47_enquiry_id | s47e_person_id | s47e_referral_id | s47e_s47_start_date | s47e_s47_end_date | s47e_s47_nfa
        --------------------+----------------+------------------+---------------------+-------------------+-------------
        S1                  | P1             | R1               | 2026-01-07          | 2026-01-20        | N
        """,
        ssd_initial_cp_conference="""
        icpc_icpc_id | icpc_person_id | icpc_s47_enquiry_id | icpc_referral_id | icpc_icpc_date | icpc_icpc_transfer_in
        -------------+----------------+---------------------+------------------+----------------+----------------------
        I1           | P1             | S1                  | R1               | 2026-01-20     | N
        I2           | P2             |                     |                  |                |
        """,
        ssd_cp_plans="""
        cppl_cp_plan_id | cppl_person_id | cppl_referral_id | cppl_cp_plan_start_date | cppl_cp_plan_end_date | cppl_cp_plan_initial_category | cppl_cp_plan_latest_category
        ----------------+----------------+------------------+-------------------------+-----------------------+-------------------------------+-----------------------------
        L1              | P1             | R1               | 2026-01-20              | 2026-04-20            | Multiple: Neglect, Emotional  | NEG
        """,
    )

    events = events_of(outcome)
    assert told(events, "event_type", "event_at") == [
        ("ASSESSMENT_AUTHORISED", "2026-03-02"),
        ("ASSESSMENT_STARTED", "2026-01-06"),
        ("CASE_CLOSED", "2026-05-01"),
        ("CPP_ENDED", "2026-04-20"),
        ("CPP_STARTED", "2026-01-20"),
        ("ICPC_HELD", "2026-01-20"),
        ("REFERRAL_DECIDED", "2026-01-06"),
        ("REFERRAL_RECEIVED", "2026-01-05"),
        ("REFERRAL_RECEIVED", "2026-01-06"),
        ("S47_ENDED", "2026-01-20"),
        ("S47_STARTED", "2026-01-07"),
    ]
    by_type = {event["event_type"]: event for event in events}
    first_child = [event for event in events if event["local_person_key"] == by_type["CASE_CLOSED"]["local_person_key"]]
    assert len({event["episode_key"] for event in first_child}) == 1
    assert by_type["ICPC_HELD"]["parent_event_key"] == by_type["S47_STARTED"]["event_key"]
    assert by_type["ASSESSMENT_AUTHORISED"]["factor_codes"] == "2B;4B"
    assert by_type["CPP_STARTED"]["abuse_codes"] == "NEG;EMO"
    assert by_type["CASE_CLOSED"]["closure_code"] == "RC8"
    assert by_type["REFERRAL_DECIDED"]["outcome_code"] == "nfa"
    assert outcome.left_out == {"source_unmapped": 1}


def test_a_bad_row_is_refused_by_its_row_number_and_the_others_are_kept(council):
    outcome = council(
        ssd_contacts="""
        cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code | x_cont_decision_dttm
        ----------------+----------------+---------------------+--------------------------+---------------------
        C1              | P1             | 2026-07-01 09:30:00 | 6                        |
        C2              |                | 2026-07-01 09:30:00 | 6                        |
        C3              | P1             | 2026-03-29 01:30:00 | 6                        |
        C4              | P1             | 2026-07-01 09:30:00 | 6                        | soon
        C1              | P1             | 2026-07-01 09:30:00 | 6                        |
        C1              | P2             | 2026-07-03 09:30:00 | 6                        |
        C5              | P1             | 2026-07-01 09:30:00 | 6                        |         | stray
        """
    )

    assert outcome.rows == 1
    assert outcome.refused == [
        ("person_missing", "ssd_contacts row 3"),
        ("time_does_not_exist", "ssd_contacts row 4"),
        ("date_unreadable", "ssd_contacts row 5"),
        ("repeated_record", "ssd_contacts row 6"),
        ("record_id_reused", "ssd_contacts row 7"),
        ("row_shape", "ssd_contacts row 8"),
    ]


def test_one_enquiry_about_two_children_is_two_events(council):
    """In group working an enquiry id is not one child's."""
    outcome = council(
        ssd_s47_enquiry="""
        s47e_s47_enquiry_id | s47e_person_id | s47e_s47_start_date
        --------------------+----------------+--------------------
        S1                  | P1             | 2026-01-07
        S1                  | P2             | 2026-01-07
        """
    )

    assert (outcome.rows, outcome.rows_refused) == (2, {})


def test_siblings_share_a_household_key(council):
    outcome = council(
        ssd_family="""
        fami_family_id | fami_person_id
        ---------------+---------------
        F1             | P1
        F1             | P2
        """,
        ssd_early_help_episodes="""
        earl_episode_id | earl_person_id | earl_episode_start_date | earl_episode_end_date
        ----------------+----------------+-------------------------+----------------------
        E1              | P1             | 2026-01-07              | 2026-02-07
        E2              | P2             | 2026-01-07              |
        """,
    )

    events = events_of(outcome)
    assert len(events) == 3
    assert len({event["household_key"] for event in events} - {""}) == 1


def test_a_child_not_yet_born_has_an_expected_month_and_no_birth_month(council):
    outcome = council(
        ssd_person="""
        pers_person_id | pers_dob            | pers_expected_dob   | pers_sex | pers_ethnicity
        ---------------+---------------------+---------------------+----------+---------------
        P1             |                     | 2026-12-24 00:00:00 | U        | NOBT
        P2             | 2019-05-06 00:00:00 |                     | M        | MWBC
        """,
        ssd_early_help_episodes="""
        earl_episode_id | earl_person_id | earl_episode_start_date
        ----------------+----------------+------------------------
        E1              | P1             | 2026-01-07
        E2              | P2             | 2026-01-07
        """,
    )

    assert told(events_of(outcome), "is_unborn", "birth_month", "expected_birth_month", "sex", "ethnic_group") == [
        ("false", "2019-05", "", "M", "mixed"),
        ("true", "", "2026-12", "U", "unknown"),
    ]


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
        ("CIN Referral", "assessment"),
        ("EH Referral", "early_help"),
        ("[1, 2]", None),
        ("", None),
    ],
)
def test_the_outcome_of_a_contact_is_read_from_flags_words_or_a_broken_blob(blob, outcome):
    assert contact_outcome(blob) == outcome


@pytest.mark.parametrize("text", ['["1A","2B"]', '{"1A":"Yes","2B":"Y","3A":"No"}', "1A, 2B", '["1A" "2B"'])
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


def test_a_table_without_an_agreed_column_is_refused_by_the_columns_name(council):
    with pytest.raises(DeliveryRefused, match="ssd_contacts: columns missing: cont_contact_date"):
        council(ssd_contacts="cont_contact_id | cont_person_id\n---\nC1 | P1")


def test_a_folder_without_people_is_refused(tmp_path, key_file):
    from lantern.partner.delivery import deliver

    (tmp_path / "empty").mkdir()

    with pytest.raises(DeliveryRefused, match=r"ssd_person\.csv and at least one of"):
        deliver([tmp_path / "empty"], "ssd", "riverton_council", key_file, tmp_path / "out", period_from=SINCE)
