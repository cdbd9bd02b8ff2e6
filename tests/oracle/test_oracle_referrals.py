"""The oracle's rules for referrals, assessments and coming back, on cases small enough to check by eye."""

from datetime import date

import measure
import pytest
import survival
from drawing import events
from event import history_day
from measure import ALL, ASSESSMENT, REREFERRAL, Cell, Wait

# Referrals.


def received(drawing: str) -> list[str]:
    return [each.received_on.isoformat() for each in measure.counted_referrals(events(drawing))]


def test_a_referral_while_an_earlier_one_is_open_is_not_counted_and_one_on_the_closing_day_is():
    """One stay with social care is one episode; what comes on its last day is a new one."""
    found = received("""
        event             | at         | episode
        ------------------+------------+--------
        REFERRAL_RECEIVED | 2026-01-05 | a
        REFERRAL_RECEIVED | 2026-01-15 | b
        CASE_CLOSED       | 2026-01-15 | b
        REFERRAL_RECEIVED | 2026-01-20 | c
        CASE_CLOSED       | 2026-01-20 | a
    """)

    assert found == ["2026-01-05", "2026-01-20"]


def test_a_referral_not_counted_keeps_the_episode_open_until_it_is_closed_itself():
    """Overlapping records are one episode, and it ends when the last of them does."""
    found = received("""
        event             | at         | episode
        ------------------+------------+--------
        REFERRAL_RECEIVED | 2026-01-05 | a
        REFERRAL_RECEIVED | 2026-01-15 | b
        CASE_CLOSED       | 2026-01-20 | a
        REFERRAL_RECEIVED | 2026-02-02 | c
        CASE_CLOSED       | 2026-03-02 | b
        CASE_CLOSED       | 2026-02-04 | c
        REFERRAL_RECEIVED | 2026-03-02 | d
    """)

    assert found == ["2026-01-05", "2026-03-02"]


def test_no_further_action_closes_a_referral_that_day_and_no_other_decision_does():
    """So the next referral is a new one."""
    found = received("""
        event             | at         | episode | outcome    | person
        ------------------+------------+---------+------------+-------
        REFERRAL_RECEIVED | 2026-01-05 | a       |            | A
        REFERRAL_DECIDED  | 2026-01-05 | a       | nfa        | A
        REFERRAL_RECEIVED | 2026-01-06 | b       |            | A
        REFERRAL_RECEIVED | 2026-01-05 | c       |            | B
        REFERRAL_DECIDED  | 2026-01-05 | c       | assessment | B
        REFERRAL_RECEIVED | 2026-01-06 | d       |            | B
    """)

    assert found == ["2026-01-05", "2026-01-05", "2026-01-06"]


def test_referrals_of_one_person_on_one_day_are_one_and_the_preferred_format_tells_of_it():
    """The closure the census tells of is not asked for, so the later referral comes on an open case."""
    found = measure.counted_referrals(
        events("""
            event             | at         | episode | format     | source
            ------------------+------------+---------+------------+-------
            REFERRAL_RECEIVED | 2026-01-05 | census  | cin_census | 2A
            CASE_CLOSED       | 2026-02-05 | census  | cin_census |
            REFERRAL_RECEIVED | 2026-01-05 | own     | ssd        | 6
            REFERRAL_RECEIVED | 2026-03-02 | later   | ssd        | 6
        """)
    )

    assert [(each.received_on.isoformat(), each.group) for each in found] == [("2026-01-05", "police")]


def test_referrals_to_two_councils_are_two():
    """Matching is within one authority."""
    found = received("""
        event             | at         | council  | episode
        ------------------+------------+----------+--------
        REFERRAL_RECEIVED | 2026-01-05 | riverton | a
        REFERRAL_RECEIVED | 2026-01-05 | seaborne | b
    """)

    assert found == ["2026-01-05", "2026-01-05"]


# Assessments.


def assessed(drawing: str) -> list[tuple[int, str]]:
    return [(each.days, each.end) for each in measure.assessment_waits(events(drawing))]


def test_an_assessment_on_the_closing_day_is_in_time_to_be_one_and_a_later_one_is_not():
    """The closure competes with the assessment: the first to come is how it ended."""
    found = assessed("""
        event                 | at         | episode | person
        ----------------------+------------+---------+-------
        REFERRAL_RECEIVED     | 2026-02-02 | a       | A
        ASSESSMENT_AUTHORISED | 2026-02-04 | a       | A
        CASE_CLOSED           | 2026-02-04 | a       | A
        REFERRAL_RECEIVED     | 2026-02-02 | b       | B
        CASE_CLOSED           | 2026-02-04 | b       | B
        ASSESSMENT_AUTHORISED | 2026-02-05 | b       | B
    """)

    assert found == [(2, measure.DONE), (2, measure.CLOSED)]


def test_no_further_action_competes_with_the_assessment():
    """An assessment authorised after it does not count."""
    found = assessed("""
        event                 | at         | episode | outcome
        ----------------------+------------+---------+--------
        REFERRAL_RECEIVED     | 2026-02-02 | a       |
        REFERRAL_DECIDED      | 2026-02-02 | a       | nfa
        ASSESSMENT_AUTHORISED | 2026-02-05 | a       |
    """)

    assert found == [(0, measure.CLOSED)]


def test_dates_before_the_receipt_are_slips_a_closure_is_then_that_days_and_an_assessment_is_none():
    """A closed case is closed, whatever its date; an assessment of another time tells nothing of this one."""
    found = assessed("""
        event                 | at         | episode | person
        ----------------------+------------+---------+-------
        REFERRAL_RECEIVED     | 2026-02-09 | a       | A
        CASE_CLOSED           | 2026-02-02 | a       | A
        REFERRAL_RECEIVED     | 2026-02-10 | b       | A
        ASSESSMENT_AUTHORISED | 2026-02-02 | b       | A
        ASSESSMENT_AUTHORISED | 2026-02-12 | b       | A
    """)

    assert found == [(0, measure.CLOSED), (2, measure.DONE)]


def test_the_first_assessment_of_an_episode_counts_and_an_open_referral_waits_to_the_agreed_day():
    """45 working days from 3 April 2023 are over on 12 June."""
    found = events("""
        event                 | at         | episode | person | snapshot
        ----------------------+------------+---------+--------+-----------
        REFERRAL_RECEIVED     | 2023-04-03 | a       | A      | 2023-06-14
        ASSESSMENT_AUTHORISED | 2023-06-14 | a       | A      | 2023-06-14
        ASSESSMENT_AUTHORISED | 2023-06-12 | a       | A      | 2023-06-14
        REFERRAL_RECEIVED     | 2023-04-03 | b       | B      | 2023-06-14
        ASSESSMENT_AUTHORISED | 2023-06-13 | b       | B      | 2023-06-14
        REFERRAL_RECEIVED     | 2023-04-03 | c       | C      | 2023-06-14
    """)

    waits = measure.assessment_waits(found)

    assert [(each.days, each.end) for each in waits] == [(45, "done"), (46, "done"), (47, "open")]
    assert measure.cells(found)[ASSESSMENT, "2023-Q2", ALL] == Cell(rows=3, counted=1)


def test_what_is_told_of_another_child_under_the_same_episode_changes_nothing_for_this_child():
    """Siblings may share an episode's key; the closure, the decision and the assessment are the child's they are about."""
    found = assessed("""
        event                 | at         | episode | person | outcome | snapshot
        ----------------------+------------+---------+--------+---------+-----------
        REFERRAL_RECEIVED     | 2026-02-02 | a       | A      |         | 2026-02-06
        CASE_CLOSED           | 2026-02-03 | a       | B      |         | 2026-02-06
        REFERRAL_DECIDED      | 2026-02-03 | a       | B      | nfa     | 2026-02-06
        ASSESSMENT_AUTHORISED | 2026-02-04 | a       | C      |         | 2026-02-06
    """)

    assert found == [(4, measure.OPEN)]


# Referrals that came back.


def came_back(drawing: str) -> dict[str, bool]:
    return {each.received_on.isoformat(): again for each, again in measure.rereferrals(events(drawing))}


def test_a_referral_exactly_twelve_months_after_another_came_back_and_one_a_day_later_did_not():
    """The same day a year before is the last that is looked at."""
    found = came_back("""
        event             | at         | episode | person
        ------------------+------------+---------+-------
        REFERRAL_RECEIVED | 2024-07-01 | a       | A
        CASE_CLOSED       | 2024-07-02 | a       | A
        REFERRAL_RECEIVED | 2025-07-01 | b       | A
        REFERRAL_RECEIVED | 2024-07-01 | c       | B
        CASE_CLOSED       | 2024-07-02 | c       | B
        REFERRAL_RECEIVED | 2025-07-02 | d       | B
    """)

    assert found == {"2024-07-01": False, "2025-07-01": True, "2025-07-02": False}


def test_a_referral_with_less_than_twelve_months_known_before_it_is_neither():
    """Whether it came back is not known, so it is in no denominator."""
    drawing = """
        event             | at         | episode | person | since
        ------------------+------------+---------+--------+-----------
        REFERRAL_RECEIVED | 2024-06-03 | a       | A      | 2024-06-03
        CASE_CLOSED       | 2024-06-03 | a       | A      | 2024-06-03
        REFERRAL_RECEIVED | 2025-06-02 | b       | A      | 2024-06-03
        REFERRAL_RECEIVED | 2025-06-03 | c       | C      | 2024-06-03
    """

    assert came_back(drawing) == {"2025-06-03": False}
    assert measure.cells(events(drawing))[REREFERRAL, "2025-Q2", ALL] == Cell(rows=1, counted=0)


def test_a_census_of_the_year_before_adds_to_what_is_known_and_one_with_a_gap_after_it_does_not():
    """Of the year between nobody has told anything: whoever was referred in it is missing."""
    found = events("""
        event             | at         | council  | since      | until
        ------------------+------------+----------+------------+-----------
        REFERRAL_RECEIVED | 2026-06-01 | riverton | 2025-04-01 | 2026-09-30
        REFERRAL_RECEIVED | 2025-03-03 | riverton | 2024-04-01 | 2025-03-31
        REFERRAL_RECEIVED | 2023-03-01 | riverton | 2022-04-01 | 2023-03-31
        REFERRAL_RECEIVED | 2026-06-01 | seaborne | 2020-01-01 | 2026-09-30
    """)

    assert history_day(found) == date(2024, 4, 1)


def test_a_referral_on_29_february_looks_back_to_28_february():
    """And one on 28 February a year later still sees it."""
    found = came_back("""
        event             | at         | episode
        ------------------+------------+--------
        REFERRAL_RECEIVED | 2023-01-02 | a
        CASE_CLOSED       | 2023-01-02 | a
        REFERRAL_RECEIVED | 2023-02-28 | b
        CASE_CLOSED       | 2023-02-28 | b
        REFERRAL_RECEIVED | 2024-02-29 | c
        CASE_CLOSED       | 2024-02-29 | c
        REFERRAL_RECEIVED | 2025-02-28 | d
    """)

    assert found == {"2023-01-02": False, "2023-02-28": True, "2024-02-29": True, "2025-02-28": True}


def test_a_referral_that_was_part_of_an_open_episode_is_not_one_to_come_back_from():
    """Fourteen months after the episode's referral, though nine after the record in the middle of it."""
    found = came_back("""
        event             | at         | episode
        ------------------+------------+--------
        REFERRAL_RECEIVED | 2024-05-01 | b
        REFERRAL_RECEIVED | 2024-10-01 | c
        CASE_CLOSED       | 2024-11-01 | b
        CASE_CLOSED       | 2024-11-01 | c
        REFERRAL_RECEIVED | 2025-07-01 | d
    """)

    assert found == {"2024-05-01": False, "2025-07-01": False}


# Shares.


def test_the_share_by_a_day_takes_open_waits_for_what_they_are():
    """Two of four are done by day 1; of the two left, one is no longer watched, the other is done on day 2."""
    waits = [Wait(date(2026, 6, 1), "police", days, end) for days, end in ((0, "done"), (1, "done"), (1, "open"))]
    waits.append(Wait(date(2026, 6, 1), "police", 2, "done"))

    assert survival.share_by_day(waits, 1) == pytest.approx(1 / 2)
    assert survival.share_by_day(waits, 2) == pytest.approx(1)


def test_a_closure_before_day_t_takes_away_the_chance_to_be_done_by_it():
    """One of four closed first, so three quarters are done in the end: one minus Kaplan-Meier would say all."""
    waits = [Wait(date(2026, 6, 1), "police", days, "done") for days in (1, 2, 3)]
    waits.append(Wait(date(2026, 6, 1), "police", 0, "closed"))

    assert survival.share_by_day(waits, 45) == pytest.approx(3 / 4)
