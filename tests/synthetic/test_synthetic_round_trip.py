"""What is invented goes through a partner's tools whole: nothing refused, and three formats agree."""

from datetime import date, timedelta

import pytest
from pyarrow import parquet
from tests.synthetic.conftest import FIRST_DAY, FORMATS, SNAPSHOT

from lantern.partner.delivery import deliver

YEAR_END = "2026-03-31"
TOKENS = ("nhs", "upn", "ndp1", "ndp2", "ndp3", "ndp4")
COUNCIL = "riverton_council"
FILLER = "<PersonBirthDate>1900-01-01<"


@pytest.fixture(scope="module")
def tables(invented):
    return invented.delivered(COUNCIL, "ssd/*.csv").events


def told(events, event_type, *columns):
    return sorted(tuple(each[name] or "" for name in columns) for each in events if each["event_type"] == event_type)


def test_without_slips_no_partners_file_is_refused_a_record_or_a_value(invented):
    """
    What is left aside is what probation asked of others, which its mapping does not take, and the birth date of a child
    of whom the council's list has a filler: a habit and no slip.
    """
    accounts = {each: invented.delivered(*each).outcome for each in FORMATS}
    censuses = [each for each in FORMATS if each[1].endswith(".xml")]
    fillers = {each: (invented.folder / "/".join(each)).read_text().count(FILLER) for each in censuses}

    assert len(accounts) == 16
    assert len(censuses) == 3
    assert {each: found.left_out for each, found in accounts.items() if found.left_out} == {
        each: {"birth_date_implausible": count} for each, count in fillers.items() if count
    }
    assert {each[0]: set(found.rows_refused) for each, found in accounts.items() if found.rows_refused} == {
        "riverton_probation": {"out_of_scope"}
    }
    assert all(invented.delivered(*each).manifest.rows == found.rows > 0 for each, found in accounts.items())


@pytest.mark.parametrize(
    ("event_type", "columns"),
    [
        ("REFERRAL_RECEIVED", ("source_category", "need_code")),
        ("REFERRAL_DECIDED", ("outcome_code",)),
        ("CASE_CLOSED", ("closure_code",)),
        ("ASSESSMENT_STARTED", ()),
        ("ASSESSMENT_AUTHORISED", ("factor_codes",)),
        ("S47_STARTED", ()),
        ("ICPC_HELD", ()),
        ("CPP_STARTED", ()),
        ("CPP_ENDED", ()),
    ],
)
def test_the_census_and_the_tables_of_one_council_tell_the_same(invented, tables, tmp_path, event_type, columns):
    """By person key and date: three census years together hold all that the tables hold up to their end."""
    files = sorted((invented.folder / COUNCIL / "cin_census").glob("*.xml"))
    made = deliver(files, "cin_census", COUNCIL, invented.key(COUNCIL), tmp_path)
    census = parquet.read_table(made.folder / "events.parquet").to_pylist()
    names = ("local_person_key", "event_at", *columns)

    expected = [row for row in told(tables, event_type, *names) if row[1] <= YEAR_END]

    assert len(files) == 3
    assert len(expected) > 10
    assert told(census, event_type, *names) == expected


@pytest.mark.parametrize(
    ("event_type", "least", "settled"),
    [
        ("CONTACT_RECEIVED", 500, 0),
        ("REFERRAL_RECEIVED", 100, 0),
        ("ASSESSMENT_AUTHORISED", 80, 0),
        ("ICPC_HELD", 3, 60),
    ],
)
def test_the_lists_of_an_inspection_tell_of_the_same_days_as_the_tables(
    invented, tables, tmp_path, event_type, least, settled
):
    """
    By person key and day, for the six months they cover: times of day are not in them.

    A conference is listed beside its enquiry, so those of the first 60 days may be of enquiries begun before the lists.
    """
    path = invented.folder / COUNCIL / "annex_a" / "Annex_A.xlsx"
    made = deliver(
        [path], "annex_a", COUNCIL, invented.key(COUNCIL), tmp_path, snapshot_at=SNAPSHOT, period_from=FIRST_DAY
    )
    lists = parquet.read_table(made.folder / "events.parquet").to_pylist()

    days = {(key, at[:10]) for key, at in told(tables, event_type, "local_person_key", "event_at")}
    listed = {(key, at[:10]) for key, at in told(lists, event_type, "local_person_key", "event_at")}

    since = date.fromisoformat(min(day for _, day in listed)) + timedelta(days=settled)
    assert len(listed) > least
    assert listed <= days
    assert {each for each in listed if each[1] >= f"{since}"} == {each for each in days if each[1] >= f"{since}"}


def test_every_contact_and_decision_arrives(invented, tables):
    truth = invented.truth

    assert len(told(tables, "CONTACT_RECEIVED", "event_key")) == truth.contacts
    assert len(told(tables, "CONTACT_DECIDED", "event_key")) == truth.contacts - truth.contacts_undecided
    in_span = [each for each in tables if each["event_at"] >= truth.first_day]
    assert len(told(in_span, "REFERRAL_RECEIVED", "event_key")) == truth.referrals
    assert all(each["outcome_code"] for each in tables if each["event_type"] == "CONTACT_DECIDED")


def test_every_concern_about_an_adult_and_every_enquiry_arrives(invented):
    found = invented.delivered("riverton_adult_social_care", "*.csv")
    concluded = found.of("ENQUIRY_CONCLUDED")

    assert len(found.of("CONCERN_RECEIVED")) == invented.truth.adult_concerns
    assert len(found.of("ENQUIRY_STARTED")) == invented.truth.adult_enquiries > len(concluded) > 100
    assert all(each["risk_outcome"] and each["capacity"] and each["wishes_outcome"] for each in concluded)


def test_adults_meet_no_child_but_the_few_who_were_one(invented, tables):
    """By every token: only someone with a second true record, known as a child, is in both."""
    adults = invented.delivered("riverton_adult_social_care", "*.csv").events
    both = [row for row in invented.rows("truth", "people.csv") if row["partner"] == "riverton_adult_social_care"]
    grown = {row["true_person"] for row in both if row["true_person"].startswith("person_")}
    known = {each[f"token_{scheme}"] for each in tables for scheme in TOKENS} - {None}

    met = {each["local_person_key"] for each in adults if known & {each[f"token_{scheme}"] for scheme in TOKENS}}

    assert 1 <= len(grown) < 5
    assert len(met) <= len(grown)


@pytest.mark.parametrize(
    ("partner", "files", "least"),
    [
        ("riverton_police", "police_notices.csv", 0.75),
        ("riverton_hospital", "attendances.csv", 0.85),
        ("riverton_schools", "concerns.csv", 0.85),
        ("riverton_housing", "alerts_2025-01-01_2026-09-30.csv", 0.75),
        ("riverton_community_health", "health_checks.csv", 0.95),
        ("riverton_probation", "checks.csv", 0.85),
    ],
)
def test_most_people_of_a_partner_meet_the_council_by_a_token_and_slips_cost_some(
    invented, tables, partner, files, least
):
    """Linking is possible and not perfect, as it is in life; some are strangers to the council besides."""
    known = {scheme: {each[f"token_{scheme}"] for each in tables} - {None} for scheme in TOKENS}

    people = {each["local_person_key"]: each for each in invented.delivered(partner, files).events}.values()
    met = sum(any(each[f"token_{scheme}"] in known[scheme] for scheme in TOKENS) for each in people)

    assert len(people) > 20
    assert least < met / len(people) < 1 or partner == "riverton_community_health"
