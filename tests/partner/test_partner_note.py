"""What is counted once, kept and told, or left out with its row: refusals of a row, periods, corrections, birth dates."""

import gc

import pytest
from annex_sample import delivered, workbook
from partner_drawing import SNAPSHOT, events_of, write_drawn
from test_partner_preview import NOTICES

from lantern.errors import DeliveryRefused
from lantern.partner import delivery
from lantern.partner.delivery import deliver

MERGES = """
    kept_id | other_id | changed_on | kind
    --------+----------+------------+------
    1       | 2        | 01/07/2026 | Merge
    3       | 4        | 02/07/2026 | Split
"""
CHECKS = """
    Check Ref | CRN | Child No | Child Forename | Child Surname | Child DOB  | Child Postcode | Requested By | Date Requested | Date Returned | Child Sex
    ----------+-----+----------+----------------+---------------+------------+----------------+--------------+----------------+---------------+----------
    K1        | X1  | 1        | Ada            | Boole         | 01/02/2015 | ZX1 1AA        | MASH         | 01/07/2026     | 05/07/2026    | Female
    K1        | X1  | 1        | Ada            | Boole         | 01/02/2015 | ZX1 1AA        | MASH         | 01/07/2026     | 05/07/2026    | Female
    K1        | X1  | 1        | Ada            | Boole         | 01/02/2015 | ZX1 1AA        | MASH         | 01/07/2026     | 06/07/2026    | Female
    K2        | X2  | 1        | Ben            | Boole         | 01/02/2036 | ZX1 1AA        | MASH         | 03/06/2026     |               | Male
"""
REFERRALS = """
    Referral Number | Subject Number | Incident Number | Referral Date Time | Submitted Date Time | Replaces Referral Number | NHS Number | Patient Forename | Patient Surname | Patient DOB | Estimated Due Date | Patient Postcode | Referral Type | Patient Sex
    ----------------+----------------+-----------------+--------------------+---------------------+--------------------------+------------+------------------+-----------------+-------------+--------------------+------------------+---------------+------------
    A1              | 1              | I1              | 2026-07-01 10:00   |                     |                          |            | Ada              | Boole           | 2015-02-01  |                    | ZX1 1AA          | Child         | Female
    A2              | 1              | I1              | 2026-07-02 10:00   |                     | A1                       |            | Ada              | Boole           | 2015-02-01  |                    | ZX1 1AA          | Child         | Female
    A3              | 1              | I2              | 2026-07-03 10:00   |                     | A0                       |            | Ben              | Boole           |             | 2026-12-01         | ZX1 1AA          | Child         | Male
"""


@pytest.fixture
def made(tmp_path, key_file):
    def making(drawing, source_format, **more):
        path = write_drawn(tmp_path / "table.csv", drawing)
        terms = {"snapshot_at": SNAPSHOT} | more
        return deliver([path], source_format, "riverton_partner", key_file, tmp_path / "out", **terms)

    return making


def test_a_row_that_tells_two_events_and_is_refused_counts_once_and_for_the_graver_reason(made):
    """Row 3 repeats both events of row 2; row 4 repeats one and contradicts the other."""
    outcome = made(CHECKS, "probation_check")

    assert outcome.rows == 3
    assert outcome.refused == [
        ("repeated_record", "probation_check row 3"),
        ("record_id_reused", "probation_check row 4"),
    ]


def test_a_birth_date_after_the_snapshot_gives_no_token_and_no_month_and_names_its_row(made):
    outcome = made(CHECKS, "probation_check", dry_run=True)

    assert outcome.left_out == {"birth_date_after_snapshot": 1}
    assert "    probation_check row 5" in outcome.report()
    (event,) = [each for each in events_of(made(CHECKS, "probation_check")) if each["event_at"] == "2026-06-03"]
    assert (event["birth_month"], event["is_unborn"]) == ("", "false")
    assert {event[f"token_{scheme}"] for scheme in ("ndp1", "ndp2", "ndp3", "ndp4")} == {""}


def test_a_day_expected_after_the_snapshot_is_no_slip(made):
    outcome = made(REFERRALS, "ambulance_referral")

    assert outcome.left_out == {}
    assert [each["expected_birth_month"] for each in events_of(outcome) if each["is_unborn"] == "true"] == ["2026-12"]


@pytest.mark.parametrize(("born", "is_unborn", "left_out"), [
    ("01/12/2026", "true", {}),
    ("01/12/2027", "false", {"birth_date_after_snapshot": 1}),
])  # fmt: skip
def test_a_date_further_ahead_than_any_pregnancy_is_no_day_expected(tmp_path, key_file, born, is_unborn, left_out):
    """The lists have one column for both."""
    drawing = f"Child Unique ID | Date of Birth | Date Started to be Looked After\n---\nP1 | {born} | 01/07/2026"

    outcome = delivered([workbook(tmp_path / "a.xlsx", {"List 8": drawing})], key_file, tmp_path / "out")

    (event,) = events_of(outcome)
    assert event["is_unborn"] == is_unborn
    assert outcome.left_out == left_out


def test_records_before_and_after_the_period_are_sent_counted_and_told_with_their_rows(made):
    from datetime import date

    outcome = made(NOTICES, "police_notice", period_from=date(2026, 7, 2), period_to=date(2026, 7, 2))

    assert outcome.rows == 3
    assert sorted((each.reason, each.where) for each in outcome.noted) == [
        ("record_after_period", "police_notice row 4"),
        ("record_before_period", "police_notice row 2"),
    ]
    assert "Sent as they are; look at them: 2" in outcome.report()
    assert outcome.as_dict()["noted"] == {"record_after_period": 1, "record_before_period": 1}


def test_no_record_is_outside_a_period_that_is_taken_from_the_records(made):
    assert made(NOTICES, "police_notice").noted == []


def test_a_correction_of_a_record_that_is_not_here_is_told_and_one_that_is_here_is_not(made):
    outcome = made(REFERRALS, "ambulance_referral")

    assert [(each.reason, each.where) for each in outcome.noted] == [
        ("superseded_not_here", "ambulance_referral row 4")
    ]
    assert "right where an earlier delivery sent that record" in outcome.report()


def test_a_log_of_merges_says_that_it_needs_no_token(made):
    page = made(MERGES, "person_merge:police").report()

    assert "Tokens: none is needed." in page
    assert "no token at all" not in page
    assert "100.0%" not in page


def test_one_of_a_thing_is_not_said_in_the_plural(made):
    page = made("\n".join(MERGES.splitlines()[:4]), "person_merge:police").report()

    assert "1 event was made in the folder" in page
    assert "  person_merge (table.csv)  1 row\n" in page


def test_collection_of_free_objects_is_as_it_was_after_a_delivery_and_after_a_refusal(made, monkeypatch):
    seen = []
    read = delivery._read
    monkeypatch.setattr(delivery, "_read", lambda *given: seen.append(gc.isenabled()) or read(*given))
    assert gc.isenabled()

    made(MERGES, "person_merge:police")
    assert gc.isenabled()
    with pytest.raises(DeliveryRefused):
        made("\n".join(MERGES.splitlines()[:3]), "person_merge:police")

    assert gc.isenabled()
    assert seen == [False, False]
