"""What was already going on when a history begins, worked by hand: it comes in at risk on the history's first day."""

from collections import Counter

import pytest
import survival
import worked
from case import added_up
from catalogued import CASES_OF, counted_by, entries
from drawing import events
from known import Known

CASES = """
    event                 | at         | key | of | episode | closure | not required | person | since
    ----------------------+------------+-----+----+---------+---------+--------------+--------+-----------
    REFERRAL_RECEIVED     | 2026-05-01 | a   |    | a       |         |              | A      | 2026-05-16
    ASSESSMENT_AUTHORISED | 2026-05-08 | a1  |    | a       |         |              | A      | 2026-05-16
    CASE_CLOSED           | 2026-06-01 | a2  |    | a       | RC7     |              | A      | 2026-05-16
    REFERRAL_RECEIVED     | 2026-05-01 | b   |    | b       |         |              | B      | 2026-05-16
    ASSESSMENT_AUTHORISED | 2026-05-26 | b1  |    | b       |         |              | B      | 2026-05-16
    REFERRAL_RECEIVED     | 2026-05-18 | c   |    | c       |         |              | C      | 2026-05-16
    ASSESSMENT_AUTHORISED | 2026-05-26 | c1  |    | c       |         |              | C      | 2026-05-16
    S47_STARTED           | 2026-05-11 | s   |    |         |         |              | C      | 2026-05-16
    S47_ENDED             | 2026-05-19 | s1  | s  |         |         | true         | C      | 2026-05-16
    CASE_CLOSED           | 2026-05-10 | d1  |    | d       | RC7     |              | D      | 2026-05-16
    REFERRAL_RECEIVED     | 2026-03-10 | d   |    | d       |         |              | D      | 2026-05-16
    REFERRAL_RECEIVED     | 2026-06-10 | d2  |    | d2      |         |              | D      | 2026-05-16
"""
# All is told since Saturday 16 May 2026; the day before is a Friday. A's and B's referrals of Friday 1 May were open on
# it. By that Friday 9 working days had passed (4 May is a bank holiday), so what is told of them took 10 or more. A's
# assessment of 8 May took 4: it is told because the case was still open, and is left out. C's came in the history.


def test_what_is_told_of_a_wait_from_before_the_history_took_longer_than_to_its_eve():
    """
    B: 15 days, seen from the 10th on. A: 4, seen from the 10th on, and D was closed before: neither was ever at risk.
    C: 5, seen from the start.
    """
    assert seen("T_ASSESS45", CASES) == [
        ("2026-03-10", "closed", 40, 46),
        ("2026-05-01", "assessed", 15, 10),
        ("2026-05-01", "assessed", 4, 10),
        ("2026-05-18", "assessed", 5, 0),
        ("2026-06-10", "censored", 79, 0),
    ]


def test_an_enquiry_from_before_the_history_is_seen_from_its_first_day_on():
    """Of Monday 11 May; by Friday 4 days had passed. It ended on the 6th."""
    assert seen("T_ICPC15", CASES) == [("2026-05-11", "not_required", 6, 5)]


def test_a_case_closed_before_the_history_is_followed_from_its_first_day_on():
    """D's was closed 6 days before 16 May, and D came back after 31. A's was closed in the history."""
    assert seen("R_REREF_SURV", CASES) == [("2026-05-10", "returned", 31, 6), ("2026-06-01", "censored", 121, 0)]


CONTACTS = """
    event            | at         | key | of | person | since
    -----------------+------------+-----+----+--------+-----------
    CONTACT_RECEIVED | 2026-05-13 | a   |    | A      | 2026-05-16
    CONTACT_DECIDED  | 2026-05-18 | a1  | a  | A      | 2026-05-16
    CONTACT_RECEIVED | 2026-05-18 | b   |    | B      | 2026-05-16
    CONTACT_DECIDED  | 2026-05-18 | b1  | b  | B      | 2026-05-16
    CONTACT_RECEIVED | 2026-05-18 | c   |    | C      | 2026-05-16
    CONTACT_DECIDED  | 2026-05-20 | c1  | c  | C      | 2026-05-16
    CONTACT_RECEIVED | 2026-05-18 | d   |    | D      | 2026-05-16
"""


def test_the_curve_of_the_quarter_in_which_a_history_begins_is_that_of_all_who_could_be_seen():
    """
    A waited 3 days, seen from the 3rd on. Of B, C and D one is decided on day 0, and of the two left one on day 2.
    On day 3 A and D are at risk and A is decided: of the third still waiting, half.
    """
    assert seen("T_CONTACT_DECISION", CONTACTS)[0] == ("2026-05-13", "decided", 3, 3)

    points = survival.curve([row[1:] for row in seen("T_CONTACT_DECISION", CONTACTS)], "decided")

    assert [(each.duration, each.at_risk, round(each.share, 4)) for each in points[:3]] == [
        (0, 3, 0.3333),
        (2, 2, 0.6667),
        (3, 2, 0.8333),
    ]


def test_a_warehouse_that_counts_other_cases_than_the_oracle_is_noticed():
    """The twin: the SQL is given one contact less."""
    entry, less = entries("measure")["T_CONTACT_DECISION"], CONTACTS.rsplit("\n", 2)[0]
    rows = worked.warehouse().rows(less, entry["model"], counted_by(entry))
    told = Counter({row[:-1]: row[-1] for row in rows})

    with pytest.raises(AssertionError):
        assert told == added_up(CASES_OF["T_CONTACT_DECISION"](Known(events(CONTACTS))))


def seen(name: str, drawing: str) -> list[tuple]:
    """Each case by its day, with the first unit in which it could be seen, after both ways of counting agreed."""
    worked.says(name, drawing)
    cases = CASES_OF[name](Known(events(drawing)))
    return sorted(((case.on.isoformat(), *case.says, case.entered) for case in cases), key=str)
