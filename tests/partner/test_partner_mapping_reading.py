"""What a mapping can say of a row: several events, a scope, translations, corrections, merges."""

import pytest
from mapping_text import HEAD, ONE_EVENT
from partner_drawing import SNAPSHOT, write_drawn

from lantern.contract import LONDON
from lantern.errors import ConfigRefused
from lantern.partner import mapped
from lantern.partner.mapping_file import read_mapping

TWO_EVENTS = (
    HEAD
    + """
[columns]
record = "Ref"
person = "Child"
[[events]]
event_type = "INFO_REQUESTED"
when = "Asked"
[events.constants]
channel = "email"
[[events]]
event_type = "INFO_RETURNED"
when = "Answered"
parent = "INFO_REQUESTED"
"""
)


def test_a_row_tells_of_every_event_that_has_a_date(read):
    happened, dropped, left_out = read(
        TWO_EVENTS,
        """
        Ref | Child | Asked            | Answered
        ----+-------+------------------+-----------------
        1   | A     | 01/07/2026 09:00 | 02/07/2026
        2   | B     | 01/07/2026 10:00 |
        3   | C     |                  | 02/07/2026
        4   | D     | 01/07/2026       | next week
        """,
    )

    assert [(each.event_type, each.when.text, each.record, each.parent, each.cells) for each in happened] == [
        ("INFO_REQUESTED", "2026-07-01T09:00:00+01:00", "1|A", None, {"channel": "email"}),
        ("INFO_RETURNED", "2026-07-02", "1|A", ("INFO_REQUESTED", "1|A"), {}),
        ("INFO_REQUESTED", "2026-07-01T10:00:00+01:00", "2|B", None, {"channel": "email"}),
    ]
    assert dropped == [("date_missing", 4), ("date_unreadable", 5)]
    assert left_out == []


def test_an_event_whose_parent_did_not_happen_has_no_parent(read):
    optional = TWO_EVENTS.replace('when = "Asked"', 'when = "Asked"\nrequired = false')

    happened, dropped, _ = read(
        optional,
        """
        Ref | Child | Asked | Answered
        ----+-------+-------+-----------
        3   | C     |       | 02/07/2026
        4   | D     |       |
        """,
    )

    assert [(each.event_type, each.parent) for each in happened] == [("INFO_RETURNED", None)]
    assert dropped == [("date_missing", 3)]


ONLY = '[only]\ncolumn = "Referred"\naccept = ["Yes"]\nreject = ["No", ""]\n'
SCOPED = """
    Ref | Child | On         | Referred
    ----+-------+------------+---------
    1   | A     | 01/07/2026 | YES
    2   | B     |            | No
    3   | C     |            |
    4   | D     | 01/07/2026 | Maybe
"""


def test_rows_that_are_not_meant_are_counted_apart_and_a_label_nobody_listed_is_refused(read):
    happened, dropped, _ = read(ONE_EVENT + ONLY, SCOPED)

    assert [each.record for each in happened] == ["1|A"]
    assert dropped == [("out_of_scope", 3), ("out_of_scope", 4), ("scope_unknown", 5)]


def test_without_the_scope_every_row_would_be_read(read):
    """The twin: the first test sees the scope at work, not rows that could not be read anyway."""
    happened, dropped, _ = read(ONE_EVENT, SCOPED)

    assert [each.record for each in happened] == ["1|A", "4|D"]
    assert dropped == [("date_missing", 3), ("date_missing", 4)]


CODES = """
[codes.priority]
column = "Grade"
"Very  High" = "red"
Amber = "amber"
Other = ""
[codes.source_category]
column = "From"
shared = true
"Family Hub" = { code = "8", because = "The census counts children's centres there." }
[codes.sex]
column = "Sex"
Girl = "F"
[codes.disability]
column = "Disabled"
yes = "y"
"""


def test_labels_match_without_regard_to_case_and_spaces_and_an_unknown_one_is_counted(read):
    happened, dropped, left_out = read(
        ONE_EVENT + CODES,
        """
        Ref | Child | On         | Grade      | From        | Sex  | Disabled
        ----+-------+------------+------------+-------------+------+---------
        1   | A     | 01/07/2026 | VERY high  | Home Office | girl | YES
        2   | B     | 01/07/2026 | other      | family hub  |      |
        3   | C     | 01/07/2026 | purple     | the moon    | Owl  | maybe
        4   | D     | 01/07/2026 |            |             |      |
        """,
    )

    assert dropped == []
    assert [(each.cells, each.person.sex, each.person.disability) for each in happened] == [
        ({"priority": "red", "source_category": "7"}, "F", "y"),
        ({"source_category": "8"}, "", ""),
        ({"source_category": "10"}, "", ""),
        ({"source_category": "10"}, "", ""),
    ]
    assert left_out == [
        ("priority_unmapped", 4),
        ("source_category_unmapped", 4),
        ("sex_unmapped", 4),
        ("disability_unmapped", 4),
        ("source_category_missing", 5),
    ]


def test_a_withdrawn_record_is_cancelled_and_one_of_unknown_status_is_not_taken_for_active(read):
    status = '[codes.record_status]\ncolumn = "Status"\nLive = "active"\nWithdrawn = "cancelled"\n'

    happened, dropped, _ = read(
        ONE_EVENT + status,
        """
        Ref | Child | On         | Status
        ----+-------+------------+----------
        1   | A     | 01/07/2026 | Live
        2   | B     | 01/07/2026 | withdrawn
        3   | C     | 01/07/2026 |
        4   | D     | 01/07/2026 | parked
        """,
    )

    assert [each.cells for each in happened] == [{"record_status": "active"}, {"record_status": "cancelled"}, {}]
    assert dropped == [("record_status_unmapped", 5)]


def test_tags_of_one_cell_become_the_codes_they_name(read):
    tags = '[codes.abuse_codes]\ncolumn = "Tags"\nseparator = ";"\nNeglect = "NEG"\n"Physical" = "PHY"\nHair = ""\n'

    happened, _, left_out = read(
        ONE_EVENT + tags,
        """
        Ref | Child | On         | Tags
        ----+-------+------------+-------------------------
        1   | A     | 01/07/2026 | physical; Neglect; hair;
        2   | B     | 01/07/2026 | Neglect;Neglect; shoes
        3   | C     | 01/07/2026 | hair
        """,
    )

    assert [each.cells.get("abuse_codes", "") for each in happened] == ["NEG;PHY", "NEG", ""]
    assert left_out == [("abuse_codes_unmapped", 3)]


def test_a_correction_names_the_record_it_puts_right(read):
    more = 'supersedes = ["Instead of"]\nincident = "Ref"\nepisode = ["Ref", "Part"]\nrecorded = "Typed"\n'

    happened, dropped, left_out = read(
        ONE_EVENT + more,
        """
        Ref | Child | On         | Instead of | Part | Typed
        ----+-------+------------+------------+------+-----------------
        7   | A     | 01/07/2026 | 3          | 1    | 02/07/2026 10:00
        8   | B     | 01/07/2026 |            |      | soon
        """,
    )

    assert dropped == []
    assert [(each.supersedes, each.incident, each.episode, each.cells) for each in happened] == [
        ("3|A", "7", "7|1", {"recorded_at": "2026-07-02T10:00:00+01:00"}),
        ("", "8", "", {}),
    ]
    assert left_out == [("recorded_unreadable", 3)]


def test_an_unborn_child_and_an_ethnicity_are_read(read):
    more = 'dob = "Born"\nexpected_dob = "Due"\nethnicity = "Ethnicity"\n'

    happened, _, left_out = read(
        ONE_EVENT + more,
        """
        Ref | Child | On         | Born       | Due        | Ethnicity
        ----+-------+------------+------------+------------+------------------------
        1   | A     | 01/07/2026 |            | 03/09/2026 | MWBC
        2   | B     | 01/07/2026 | 03/02/2015 |            | white british
        3   | C     | 01/07/2026 | 31/02/2015 | never      | Asian or Asian British
        4   | D     | 01/07/2026 |            |            | Martian
        """,
    )

    assert [(each.person.is_unborn, each.person.ethnic_group) for each in happened] == [
        (True, "mixed"),
        (False, "white"),
        (False, "asian"),
        (False, ""),
    ]
    assert left_out == [
        ("birth_date_unreadable", 4),
        ("expected_birth_date_unreadable", 4),
        ("ethnicity_unmapped", 5),
    ]


def test_a_merge_names_both_ids_and_one_without_the_other_is_refused(tmp_path):
    path = write_drawn(
        tmp_path / "merges.csv",
        """
        kept_id | other_id | changed_on | kind
        --------+----------+------------+--------
        5       | 9        | 01/07/2026 | Merge
        5       | 9        | 02/07/2026 | unmerge
        5       |          | 03/07/2026 | Merge
        5       | 5        | 03/07/2026 | Merge
        5       | 8        | 03/07/2026 | Married
        """,
    )

    source = mapped.source(read_mapping("person_merge:police"), [path], SNAPSHOT.replace(tzinfo=LONDON))
    told = list(source.happenings)

    assert source.partner_type == "police"
    assert [(each.event_type, each.person.local_id, each.related_person) for each in told[:2]] == [
        ("PERSON_MERGED", "5", "9"),
        ("PERSON_SPLIT", "5", "9"),
    ]
    assert [each.reason for each in told[2:]] == ["record_id_missing", "related_person_same", "event_type_unmapped"]


@pytest.mark.parametrize(("name", "message"), [("person_merge", "say which kind"), ("person_merge:zoo", "say which kind"),
                                               ("police_notice:housing", "one kind of partner")])  # fmt: skip
def test_a_mapping_for_any_partner_asks_which_and_no_other_does(name, message):
    with pytest.raises(ConfigRefused, match=message):
        read_mapping(name)


def test_a_code_that_is_in_no_list_is_refused_with_the_codes_there_are(tmp_path):
    (tmp_path / "own.toml").write_text(ONE_EVENT + '[codes.priority]\ncolumn = "Grade"\nHigh = "urgent"\n')

    with pytest.raises(
        ConfigRefused, match="'priority' is given a code that its code list does not have; it has red, "
    ):
        read_mapping(str(tmp_path / "own.toml"))
