"""Tables of other partners: shipped mappings, and one of a partner's own."""

import pytest
from partner_drawing import SNAPSHOT, events_of, told, write_drawn

from lantern.errors import ConfigRefused
from lantern.partner.delivery import deliver
from lantern.partner.mapped import read_mapping, shipped

POLICE = """
    notice_ref | submitted        | force_person_id | first_name | last_name | date_of_birth | sex    | home_postcode | nhs_no | officer_grade
    -----------+------------------+-----------------+------------+-----------+---------------+--------+---------------+--------+--------------
    PPN1       | 01/07/2026 23:10 | 77              | Ada        | LOVELACE  | 10/12/2015    | Female | ZX1 1AA       |        | Amber
    PPN1       | 01/07/2026 23:10 | 78              | Ben        | LOVELACE  | 31/02/2018    | Male   | ZX1 1AA       | 123    | Purple
    PPN2       | 2026-07-02       | 77              | Ada        | LOVELACE  | 10/12/2015    | Female | ZX1 1AA       |        | Red
"""
HOUSING = """
    alert_no | alert_date | tenancy_ref | occupant_no | occupant_surname | occupant_forename | occupant_dob | occupant_sex | property_postcode | nhs_number
    ---------+------------+-------------+-------------+------------------+-------------------+--------------+--------------+-------------------+-----------
    9        | 03.07.2026 | TEN1        | 1           | Lovelace         | Ada               | 10.12.2015   | f            | ZX1 1AA           |
"""


def test_a_notice_about_two_children_is_one_incident_and_a_strange_date_form_is_refused(tmp_path, key_file):
    path = write_drawn(tmp_path / "police.csv", POLICE)

    outcome = deliver([path], "police_notice", "riverton_police", key_file, tmp_path / "out", snapshot_at=SNAPSHOT)

    events = events_of(outcome)
    assert told(events, "event_type", "event_at", "source_category", "priority", "sex", "birth_month", "channel") == [
        ("PARTNER_NOTIFICATION", "2026-07-01T23:10:00+01:00", "6", "", "M", "", "system"),
        ("PARTNER_NOTIFICATION", "2026-07-01T23:10:00+01:00", "6", "amber", "F", "2015-12", "system"),
    ]
    assert len({event["incident_key"] for event in events}) == 1
    assert len({event["event_key"] for event in events}) == 2
    assert outcome.refused == [("date_unreadable", "police_notice row 4")]
    assert outcome.left_out == {"birth_date_unreadable": 1, "nhs_invalid": 1, "priority_unmapped": 1}


def test_two_partners_give_one_child_the_same_tokens_and_different_local_keys(tmp_path, key_file):
    """The tokens meet at the hub; the local keys mean nothing outside their partner."""
    police = write_drawn(tmp_path / "police.csv", POLICE)
    housing = write_drawn(tmp_path / "housing.csv", HOUSING)

    notices = events_of(
        deliver([police], "police_notice", "riverton_police", key_file, tmp_path / "out", snapshot_at=SNAPSHOT)
    )
    alerts = events_of(
        deliver([housing], "housing_alert", "riverton_housing", key_file, tmp_path / "out", snapshot_at=SNAPSHOT)
    )

    ada = next(event for event in notices if event["sex"] == "F")
    for scheme in ("ndp1", "ndp2", "ndp3", "ndp4"):
        assert ada[f"token_{scheme}"] == alerts[0][f"token_{scheme}"] != ""
    assert ada["local_person_key"] != alerts[0]["local_person_key"]
    assert alerts[0]["event_time_precision"] == "day"
    assert alerts[0]["household_key"] != ""


def test_the_four_shipped_mappings_are_whole():
    mappings = [read_mapping(name) for name in shipped()]

    assert [(each.name, each.partner_type, each.constants["source_category"]) for each in mappings] == [
        ("hospital_attendance", "health_acute", "3E"),
        ("housing_alert", "housing", "4"),
        ("police_notice", "police", "6"),
        ("school_concern", "education", "2A"),
    ]


OWN = """
name = "probation_check"
version = "1"
partner_type = "probation"
event_type = "INFO_REQUESTED"
when_formats = ["%Y-%m-%d"]
dob_formats = ["%Y-%m-%d"]
[columns]
record = "Ref"
person = "CRN"
when = "Asked"
[constants]
source_category = "7"
"""


def test_a_partner_may_bring_a_mapping_of_its_own(tmp_path, key_file):
    (tmp_path / "own.toml").write_text(OWN)
    path = write_drawn(tmp_path / "checks.csv", "Ref | CRN | Asked\n---\n1 | X1 | 2026-07-01")

    outcome = deliver(
        [path], str(tmp_path / "own.toml"), "riverton_probation", key_file, tmp_path / "out", snapshot_at=SNAPSHOT
    )

    assert told(events_of(outcome), "event_type", "partner_type", "source_category") == [
        ("INFO_REQUESTED", "probation", "7")
    ]
    assert outcome.source_format == "probation_check"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('partner_type = "probation"', 'partner_type = "zoo"', "'partner_type' is given a code"),
        ('source_category = "7"', 'note = "7"', "'note' is no coded column"),
        ('person = "CRN"', 'owner = "CRN"', "'owner' is no part"),
        ('person = "CRN"', "", r"\[columns\] needs record, person, when"),
        ('version = "1"', "", "entries missing: version"),
        ('version = "1"', 'version = "1"\ncolour = "red"', "not known: colour"),
        ('name = "probation_check"', 'name = "ssd"', "the name of another format"),
    ],
)
def test_a_mapping_that_names_what_the_contract_has_not_is_refused(tmp_path, before, after, message):
    (tmp_path / "own.toml").write_text(OWN.replace(before, after))

    with pytest.raises(ConfigRefused, match=message):
        read_mapping(str(tmp_path / "own.toml"))


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(ConfigRefused, match="police_notice"):
        read_mapping("fax")
