"""A council's contacts, as the exports of different case systems write them."""

import pytest
from partner_drawing import events_of, told


def test_a_contact_is_received_and_if_decided_decided(council):
    """A contact still waiting carries no decision, so that its wait is counted."""
    outcome = council(
        ssd_contacts="""
        cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code | cont_contact_outcome_json | x_cont_decision_dttm | x_cont_open_case
        ----------------+----------------+---------------------+--------------------------+---------------------------+----------------------+-----------------
        C1              | P1             | 2026-07-01 09:30:00 | 6                        | {"NFA":"Y"}               | 2026-07-02 11:00:00  | N
        C2              | P2             | 2026-07-01 10:30:00 | 2A                       |                           |                      | Y
        """
    )

    assert told(events_of(outcome), "event_type", "event_at", "source_category", "outcome_code", "open_case") == [
        ("CONTACT_DECIDED", "2026-07-02T11:00:00+01:00", "6", "nfa", "n"),
        ("CONTACT_RECEIVED", "2026-07-01T09:30:00+01:00", "6", "", "n"),
        ("CONTACT_RECEIVED", "2026-07-01T10:30:00+01:00", "2A", "", "y"),
    ]
    received, decided = (
        next(event for event in events_of(outcome) if event["event_at"].startswith(day))
        for day in ("2026-07-01T09", "2026-07-02")
    )
    assert decided["parent_event_key"] == received["event_key"]
    assert decided["episode_key"] == received["episode_key"]


def test_a_contact_without_a_column_for_its_decision_is_received_alone_and_that_is_said_once(council):
    """The decision's time is a council's own addition: without it no contact can be told to be decided."""
    outcome = council(
        ssd_contacts="""
        cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code | cont_contact_outcome_json
        ----------------+----------------+---------------------+--------------------------+--------------------------
        C1              | P1             | 2026-07-01 09:30:00 | 6                        | CIN Referral
        C2              | P2             | 2026-07-01 10:30:00 | 2A                       | EH Referral
        """
    )

    assert told(events_of(outcome), "event_type") == [("CONTACT_RECEIVED",)] * 2
    assert outcome.left_out == {"decisions_not_in_table": 1}
    assert "ssd_contacts" in outcome.report()


def test_an_outcome_without_a_time_is_counted_and_one_that_says_nothing_is_other(council):
    """A decided contact always has an outcome: the hub would refuse the whole delivery without one."""
    outcome = council(
        ssd_contacts="""
        cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code | cont_contact_outcome_json | x_cont_decision_dttm
        ----------------+----------------+---------------------+--------------------------+---------------------------+---------------------
        C1              | P1             | 2026-07-01 09:30:00 | 6                        | {"NFA":"Y"}               |
        C2              | P1             | 2026-07-02 09:30:00 | 6                        | NULL                      | 2026-07-02 10:30:00
        C3              | P1             | 2026-07-03 09:30:00 | 6                        | Whatever was said         | 2026-07-03 10:30:00
        """
    )

    assert told(events_of(outcome), "event_type", "outcome_code") == [
        ("CONTACT_DECIDED", "other"),
        ("CONTACT_DECIDED", "other"),
        ("CONTACT_RECEIVED", ""),
        ("CONTACT_RECEIVED", ""),
        ("CONTACT_RECEIVED", ""),
    ]
    assert outcome.left_out == {"decision_undated": 1, "outcome_missing": 1, "outcome_unmapped": 1}


@pytest.mark.parametrize(("contacts", "left_out"), [(200, {"no_contact_undecided": 1}), (199, {})])
def test_many_contacts_and_not_one_undecided_are_remarked_on(council, contacts, left_out):
    """An extract of completed work looks just so; whoever sends it must say it."""
    rows = "\n".join(f"C{n} | P1 | 2026-07-01 | 6 | CIN Referral | 2026-07-02" for n in range(contacts))

    outcome = council(
        ssd_contacts="cont_contact_id | cont_person_id | cont_contact_date | cont_contact_source_code | "
        f"cont_contact_outcome_json | x_cont_decision_dttm\n---\n{rows}"
    )

    assert outcome.left_out == left_out


@pytest.mark.parametrize(
    ("code", "label", "source", "left_out"),
    [
        ("6", "", "6", {}),
        ("6", "Police", "6", {}),
        ("HSERVAE", "", "3E", {}),
        ("NULL", "School Nurse", "3C", {}),
        ("4", "Health Visitor", "3B", {}),
        ("4", "Something local", "10", {"source_unmapped": 1}),
        ("QQQ", "", "10", {"source_unmapped": 1}),
        ("", "", "10", {"source_missing": 1}),
    ],
)
def test_a_source_is_its_code_or_its_label_and_a_bare_number_must_agree_with_its_label(
    council, code, label, source, left_out
):
    """System C writes the line of its own pick list, Mosaic the label alone, Eclipse a private code."""
    outcome = council(
        ssd_cin_episodes=f"""
        cine_referral_id | cine_person_id | cine_referral_date | cine_referral_source_code | cine_referral_source_desc
        -----------------+----------------+--------------------+---------------------------+--------------------------
        R1               | P1             | 2026-01-05         | {code}                    | {label}
        """
    )

    assert told(events_of(outcome), "source_category") == [(source,)]
    assert outcome.left_out == left_out


def test_one_contact_about_two_children_is_two_events_of_one_incident(council):
    """In group working the id of a contact is the family's."""
    outcome = council(
        ssd_contacts="""
        cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code | x_cont_decision_dttm | cont_contact_outcome_json
        ----------------+----------------+---------------------+--------------------------+----------------------+--------------------------
        C1              | P1             | 2026-07-01 09:30:00 | 6                        | 2026-07-02 09:30:00  | CIN Referral
        C1              | P2             | 2026-07-01 09:30:00 | 6                        |                      |
        C2              | P1             | 2026-07-05 09:30:00 | 6                        |                      |
        """
    )

    events = events_of(outcome)
    assert (outcome.rows, outcome.rows_refused) == (4, {})
    assert len({event["event_key"] for event in events}) == 4
    shared = [event for event in events if event["incident_key"]]
    assert len(shared) == 3
    assert len({event["incident_key"] for event in shared}) == 1
    decided = next(event for event in events if event["event_type"] == "CONTACT_DECIDED")
    first = next(event for event in events if event["event_key"] == decided["parent_event_key"])
    assert first["local_person_key"] == decided["local_person_key"]
