"""`lantern partner map`: a mapping proposed from a sample, and what it says it did not understand."""

import tempfile
import tomllib
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mapped_sample import NHS, ROWS, sample_of, write_csv, write_xlsx
from partner_drawing import SNAPSHOT, write_drawn
from typer.testing import CliRunner

from lantern.contract import LONDON
from lantern.errors import ConfigRefused, DeliveryRefused
from lantern.partner import draft, heading, mapped, proposal, sample
from lantern.partner.cli import app
from lantern.partner.happening import Happening
from lantern.partner.mapping_file import read_mapping, shipped

RUN = CliRunner()
SNAPSHOT_IN_LONDON = SNAPSHOT.replace(tzinfo=LONDON)
CODED = ("source_category", "priority", "record_status")
"""Not abuse_codes: what a school's own tags mean is its choice, and no list of usual labels has it."""


@pytest.fixture
def proposed(tmp_path):
    """A proposal for a drawn table, and the mapping its file is read as."""

    def proposing(drawing, **options):
        path = drawing if hasattr(drawing, "suffix") else write_drawn(tmp_path / "sample.csv", drawing)
        made = proposal.propose(path, **options)
        draft.write(made, "own_table", tmp_path / "own.toml")
        return made, read_mapping(str(tmp_path / "own.toml")), (tmp_path / "own.toml").read_text()

    return proposing


def told(name_or_path, path):
    found = list(mapped.source(read_mapping(name_or_path), [path], SNAPSHOT_IN_LONDON).happenings)
    return [each for each in found if isinstance(each, Happening)]


def groups(happenings, key):
    """Which happenings share an id, by their places in the list: the ids' own texts may differ."""
    found = {}
    for place, each in enumerate(happenings):
        found.setdefault(key(each), set()).add(place)
    return sorted(map(sorted, found.values()))


def facts(happening):
    person = happening.person
    return (
        happening.event_type,
        happening.when.text,
        happening.where.split()[-1],
        (person.nhs, person.upn, person.forename, person.surname, person.dob, person.expected_dob),
        (person.sex, person.postcode, person.ethnic_group, person.disability),
        happening.parent and happening.parent[0],
        [happening.cells.get(column, "") for column in CODED],
    )


@pytest.mark.parametrize("name", shipped())
def test_a_table_of_a_shipped_mapping_is_understood_without_it(name, tmp_path):
    """The shipped mapping, written by hand, is the oracle of the proposed one."""
    path = write_csv(tmp_path / "own_table.csv", *sample_of(name))
    made = proposal.propose(path)
    if name == "person_merge":
        assert made.missing == ["partner_type"]
        made.missing, made.partner_type = [], "police"

    draft.write(made, "own_table", tmp_path / "own.toml")
    expected = told(f"{name}:police" if name == "person_merge" else name, path)
    found = told(str(tmp_path / "own.toml"), path)

    assert made.missing == []
    assert len(expected) >= ROWS // 2
    assert list(map(facts, found)) == list(map(facts, expected))
    assert groups(found, lambda each: (each.event_type, each.record)) == groups(
        expected, lambda each: (each.event_type, each.record)
    )
    for key in ("local_id", "household_id"):
        assert groups(found, lambda each, key=key: getattr(each.person, key)) == groups(
            expected, lambda each, key=key: getattr(each.person, key)
        )


MESSY = f"""
    Ref No. | Nominal Ref | Fore-name | SURNAME | D.O.B.     | sx     | Created    | Beat | Home tel | Officer dealing | Zq
    --------+-------------+-----------+---------+------------+--------+------------+------+----------+-----------------+-----------
    A/1     | 1           | Ada       | Byron   | 01/02/2015 | M      | 01/07/2026 | X1   | 0100     | P Quill         | {NHS[0]}
    A/2     | 2           | Ben       | Boole   | 03/04/2014 | F      | 02/07/2026 | X2   | 0101     | P Quill         | {NHS[1]}
    A/3     | 3           | Cleo      | Cantor  | 05/06/2013 | M      | 03/07/2026 | X3   | 0102     | R Ink           | {NHS[2]}
    A/4     | 4           | Dan       | Dirac   | 07/08/2012 | F      | 04/07/2026 | X4   | 0103     | R Ink           |
"""


def test_headings_spelt_in_a_way_of_their_own_are_understood_and_a_number_is_known_by_its_check(proposed):
    made, mapping, _ = proposed(MESSY)

    assert mapping.columns["record"] == ("ref no.",)
    assert mapping.columns["person"] == ("nominal ref",)
    assert mapping.columns["forename"] == ("fore-name",)
    assert mapping.columns["dob"] == ("d.o.b.",)
    assert mapping.columns["nhs"] == ("zq",)
    assert made.partner_type == mapping.partner_type == "police"
    assert not mapping.is_draft
    assert draft.left_out(made) == ["sx", "Beat"]
    assert set(draft.refused(made)) == {"Home tel", "Officer dealing"}


def test_dates_that_fit_both_orders_are_read_day_first_and_said_aloud(proposed):
    made, mapping, text = proposed(MESSY)

    assert mapping.when_formats == ("%d/%m/%Y",)
    assert any("'Created' fits day first and month first" in doubt for doubt in made.doubts)
    assert "# Look at: when_formats: every date of 'Created' fits" in text


@pytest.mark.parametrize(
    ("cells", "formats", "is_draft", "said"),
    [
        (["13/01/2026", "02/01/2026"], ("%d/%m/%Y",), False, ""),
        (["13/01/2026", "02/01/2026 09:30"], ("%d/%m/%Y", "%d/%m/%Y %H:%M"), False, ""),
        (["2026-01-13T10:00:00", "2026-01-02T10:00:00"], ("%Y-%m-%dT%H:%M:%S",), False, ""),
        (["13 Jan 2026", "2 January 2026"], ("%d %b %Y", "%d %B %Y"), False, ""),
        (["13-Jan-26", "02-Jan-26"], ("%d-%b-%y",), False, "years of two digits"),
        (["01/13/2026", "01/02/2026"], ("%m/%d/%Y",), True, "month first, as in America"),
        (["13/01/2026", "01/13/2026"], (), True, "not written in one form"),
        (["soon", "02/01/2026"], (), True, "not written in one form"),
    ],
)
def test_the_form_of_dates_is_the_one_that_reads_every_cell(proposed, cells, formats, is_draft, said):
    rows = "\n".join(f"{number} | {number} | {cell}" for number, cell in enumerate(cells))

    made, mapping, text = proposed(f"Ref | Tenancy ref | Date\n---\n{rows}")

    assert mapping.when_formats == formats
    assert mapping.is_draft == is_draft
    assert said in " ".join(made.doubts)
    assert f"when_formats = {list(formats)}".replace("'", '"') in text
    assert ("FILL IN" in text) == is_draft


def test_what_was_not_found_is_said_and_marked_and_the_file_still_loads(proposed):
    made, mapping, text = proposed("Colour | Shape\n---\nred | round\nblue | square")

    assert made.missing == ["person", "record", "when", "partner_type", "source_category"]
    marked = [line for line in text.splitlines() if line.endswith(f"# {draft.FILL_IN}")]
    assert [line.split(" = ")[0] for line in marked] == ["partner_type", "record", "person", "when", "source_category"]
    assert mapping.is_draft
    with pytest.raises(ConfigRefused, match="still a draft"):
        mapped.source(mapping, [], SNAPSHOT_IN_LONDON)


def test_free_text_addresses_other_people_and_stray_names_are_never_carried(proposed):
    names = ("Ada Byron", "Ben Boole", "Cleo Cantor", "Dan Dirac")
    rows = "\n".join(
        f"{number} | {number} | 0{number}/07/2026 | She said that she was hit by him | 4 High Street | {name} | {NHS[number]}"
        f" | {name.split()[0]}"
        for number, name in enumerate(names, start=1)
    )

    made, mapping, _ = proposed(
        f"Ref | Tenancy ref | Date | Zzz | Address | Seen with | Mother NHS | Mother forename\n---\n{rows}"
    )

    assert draft.refused(made) == {
        "Zzz": "free text",
        "Address": "its heading names free text, an address or another person",
        "Seen with": "what reads as names in an unexpected place",
        "Mother NHS": "numbers or postcodes of people in an unexpected place",
        "Mother forename": "its heading names free text, an address or another person",
    }
    assert set(mapping.source_columns) == {"ref", "tenancy ref", "date"}


def test_without_the_list_of_refused_words_the_mothers_number_would_be_the_childs(proposed, monkeypatch):
    """The twin: the number checks, so only the heading keeps it out."""
    monkeypatch.setattr(heading, "is_refused", lambda _heading: False)
    rows = "\n".join(f"{number} | {number} | 0{number}/07/2026 | {NHS[number]}" for number in range(1, 4))

    _, mapping, _ = proposed(f"Ref | Tenancy ref | Date | Mother NHS\n---\n{rows}")

    assert mapping.columns["nhs"] == ("mother nhs",)


def test_labels_that_are_not_understood_stand_as_comments_and_only_in_the_file(proposed):
    made, mapping, text = proposed(
        """
        Ref | Tenancy ref | Date       | Sex
        ----+-------------+------------+---------
        1   | 1           | 13/07/2026 | Male
        2   | 2           | 14/07/2026 | Female
        3   | 3           | 15/07/2026 | Zebra
        4   | 4           | 15/07/2026 | Male
        5   | 5           | 15/07/2026 | Male
        6   | 6           | 15/07/2026 | Male
        7   | 7           | 15/07/2026 | Male
        8   | 8           | 15/07/2026 | Male
        9   | 9           | 15/07/2026 | Male
        """
    )

    assert mapping.codes["sex"].codes == {"male": "M", "female": "F"}
    assert '# "Zebra" = ""' in text
    assert "Zebra" not in draft.report(made) + repr(made)
    assert "sex: labels of 'Sex' that are not understood: 1" in draft.report(made)


def test_a_heading_under_titles_is_found_in_a_workbook_and_real_dates_need_no_form(tmp_path, proposed):
    rows = [[number, number, datetime(2026, 7, number, 9)] for number in range(1, 6)]  # noqa: DTZ001 - London time
    path = write_xlsx(tmp_path / "log.xlsx", ["Ref", "Tenancy ref", "Date"], rows, above=[["Alerts"], ["July"], []])

    made, mapping, _ = proposed(path)

    assert (made.heading_row, mapping.heading_row, mapping.when_formats) == (4, 4, ())
    found = list(mapped.source(mapping, [path], SNAPSHOT_IN_LONDON).happenings)
    assert [each.when.text for each in found] == [f"2026-07-0{day}T09:00:00+01:00" for day in range(1, 6)]


@pytest.mark.parametrize("content", ["", "\n\n", "Ref,Date\n"])
def test_a_sample_without_rows_is_refused(tmp_path, content):
    (tmp_path / "empty.csv").write_text(content)

    with pytest.raises(DeliveryRefused, match=r"no heading with rows under it|it is empty"):
        proposal.propose(tmp_path / "empty.csv")


NO_HEADINGS = f"X1,1,01/07/2026,{NHS[0]}\nX2,2,02/07/2026,{NHS[1]}\n"


def test_a_table_without_headings_is_refused_before_its_first_row_is_shown(tmp_path):
    (tmp_path / "bare.csv").write_text(NO_HEADINGS)

    result = RUN.invoke(app, ["map", str(tmp_path / "bare.csv")])

    assert isinstance(result.exception, DeliveryRefused)
    assert "reads as a row of data" in str(result.exception)
    assert NHS[0] not in result.output + str(result.exception)


def test_without_that_look_the_first_row_would_be_shown(tmp_path, monkeypatch):
    """The twin: headings are printed, whatever they are."""
    (tmp_path / "bare.csv").write_text(NO_HEADINGS)
    monkeypatch.setattr(sample, "_reads_as_cell", lambda _name: False)

    assert NHS[0] in RUN.invoke(app, ["map", str(tmp_path / "bare.csv")]).output


def test_the_command_prints_forms_and_counts_writes_once_and_shows_no_cell(tmp_path):
    path = write_drawn(tmp_path / "Police notices.csv", MESSY)
    out = tmp_path / "mapping.toml"

    looked = RUN.invoke(app, ["map", str(path)])
    written = RUN.invoke(app, ["map", str(path), "--out", str(out)])
    again = RUN.invoke(app, ["map", str(path), "--out", str(out)])

    assert (looked.exit_code, written.exit_code) == (0, 0)
    assert "Nothing was written" in looked.stdout
    assert isinstance(again.exception, ConfigRefused)
    assert tomllib.loads(out.read_text())["name"] == "police_notices"
    assert "99/99/9999" in written.stdout
    cells = {cell.strip() for line in MESSY.strip().splitlines()[2:] for cell in line.split("|")}
    secret = {cell for cell in cells if len(cell) > 2}
    assert len(secret) >= 20
    for cell in secret:
        assert cell not in written.stdout


CELLS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\n"), max_size=12)


@settings(max_examples=50, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=8), CELLS)
def test_any_heading_and_any_cells_give_a_file_that_loads(cells, name):
    """Quotation marks, commas, control characters and marks of every script stand in headings and labels."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_csv(Path(folder) / "t.csv", ["Sex", name or "x", "Date"], [[each, each, each] for each in cells])
        try:
            made = proposal.propose(path)
        except DeliveryRefused:
            return
        draft.write(made, "own_table", Path(folder) / "own.toml")

        assert read_mapping(str(Path(folder) / "own.toml")).name == "own_table"
