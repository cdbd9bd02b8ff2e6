"""`lantern partner map` on samples that are not as they should be: no table, a wrong heading row, a cell that is no date."""

from datetime import date

import openpyxl
import pytest
from mapped_sample import write_csv, write_xlsx
from typer.testing import CliRunner

from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner import draft, mapped, proposal, sample
from lantern.partner.cli import app
from lantern.partner.instant import end_of_day
from lantern.partner.mapping_file import read_mapping

RUN = CliRunner()
HEADINGS = ["Ref", "Tenancy ref", "Date", "Surname"]
ROWS = [[f"R{number}", f"T{number}", f"{1 + number % 28:02d}/07/2026", "Boole"] for number in range(40)]
CHECKS = ["Check Ref", "CRN", "Child No", "Date", "Child Forename"]


@pytest.fixture
def proposed(tmp_path):
    def proposing(headings, rows, *, above=(), **options):
        path = write_csv(tmp_path / "t.csv", *[[*above, headings][0], [*[*above, headings][1:], *rows]])
        return proposal.propose(path, **options)

    return proposing


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7", "a program's own file"),
        (b"PK\x03\x04nothing", "older .xls, has a password, or is damaged"),
        (b"a,b\n1,\x00\n", "a program's own file"),
        (b"<?xml version='1.0'?><Message/>", "XML or a web page, and no table"),
        (b"", "the sample: it is empty"),
    ],
)
def test_a_sample_that_is_no_table_is_refused_in_words(tmp_path, content, said):
    (tmp_path / "t.csv").write_bytes(content)

    result = RUN.invoke(app, ["map", str(tmp_path / "t.csv")])

    assert isinstance(result.exception, DeliveryRefused)
    assert said in str(result.exception)


@pytest.mark.parametrize(("slips", "formats"), [(0, ["%d/%m/%Y"]), (1, ["%d/%m/%Y"]), (4, ["%d/%m/%Y"]), (5, [])])
@pytest.mark.parametrize("slip", ["31/02/2026", "soon", "2026/31/31"])
def test_a_few_cells_that_are_no_dates_do_not_spoil_the_form_and_are_counted(proposed, slips, formats, slip):
    """Of forty cells four are one in ten; five are more."""
    rows = [[*row[:2], slip if number < slips else row[2], row[3]] for number, row in enumerate(ROWS)]

    made = proposed(HEADINGS, rows)

    assert made.when_formats == formats
    said = [doubt for doubt in made.doubts if "not written so" in doubt]
    are = "1 cell of 40 of 'Date' is" if slips == 1 else f"{slips} cells of 40 of 'Date' are"
    assert said == ([f"when_formats: {are} not written so; a row without its date is refused"] if 0 < slips < 5 else [])
    assert ("when_formats" in made.missing) == (slips == 5)
    assert slip not in draft.report(made)


def test_a_form_that_reads_every_cell_is_taken_before_one_that_reads_most(proposed):
    """Two in forty can only be read with the month first, and so can all the others."""
    rows = [[*row[:2], "07/13/2026" if number < 2 else "07/01/2026", row[3]] for number, row in enumerate(ROWS)]

    made = proposed(HEADINGS, rows)

    assert made.when_formats == ["%m/%d/%Y"]
    assert any("month first, as in America" in doubt for doubt in made.doubts)


@pytest.mark.parametrize("given", [2, 3, 7])
def test_a_row_that_is_not_the_one_of_the_headings_is_refused_and_not_shown(proposed, given):
    """Nothing in these rows reads as a date or a number of a person, so only the words of row 1 tell."""
    rows = [["R1", "T1", "soon", "Quillfeather"] for _ in range(9)]

    with pytest.raises(DeliveryRefused, match=rf"row 1 has the words of headings, and row {given} has not") as refusal:
        proposed(HEADINGS, rows, heading_row=given)

    assert "Quillfeather" not in str(refusal.value)


def test_without_that_look_a_row_of_data_would_be_shown_as_headings(proposed, monkeypatch):
    """The twin."""
    monkeypatch.setattr(sample, "_most_words", lambda _lines: (0, 1))

    made = proposed(HEADINGS, [["R1", "T1", "soon", "Quillfeather"]] * 9, heading_row=2)

    assert "Quillfeather" in draft.report(made)


def test_headings_are_known_by_their_words_where_the_rows_are_fuller(proposed):
    """Five columns more than there are headings for: the first full row is one of data."""
    made = proposed([*HEADINGS, "", ""], [[*row, "x", "y"] for row in ROWS], above=[["Alerts"]])

    assert made.heading_row == 2
    assert "2 columns without a heading: not looked at, and never carried" in made.doubts
    assert set(made.parts["record"]) == {"Ref"}


def test_rows_wider_than_the_headings_are_refused_since_columns_may_be_shifted(proposed):
    with pytest.raises(DeliveryRefused, match=r"40 rows of 40 have more cells than row 1 has headings"):
        proposed(HEADINGS, [["extra", *row] for row in ROWS])


def test_a_row_or_two_that_are_wider_are_said(proposed):
    made = proposed(HEADINGS, [[*ROWS[0], "stray"], *ROWS[1:]])

    assert "1 row of the sample with more cells than there are headings: such a row is refused" in made.doubts


@pytest.mark.parametrize(
    ("name", "event_type", "partner_type"),
    [
        ("probation_check", "INFO_REQUESTED", "probation"),
        ("housing_alert", "PARTNER_NOTIFICATION", "housing"),
        ("our_own", "PARTNER_NOTIFICATION", "probation"),
    ],
)
def test_the_name_of_a_shipped_mapping_says_what_a_row_tells_of(tmp_path, name, event_type, partner_type):
    """No heading can: 'Date' is the day something was asked in one table and told in another."""
    rows = [[f"K{number}", "X1", number, "13/07/2026", "Ada"] for number in range(9)]
    path = write_csv(tmp_path / "checks.csv", CHECKS, rows)

    done = RUN.invoke(app, ["map", str(path), "--name", name, "--out", str(tmp_path / "own.toml")])

    assert done.exit_code == 0
    mapping = read_mapping(str(tmp_path / "own.toml"))
    assert (mapping.name, mapping.partner_type) == (name, partner_type)
    assert [each.event_type for each in mapping.tellings] == [event_type]
    assert ("INFO_RETURNED: no column with its date was found" in done.stdout) == (name == "probation_check")


@pytest.mark.parametrize("sheet", ["July log", "july  LOG"])
def test_a_sheet_is_named_and_the_delivery_reads_that_sheet(tmp_path, sheet):
    path = write_xlsx(tmp_path / "log.xlsx", HEADINGS, [["R1", "T1", date(2026, 7, 1), "Boole"]], title="July log")
    book = openpyxl.load_workbook(path)
    book.create_sheet("Read me", 0).append(["Alerts", "of", "the", "year"])
    book.save(path)

    done = RUN.invoke(app, ["map", str(path), "--sheet", sheet, "--out", str(tmp_path / "own.toml")])

    assert done.exit_code == 0
    read = mapped.source(read_mapping(str(tmp_path / "own.toml")), [path], end_of_day(date(2026, 9, 30)))
    assert [each.when.text for each in read.happenings] == ["2026-07-01"]
    assert read.inventory.other_sheets == ["Read me"]


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    path = write_xlsx(tmp_path / "log.xlsx", HEADINGS, ROWS, title="July log")

    result = RUN.invoke(app, ["map", str(path), "--sheet", "June"])

    assert "has no sheet 'June'; it has 'July log'" in str(result.exception)


def test_a_sheet_of_a_file_that_has_none_is_refused(tmp_path):
    result = RUN.invoke(app, ["map", str(write_csv(tmp_path / "t.csv", HEADINGS, ROWS)), "--sheet", "July"])

    assert "it is no workbook and has no sheets" in str(result.exception)


def test_a_place_still_marked_is_refused_by_its_line_and_name(tmp_path):
    path = write_csv(tmp_path / "t.csv", ["Colour", "Shape"], [["red", "round"], ["blue", "square"]])
    draft.write(proposal.propose(path), "own_table", tmp_path / "own.toml")
    text = (tmp_path / "own.toml").read_text()
    without = "\n".join(line for line in text.splitlines() if not line.startswith("draft"))
    (tmp_path / "own.toml").write_text(without)
    marked = [number for number, line in enumerate(without.splitlines(), start=1) if line.endswith("# FILL IN")]

    with pytest.raises(ConfigRefused, match="still a draft") as refusal:
        mapped.source(read_mapping(str(tmp_path / "own.toml")), [path], end_of_day(date(2026, 9, 30)))

    names = "partner_type", "record", "person", "when", "source_category"
    places = ", ".join(f"line {number} ({name})" for number, name in zip(marked, names, strict=True))
    assert f"Marked FILL IN: {places}" in str(refusal.value)


def test_a_label_of_the_table_is_not_named_where_its_line_is_marked(tmp_path):
    """Only names of ours are repeated; what stands in front of the sign may be a cell."""
    from mapping_text import ONE_EVENT

    (tmp_path / "own.toml").write_text(ONE_EVENT + '[codes.sex]\ncolumn = "Sex"\nQuillfeather = "M"  # FILL IN\n')

    assert read_mapping(str(tmp_path / "own.toml")).to_fill == (f"line {(ONE_EVENT.count(chr(10))) + 3}",)


def test_a_record_that_holds_words_of_headings_is_not_taken_for_them(tmp_path):
    """Its cells would have been shown as headings, a name among them; the invented name is nowhere in what is printed."""
    rows = [["R1", "Ada Lovelace", "Open", "New"] for _ in range(20)]
    rows[7] = ["R7", "Ada Lovelace", "Submitted", "Returned"]
    path = write_csv(tmp_path / "t.csv", ["F1", "F2", "F3", "F4"], rows)

    result = RUN.invoke(app, ["map", str(path)])

    assert "Lovelace" not in result.output + str(result.exception)


def test_headings_below_a_full_row_of_titles_are_found_by_their_words(tmp_path):
    """The twin: a row made of such words is believed wherever it stands."""
    titles = ["Made for", "the front door", "in July", "all teams", "draft"]
    path = write_csv(tmp_path / "t.csv", titles, [CHECKS, *([["C1", "X1", "1", "01/07/2026", "Ada"]] * 20)])

    assert sample.read(path).heading_row == 2
