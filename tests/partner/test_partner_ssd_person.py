"""A council's children: what is told of a life, and which numbers and names become tokens."""

from partner_drawing import events_of, told

from lantern.partner import ssd_person


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


EARLY_HELP = """
    earl_episode_id | earl_person_id | earl_episode_start_date
    ----------------+----------------+------------------------
    E1              | P1             | 2026-01-07
"""


def test_a_birth_is_told_to_the_month_and_a_death_to_the_day(council):
    """The day of birth is nowhere in what leaves."""
    outcome = council(
        ssd_person="""
        pers_person_id | pers_dob   | pers_expected_dob | pers_death_date
        ---------------+------------+-------------------+----------------
        P1             | 2026-02-19 | 2026-02-27        |
        P2             | 2015-02-03 |                   | 2026-05-06
        P3             | 2015-02-03 |                   | 2027-05-06
        P4             | 2027-02-03 |                   |
        """,
        ssd_early_help_episodes=EARLY_HELP,
    )

    events = events_of(outcome)
    assert told(events, "event_type", "event_at", "event_time_precision") == [
        ("BIRTH", "2026-02-01", "month"),
        ("DEATH", "2026-05-06", "day"),
        ("EH_STARTED", "2026-01-07", "day"),
    ]
    assert not any("2026-02-19" in cell for event in events for cell in event.values())
    assert outcome.refused == [("date_after_snapshot", "ssd_person row 4, pers_death_date")]
    assert outcome.left_out == {"birth_date_after_snapshot": 1}


def test_a_former_or_linked_number_stands_in_for_one_that_is_missing_or_wrong(council):
    """The number that is valid from the latest day counts."""
    events = [
        events_of(outcome)[0]
        for outcome in (
            council(ssd_person=people, ssd_linked_identifiers=LINKED, ssd_early_help_episodes=EARLY_HELP)
            for people in (
                "pers_person_id | pers_upn | pers_single_unique_id\n---\nP1 | B801200005001 | 943 476 5919",
                "pers_person_id | pers_upn | pers_common_child_id\n---\nP1 | A801200005001 | 9434765919",
                "pers_person_id | pers_upn\n---\nP1 | SSD_PH",
            )
        )
    ]

    assert len(events) == 3
    assert all(event["token_upn"] and event["token_nhs"] for event in events)
    assert len({(event["token_upn"], event["token_nhs"]) for event in events}) == 1


LINKED = """
    link_person_id | link_identifier_type        | link_identifier_value | link_valid_from_date
    ---------------+-----------------------------+-----------------------+---------------------
    P1             | Former Unique Pupil Number  | B801200005001         | 2021-09-01
    P1             | Former Unique Pupil Number  | X801200005001         | 2019-09-01
    P1             | NHS Number                  | 9434765919            |
    P9             | PLACEHOLDER_DATA            | PLACEHOLDER_DATA      |
"""


def test_a_number_that_fails_its_check_is_counted_and_gives_no_token(council):
    outcome = council(
        ssd_person="pers_person_id | pers_upn | pers_single_unique_id\n---\nP1 | A801200005001 | 9434765910",
        ssd_early_help_episodes=EARLY_HELP,
    )

    assert outcome.left_out == {"nhs_invalid": 1, "upn_invalid": 1}
    assert told(events_of(outcome), "token_upn", "token_nhs") == [("", "")]


PLACEHOLDERS = """
    pers_person_id | pers_forename | pers_surname | pers_dob   | pers_sex
    ---------------+---------------+--------------+------------+---------
    P1             | SSD_PH        | SSD_PH       | 2015-02-03 | F
"""


def test_the_placeholder_of_the_datasets_own_queries_is_no_name(council):
    """Two children of one birth date and one placeholder would become one child everywhere."""
    outcome = council(ssd_person=PLACEHOLDERS, ssd_early_help_episodes=EARLY_HELP)

    assert told(events_of(outcome), "token_ndp2", "token_ndp3") == [("", "")]


def test_without_the_guard_the_placeholder_would_be_a_name(council, monkeypatch):
    """The twin: this is what the guard is there for."""
    monkeypatch.setattr(ssd_person, "_PLACEHOLDERS", ("NOTHING OF THE KIND",))

    outcome = council(ssd_person=PLACEHOLDERS, ssd_early_help_episodes=EARLY_HELP)

    assert all(token for row in told(events_of(outcome), "token_ndp2", "token_ndp3") for token in row)


def test_disability_is_yes_no_or_not_known(council):
    outcome = council(
        ssd_person="pers_person_id\n---\nP1\nP2\nP3",
        ssd_disability="""
        disa_person_id | disa_disability_code
        ---------------+---------------------
        P1             | NONE
        P1             | LD
        P2             | NONE
        """,
        ssd_early_help_episodes="""
        earl_episode_id | earl_person_id | earl_episode_start_date
        ----------------+----------------+------------------------
        E1              | P1             | 2026-01-01
        E2              | P2             | 2026-01-02
        E3              | P3             | 2026-01-03
        """,
    )

    assert told(events_of(outcome), "event_at", "disability") == [
        ("2026-01-01", "y"),
        ("2026-01-02", "n"),
        ("2026-01-03", ""),
    ]
