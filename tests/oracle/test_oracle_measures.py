"""The oracle itself, on cases small enough to check by eye: each rule of the definitions is one drawing."""

import csv
from datetime import date

import holidays
import measure
import pytest
import workday
from drawing import events
from event import SEEDS
from measure import ALL, CONTACT, Cell

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
    assert workday.working_days(date.fromisoformat(start), date.fromisoformat(end)) == count


def test_every_bank_holiday_of_the_seed_is_one_of_the_library_and_none_is_missing():
    """Two sources made apart, the one-off holidays of 2020, 2022 and 2023 among them, hold the same days."""
    with (SEEDS / "calendar" / "calendar__bank_holidays.csv").open(encoding="utf-8", newline="") as stream:
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
    assert workday.twelve_months_before(date.fromisoformat(day)) == date.fromisoformat(since)


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


def test_a_correction_under_another_key_takes_the_place_of_what_it_names():
    """A contact sent again under a new id, of the right day: the old one is gone."""
    found = contacts("""
        event            | at         | key | instead of | snapshot
        -----------------+------------+-----+------------+-----------
        CONTACT_RECEIVED | 2026-05-01 | a   |            | 2026-06-30
        CONTACT_RECEIVED | 2026-06-01 | b   | a          | 2026-09-30
    """)

    assert found == Cell(rows=1, counted=0)


def test_a_decision_on_another_child_or_a_version_of_another_childs_record_changes_nothing_for_this_child():
    """A key may be shared; whose wait it ends, and whose record it withdraws, is the person it is about."""
    found = contacts("""
        event            | at         | key | of | person | status    | snapshot
        -----------------+------------+-----+----+--------+-----------+-----------
        CONTACT_RECEIVED | 2026-06-01 | a   |    | A      | active    | 2026-06-30
        CONTACT_DECIDED  | 2026-06-01 | a'  | a  | B      | active    | 2026-09-30
        CONTACT_RECEIVED | 2026-06-01 | a   |    | B      | cancelled | 2026-09-30
    """)

    assert found == Cell(rows=1, counted=0)


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
