"""What is invented goes through a partner's tools whole: nothing refused, and two formats agree."""

from datetime import datetime
from pathlib import Path

import pytest
from pyarrow import parquet

from lantern.contract import Manifest
from lantern.partner.delivery import deliver
from lantern.partner.key import join_key, new_key
from lantern.synthetic import FIRST_DAY

SNAPSHOT = datetime(2026, 9, 30, 23, 59, 59)  # noqa: DTZ001 - a partner writes London time
YEAR_END = "2026-03-31"
TOKENS = ("nhs", "upn", "ndp1", "ndp2", "ndp3", "ndp4")


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    new_key(folder / "council.toml", "demo", "E06999999", "demo-2026")
    join_key(folder / "council.toml", folder / "other.toml")
    return folder


@pytest.fixture(scope="module")
def delivered(invented, keys, tmp_path_factory):
    """Deliver a file of the invented partnership and read its events."""
    out, folder = tmp_path_factory.mktemp("out"), invented[0]

    def make(files: list[str], source_format: str, partner: str) -> list[dict[str, str | None]]:
        key = keys / ("council.toml" if partner == "riverton_council" else "other.toml")
        outcome = deliver(
            [folder / each for each in files],
            source_format,
            partner,
            key,
            out,
            snapshot_at=None if source_format == "cin_census" else SNAPSHOT,
            period_from=FIRST_DAY if source_format == "ssd" else None,
        )
        assert (outcome.rows_refused, outcome.left_out) == ({}, {})
        assert Manifest.read(outcome.folder).rows == outcome.rows
        return parquet.read_table(outcome.folder / "events.parquet").to_pylist()

    return make


@pytest.fixture(scope="module")
def tables(delivered):
    return delivered(["riverton_council/ssd"], "ssd", "riverton_council")


def told(events, event_type, *columns):
    return sorted(tuple(each[name] or "" for name in columns) for each in events if each["event_type"] == event_type)


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
def test_the_census_and_the_tables_of_one_council_tell_the_same(delivered, tables, event_type, columns):
    """By person key and date: three census years together hold all that the tables hold up to their end."""
    years = [f"riverton_council/cin_census/CIN_{year}.xml" for year in (2024, 2025, 2026)]
    census = delivered(years, "cin_census", "riverton_council")
    names = ("local_person_key", "event_at", *columns)

    expected = [row for row in told(tables, event_type, *names) if row[1] <= YEAR_END]

    assert len(expected) > 10
    assert told(census, event_type, *names) == expected


def test_every_contact_and_decision_arrives(invented, tables):
    _, truth = invented

    assert len(told(tables, "CONTACT_RECEIVED", "event_key")) == truth.contacts
    assert len(told(tables, "CONTACT_DECIDED", "event_key")) == truth.contacts - truth.contacts_undecided
    assert len(told(tables, "REFERRAL_RECEIVED", "event_key")) == truth.referrals
    assert all(each["outcome_code"] for each in tables if each["event_type"] == "CONTACT_DECIDED")


@pytest.mark.parametrize(
    ("file", "source_format", "partner"),
    [
        ("riverton_police/police_notices.csv", "police_notice", "riverton_police"),
        ("riverton_hospital/attendances.csv", "hospital_attendance", "riverton_hospital"),
        ("riverton_schools/concerns.csv", "school_concern", "riverton_schools"),
        ("riverton_housing/alerts.csv", "housing_alert", "riverton_housing"),
    ],
)
def test_most_people_of_a_partner_meet_the_council_by_a_token_and_slips_cost_some(
    delivered, tables, file, source_format, partner
):
    """Linking is possible and not perfect, as it is in life."""
    known = {scheme: {each[f"token_{scheme}"] for each in tables} - {None} for scheme in TOKENS}

    events = delivered([file], source_format, partner)
    people = {each["local_person_key"]: each for each in events}.values()
    met = sum(any(each[f"token_{scheme}"] in known[scheme] for scheme in TOKENS) for each in people)

    assert len(people) > 20
    assert 0.8 < met / len(people) <= 1
