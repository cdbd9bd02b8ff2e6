"""A council's tables: what each row becomes, and what is refused."""

import pytest
from partner_drawing import SINCE, events_of, told

from lantern.errors import DeliveryRefused


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
    assert by_type["REFERRAL_RECEIVED"]["source_category"] in ("1A", "3E")
    assert outcome.left_out == {}


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
        C1              | P1             | 2026-07-03 09:30:00 | 6                        |
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


def test_a_child_is_in_care_once_however_often_the_child_moves(council):
    """By period of care: P1 moves twice and leaves, P2 stays, P1 comes back, and one last move is not an end."""
    outcome = council(
        ssd_cla_episodes="""
        clae_cla_episode_id | clae_person_id | clae_cla_id | clae_entered_care_date | clae_cla_episode_start_date | clae_cla_episode_ceased_date | clae_cla_episode_ceased_reason
        --------------------+----------------+-------------+------------------------+-----------------------------+------------------------------+-------------------------------
        E2                  | P1             | K1          | 2025-01-02             | 2025-02-01                  | 2025-03-01                   | E4A
        E1                  | P1             | K1          | 2025-01-02             | 2025-01-02                  | 2025-02-01                   | X1
        E3                  | P2             |             | 2018-05-06             | 2025-01-02                  | 1900-01-01                   |
        E4                  | P1             | K2          | 2025-06-01             | 2025-06-01                  | 2025-07-01                   | X1 Episode ceases
        E5                  | P2             | K3          | 2025-06-01             | soon                        |                              |
        E6                  | P2             |             |                        | 2025-06-01                  |                              |
        """
    )

    assert told(events_of(outcome), "event_type", "event_at") == [
        ("CARE_ENDED", "2025-03-01"),
        ("CARE_STARTED", "2018-05-06"),
        ("CARE_STARTED", "2025-01-02"),
        ("CARE_STARTED", "2025-06-01"),
    ]
    assert sorted(outcome.refused) == [
        ("care_period_missing", "ssd_cla_episodes row 7"),
        ("date_unreadable", "ssd_cla_episodes row 6"),
    ]


def test_plans_and_missing_episodes_start_and_end_and_being_absent_is_not_missing(council):
    outcome = council(
        ssd_cin_plans="""
        cinp_cin_plan_id | cinp_person_id | cinp_referral_id | cinp_cin_plan_start_date | cinp_cin_plan_end_date
        -----------------+----------------+------------------+--------------------------+-----------------------
        N1               | P1             | R1               | 2026-01-07               | 2026-02-07
        N2               | P2             |                  | 2026-01-08               |
        """,
        ssd_missing="""
        miss_table_id | miss_person_id | miss_missing_episode_start_date | miss_missing_episode_end_date | miss_missing_episode_type
        --------------+----------------+---------------------------------+-------------------------------+--------------------------
        M1            | P1             | 2026-03-01 22:15:00             | 2026-03-02 07:00:00           | M
        M2            | P1             | 2026-04-01 22:15:00             |                               | Missing
        M3            | P1             | 2026-05-01 22:15:00             |                               | A
        """,
    )

    assert told(events_of(outcome), "event_type", "event_at") == [
        ("CINPLAN_ENDED", "2026-02-07"),
        ("CINPLAN_STARTED", "2026-01-07"),
        ("CINPLAN_STARTED", "2026-01-08"),
        ("MISSING_ENDED", "2026-03-02T07:00:00+00:00"),
        ("MISSING_STARTED", "2026-03-01T22:15:00+00:00"),
        ("MISSING_STARTED", "2026-04-01T22:15:00+01:00"),
    ]
    assert outcome.refused == [("absent_not_missing", "ssd_missing row 4")]


def test_no_further_action_is_read_from_the_flags_where_the_column_is_empty(council):
    outcome = council(
        ssd_cin_episodes="""
        cine_referral_id | cine_person_id | cine_referral_date | cine_referral_source_code | cine_referral_nfa | cine_referral_outcome_json
        -----------------+----------------+--------------------+---------------------------+-------------------+-------------------------------------
        R1               | P1             | 2026-01-05         | 6                         |                   | {"SINGLE_ASSESSMENT":"N","NFA":"Y"}
        R2               | P1             | 2026-01-06         | 6                         |                   | {"SINGLE_ASSESSMENT":"Y","NFA":"Y"}
        R3               | P1             | 2026-01-07         | 6                         | N                 | {"NFA":"Y"}
        """
    )

    decided = [event for event in events_of(outcome) if event["event_type"] == "REFERRAL_DECIDED"]
    assert told(decided, "event_at", "outcome_code") == [("2026-01-05", "nfa")]


def test_a_table_without_an_agreed_column_is_refused_by_the_columns_name(council):
    with pytest.raises(DeliveryRefused, match="ssd_contacts: columns missing: cont_contact_date"):
        council(ssd_contacts="cont_contact_id | cont_person_id\n---\nC1 | P1")


def test_a_folder_without_people_is_refused(tmp_path, key_file):
    from lantern.partner.delivery import deliver

    (tmp_path / "empty").mkdir()

    with pytest.raises(DeliveryRefused, match=r"ssd_person\.csv and at least one of"):
        deliver([tmp_path / "empty"], "ssd", "riverton_council", key_file, tmp_path / "out", period_from=SINCE)
