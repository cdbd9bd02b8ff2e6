"""Referrals, worked by hand: three ways to ask who comes back, and what follows when help ends."""

from worked import says, share

A_CHILD_WHO_COMES_BACK = """
    event             | at         | episode | outcome | closure | person
    ------------------+------------+---------+---------+---------+-------
    REFERRAL_RECEIVED | 2024-03-01 | one     |         |         | A
    CASE_CLOSED       | 2024-06-03 | one     |         | RC8     | A
    REFERRAL_RECEIVED | 2025-03-03 | two     |         |         | A
    REFERRAL_DECIDED  | 2025-03-03 | two     | nfa     |         | A
    REFERRAL_RECEIVED | 2025-04-01 | three   |         |         | A
    CASE_CLOSED       | 2025-10-01 | three   |         | RC9     | A
    REFERRAL_RECEIVED | 2025-04-01 | other   |         |         | B
    CASE_CLOSED       | 2025-05-01 | other   |         | RC5     | B
"""
# Child A: referred on 1 March 2024 (closed 3 June, assessed and not in need), on 3 March 2025 (no further action that
# day) and on 1 April 2025 (closed 1 October to early help). Child B: once, moved to another authority.


def test_the_dfe_way_looks_back_from_each_referral():
    """3 March 2025 is a year and two days after the first: no. 1 April is 29 days after the second: yes. 1 of 4."""
    assert share("R_REREF_DFE", A_CHILD_WHO_COMES_BACK) == (1, 4)


def test_the_child_way_counts_a_child_once_a_quarter():
    """A in 2024-Q1: no; in 2025-Q1: no; in 2025-Q2: yes. B in 2025-Q2: no. 1 of 4."""
    assert share("R_REREF_CHILD", A_CHILD_WHO_COMES_BACK) == (1, 4)


def test_the_survival_way_looks_forward_from_each_closing():
    """
    3 June 2024 to 3 March 2025: 273 days. 3 March to 1 April 2025: 29 days. Closed on 1 October 2025, not seen again
    up to 30 September 2026: 364 days. B moved away: nobody to wait for here.
    """
    assert says("R_REREF_SURV", A_CHILD_WHO_COMES_BACK) == [
        ("2024-06-03", "returned", 273),
        ("2025-03-03", "returned", 29),
        ("2025-10-01", "censored", 364),
    ]


def test_the_forward_way_looks_from_each_referral_to_the_next():
    """1 March 2024 to 3 March 2025: 367 days; 29 days; then 547 days to 30 September 2026 without one, twice."""
    assert says("R_REREF_FORWARD", A_CHILD_WHO_COMES_BACK) == [
        ("2024-03-01", "referred_again", 367),
        ("2025-03-03", "referred_again", 29),
        ("2025-04-01", "censored", 547),
        ("2025-04-01", "censored", 547),
    ]


def test_how_referrals_end():
    """One of four by no further action. Two of four assessed and not in need: RC8 and RC9; a move is not."""
    assert share("R_NFA_REFERRAL", A_CHILD_WHO_COMES_BACK) == (1, 4)
    assert share("R_NOT_IN_NEED", A_CHILD_WHO_COMES_BACK) == (2, 4)


def test_the_census_way_counts_assessments_by_the_day_they_were_finished():
    """
    From 3 April 2023 day 45 is 12 June. The first is authorised then: in time. The second of the episode began on
    13 June and took 3 days from its own start: in time, though 48 from the referral. B's on 13 June: day 46. 2 of 3.
    """
    drawing = """
        event                 | at         | key | of | episode | person
        ----------------------+------------+-----+----+---------+-------
        REFERRAL_RECEIVED     | 2023-04-03 | r   |    | a       | A
        ASSESSMENT_STARTED    | 2023-04-05 | s   | r  | a       | A
        ASSESSMENT_AUTHORISED | 2023-06-12 | t   | s  | a       | A
        ASSESSMENT_STARTED    | 2023-06-13 | u   | r  | a       | A
        ASSESSMENT_AUTHORISED | 2023-06-16 | v   | u  | a       | A
        REFERRAL_RECEIVED     | 2023-04-03 | r2  |    | b       | B
        ASSESSMENT_STARTED    | 2023-04-05 | s2  | r2 | b       | B
        ASSESSMENT_AUTHORISED | 2023-06-13 | t2  | s2 | b       | B
    """

    assert share("R_ASSESS45_FINISHED", drawing) == (2, 3)


def test_help_that_steps_up_and_help_that_steps_down():
    """
    Early help ended on 1 June, a referral 30 days later: up. B's came 31 days later: not. C ended on 1 September, 29 days
    before the last day: not known yet. A's case, closed on 13 July, went on with early help on 12 August, 30 days later:
    down. B's was closed as RC9: down. 1 of 2, and 2 of 2.
    """
    drawing = """
        event             | at         | key | of | episode | closure | person
        ------------------+------------+-----+----+---------+---------+-------
        EH_STARTED        | 2026-01-05 | a   |    | ea      |         | A
        EH_ENDED          | 2026-06-01 | a'  | a  | ea      |         | A
        REFERRAL_RECEIVED | 2026-07-01 | ra  |    | ra      |         | A
        CASE_CLOSED       | 2026-07-13 | ca  |    | ra      | RC7     | A
        EH_STARTED        | 2026-08-12 | a2  |    | ea2     |         | A
        EH_STARTED        | 2026-01-05 | b   |    | eb      |         | B
        EH_ENDED          | 2026-06-01 | b'  | b  | eb      |         | B
        REFERRAL_RECEIVED | 2026-07-02 | rb  |    | rb      |         | B
        CASE_CLOSED       | 2026-07-13 | cb  |    | rb      | RC9     | B
        EH_STARTED        | 2026-01-05 | c   |    | ec      |         | C
        EH_ENDED          | 2026-09-01 | c'  | c  | ec      |         | C
    """

    assert share("R_STEPUP", drawing) == (1, 2)
    assert share("R_STEPDOWN", drawing) == (2, 2)


def test_a_closed_case_is_followed_to_a_plan_or_to_the_eighteenth_birthday():
    """Closed on 5 January; A's plan on 5 April: 90 days. B turns 18 in March: 55 days to 1 March, and no further."""
    drawing = """
        event             | at         | episode | closure | person | born
        ------------------+------------+---------+---------+--------+--------
        REFERRAL_RECEIVED | 2025-10-01 | a       |         | A      | 2016-01
        CASE_CLOSED       | 2026-01-05 | a       | RC7     | A      | 2016-01
        CPP_STARTED       | 2026-04-05 | p       |         | A      | 2016-01
        REFERRAL_RECEIVED | 2025-10-01 | b       |         | B      | 2008-03
        CASE_CLOSED       | 2026-01-05 | b       | RC7     | B      | 2008-03
        CPP_STARTED       | 2026-04-05 | q       |         | B      | 2008-03
    """

    assert says("T_REESCALATION", drawing) == [("2026-01-05", "censored", 55), ("2026-01-05", "planned", 90)]
