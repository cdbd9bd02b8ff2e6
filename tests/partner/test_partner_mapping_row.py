"""How the cells and rows of a mapped table are read: numbers cut short, dates in two columns, row numbers."""

import re
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapping_text import HEAD, ONE_EVENT
from partner_drawing import drawn, write_drawn

from lantern.errors import DeliveryRefused
from lantern.partner import local_id
from lantern.partner.mapping_file import read_mapping, shipped
from lantern.partner.table import rows

LOST = """
    Ref      | Child    | On         | NHS
    ---------+----------+------------+-----------
    1        | A        | 01/07/2026 | 9.43477E+09
    1.23E+15 | B        | 01/07/2026 |
    3        | 4.5E+12  | 01/07/2026 |
    4        | D        | #N/A       |
    5        | E        | 01/07/2026 | #REF!
"""


def test_a_number_that_lost_its_digits_is_never_guessed_and_a_spreadsheet_error_is_no_value(read):
    happened, dropped, left_out = read(ONE_EVENT + 'nhs = "NHS"\n', LOST)

    assert [(each.record, each.person.nhs) for each in happened] == [("1|A", "")]
    assert left_out == [("nhs_lost_digits", 2)]
    assert dropped == [
        ("record_id_lost_digits", 3),
        ("person_id_lost_digits", 4),
        ("cell_error", 5),
        ("cell_error", 6),
    ]


def test_without_the_look_at_digits_two_children_would_share_an_id(read, monkeypatch):
    """The twin: with the guard off the rows are read, so it is the guard that refused them."""
    monkeypatch.setattr(local_id, "LOST_DIGITS", re.compile("never"))

    happened, dropped, _ = read(ONE_EVENT + 'nhs = "NHS"\n', LOST)

    assert [each.record for each in happened] == ["1|A", "1.23E+15|B", "3|4.5E+12"]
    assert [reason for reason, _ in dropped] == ["cell_error", "cell_error"]


# In a drawn table the mark stands between columns.
MARKED = "Ref;Child;On;Corrects\n1|A;B;01/07/2026;\n1;A|B;01/07/2026;\n2;A|B;01/07/2026;1\n3;B;01/07/2026;1|A\n"


@pytest.fixture
def marked(read, tmp_path):
    """Two records whose ids hold the mark that stands between, and two that each put one of them right."""
    (tmp_path / "marked.csv").write_text(MARKED)
    return lambda: read(ONE_EVENT + 'supersedes = "Corrects"\n', tmp_path / "marked.csv")[0]


def test_ids_that_hold_the_mark_between_them_are_never_one(marked):
    one, other, of_other, of_one = marked()

    assert one.record != other.record
    assert (of_one.supersedes, of_other.supersedes) == (one.record, other.record)
    assert one.person.local_id == "B"


def test_joined_as_they_stand_two_children_would_share_a_record(marked, monkeypatch):
    """The twin."""
    monkeypatch.setattr(local_id, "joined", "|".join)

    one, other, *_ = marked()

    assert one.record == other.record == "1|A|B"


@given(rows=st.lists(st.lists(st.text(alphabet="a|\\", max_size=4), min_size=3, max_size=3), min_size=2, max_size=8))
def test_whatever_stands_in_the_cells_only_the_same_cells_have_the_same_id(rows):
    """An id of one cell is as it stands, and so is one of several in which the mark does not occur."""
    assert len({local_id.joined(cells) for cells in rows}) == len({tuple(cells) for cells in rows})
    for cells in rows:
        assert local_id.joined(cells[:1]) == cells[0]
        assert "|" in "".join(cells) or local_id.joined(cells) == "|".join(cells)


def test_a_date_and_a_time_in_two_columns_are_one_moment(read):
    split = ONE_EVENT.replace('when = "On"', 'when = ["On", "At"]')

    happened, dropped, _ = read(
        split,
        """
        Ref | Child | On         | At
        ----+-------+------------+------
        1   | A     | 01/07/2026 | 09:30
        2   | B     | 01/07/2026 |
        3   | C     |            | 09:30
        4   | D     | 01/07/2026 | noon
        """,
    )

    assert [each.when.text for each in happened] == ["2026-07-01T09:30:00+01:00", "2026-07-01"]
    assert dropped == [("date_missing", 4), ("date_unreadable", 5)]


def test_titles_above_the_heading_and_other_delimiters_do_not_move_row_numbers(read, tmp_path):
    path = tmp_path / "export.csv"
    path.write_text('Alerts of July\n"made, by hand"\n\nRef;Child;On\n1;A;01/07/2026\n\n2;B;never\n', encoding="utf-8")

    happened, dropped, _ = read(HEAD + "heading_row = 4\n" + ONE_EVENT[len(HEAD) :], path)

    assert [(each.record, each.where) for each in happened] == [("1|A", "own_table row 5")]
    assert dropped == [("date_unreadable", 7)]


def test_a_row_number_is_that_of_the_line_in_the_file(tmp_path):
    """An oracle that knows nothing of tables: the row number indexes the drawn lines."""
    drawing = "Ref | Child\n---\n1 | A\n2 | B\n3 | C"
    path = write_drawn(tmp_path / "t.csv", drawing)
    headings, cells = drawn(drawing)
    by_number = dict(enumerate([headings, *cells], start=1))

    found = list(rows(path, "t", ["ref"]))

    assert len(found) == 3
    for number, row in found:
        assert [row["ref"], row["child"]] == by_number[number]


def test_every_shipped_mapping_says_what_one_row_is_and_has_the_name_of_its_file():
    names = shipped()
    folder = resources.files("lantern.partner") / "mappings"

    assert len(names) >= 10
    for name in names:
        mapping = read_mapping(f"{name}:vcs" if name == "person_merge" else name)
        assert mapping.name == name
        assert not mapping.is_draft
        opening = (folder / f"{name}.toml").read_text("utf-8").split("name = ")[0]
        assert opening.startswith("# ")
        assert "one row per" in opening


def test_a_quotation_mark_that_is_never_closed_refuses_the_table_instead_of_swallowing_its_rows(read, tmp_path):
    path = tmp_path / "quoted.csv"
    path.write_text('Ref,Child,On\n1,A,01/07/2026\n2,"B,02/07/2026\n3,C,03/07/2026\n')

    with pytest.raises(DeliveryRefused, match="a quotation mark is opened and not closed"):
        read(ONE_EVENT, path)
