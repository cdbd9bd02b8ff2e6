"""Tables of other partners: shipped mappings, and one of a partner's own."""

import pytest
from partner_drawing import SNAPSHOT, events_of, told, write_drawn

from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner.delivery import deliver
from lantern.partner.mapping_file import read_mapping

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


def test_the_mappings_of_the_demonstration_say_whose_contact_it_is():
    names = ("hospital_attendance", "housing_alert", "police_notice", "school_concern")
    mappings = [read_mapping(name) for name in names]

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


def test_a_notification_that_does_not_say_who_it_came_from_is_refused_here_and_not_at_the_hub(tmp_path):
    (tmp_path / "own.toml").write_text(
        OWN.replace("INFO_REQUESTED", "PARTNER_NOTIFICATION").partition("[constants]")[0]
    )

    with pytest.raises(ConfigRefused, match="a PARTNER_NOTIFICATION needs source_category"):
        read_mapping(str(tmp_path / "own.toml"))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('partner_type = "probation"', 'partner_type = "zoo"', "'partner_type' is given a code"),
        ('source_category = "7"', 'note = "7"', "'note' is no coded column"),
        ('person = "CRN"', 'owner = "CRN"', "'owner' is no part"),
        ('person = "CRN"', "", r"\[columns\] needs record, person and"),
        ('version = "1"', "", "entries missing: version"),
        ('version = "1"', 'version = "1"\ncolour = "red"', "not known: colour"),
        ('name = "probation_check"', 'name = "ssd"', "the name of another format"),
        ('version = "1"', 'version = "one"', "'name' or 'version'"),
        ('["%Y-%m-%d"]\ndob', '["%d/%m/%Y", "%m/%d/%Y"]\ndob', "read one text as two days"),
        ('["%Y-%m-%d"]\ndob', '["%d %b"]\ndob', "does not say day, month and year"),
        ('when = "Asked"', "when = 3", "a text or a list of texts"),
        ('when = "Asked"', 'when = ["Asked", "At", "Zone"]', "takes one to 2 columns"),
        ('when = "Asked"', 'when = "Asked"\nnhs = ["A", "B"]', "takes one column"),
        ('"INFO_REQUESTED"', '"CASE_CLOSED"', "not one that this 'partner_type' tells of"),
        ('"INFO_REQUESTED"', '"PERSON_MERGED"', "needs related_person"),
        ('event_type = "INFO_REQUESTED"\n', "", "give either 'event_type'"),
        ("[constants]", '[only]\ncolumn = "A"\naccept = []\n[constants]', "accepts nothing"),
        ("[constants]", '[only]\ncolumn = "A"\naccept = ["Y"]\nreject = [" y"]\n[constants]', "rejects one label"),
        ("[constants]", '[[events]]\nevent_type = "INFO_RETURNED"\nwhen = "B"\n[constants]', "its own event_type"),
        ("[constants]", '[codes.source_category]\ncolumn = "A"\n[constants]', "both a constant and a translation"),
        ("[constants]", '[codes.sex]\nMale = "M"\n[constants]', r"\[codes.sex\] needs 'column'"),
        ("[constants]", '[codes.sex]\ncolumn = "A"\nMale = "M"\n"male " = "F"\n[constants]', "one label twice"),
        ("[constants]", '[codes.sex]\ncolumn = "A"\nX = { code = "U" }\n[constants]', "entries missing: because"),
        ("[constants]", '[codes.sex]\ncolumn = "A"\nX = { code = "U", because = " " }\n[constants]', "its reason"),
        ("[constants]", '[codes.sex]\ncolumn = "A"\nseparator = ";"\n[constants]', "holds several codes"),
        ("[constants]", '[codes.sex]\ncolumn = "A"\nshared = true\n[constants]', "'shared' is for source_category"),
        ("[constants]", '[codes.is_unborn]\ncolumn = "A"\n[constants]', "is not given here"),
        ("[constants]", '[constants]\nevent_time_precision = "day"', "is not given here"),
        ('name = "probation_check"', 'name = "probation_check"\nheading_row = 0', "counted from 1"),
        ('name = "probation_check"', 'name = "probation_check"\nheading_row = true', "not in the agreed form"),
        ('person = "CRN"', 'person = "CRN', "not valid TOML at line 10"),
    ],
)
def test_a_mapping_that_names_what_the_contract_has_not_is_refused(tmp_path, before, after, message):
    assert before in OWN

    (tmp_path / "own.toml").write_text(OWN.replace(before, after))

    with pytest.raises(ConfigRefused, match=message):
        read_mapping(str(tmp_path / "own.toml"))


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(ConfigRefused, match="police_notice"):
        read_mapping("fax")


def test_the_mapping_all_those_were_made_from_is_read(tmp_path):
    """The twin: what is refused above is refused for its one change."""
    (tmp_path / "own.toml").write_text(OWN)

    assert read_mapping(str(tmp_path / "own.toml")).name == "probation_check"


EVENTS = OWN.replace('event_type = "INFO_REQUESTED"\n', "").replace('when = "Asked"\n', "")


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ('event_type = "INFO_REQUESTED"', "entries missing: when"),
        ('event_type = "INFO_REQUESTED"\nwhen = "A"\nparent = "INFO_RETURNED"', "no other event"),
        ('event_type = "INFO_REQUESTED"\nwhen = "A"\nparent = "INFO_REQUESTED"', "no other event"),
        ('event_type = "INFO_REQUESTED"\nwhen = "A"\n[[events]]\nevent_type = "INFO_REQUESTED"\nwhen = "B"', "twice"),
        ('event_type = "INFO_REQUESTED"\nwhen = "A"\n[events.constants]\nsex = "M"', "belong to the row"),
        ('event_type = "INFO_REQUESTED"\nwhen = "A"\ncolour = "red"', "not known: colour"),
    ],
)
def test_events_that_do_not_fit_together_are_refused(tmp_path, events, message):
    (tmp_path / "own.toml").write_text(f"{EVENTS}[[events]]\n{events}\n")

    with pytest.raises(ConfigRefused, match=message):
        read_mapping(str(tmp_path / "own.toml"))


def test_no_delivery_is_made_with_a_draft(tmp_path, key_file):
    (tmp_path / "own.toml").write_text(f"draft = true\n{OWN}")
    path = write_drawn(tmp_path / "checks.csv", "Ref | CRN | Asked\n---\n1 | X1 | 2026-07-01")

    with pytest.raises(ConfigRefused, match="still a draft"):
        deliver([path], str(tmp_path / "own.toml"), "riverton_probation", key_file, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_column_that_stands_twice_is_refused_only_if_it_is_meant(tmp_path, key_file):
    (tmp_path / "own.toml").write_text(OWN)
    twice = write_drawn(tmp_path / "twice.csv", "Ref | CRN | Asked | asked\n---\n1 | X1 | 2026-07-01 | 2026-07-02")
    other = write_drawn(tmp_path / "other.csv", "Ref | CRN | Asked | Note | Note\n---\n1 | X1 | 2026-07-01 | a | b")

    with pytest.raises(DeliveryRefused, match="columns that stand twice: asked"):
        deliver([twice], str(tmp_path / "own.toml"), "riverton_probation", key_file, tmp_path / "out")
    made = deliver([other], str(tmp_path / "own.toml"), "riverton_probation", key_file, tmp_path / "out")

    assert made.rows == 1
