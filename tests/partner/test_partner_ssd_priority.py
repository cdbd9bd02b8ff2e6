"""The priority of a contact, from columns that a council adds to the standard's table."""

import pytest
from partner_drawing import events_of, told

HEADINGS = (
    "cont_contact_id | cont_person_id | cont_contact_date | cont_contact_source_code | x_cont_decision_dttm | "
    "x_cont_priority | x_cont_priority_first | x_cont_priority_changed_dttm"
)
GIVEN = ("event_type", "event_at", "priority", "priority_prev")


@pytest.fixture
def contact(council):
    """Deliver one contact with its priority, the first one, and when it was changed."""

    def make(now="", first="", changed=""):
        row = f"C1 | P1 | 2026-07-01 09:30:00 | 6 | | {now} | {first} | {changed}"
        return council(ssd_contacts=f"{HEADINGS}\n---\n{row}")

    return make


def priorities(outcome):
    return told([event for event in events_of(outcome) if event["priority"]], *GIVEN)


@pytest.mark.parametrize("word", ["Red", "RED", "red"])
def test_a_priority_is_given_at_receipt_whatever_the_case_of_its_word(contact, word):
    outcome = contact(now=word)

    assert priorities(outcome) == [("PRIORITY_SET", "2026-07-01T09:30:00+01:00", "red", "")]
    assert outcome.left_out == {}


def test_a_priority_that_was_changed_is_told_twice_under_the_contact(contact):
    outcome = contact(now="Green", first="Amber", changed="2026-07-02 11:00:00")

    assert priorities(outcome) == [
        ("PRIORITY_CHANGED", "2026-07-02T11:00:00+01:00", "green", "amber"),
        ("PRIORITY_SET", "2026-07-01T09:30:00+01:00", "amber", ""),
    ]
    received = next(event for event in events_of(outcome) if event["event_type"] == "CONTACT_RECEIVED")
    given = [event for event in events_of(outcome) if event["priority"]]
    assert {event["parent_event_key"] for event in given} == {received["event_key"]}
    assert {event["episode_key"] for event in given} == {received["episode_key"]}
    assert len({event["event_key"] for event in given}) == 2


@pytest.mark.parametrize(
    ("now", "first", "changed", "expected"),
    [
        ("", "", "", []),
        ("", "red", "", [("PRIORITY_SET", "red", "")]),
        ("red", "red", "", [("PRIORITY_SET", "red", "")]),
        ("red", "red", "2026-07-02 11:00:00", [("PRIORITY_SET", "red", "")]),
        ("blue", "", "2026-07-02 11:00:00", [("PRIORITY_CHANGED", "blue", "")]),
        ("", "", "2026-07-02 11:00:00", []),
    ],
)
def test_nothing_is_told_of_a_priority_that_is_not_there(contact, now, first, changed, expected):
    """Of a change whose beginning is not told, only the change is known."""
    outcome = contact(now, first, changed)

    assert [(name, code, before) for name, _, code, before in priorities(outcome)] == expected
    assert outcome.left_out == {}


@pytest.mark.parametrize(
    ("now", "first", "changed", "left_out"),
    [
        ("Violet", "red", "2026-07-02 11:00:00", "priority_unmapped"),
        ("amber", "red", "", "priority_change_date_missing"),
        ("amber", "red", "yesterday", "priority_change_date_unreadable"),
        ("amber", "red", "2026-10-02 11:00:00", "priority_change_date_unreadable"),
    ],
)
def test_a_change_that_cannot_be_used_leaves_the_first_priority_and_the_contact(contact, now, first, changed, left_out):
    """A local column must not cost a contact that is measured without it."""
    outcome = contact(now, first, changed)

    assert [(name, code) for name, _, code, _ in priorities(outcome)] == [("PRIORITY_SET", "red")]
    assert outcome.left_out == {left_out: 1}
    assert outcome.rows_refused == {}
    assert f"{left_out} (1): " in outcome.report()


def test_a_table_without_the_columns_tells_of_no_priority(council):
    outcome = council(
        ssd_contacts="""
        cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code
        ----------------+----------------+---------------------+-------------------------
        C1              | P1             | 2026-07-01 09:30:00 | 6
        """
    )

    assert priorities(outcome) == []


def test_with_a_change_whose_day_cannot_be_read_nobody_knows_the_priority_at_receipt(contact):
    """What it was changed to would have been told as the first."""
    outcome = contact(now="Red", changed="last Tuesday")

    assert priorities(outcome) == []
    assert outcome.left_out == {"priority_change_date_unreadable": 1}


def test_a_change_before_the_contact_came_is_left_out_and_told(contact):
    outcome = contact(now="Green", first="Amber", changed="2026-04-01 11:00:00")

    assert [event for event, *_ in priorities(outcome)] == ["PRIORITY_SET"]
    assert outcome.left_out == {"priority_change_before_receipt": 1}
