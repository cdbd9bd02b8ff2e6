"""What a sender keeps of a delivery leads from a row of the events file back to the sender's own row, and is not sent."""

import csv
import stat

import pytest
from partner_drawing import SNAPSHOT, write_drawn
from tests.intake.sending import verdicts

from lantern import secret
from lantern.intake import report
from lantern.partner import counterfoil
from lantern.partner.delivery import deliver
from lantern.partner.key import read_key

NOTICES = """
    notice_ref | submitted        | force_person_id | first_name | last_name | date_of_birth | sex  | home_postcode | nhs_no | officer_grade
    -----------+------------------+-----------------+------------+-----------+---------------+------+---------------+--------+--------------
"""
ROWS = 40


def notices(path):
    rows = [
        f"PPN{number} | {1 + number % 28:02d}/06/2026 10:{number:02d} | F{number} | Ada{'bcdefghij'[number % 9]} | Boole | "
        f"| Male | ZX1 {number % 9}AA | | Red"
        for number in range(ROWS)
    ]
    return write_drawn(path, NOTICES.strip() + "\n" + "\n".join(rows))


@pytest.fixture
def kept(tmp_path, key_file):
    """A delivery of notices, its folder and what the sender keeps."""
    files = [notices(tmp_path / "a.csv")]
    made = deliver(files, "police_notice", "riverton_police", key_file, tmp_path / "out", snapshot_at=SNAPSHOT)
    return made, made.folder.parent / counterfoil.name_for(made.folder.name)


def test_it_lies_beside_the_delivery_where_no_one_else_may_read_it(kept):
    made, path = kept

    assert sorted(each.name for each in made.folder.iterdir()) == ["events.parquet", "manifest.json"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.name in made.report()
    assert "never send it" in made.report()


def test_it_holds_row_numbers_and_nothing_of_a_row(kept):
    _, path = kept
    with path.open(newline="") as stream:
        headings, *rows = csv.reader(stream)

    assert tuple(headings) == counterfoil.COLUMNS
    assert [int(row[0]) for row in rows] == list(range(2, ROWS + 2))
    assert {row[1] for row in rows} == {"police_notice"}
    assert sorted(int(row[2]) for row in rows) == list(range(2, ROWS + 2))


def test_a_place_without_a_row_number_stands_as_it_is(tmp_path):
    counterfoil.write(tmp_path / "c.csv", ["child 3, referral 1", "file 2, child 1", "List 1 row 4"], "cin_census")

    assert (tmp_path / "c.csv").read_text().splitlines()[1:] == [
        '2,cin_census,"child 3, referral 1"', '3,cin_census,"file 2, child 1"', "4,List 1,4",
    ]  # fmt: skip


def test_the_row_the_hub_reports_leads_back_to_the_row_of_the_source(kept, hub, key_file):
    """One event is spoilt on its way; the hub names its row, and the kept file the row of the notice it came from."""
    from pyarrow import parquet

    made, path = kept
    table = parquet.read_table(made.folder / "events.parquet").to_pylist()
    source_row = 17
    with path.open(newline="") as stream:
        places = {int(row["source_row"]): int(row["events_row"]) for row in csv.DictReader(stream)}
    spoilt = places[source_row] - 2
    table[spoilt]["birth_month"] = "May 2015"
    key = read_key(key_file)
    secret.trust(hub.home, f"{key.key_id}={key.check_value}.{key.canary}")

    hub.deliver(
        table, partner="riverton_police", partner_type="police", source_format="police_notice", period_from="2026-06-01",
        extract_id=table[0]["extract_id"], key_id=key.key_id, key_check=key.check_value, canary=key.canary,
    )  # fmt: skip
    (verdict,) = verdicts(hub)

    assert verdict.held == 1, report.text(verdict)
    (breach,) = [each for each in verdict.breaches if each.severity == "warning"]
    assert [source for source, row in places.items() if row in breach.rows] == [source_row]


def test_a_file_kept_one_row_out_would_be_found_out(kept, tmp_path):
    """The twin: were the heading not counted, the row of the report would be another's."""
    _, path = kept
    with path.open(newline="") as stream:
        places = {int(row["events_row"]): int(row["source_row"]) for row in csv.DictReader(stream)}

    assert len(places) == ROWS
    assert [places[row] for row in sorted(places)] != [places.get(row - 1) for row in sorted(places)]
