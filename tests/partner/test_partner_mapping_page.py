"""A mapping printed for people: every column, date form and label of it is there."""

import pytest
from mapped_sample import entries_of
from typer.testing import CliRunner

from lantern.errors import ConfigRefused
from lantern.partner import mapping_page
from lantern.partner.cli import app
from lantern.partner.mapping_file import read_mapping, shipped
from lantern.partner.reader import READERS

RUN = CliRunner()


@pytest.mark.parametrize("name", shipped())
def test_every_column_label_and_code_of_a_shipped_mapping_is_on_its_page(name):
    """The TOML file itself, not the mapping read from it, says what has to be there."""
    entries = entries_of(name)
    named = f"{name}:police" if name == "person_merge" else name

    done = RUN.invoke(app, ["map", "--show", named])

    page = " ".join(done.stdout.split())
    assert done.exit_code == 0
    columns = [each for given in entries["columns"].values() for each in ([given] if isinstance(given, str) else given)]
    sections = [entries, *entries.get("events", [])]
    columns += [event["when"] for event in sections[1:]]
    codes = [each for section in sections for each in section.get("codes", {}).values()]
    pairs = [
        (label, code["code"] if isinstance(code, dict) else code)
        for each in codes
        for label, code in each.items()
        if label not in ("column", "shared", "separator")
    ]
    assert len(columns) >= 4
    assert [each for each in columns if each.lower() not in page] == []
    assert [
        each for each in pairs if f"{' '.join(each[0].lower().split())} {each[1] or 'carries nothing'}" not in page
    ] == []
    for form in entries["when_formats"] + entries.get("dob_formats", []):
        assert mapping_page.written(form) in page


@pytest.mark.parametrize(
    ("form", "said"),
    [("%d/%m/%Y %H:%M", "DD/MM/YYYY hh:mm"), ("%d %b %Y", "DD Mon YYYY"), ("%Y-%m-%dT%H:%M:%S", "YYYY-MM-DDThh:mm:ss")],
)
def test_a_date_form_is_written_as_people_write_it(form, said):
    assert mapping_page.written(form) == said


def test_what_becomes_of_other_labels_and_of_rows_that_are_not_meant_is_said():
    page = "\n".join(mapping_page.lines(read_mapping("school_safeguarding_log")))

    assert "Which rows count, by 'referred to la' (any other label is refused):" in page
    assert "record_status, from 'entry status' (any other label: the row is refused):" in page
    assert "sex, from 'gender' (any other label: left out and counted):" in page


@pytest.mark.parametrize("arguments", [["map"], ["map", "--show", "ssd"], ["map", "--show", "person_merge"]])
def test_what_cannot_be_shown_is_refused_with_what_to_do(arguments):
    result = RUN.invoke(app, arguments)

    assert isinstance(result.exception, ConfigRefused)
    assert any(word in str(result.exception) for word in ("--show NAME", "docs/sources.md", "person_merge:police"))


def test_every_format_is_named_where_a_delivery_is_made_and_none_is_written_by_hand():
    page = "".join(RUN.invoke(app, ["deliver", "--help"], env={"COLUMNS": "400"}).stdout.split())

    names = [*READERS, *shipped()]
    assert len(names) >= 14
    assert f"oneof{','.join(names)};" in page.replace("│", "")
    assert "pyarrow" in page
