"""A delivery as a whole: what is in the folder, what never is, and that it can be made again."""

import json
from datetime import UTC, date, datetime

import pytest
from partner_drawing import SINCE, SNAPSHOT, events_of, write_drawn

from lantern import contract
from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner import self_check
from lantern.partner.delivery import deliver
from lantern.partner.key import join_key

CANARIES = (
    "Quillfeather", "Zebedee", "9434765919", "943 476 5919", "B801200005001", "ZX9 7QQ", "ZX97QQ", "2014-11-23",
    "23/11/2014", "Whispered", "CHILD-4711", "CONTACT-0815", "REF-0816", "PPN-0817", "FORCE-0818", "HOUSE-0819",
)  # fmt: skip

TABLES = {
    "ssd_person": """
        pers_person_id | pers_forename | pers_surname | pers_dob   | pers_single_unique_id | pers_upn      | pers_sex
        ---------------+---------------+--------------+------------+-----------------------+---------------+---------
        CHILD-4711     | Zebedee       | Quillfeather | 2014-11-23 | 943 476 5919          | B801200005001 | M
    """,
    "ssd_address": "addr_person_id | addr_postcode\n---\nCHILD-4711 | ZX9 7QQ",
    "ssd_family": "fami_family_id | fami_person_id\n---\nHOUSE-0819 | CHILD-4711",
    "ssd_contacts": """
        cont_contact_id | cont_person_id | cont_contact_date   | cont_contact_source_code | cont_contact_outcome_json                                    | x_cont_decision_dttm
        ----------------+----------------+---------------------+--------------------------+--------------------------------------------------------------+---------------------
        CONTACT-0815    | CHILD-4711     | 2026-07-01 09:30:00 | 6                        | {"NFA":"Y","COMMENTS":"Whispered "Quillfeather 9434765919""} | 2026-07-02 09:30:00
        CONTACT-0820    | CHILD-4711     | Quillfeather        | Whispered                | Zebedee                                                      | 9434765919
    """,
    "ssd_cin_episodes": """
        cine_referral_id | cine_person_id | cine_referral_date | cine_referral_source_code | cine_close_reason | cine_close_date | cine_referral_outcome_json
        -----------------+----------------+--------------------+---------------------------+-------------------+-----------------+---------------------------
        REF-0816         | CHILD-4711     | 2026-07-02         | Whispered                 | Whispered         | 2026-08-01      | Whispered Zebedee
    """,
}
NOTICES = """
    notice_ref | submitted        | force_person_id | first_name | last_name    | date_of_birth | sex       | home_postcode | nhs_no     | officer_grade
    -----------+------------------+-----------------+------------+--------------+---------------+-----------+---------------+------------+--------------
    PPN-0817   | 01/07/2026 23:10 | FORCE-0818      | Zebedee    | Quillfeather | 23/11/2014    | Whispered | ZX9 7QQ       | 9434765919 | Whispered
    PPN-0821   | Whispered        | FORCE-0818      | Zebedee    | Quillfeather | 23/11/2014    | Male      | ZX9 7QQ       | 9434765919 | Red
"""


@pytest.mark.parametrize("as_text", [False, True])
def test_no_name_number_date_postcode_id_or_comment_leaves_the_partner(tmp_path, key_file, council, as_text):
    """Every byte of the folder, every decoded cell and every word of the report is searched."""
    council(**TABLES)
    police = write_drawn(tmp_path / "police.csv", NOTICES)
    outcomes = [
        deliver(
            files,
            form,
            name,
            key_file,
            tmp_path / "sent",
            snapshot_at=SNAPSHOT,
            period_from=since,
            text_format=as_text,
        )
        for files, form, name, since in (
            ([tmp_path / "ssd"], "ssd", "riverton_council", SINCE),
            ([police], "police_notice", "riverton_police", None),
        )
    ]

    texts = [outcome.report() + json.dumps(outcome.as_dict()) + repr(outcome) for outcome in outcomes]
    texts += [path.read_bytes().decode("latin-1") for path in (tmp_path / "sent").rglob("*") if path.is_file()]
    if not as_text:
        texts += [json.dumps(events_of(outcome)) for outcome in outcomes]
    found = {canary for canary in CANARIES for text in texts if canary.lower() in text.lower()}

    assert [outcome.rows for outcome in outcomes] == [4, 1]
    assert found == set()


def test_the_same_input_key_and_snapshot_give_the_same_bytes(tmp_path, council, key_file):
    council(**TABLES)

    options = {"snapshot_at": SNAPSHOT, "period_from": SINCE}
    made = [
        deliver([tmp_path / "ssd"], "ssd", "riverton_council", key_file, tmp_path / name, **options).folder
        for name in ("one", "two", "two")
    ]

    first, second, again = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in made)
    assert first == second == again
    assert made[0].name == made[1].name
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == [made[1].name, f"{made[1].name}-rows.csv"]


def test_another_key_or_another_snapshot_is_another_extract(tmp_path, council, key_file):
    first = council(**TABLES)
    join_key(key_file, tmp_path / "other.toml")

    later = datetime(2026, 10, 2, 12, tzinfo=UTC)
    others = [
        deliver(
            [tmp_path / "ssd"], "ssd", "riverton_council", file, tmp_path / "out", snapshot_at=when, period_from=SINCE
        )
        for file, when in ((tmp_path / "other.toml", SNAPSHOT), (key_file, later))
    ]

    names = {outcome.folder.name for outcome in (first, *others)}
    assert len(names) == 3
    assert len({contract.Manifest.read(tmp_path / "out" / name).extract_id for name in names}) == 3


def test_the_manifest_says_what_the_events_are_and_counts_what_was_dropped(council, key_file):
    from lantern.partner.key import read_key

    outcome = council(**TABLES)

    manifest = contract.Manifest.read(outcome.folder)
    assert manifest.sha256 == contract.sha256_of(outcome.folder / manifest.events_file)
    assert outcome.folder.name == f"riverton_council-ssd-2026-09-30-{manifest.sha256[:8]}"
    assert (manifest.rows, manifest.rows_refused) == (outcome.rows, {"date_unreadable": 1})
    assert (manifest.period_from, manifest.period_to) == ("2020-04-01", "2026-09-30")
    assert (manifest.mode, manifest.includes_open) == ("full", True)
    assert manifest.key_check == read_key(key_file).check_value
    assert {event["extract_id"] for event in events_of(outcome)} == {manifest.extract_id}
    assert tuple(events_of(outcome)[0]) == contract.COLUMNS


def test_the_report_counts_by_reason_and_names_rows(council):
    report = council(**TABLES).report()

    assert "4 events were made" in report
    assert "date_unreadable (1): the date is not in a form this format knows" in report
    assert "ssd_contacts row 3" in report
    assert "What to do:" in report


def test_where_nothing_can_be_used_nothing_is_written(tmp_path, council):
    with pytest.raises(DeliveryRefused, match=r"date_missing \(1\)"):
        council(ssd_contacts="cont_contact_id | cont_person_id | cont_contact_date\n---\nC1 | P1 |")

    assert not (tmp_path / "out").exists()


def test_a_cell_that_reads_as_a_number_of_a_person_stops_the_delivery():
    """The last line of defence: a shape loosened by mistake would not let a number out."""
    columns = {name: [""] for name in contract.COLUMNS}
    for field in contract.FIELDS:
        if field.required:
            columns[field.name] = ["a" * 64]
    columns["contract_version"] = ["9434765919"]

    with pytest.raises(DeliveryRefused, match="column 'contract_version'") as refusal:
        self_check.check(columns)

    assert "9434765919" not in str(refusal.value)


@pytest.mark.parametrize(
    ("cell", "is_number"),
    [
        ("9434765919", True),
        ("ref 943-476-5919", True),
        ("B801200005001", True),
        ("9434765918", False),
        ("2026-07", False),
    ],
)
def test_the_self_check_knows_a_number_inside_other_text(cell, is_number):
    assert self_check._tells_a_number(cell) is is_number


@pytest.mark.parametrize("name", ["Riverton", "../out", "x", "riverton council"])
def test_a_partner_name_in_another_form_is_refused(tmp_path, key_file, name):
    with pytest.raises(ConfigRefused, match="--partner"):
        deliver([tmp_path], "ssd", name, key_file, tmp_path / "out")


def test_tables_of_a_council_without_the_day_since_when_they_are_whole_are_refused(tmp_path, council, key_file):
    """From an old case that is still open it would be years too early, from a quiet spring too late: it is told, not guessed."""
    council(**TABLES)

    with pytest.raises(ConfigRefused, match=r"--from: .* Nothing was made\. Give that day, such as --from 2020-04-01"):
        deliver([tmp_path / "ssd"], "ssd", "riverton_council", key_file, tmp_path / "sent", snapshot_at=SNAPSHOT)

    assert not (tmp_path / "sent").exists()


@pytest.mark.parametrize(("since", "expected"), [(None, "2026-08-11"), (date(2026, 6, 1), "2026-06-01")])
def test_a_table_is_taken_to_be_whole_since_its_first_record_unless_told(tmp_path, key_file, since, expected):
    """One month after another then adds up; who extracts a longer window says so."""
    later = NOTICES.replace("01/07/2026 23:10", "11/08/2026 23:10")
    path = write_drawn(tmp_path / "police.csv", later)

    outcome = deliver(
        [path], "police_notice", "riverton_police", key_file, tmp_path / "out", snapshot_at=SNAPSHOT, period_from=since
    )

    assert contract.Manifest.read(outcome.folder).period_from == expected


def test_a_file_that_is_not_there_is_refused(tmp_path, key_file):
    with pytest.raises(ConfigRefused, match="FILE"):
        deliver([tmp_path / "none.csv"], "police_notice", "riverton_police", key_file, tmp_path / "out")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_file_is_read_in_the_encodings_exports_come_in(tmp_path, key_file, encoding):
    path = write_drawn(tmp_path / "police.csv", NOTICES.replace("Zebedee", "Zoë"))
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))

    outcome = deliver([path], "police_notice", "riverton_police", key_file, tmp_path / "out", snapshot_at=SNAPSHOT)

    plain = write_drawn(tmp_path / "plain.csv", NOTICES.replace("Zebedee", "Zoe"))
    same = deliver([plain], "police_notice", "riverton_police", key_file, tmp_path / "out", snapshot_at=SNAPSHOT)
    assert events_of(outcome)[0]["token_ndp2"] == events_of(same)[0]["token_ndp2"] != ""
