"""Contacts, worked by hand: repeats, conversion, priorities, escalation, and what waits."""

from worked import says, share

CONTACTS = """
    event            | at                        | key | of | outcome | source | person
    -----------------+---------------------------+-----+----+---------+--------+-------
    CONTACT_RECEIVED | 2026-01-05T09:00:00+00:00 | a   |    |         | 6      | A
    CONTACT_DECIDED  | 2026-01-05T15:00:00+00:00 | a'  | a  | nfa     |        | A
    CONTACT_RECEIVED | 2026-01-06T08:00:00+00:00 | b   |    |         | 6      | A
    CONTACT_DECIDED  | 2026-01-06T10:00:00+00:00 | b'  | b  | nfa     |        | A
    CONTACT_RECEIVED | 2026-02-05T09:00:00+00:00 | c   |    |         | 2A     | A
    CONTACT_DECIDED  | 2026-02-05T12:00:00+00:00 | c'  | c  | nfa     |        | A
    CONTACT_RECEIVED | 2026-05-06T09:00:00+01:00 | d   |    |         | 6      | A
    CONTACT_DECIDED  | 2026-05-06T11:00:00+01:00 | d'  | d  | nfa     |        | A
    CONTACT_RECEIVED | 2026-05-06T09:00:00+01:00 | e   |    |         | 6      | B
"""
# Child A: police on 5 January at 9:00 and again 23 hours later, both ended in no further action: one incident, of
# 5 January. A school on 5 February. Police again on 6 May. Child B: police on 6 May, not decided.


def test_repeats_look_back_from_the_later_incident_in_calendar_months():
    """
    5 February: the last earlier one is of 5 January, the same day a month ago: within 1 month.
    6 May: the last is of 5 February, three months and a day ago: within 6. 5 January, and child B: none.
    Everything has been delivered since 2015: 12 months are seen.
    """
    assert says("R_RECONTACT_ANY", CONTACTS) == [
        ("2026-01-05", None, 12),
        ("2026-02-05", 1, 12),
        ("2026-05-06", 6, 12),
        ("2026-05-06", None, 12),
    ]


def test_the_same_source_and_another_source_look_for_their_own():
    """6 May is of the police: the last of the police is of 5 January (four months: within 6), of others 5 February."""
    assert ("2026-05-06", 6, 12) in says("R_RECONTACT_SAME", CONTACTS)
    assert ("2026-02-05", None, 12) in says("R_RECONTACT_SAME", CONTACTS)
    assert ("2026-02-05", 1, 12) in says("R_RECONTACT_OTHER", CONTACTS)


def test_one_in_three_decided_incidents_is_the_third_to_end_with_no_further_action():
    """A's three incidents ended so; the third has two such before it. B's is not decided: 1 of 3."""
    assert share("R_RECONTACT_THIRD_NFA", CONTACTS) == (1, 3)


def test_both_repeats_came_from_elsewhere():
    """5 February: a school after the police. 6 May: the police after a school. 2 of 2."""
    assert share("X_REPEAT_FROM_ELSEWHERE", CONTACTS) == (2, 2)


def test_a_contact_becomes_a_referral_within_five_working_days_of_the_same_child_and_council():
    """
    From Thursday 2 April five working days later is Monday 13 April: Good Friday and Easter Monday are none.
    A on that day: yes. B on Tuesday 14: no. C: another council's: no. D: named by the referral, later: yes.
    E on 24 September has been followed for 4 working days: not known yet, though referred. 2 of 4.
    """
    drawing = """
        event             | at         | key | of | council  | person
        ------------------+------------+-----+----+----------+-------
        CONTACT_RECEIVED  | 2026-04-02 | a   |    | riverton | A
        REFERRAL_RECEIVED | 2026-04-13 | a'  |    | riverton | A
        CONTACT_RECEIVED  | 2026-04-02 | b   |    | riverton | B
        REFERRAL_RECEIVED | 2026-04-14 | b'  |    | riverton | B
        CONTACT_RECEIVED  | 2026-04-02 | c   |    | riverton | C
        REFERRAL_RECEIVED | 2026-04-02 | c'  |    | seaborne | C
        CONTACT_RECEIVED  | 2026-04-02 | d   |    | riverton | D
        REFERRAL_RECEIVED | 2026-06-01 | d'  | d  | riverton | D
        CONTACT_RECEIVED  | 2026-09-24 | e   |    | riverton | E
        REFERRAL_RECEIVED | 2026-09-25 | e'  |    | riverton | E
    """

    assert share("R_CONV", drawing) == (2, 4)


def test_no_further_action_and_advice_count_and_signposting_does_not():
    """Of four decided, two; the fifth waits."""
    drawing = """
        event            | at         | key | of | outcome
        -----------------+------------+-----+----+-----------
        CONTACT_RECEIVED | 2026-06-01 | a   |    |
        CONTACT_DECIDED  | 2026-06-01 | a'  | a  | nfa
        CONTACT_RECEIVED | 2026-06-02 | b   |    |
        CONTACT_DECIDED  | 2026-06-02 | b'  | b  | advice
        CONTACT_RECEIVED | 2026-06-03 | c   |    |
        CONTACT_DECIDED  | 2026-06-03 | c'  | c  | signposted
        CONTACT_RECEIVED | 2026-06-04 | d   |    |
        CONTACT_DECIDED  | 2026-06-04 | d'  | d  | assessment
        CONTACT_RECEIVED | 2026-06-05 | e   |    |
    """

    assert share("R_NFA_CONTACT", drawing) == (2, 4)


def test_need_rises_when_more_help_follows_than_was_decided():
    """
    A: no further action on 1 June, a referral on the 11th: 10 days. B: an assessment was decided; a referral is no
    more than that, a plan on 1 July is: 30 days. C: moved away on the 8th: 7 days, competing. D: 18 in July: from
    1 July no longer a child: 30 days, competing. E: nothing up to 30 September: 121 days, and it goes on.
    """
    drawing = """
        event             | at         | key | of | outcome    | closure | person | born
        ------------------+------------+-----+----+------------+---------+--------+--------
        CONTACT_RECEIVED  | 2026-06-01 | a   |    |            |         | A      | 2016-01
        CONTACT_DECIDED   | 2026-06-01 | a'  | a  | nfa        |         | A      | 2016-01
        REFERRAL_RECEIVED | 2026-06-11 | ra  |    |            |         | A      | 2016-01
        CONTACT_RECEIVED  | 2026-06-01 | b   |    |            |         | B      | 2016-01
        CONTACT_DECIDED   | 2026-06-01 | b'  | b  | assessment |         | B      | 2016-01
        REFERRAL_RECEIVED | 2026-06-02 | rb  |    |            |         | B      | 2016-01
        CPP_STARTED       | 2026-07-01 | pb  |    |            |         | B      | 2016-01
        CONTACT_RECEIVED  | 2026-06-01 | c   |    |            |         | C      | 2016-01
        CONTACT_DECIDED   | 2026-06-01 | c'  | c  | nfa        |         | C      | 2016-01
        CASE_CLOSED       | 2026-06-08 | cc  |    |            | RC5     | C      | 2016-01
        CONTACT_RECEIVED  | 2026-06-01 | d   |    |            |         | D      | 2008-07
        CONTACT_DECIDED   | 2026-06-01 | d'  | d  | nfa        |         | D      | 2008-07
        CONTACT_RECEIVED  | 2026-06-01 | e   |    |            |         | E      | 2016-01
        CONTACT_DECIDED   | 2026-06-01 | e'  | e  | nfa        |         | E      | 2016-01
    """

    assert says("T_ESCALATION", drawing) == [
        ("2026-06-01", "censored", 121),
        ("2026-06-01", "competing", 30),
        ("2026-06-01", "competing", 7),
        ("2026-06-01", "escalated", 10),
        ("2026-06-01", "escalated", 30),
    ]


def test_red_is_decided_within_four_hours_of_the_hub_and_amber_within_a_working_day():
    """
    The hub is open from 8:00 to 18:00 on working days. A: red, Friday 16:30 to Monday 10:30: an hour and a half and two
    and a half: just 4, in time. B: a minute more: late. C: amber on Saturday counts from Monday: Tuesday is in time.
    D: given red, lowered to green before the decision on the third working day: in time, and lowered: 1 of 4.
    """
    drawing = """
        event            | at                        | key | of | priority | before | person
        -----------------+---------------------------+-----+----+----------+--------+-------
        CONTACT_RECEIVED | 2026-06-05T16:30:00+01:00 | a   |    |          |        | A
        PRIORITY_SET     | 2026-06-05T16:30:00+01:00 | pa  | a  | red      |        | A
        CONTACT_DECIDED  | 2026-06-08T10:30:00+01:00 | a'  | a  |          |        | A
        CONTACT_RECEIVED | 2026-06-05T16:30:00+01:00 | b   |    |          |        | B
        PRIORITY_SET     | 2026-06-05T16:30:00+01:00 | pb  | b  | red      |        | B
        CONTACT_DECIDED  | 2026-06-08T10:31:00+01:00 | b'  | b  |          |        | B
        CONTACT_RECEIVED | 2026-06-06T12:00:00+01:00 | c   |    |          |        | C
        PRIORITY_SET     | 2026-06-06T12:00:00+01:00 | pc  | c  | amber    |        | C
        CONTACT_DECIDED  | 2026-06-09T17:00:00+01:00 | c'  | c  |          |        | C
        CONTACT_RECEIVED | 2026-06-08T09:00:00+01:00 | d   |    |          |        | D
        PRIORITY_SET     | 2026-06-08T09:00:00+01:00 | pd  | d  | red      |        | D
        PRIORITY_CHANGED | 2026-06-08T12:00:00+01:00 | qd  | d  | green    | red    | D
        CONTACT_DECIDED  | 2026-06-11T09:00:00+01:00 | d'  | d  |          |        | D
    """

    assert share("T_RAG", drawing) == (3, 4)
    assert share("T_RAG_INITIAL", drawing) == (2, 4)
    assert share("R_RAG_LOWERED", drawing) == (1, 4)


def test_what_waits_at_the_end_of_a_quarter_and_for_longer_than_the_limit():
    """
    On 30 June: a (Monday 29th: 1 working day) and b (Friday 26th: 2, past it) wait; c was decided that day.
    On 30 September: b still.
    """
    drawing = """
        event            | at         | key | of
        -----------------+------------+-----+---
        CONTACT_RECEIVED | 2026-06-29 | a   |
        CONTACT_DECIDED  | 2026-07-01 | a'  | a
        CONTACT_RECEIVED | 2026-06-26 | b   |
        CONTACT_RECEIVED | 2026-06-26 | c   |
        CONTACT_DECIDED  | 2026-06-30 | c'  | c
    """

    assert says("N_OPEN_AGE_CONTACTS", drawing) == [
        ("2026-06-30", False),
        ("2026-06-30", True),
        ("2026-09-30", True),
    ]
