"""A council's yearly census: what is read, and how little is refused."""

import pytest
from census_sample import CHILD, census
from partner_drawing import events_of, told

from lantern.errors import DeliveryRefused
from lantern.partner.delivery import deliver


@pytest.fixture
def returned(tmp_path, key_file):
    """Deliver one census of the children given."""

    def make(*children: str):
        path = census(tmp_path / "census.xml", *children)
        return deliver([path], "cin_census", "riverton_council", key_file, tmp_path / "out")

    return make


def test_every_date_of_a_child_becomes_one_event(returned):
    events = events_of(returned(CHILD))

    assert told(events, "event_type", "event_at") == [
        ("ASSESSMENT_AUTHORISED", "2023-06-20"),
        ("ASSESSMENT_STARTED", "2023-05-03"),
        ("CPP_REVIEWED", "2023-08-20"),
        ("CPP_STARTED", "2023-05-25"),
        ("ICPC_HELD", "2023-05-25"),
        ("REFERRAL_RECEIVED", "2023-05-02"),
        ("S47_STARTED", "2023-05-04"),
    ]
    assert {(event["sex"], event["ethnic_group"], event["disability"], event["birth_month"]) for event in events} == {
        ("F", "asian", "n", "2015-03")
    }
    assert len({event["episode_key"] for event in events}) == 1
    assert all(event["token_upn"] and not event["token_nhs"] for event in events)


@pytest.mark.parametrize(
    ("before", "after", "refused", "left_out", "rows"),
    [
        (">4B<", ">RB<", [("factor_unknown", "child 1, referral 1, Assessments 1")], {}, 5),
        (">2023-05-03<", ">2028-05-03<", [("date_after_snapshot", "child 1, referral 1, Assessments 1")], {}, 5),
        (">2023-05-04<", ">1970-05-04<", [("date_before_2000", "child 1, referral 1, Section47 1")], {}, 5),
        (">NEG<", ">BAD<", [("abuse_category_unknown", "child 1, referral 1, ChildProtectionPlans 1")], {}, 5),
        (">2A<", ">2Z<", [("source_unknown", "child 1, referral 1")], {}, 0),
        (">2023-05-02<", ">02/05/2023<", [("date_unreadable", "child 1, referral 1")], {}, 0),
        (">N1<", ">N11<", [], {"need_unknown": 1}, 7),
        ("B801200005001", "A801200005001", [], {"upn_invalid": 1}, 7),
        (">2023-05-02<", ">2023-05-02+01:00<", [], {}, 7),
        (">2015-03-07<", ">1066-03-07<", [], {"birth_date_implausible": 1}, 7),
        (">2</Gender", ">7</Gender", [], {"sex_invalid": 1}, 7),
        (">AIND<", ">XXXX<", [], {"ethnicity_unknown": 1}, 7),
        ("<LAchildID>P1</LAchildID>", "", [("person_missing", "child 1")], {}, 0),
    ],
)
def test_the_smallest_part_that_stays_honest_is_refused(returned, before, after, refused, left_out, rows):
    """A second, sound child shows that the rest is kept. The place is named, the value is not."""
    assert before in CHILD
    sound = CHILD.replace("P1", "P2").replace("B801200005001", "")

    outcome = returned(CHILD.replace(before, after), sound)

    assert outcome.refused == refused
    assert outcome.left_out == left_out
    assert outcome.rows == rows + 7
    assert after.strip("<>") not in outcome.report() or not after


def test_a_referral_closed_on_no_readable_date_is_refused_and_not_left_open(returned):
    closed = CHILD.replace("</PrimaryNeedCode>", "</PrimaryNeedCode><CINclosureDate>soon</CINclosureDate>")

    with pytest.raises(DeliveryRefused, match=r"date_unreadable \(1\)"):
        returned(closed)


@pytest.mark.parametrize("nfa", ["true", "1"])
def test_a_referral_without_further_action_is_decided_on_its_day(returned, nfa):
    events = events_of(returned(CHILD.replace("<ReferralNFA>0<", f"<ReferralNFA>{nfa}<")))

    assert ("REFERRAL_DECIDED", "2023-05-02", "nfa") in told(events, "event_type", "event_at", "outcome_code")


def test_the_snapshot_of_a_census_is_the_end_of_its_reference_date(returned):
    from lantern.contract import Manifest

    manifest = Manifest.read(returned(CHILD).folder)

    assert manifest.snapshot_at == "2024-03-31T23:59:59+01:00"
    assert (manifest.period_from, manifest.period_to) == ("2023-04-01", "2024-03-31")


def test_of_two_years_the_newer_tells_of_a_referral_and_nothing_is_told_twice(tmp_path, key_file):
    older = census(tmp_path / "2024.xml", CHILD, CHILD.replace("P1", "P2").replace("B801200005001", ""))
    closed = CHILD.replace("</PrimaryNeedCode>", "</PrimaryNeedCode><CINclosureDate>2024-06-01</CINclosureDate>")
    newer = census(tmp_path / "2025.xml", closed, year=2025)

    outcome = deliver([newer, older], "cin_census", "riverton_council", key_file, tmp_path / "out")

    assert (outcome.rows, outcome.rows_refused) == (7 + 1 + 7, {})


def test_a_referral_has_the_same_keys_in_every_years_file(tmp_path, key_file):
    files = [census(tmp_path / f"{year}.xml", CHILD, year=year) for year in (2024, 2025)]

    keys = [
        told(
            events_of(deliver([file], "cin_census", "riverton_council", key_file, tmp_path / "out")),
            "event_key",
            "episode_key",
            "local_person_key",
        )
        for file in files
    ]

    assert keys[0] == keys[1]


def test_the_census_and_the_tables_of_one_council_know_a_child_by_one_key(returned, council):
    tables = council(
        ssd_cin_episodes="""
        cine_referral_id | cine_person_id | cine_referral_date
        -----------------+----------------+-------------------
        R1               | P1             | 2023-05-02
        """
    )

    keys = [{event["local_person_key"] for event in events_of(outcome)} for outcome in (tables, returned(CHILD))]

    assert keys[0] == keys[1]


def test_an_unknown_element_stray_text_and_another_order_change_nothing(returned):
    """The newest files have elements no schema had, and text between elements."""
    strange = CHILD.replace(
        "<CINdetails>",
        "stray<CINdetails>PersonBirthDate<PreProceedingsandFGDM><FGDMdate>2023-05-09</FGDMdate></PreProceedingsandFGDM>",
    ).replace("<CINreferralDate>2023-05-02</CINreferralDate>", "")
    strange = strange.replace("</CINdetails>", "<CINreferralDate>2023-05-02</CINreferralDate></CINdetails>")

    plain, other = (events_of(returned(child)) for child in (CHILD, strange))

    assert strange.count("CINreferralDate") == 2
    assert plain == other


def test_a_birth_is_told_to_the_month_and_a_death_to_the_day_and_once_in_many_years(tmp_path, key_file):
    child = CHILD.replace(
        "<GenderCurrent>",
        "<ExpectedPersonBirthDate>2015-03-19</ExpectedPersonBirthDate><PersonDeathDate>2023-11-05</PersonDeathDate><GenderCurrent>",
    )
    files = [census(tmp_path / f"{year}.xml", child, year=year) for year in (2024, 2025)]

    outcome = deliver(files, "cin_census", "riverton_council", key_file, tmp_path / "out")

    told_of = told(events_of(outcome), "event_type", "event_at", "event_time_precision")
    assert [each for each in told_of if each[0] in ("BIRTH", "DEATH")] == [
        ("BIRTH", "2015-03-01", "month"),
        ("DEATH", "2023-11-05", "day"),
    ]
    assert (outcome.rows, outcome.rows_refused) == (9, {})


def test_a_former_pupil_number_stands_in_for_one_that_is_missing(returned):
    number = "<UPN>B801200005001</UPN>"
    former = CHILD.replace(number, "<FormerUPN>B801200005001</FormerUPN><UPNunknown>UN3</UPNunknown>")

    tokens = [{event["token_upn"] for event in events_of(returned(child))} for child in (CHILD, former)]

    assert tokens[0] == tokens[1] != {""}


def test_a_conference_told_of_at_both_levels_is_one_conference(returned):
    """Rule 2884: it stands at the enquiry or at the referral, never at both."""
    both = CHILD.replace("<Assessments>", "<DateOfInitialCPC>2023-05-25</DateOfInitialCPC><Assessments>", 1)
    moved_in = CHILD.replace("<Assessments>", "<DateOfInitialCPC>2023-05-20</DateOfInitialCPC><Assessments>", 1)

    outcome = returned(both)
    conferences = [
        told([event for event in events_of(each) if event["event_type"] == "ICPC_HELD"], "event_at", "flag_transfer_in")
        for each in (outcome, returned(moved_in))
    ]

    assert outcome.refused == [("conference_at_both_levels", "child 1, referral 1, DateOfInitialCPC")]
    assert conferences == [[("2023-05-25", "false")], [("2023-05-20", "true"), ("2023-05-25", "false")]]


def test_a_conference_that_two_enquiries_name_belongs_to_the_later_one(returned):
    later = """<Section47><S47ActualStartDate>2023-05-15</S47ActualStartDate>
      <DateOfInitialCPC>2023-05-25</DateOfInitialCPC><ICPCnotRequired>0</ICPCnotRequired></Section47>"""

    outcome = returned(CHILD.replace("<ReferralNFA>", f"{later}<ReferralNFA>"))

    events = events_of(outcome)
    conference = next(event for event in events if event["event_type"] == "ICPC_HELD")
    enquiry = next(event for event in events if event["event_key"] == conference["parent_event_key"])
    assert enquiry["event_at"] == "2023-05-15"
    assert (outcome.rows_refused, outcome.left_out) == ({}, {"conference_told_twice": 1})


def test_two_assessments_that_start_on_one_day_are_two_and_one_that_stands_there_twice_is_one(returned):
    second = """<Assessments><AssessmentActualStartDate>2023-05-03</AssessmentActualStartDate></Assessments>"""

    differ, alike = (
        returned(CHILD.replace("<ReferralNFA>", f"{extra}<ReferralNFA>")) for extra in (second, second * 2)
    )

    started = [event for event in events_of(differ) if event["event_type"] == "ASSESSMENT_STARTED"]
    assert (len(started), differ.rows_refused) == (2, {})
    assert (alike.rows, alike.rows_refused) == (differ.rows, {"repeated_record": 1})


def test_a_flag_that_is_neither_yes_nor_no_is_left_out(returned):
    outcome = returned(CHILD.replace("<ICPCnotRequired>0<", "<ICPCnotRequired>perhaps<"))

    assert outcome.left_out == {"flag_unreadable": 1}
