"""The oracle itself, on cases small enough to check by eye: each rule of the definitions is one drawing."""

import csv
from datetime import date

import holidays
import measure
import pytest
from drawing import events
from measure import ALL, ASSESSMENT, CONTACT, REREFERRAL, Cell, Wait

# Days.


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2023-04-03", 45, "2023-06-12"),
        ("2022-12-19", 15, "2023-01-12"),
        ("2023-04-06", 1, "2023-04-11"),
        ("2023-04-08", 1, "2023-04-11"),
        ("2023-04-03", 0, "2023-04-03"),
    ],
)
def test_working_days_leave_out_weekends_and_bank_holidays_and_the_day_of_receipt(start, count, end):
    """The golden vectors: 45 and 15 days over holidays, the day before Easter, and a receipt on a Saturday."""
    assert measure.working_days(date.fromisoformat(start), date.fromisoformat(end)) == count


def test_every_bank_holiday_of_the_seed_is_one_of_the_library_and_none_is_missing():
    """Two sources made apart, the one-off holidays of 2020, 2022 and 2023 among them, hold the same days."""
    with (measure.SEEDS / "calendar" / "calendar__bank_holidays.csv").open(encoding="utf-8", newline="") as stream:
        seeded = {date.fromisoformat(row["holiday_on"]) for row in csv.DictReader(stream)}

    years = range(min(seeded).year, max(seeded).year + 1)

    assert seeded == set(holidays.country_holidays("GB", subdiv="ENG", years=years))
    assert {date(2020, 5, 8), date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8)} <= seeded


@pytest.mark.parametrize(
    ("day", "since"),
    [("2026-03-31", "2025-03-31"), ("2024-02-29", "2023-02-28"), ("2025-02-28", "2024-02-28")],
)
def test_twelve_months_before_is_the_same_day_of_the_year_before_or_the_last_of_its_month(day, since):
    """Only 29 February has no such day."""
    assert measure.twelve_months_before(date.fromisoformat(day)) == date.fromisoformat(since)


# Contacts.


def contacts(drawing: str) -> Cell:
    return measure.cells(events(drawing))[CONTACT, "2026-Q2", ALL]


def test_a_contact_decided_on_the_next_working_day_is_in_time_and_one_decided_a_day_later_is_not():
    """The Thursday before Easter is followed by a Tuesday."""
    found = contacts("""
        event            | at         | key | of
        -----------------+------------+-----+---
        CONTACT_RECEIVED | 2026-04-02 | a   |
        CONTACT_DECIDED  | 2026-04-07 | a'  | a
        CONTACT_RECEIVED | 2026-04-02 | b   |
        CONTACT_DECIDED  | 2026-04-08 | b'  | b
    """)

    assert found == Cell(rows=2, counted=1)


def test_the_first_decision_on_a_contact_counts_and_a_later_one_does_not():
    """Neither can a second decision repair a late first one, nor can it spoil one in time."""
    found = contacts("""
        event            | at                        | key | of
        -----------------+---------------------------+-----+---
        CONTACT_RECEIVED | 2026-06-01T09:00:00+01:00 | a   |
        CONTACT_DECIDED  | 2026-06-09T10:00:00+01:00 | a2  | a
        CONTACT_DECIDED  | 2026-06-01T11:00:00+01:00 | a1  | a
        CONTACT_RECEIVED | 2026-06-01T09:00:00+01:00 | b   |
        CONTACT_DECIDED  | 2026-06-09T11:00:00+01:00 | b1  | b
    """)

    assert found == Cell(rows=2, counted=1)


def test_a_contact_decided_before_it_was_received_is_left_out_unless_two_clocks_can_explain_it():
    """An hour is forgiven; a day, or two hours where times are known, is not."""
    found = contacts("""
        event            | at                        | key | of
        -----------------+---------------------------+-----+---
        CONTACT_RECEIVED | 2026-06-03T12:00:00+01:00 | a   |
        CONTACT_DECIDED  | 2026-06-03T11:10:00+01:00 | a'  | a
        CONTACT_RECEIVED | 2026-06-03T12:00:00+01:00 | b   |
        CONTACT_DECIDED  | 2026-06-03T10:00:00+01:00 | b'  | b
        CONTACT_RECEIVED | 2026-06-03                | c   |
        CONTACT_DECIDED  | 2026-06-02                | c'  | c
        CONTACT_RECEIVED | 2026-06-03T12:00:00+01:00 | d   |
        CONTACT_DECIDED  | 2026-06-03                | d'  | d
    """)

    assert found == Cell(rows=2, counted=2)


def test_a_contact_on_an_open_case_is_left_out_and_one_where_it_is_not_known_stays():
    """Only a yes leaves it out."""
    found = contacts("""
        event            | at         | open
        -----------------+------------+-----
        CONTACT_RECEIVED | 2026-06-01 | y
        CONTACT_RECEIVED | 2026-06-01 | n
        CONTACT_RECEIVED | 2026-06-01 | u
        CONTACT_RECEIVED | 2026-06-01 |
    """)

    assert found == Cell(rows=3, counted=0)


def test_a_withdrawn_contact_is_left_out_and_a_withdrawn_decision_leaves_its_contact_undecided():
    """Cancelled and duplicate records never happened."""
    found = contacts("""
        event            | at         | key | of | status
        -----------------+------------+-----+----+----------
        CONTACT_RECEIVED | 2026-06-01 | a   |    | cancelled
        CONTACT_DECIDED  | 2026-06-01 | a'  | a  | active
        CONTACT_RECEIVED | 2026-06-01 | b   |    | duplicate
        CONTACT_RECEIVED | 2026-06-01 | c   |    | active
        CONTACT_DECIDED  | 2026-06-01 | c'  | c  | cancelled
    """)

    assert found == Cell(rows=1, counted=0)


def test_the_latest_version_of_an_event_counts():
    """A decision first sent with the wrong day, then put right; and a contact withdrawn later."""
    found = contacts("""
        event            | at         | key | of | status    | snapshot
        -----------------+------------+-----+----+-----------+-----------
        CONTACT_DECIDED  | 2026-06-01 | a'  | a  | active    | 2026-09-30
        CONTACT_RECEIVED | 2026-06-01 | a   |    | active    | 2026-09-30
        CONTACT_DECIDED  | 2026-06-15 | a'  | a  | active    | 2026-06-30
        CONTACT_RECEIVED | 2026-06-01 | b   |    | cancelled | 2026-09-30
        CONTACT_RECEIVED | 2026-06-01 | b   |    | active    | 2026-06-30
    """)

    assert found == Cell(rows=1, counted=1)


def test_nothing_after_the_day_that_all_councils_know_of_is_known_yet():
    """The other council's latest delivery ends on 10 June: a decision on the 11th is still to come."""
    waits = measure.contact_waits(
        events("""
            event            | at         | key | of | council  | snapshot
            -----------------+------------+-----+----+----------+-----------
            CONTACT_RECEIVED | 2026-06-08 | a   |    | riverton | 2026-06-30
            CONTACT_DECIDED  | 2026-06-11 | a'  | a  | riverton | 2026-06-30
            CONTACT_RECEIVED | 2026-06-12 | b   |    | riverton | 2026-06-30
            CONTACT_RECEIVED | 2026-06-05 | c   |    | seaborne | 2026-06-10
            CONTACT_RECEIVED | 2026-06-04 | d   |    | seaborne | 2026-06-04
        """)
    )

    assert {each.received_on.day: (each.days, each.end) for each in waits} == {
        4: (4, measure.OPEN),
        5: (3, measure.OPEN),
        8: (2, measure.OPEN),
    }


def test_a_contact_counts_in_its_published_source_and_in_all():
    """A school nurse is health; housing and the public are joined with others."""
    found = measure.cells(
        events("""
            event            | at         | source
            -----------------+------------+-------
            CONTACT_RECEIVED | 2026-06-01 | 3C
            CONTACT_RECEIVED | 2026-06-01 | 4
            CONTACT_RECEIVED | 2026-06-01 | 1A
        """)
    )

    assert found == {
        (CONTACT, "2026-Q2", "health"): Cell(1, 0),
        (CONTACT, "2026-Q2", "others"): Cell(2, 0),
        (CONTACT, "2026-Q2", ALL): Cell(3, 0),
    }


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

    assert measure.history_day(found) == date(2024, 4, 1)


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

    assert measure.share_by_day(waits, 1) == pytest.approx(1 / 2)
    assert measure.share_by_day(waits, 2) == pytest.approx(1)


def test_a_closure_before_day_t_takes_away_the_chance_to_be_done_by_it():
    """One of four closed first, so three quarters are done in the end: one minus Kaplan-Meier would say all."""
    waits = [Wait(date(2026, 6, 1), "police", days, "done") for days in (1, 2, 3)]
    waits.append(Wait(date(2026, 6, 1), "police", 0, "closed"))

    assert measure.share_by_day(waits, 45) == pytest.approx(3 / 4)
