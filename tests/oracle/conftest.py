"""The invented partnership that the oracle counts, built twice for all tests of this folder."""

from datetime import date
from pathlib import Path

import defect
import pytest
from counted import Counted, counted
from hub import COUNCIL, SNAPSHOT, Hub

from lantern.partner.instant import end_of_day
from lantern.synthetic import invent

SMALL = 340
OTHERS = {
    ("riverton_council", "person_merges.csv"): "person_merge:csc",
    ("riverton_police", "police_notices.csv"): "police_notice",
    ("riverton_police", "person_merges.csv"): "person_merge:police",
    ("riverton_hospital", "attendances.csv"): "hospital_attendance",
    ("riverton_hospital", "person_merges.csv"): "person_merge:health_acute",
    ("riverton_schools", "concerns*"): "school_concern",
    ("riverton_community_health", "health_checks.csv"): "health_visiting",
    ("riverton_probation", "checks.csv"): "probation_check",
    ("riverton_adult_social_care", "*.csv"): "adult_safeguarding",
}
"""What is delivered beside the council's tables and censuses, by partner and files."""

HOUSING = ("2023-04-01_2024-11-30", "2025-01-01_2026-09-30")
"""Housing leaves out a month."""


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    return Hub(tmp_path_factory.mktemp("oracle"))


@pytest.fixture(scope="session")
def invented(hub: Hub) -> Path:
    invent(hub.folder / "partners", referrals_a_year=SMALL, snapshot=SNAPSHOT)
    return hub.folder / "partners"


@pytest.fixture(scope="session")
def undamaged(hub: Hub, invented: Path) -> Counted:
    """
    What the council and adult social care delivered, without slips: for what is compared with England.

    Planted slips are mostly second referrals of the same child: as many as a tenth of all there are.
    """
    found = hub.read(hub.made(sorted((invented / COUNCIL / "ssd").glob("*.csv")), "ssd"))
    adults = sorted((invented / "riverton_adult_social_care").glob("*.csv"))
    found += hub.read(hub.made(adults, "adult_safeguarding", "riverton_adult_social_care"))
    for file in sorted((invented / COUNCIL / "cin_census").glob("*.xml")):
        found += hub.read(hub.made([file], "cin_census"))
    return Counted([event | {"person": event["local_person_key"]} for event in found], {}, {}, {}, {})


@pytest.fixture(scope="session")
def tables_alone(hub: Hub, invented: Path) -> Counted:
    """The council's own tables, with slips in them, and what other partners deliver."""
    made = hub.made(sorted((invented / COUNCIL / "ssd").glob("*.csv")), "ssd")
    defect.plant(made)
    hub.send(made)
    for (partner, files), source_format in OTHERS.items():
        hub.send(hub.made(sorted((invented / partner).glob(files)), source_format, partner))
    for span in HOUSING:
        first, last = map(date.fromisoformat, span.split("_"))
        terms = {"snapshot_at": end_of_day(last), "period_from": first, "period_to": last}
        file = invented / "riverton_housing" / f"alerts_{span}.csv"
        hub.send(hub.made([file], "housing_alert", "riverton_housing", **terms))
    return counted(hub)


@pytest.fixture(scope="session")
def with_censuses(hub: Hub, invented: Path, tables_alone: Counted) -> Counted:
    for file in sorted((invented / COUNCIL / "cin_census").glob("*.xml")):
        hub.send(hub.made([file], "cin_census"))
    return counted(hub)
