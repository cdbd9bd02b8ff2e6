"""A council's yearly census: what is read, and how little is refused."""

from pathlib import Path

import pytest
from partner_drawing import events_of, told

from lantern.errors import DeliveryRefused
from lantern.partner.delivery import deliver

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "cin_census"

CHILD = """
<Child>
  <ChildIdentifiers><LAchildID>P1</LAchildID><UPN>B801200005001</UPN>
    <PersonBirthDate>2015-03-07</PersonBirthDate><GenderCurrent>2</GenderCurrent></ChildIdentifiers>
  <ChildCharacteristics><Ethnicity>AIND</Ethnicity>
    <Disabilities><Disability>NONE</Disability></Disabilities></ChildCharacteristics>
  <CINdetails>
    <CINreferralDate>2023-05-02</CINreferralDate><ReferralSource>2A</ReferralSource>
    <PrimaryNeedCode>N1</PrimaryNeedCode>
    <Assessments><AssessmentActualStartDate>2023-05-03</AssessmentActualStartDate>
      <AssessmentAuthorisationDate>2023-06-20</AssessmentAuthorisationDate>
      <FactorsIdentifiedAtAssessment><AssessmentFactors>4B</AssessmentFactors>
        <AssessmentFactors>2B</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments>
    <Section47><S47ActualStartDate>2023-05-04</S47ActualStartDate>
      <DateOfInitialCPC>2023-05-25</DateOfInitialCPC><ICPCnotRequired>0</ICPCnotRequired></Section47>
    <ReferralNFA>0</ReferralNFA>
    <ChildProtectionPlans><CPPstartDate>2023-05-25</CPPstartDate>
      <InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse><LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse>
      <NumberOfPreviousCPP>1</NumberOfPreviousCPP>
      <Reviews><CPPreviewDate>2023-08-20</CPPreviewDate></Reviews></ChildProtectionPlans>
  </CINdetails>
</Child>
"""


def census(path: Path, *children: str, year: int = 2024, before: str = "") -> Path:
    path.write_text(
        f"{before}<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>{year}</Year>"
        f"<ReferenceDate>{year}-03-31</ReferenceDate></CollectionDetails></Header>"
        f"<Children>{''.join(children)}</Children></Message>"
    )
    return path


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


def test_a_census_that_declares_a_document_type_is_refused(tmp_path, key_file):
    """A document type can name files of the machine, or swell until it stops."""
    path = census(tmp_path / "census.xml", CHILD, before='<!DOCTYPE x [<!ENTITY a "b">]>')

    with pytest.raises(DeliveryRefused, match="it declares a document type"):
        deliver([path], "cin_census", "riverton_council", key_file, tmp_path / "out")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<Message>", "cannot be read as XML"),
        ("not xml", "cannot be read as XML"),
        ("<Message/>", "no Message/Children/Child"),
        ("<Message><Children><Child/></Children></Message>", "ReferenceDate is missing"),
    ],
)
def test_what_is_no_census_is_refused_with_what_to_do(tmp_path, key_file, text, message):
    (tmp_path / "census.xml").write_text(text)

    with pytest.raises(DeliveryRefused, match=message):
        deliver([tmp_path / "census.xml"], "cin_census", "riverton_council", key_file, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "rows", "reasons"),
    [
        ("BAR_cin_2022.xml", 0, {"date_before_2000"}),
        ("CIN_Census_2021.xml", 0, {"date_before_2000"}),
        ("CIN_Census_2024.xml", 10, {"date_after_snapshot"}),
    ],
)
def test_a_census_others_wrote_becomes_a_delivery_or_says_which_records_were_refused(
    tmp_path, key_file, name, rows, reasons
):
    """The two older samples date everything to 1970: not one record of them can be used."""
    if not SAMPLES.is_dir():
        pytest.skip("The sample censuses of other projects are not beside this checkout (../shared/data/cin_census).")
    arguments = ([SAMPLES / name], "cin_census", "riverton_council", key_file, tmp_path / "out")

    if rows:
        outcome = deliver(*arguments)
        assert (outcome.rows, set(outcome.rows_refused)) == (rows, reasons)
    else:
        with pytest.raises(DeliveryRefused) as refusal:
            deliver(*arguments)
        assert all(f"{reason} (1)" in str(refusal.value) for reason in reasons)
        assert "child 1, referral 1" in str(refusal.value)
        assert not (tmp_path / "out").exists()
