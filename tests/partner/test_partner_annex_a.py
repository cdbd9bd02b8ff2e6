"""The lists of an inspection: what each becomes, and what they cannot tell."""

import pytest
from annex_sample import CONTACTS, ENQUIRIES, LISTS, REFERRALS, delivered, workbook
from partner_drawing import SINCE, events_of, told

from lantern.contract import Manifest
from lantern.partner.delivery import deliver


@pytest.fixture
def inspected(tmp_path, key_file):
    """Deliver files as lists of one council."""
    return lambda *files: delivered(files, key_file, tmp_path / "out")


def test_eight_lists_become_the_events_they_tell_of(tmp_path, inspected):
    outcome = inspected(workbook(tmp_path / "lists.xlsx", LISTS))

    events = events_of(outcome)
    assert told(events, "event_type", "event_at", "source_category", "outcome_code", "closure_code") == [
        ("ASSESSMENT_AUTHORISED", "2026-02-20", "", "", ""),
        ("ASSESSMENT_STARTED", "2026-01-03", "", "", ""),
        ("ASSESSMENT_STARTED", "2026-06-03", "", "", ""),
        ("ASSESSMENT_STARTED", "2026-06-04", "", "", ""),
        ("CARE_ENDED", "2026-07-01", "", "", ""),
        ("CARE_STARTED", "2024-06-01", "", "", ""),
        ("CARE_STARTED", "2026-06-01", "", "", ""),
        ("CASE_CLOSED", "2026-05-01", "", "", "RC8"),
        ("CASE_CLOSED", "2026-06-01", "", "", ""),
        ("CONTACT_RECEIVED", "2026-07-01", "6", "", ""),
        ("CONTACT_RECEIVED", "2026-07-02", "3C", "", ""),
        ("CONTACT_RECEIVED", "2026-07-03", "10", "", ""),
        ("CPP_ENDED", "2026-04-20", "", "", ""),
        ("CPP_REVIEWED", "2026-03-20", "", "", ""),
        ("CPP_STARTED", "2026-01-25", "", "", ""),
        ("EH_STARTED", "2026-02-01", "", "", ""),
        ("ICPC_HELD", "2026-01-25", "", "", ""),
        ("REFERRAL_DECIDED", "2026-07-05", "", "nfa", ""),
        ("REFERRAL_RECEIVED", "2026-01-02", "1A", "", ""),
        ("REFERRAL_RECEIVED", "2026-06-02", "2A", "", ""),
        ("REFERRAL_RECEIVED", "2026-07-05", "4", "", ""),
        ("S47_STARTED", "2026-01-04", "", "", ""),
        ("S47_STARTED", "2026-07-06", "", "", ""),
    ]
    assert {event["event_time_precision"] for event in events} == {"day"}
    assert outcome.rows_refused == {}
    assert outcome.left_out == {
        "closure_reason_unmapped": 1,
        "decisions_not_in_table": 1,
        "early_help_end_not_in_table": 1,
        "source_unmapped": 1,
    }


def test_what_follows_a_referral_is_under_the_latest_one_before_it(tmp_path, inspected):
    """P1's second assessment is the second referral's; P3's is under the case that only list 6 knows."""
    events = events_of(inspected(workbook(tmp_path / "lists.xlsx", LISTS)))
    by_key = {event["event_key"]: event for event in events}

    def under(event_type, at):
        event = next(each for each in events if (each["event_type"], each["event_at"]) == (event_type, at))
        parent = by_key.get(event["parent_event_key"])
        return parent["event_at"] if parent else ""

    assert under("ASSESSMENT_STARTED", "2026-01-03") == "2026-01-02"
    assert under("ASSESSMENT_STARTED", "2026-06-03") == "2026-06-02"
    assert under("ASSESSMENT_STARTED", "2026-06-04") == ""
    assert under("CASE_CLOSED", "2026-05-01") == "2026-01-02"
    assert under("CPP_STARTED", "2026-01-25") == "2026-01-02"
    older = {event["episode_key"] for event in events if event["event_at"] == "2026-06-04"}
    closed = {event["episode_key"] for event in events if event["event_type"] == "CASE_CLOSED"}
    assert len(older) == 1
    assert older <= closed


def test_codes_behind_letters_and_labels_are_read(tmp_path, inspected):
    events = events_of(inspected(workbook(tmp_path / "lists.xlsx", LISTS)))
    plan = next(event for event in events if event["event_type"] == "CPP_STARTED")
    ended = next(event for event in events if event["event_type"] == "CPP_ENDED")
    enquiries = [event for event in events if event["event_type"] == "S47_STARTED"]
    first = next(event for event in events if event["event_at"] == "2026-01-02")

    assert (plan["abuse_codes"], plan["n_previous_plans"], ended["abuse_codes"]) == ("NEG", "2", "MUL")
    assert told(enquiries, "event_at", "flag_not_required") == [("2026-01-04", "false"), ("2026-07-06", "true")]
    assert (first["need_code"], first["sex"], first["ethnic_group"], first["birth_month"]) == (
        "N1",
        "M",
        "white",
        "2015-03",
    )
    assert first["disability"] == "n"


def test_a_blank_birth_date_keeps_the_child(tmp_path, inspected):
    events = events_of(inspected(workbook(tmp_path / "lists.xlsx", {"List 1": CONTACTS})))

    assert told(events, "event_at", "birth_month", "sex") == [
        ("2026-07-01", "2015-03", "M"),
        ("2026-07-02", "", "F"),
        ("2026-07-03", "", "F"),
    ]


def test_a_child_not_born_yet_has_the_day_expected_in_the_one_column_there_is(tmp_path, inspected):
    expected = CONTACTS.replace("02/03/2015", "24/12/2026").replace("a) Male", "c) Not stated/recorded (or unborn)")

    events = events_of(inspected(workbook(tmp_path / "lists.xlsx", {"List 1": expected})))

    unborn = [event for event in events if event["is_unborn"] == "true"]
    assert told(unborn, "expected_birth_month", "birth_month", "sex") == [("2026-12", "", "U")]


def test_two_referrals_of_one_day_are_two_and_a_row_that_stands_there_twice_is_one(tmp_path, inspected):
    row = "P1 | a) Male | 02/01/2026 | Police | No | 0"
    lists = {"List 3": f"{REFERRALS}{row}\n{row}\n"}

    outcome = inspected(workbook(tmp_path / "lists.xlsx", lists))

    received = [event for event in events_of(outcome) if event["event_type"] == "REFERRAL_RECEIVED"]
    assert sum(event["event_at"] == "2026-01-02" for event in received) == 2
    assert outcome.rows_refused == {"repeated_record": 1}


def test_a_conference_that_two_enquiries_name_belongs_to_the_later_one(tmp_path, inspected):
    lists = {"List 5": f"{ENQUIRIES}P1 | 15/01/2026 | b) No | 25/01/2026 | a) Yes\n"}

    outcome = inspected(workbook(tmp_path / "lists.xlsx", lists))

    events = events_of(outcome)
    conference = next(event for event in events if event["event_type"] == "ICPC_HELD")
    enquiry = next(event for event in events if event["event_key"] == conference["parent_event_key"])
    assert enquiry["event_at"] == "2026-01-15"
    assert outcome.left_out == {"conference_told_twice": 1}


def test_no_event_of_the_lists_shares_a_key_with_the_census_of_the_council(tmp_path, inspected, key_file):
    """Lists tell less: under one key the later of two would blank what the other knows."""
    path = tmp_path / "census.xml"
    path.write_text(
        "<Message><Header><CollectionDetails><ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails></Header>"
        "<Children><Child><ChildIdentifiers><LAchildID>P1</LAchildID></ChildIdentifiers><CINdetails>"
        "<CINreferralDate>2026-01-02</CINreferralDate><ReferralSource>1A</ReferralSource></CINdetails></Child></Children></Message>"
    )
    census = events_of(deliver([path], "cin_census", "riverton_council", key_file, tmp_path / "out"))
    lists = events_of(inspected(workbook(tmp_path / "lists.xlsx", LISTS)))

    assert {event["local_person_key"] for event in census} <= {event["local_person_key"] for event in lists}
    assert not {event["event_key"] for event in census} & {event["event_key"] for event in lists}


def test_nothing_that_names_a_child_or_a_place_leaves(tmp_path, inspected):
    outcome = inspected(workbook(tmp_path / "lists.xlsx", LISTS))
    words = ("ZX1 1AA", "An organisation", "2015-03-02", "02/03/2015", "P1", "somebody", "moved away")

    cells = {cell for event in events_of(outcome) for cell in event.values()}

    assert len(cells) > 50
    assert not [word for word in words for cell in cells if word in cell]
    assert not [word for word in words if word != "P1" and word in outcome.report()]


def test_the_manifest_says_since_when_and_that_open_cases_are_in(tmp_path, inspected):
    manifest = Manifest.read(inspected(workbook(tmp_path / "lists.xlsx", LISTS)).folder)

    assert (manifest.source_format, manifest.partner_type, manifest.includes_open) == ("annex_a", "csc", True)
    assert (manifest.period_from, manifest.period_to) == (SINCE.isoformat(), "2026-09-30")
