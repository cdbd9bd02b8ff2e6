"""Child protection, worked by hand: enquiries, conferences, plans, and what assessments find."""

from worked import says, share

ENQUIRIES = """
    event       | at         | key | of | not required | transfer in | person
    ------------+------------+-----+----+--------------+-------------+-------
    S47_STARTED | 2026-03-02 | a   |    |              |             | A
    ICPC_HELD   | 2026-03-23 |     |    |              | false       | A
    S47_STARTED | 2026-03-02 | b   |    |              |             | B
    S47_STARTED | 2026-03-09 | b2  |    |              |             | B
    ICPC_HELD   | 2026-03-31 |     |    |              | false       | B
    S47_STARTED | 2026-03-02 | c   |    |              |             | C
    S47_ENDED   | 2026-03-13 |     | c  | true         |             | C
    S47_STARTED | 2026-03-02 | d   |    |              |             | D
    S47_ENDED   | 2026-03-16 |     | d  |              |             | D
    S47_STARTED | 2026-09-28 | e   |    |              |             | E
    ICPC_HELD   | 2026-03-16 |     |    |              | true        | F
"""
# A: a conference on the 15th working day. B: a second enquiry a week after the first; the conference is of the second,
# 16 working days after it. C: no conference required, day 9. D: ended without a word, day 10. E: open. F: a transfer.


def test_every_enquiry_is_followed_to_a_conference_to_its_end_or_to_the_next_one():
    """B's first is followed for 5 working days, to the second's start; E's for 2."""
    assert says("T_ICPC15", ENQUIRIES) == [
        ("2026-03-02", "censored", 5),
        ("2026-03-02", "conference", 15),
        ("2026-03-02", "ended_without", 10),
        ("2026-03-02", "not_required", 9),
        ("2026-03-09", "conference", 16),
        ("2026-09-28", "censored", 2),
    ]


def test_shares_of_enquiries_leave_out_the_one_that_another_followed_and_the_open_one():
    """A and B's second led to a conference, C and D did not: 2 of 4; one of the four needed none."""
    assert share("R_S47_CONFERENCE", ENQUIRIES) == (2, 4)
    assert share("R_S47_NOT_REQUIRED", ENQUIRIES) == (1, 4)


def test_the_census_way_counts_conferences_held():
    """A's in time, B's a day late, F's not ours: 1 of 2."""
    assert share("R_ICPC15_HELD", ENQUIRIES) == (1, 2)


def test_a_conference_led_to_a_plan_within_28_days():
    """A's plan started 28 days later, B's 29: 1 of 2. E's conference has been followed for 27 days: not known yet."""
    drawing = """
        event       | at         | transfer in | person
        ------------+------------+-------------+-------
        ICPC_HELD   | 2026-06-01 | false       | A
        CPP_STARTED | 2026-06-29 |             | A
        ICPC_HELD   | 2026-06-01 | false       | B
        CPP_STARTED | 2026-06-30 |             | B
        ICPC_HELD   | 2026-09-03 | false       | E
        CPP_STARTED | 2026-09-03 |             | E
    """

    assert share("R_ICPC_PLAN", drawing) == (1, 2)


def test_a_plan_repeats_another_by_the_declared_count_or_by_what_was_delivered():
    """
    A: a first, ended on 1 June 2023; a second on 2 June 2025, two years and a day later: a repeat, but not within
    24 months. B: declared one before: a repeat. C: none. 2 of 4, and none of 4 within 24 months.
    """
    drawing = """
        event       | at         | key | of | plans before | person
        ------------+------------+-----+----+--------------+-------
        CPP_STARTED | 2022-06-01 | a   |    | 0            | A
        CPP_ENDED   | 2023-06-01 |     | a  |              | A
        CPP_STARTED | 2025-06-02 | a2  |    | 0            | A
        CPP_STARTED | 2025-06-02 | b   |    | 1            | B
        CPP_STARTED | 2025-06-02 | c   |    | 0            | C
    """

    assert share("R_CPP_REPEAT", drawing) == (2, 4)
    assert share("R_CPP_REPEAT_24M", drawing) == (0, 4)
    assert share("R_CPP_REPEAT_24M", drawing.replace("2025-06-02 | a2", "2025-06-01 | a2")) == (1, 4)


def test_each_assessment_is_asked_for_each_factor_of_the_list():
    """Two factors and one: 3 of the 44 codes twice. The assessment without any is not asked."""
    drawing = """
        event                 | at         | factors | person
        ----------------------+------------+---------+-------
        ASSESSMENT_AUTHORISED | 2026-06-01 | 1A;3B   | A
        ASSESSMENT_AUTHORISED | 2026-06-01 | 1A      | B
        ASSESSMENT_AUTHORISED | 2026-06-01 |         | C
    """

    assert share("M_FACTORS", drawing) == (3, 88)
