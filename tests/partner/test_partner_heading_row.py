"""Where a table's headings stand, and what is said of a file that is no table, is empty or has headings alone."""

import pytest
from mapped_sample import sample_of, write_csv, write_xlsx
from mapping_text import ONE_EVENT
from partner_drawing import SINCE, SNAPSHOT, events_of, told

from lantern.errors import DeliveryRefused
from lantern.partner import table
from lantern.partner.delivery import deliver

TITLES = [["Alerts of the year"], [], ["as at 30 September", "page 1"]]


@pytest.fixture
def housing(tmp_path, key_file):
    def delivering(path, **more):
        terms = {"snapshot_at": SNAPSHOT} | more
        return deliver([path], "housing_alert", "riverton_housing", key_file, tmp_path / "out", **terms)

    return delivering


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_headings_under_titles_are_found_in_a_mapped_table(tmp_path, housing, write):
    headings, rows = sample_of("housing_alert")
    plain, titled = tmp_path / "plain", tmp_path / "titled"
    write(plain, headings, rows)
    write(titled, TITLES[0], [*TITLES[1:], headings, *rows])

    made = [housing(path) for path in (plain, titled)]

    columns = ("event_key", "event_at", "token_nhs")
    assert told(events_of(made[0]), *columns) == told(events_of(made[1]), *columns)
    assert [each.inventory.heading_rows["housing_alert"] for each in made] == [1, 4]
    assert "60 rows, headings in row 4" in made[1].report()


def test_headings_under_titles_are_found_in_the_tables_of_a_council_and_rows_keep_their_numbers(tmp_path, key_file):
    folder = tmp_path / "ssd"
    folder.mkdir()
    (folder / "ssd_person.csv").write_text("People\n\npers_person_id\nP1\n")
    (folder / "ssd_contacts.csv").write_text(
        "Contacts,,\ncont_contact_id,cont_person_id,cont_contact_date,x_cont_decision_dttm\nC1,P1,2026-07-01,\nC2,P1,soon,\n"
    )

    outcome = deliver(
        [folder], "ssd", "riverton_council", key_file, tmp_path / "out", snapshot_at=SNAPSHOT, period_from=SINCE
    )

    assert outcome.refused == [("date_unreadable", "ssd_contacts row 4")]
    assert outcome.inventory.heading_rows["ssd_contacts"] == 2
    assert "decisions_not_in_table" not in outcome.left_out


def test_a_missing_column_is_refused_with_the_row_that_was_taken_for_the_headings(tmp_path, read):
    (tmp_path / "t.csv").write_text("Log\n\nRef,Child\n1,2\n")

    with pytest.raises(DeliveryRefused, match=r"columns missing: on\. Row 3 was taken for the headings\."):
        read(ONE_EVENT, tmp_path / "t.csv")


def test_a_row_that_a_mapping_names_is_taken_whatever_stands_above_it(tmp_path, read):
    (tmp_path / "t.csv").write_text("Ref,Child,On\nRef,Child,On\n1,2,01/07/2026\n")

    happened, dropped, _ = read("heading_row = 2\n" + ONE_EVENT, tmp_path / "t.csv")
    assert ([each.where for each in happened], dropped) == (["own_table row 3"], [])

    happened, dropped, _ = read(ONE_EVENT, tmp_path / "t.csv")
    assert (len(happened), dropped) == (1, [("date_unreadable", 2)])
    with pytest.raises(DeliveryRefused, match="Row 3 was taken"):
        read("heading_row = 3\n" + ONE_EVENT, tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n,,\n", "the file is empty"),
        (b"<?xml version='1.0'?><Message/>", "it is XML or a web page, and no table"),
        ("<html>".encode("utf-16"), "it is XML or a web page, and no table"),
        (b"\xef\xbb\xbf  <table>", "it is XML or a web page, and no table"),
        (b"%PDF-1.7\n", "it is a program's own file"),
        (b"SQLite format 3\x00", "it is a program's own file"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(tmp_path, housing, content, said):
    path = tmp_path / "alerts.csv"
    path.write_bytes(content)

    with pytest.raises(DeliveryRefused, match=f"housing_alert: {said}"):
        housing(path)


def test_a_file_with_headings_alone_says_what_is_sent_and_what_that_means(tmp_path, housing):
    headings, _ = sample_of("housing_alert")

    with pytest.raises(DeliveryRefused, match="no record is in it") as refusal:
        housing(write_csv(tmp_path / "a.csv", headings, []))

    assert "0 rows, nothing stands under its headings" in str(refusal.value)
    assert "what you sent before stays at the hub as it is" in str(refusal.value)


def test_the_first_of_two_rows_that_fit_alike_has_the_headings(tmp_path):
    """A page break repeats them; the second is then a row that cannot be read, and is refused by its number."""
    (tmp_path / "t.csv").write_text("a,b\n1,2\na,b\n3,4\n")

    assert [number for number, _ in table.rows(tmp_path / "t.csv", "t", ["a", "b"])] == [2, 3, 4]
