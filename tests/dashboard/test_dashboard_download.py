"""What a reader takes away: the figures that the page shows, in the same texts, and nothing else."""

import csv
import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from functools import cache

import pytest
from invented_release import QUESTIONS
from jsonschema import Draft202012Validator
from openpyxl import load_workbook
from reading import banned_in
from taken import FIELD, PACKAGE, cells_of, in_csv, in_package, in_workbook, shown_in, text_of

MANY_ROWS = 12
FILES = ["CSV for a spreadsheet", "Excel workbook", "Data package for programs"]
PACK = ["PDF to print", "Word document to edit"]
SIGNS = {"[x]", "[u]"}
FIXED_NUMBERS = {"4", "9", "10", "19", "20"}  # of fixed words: the last 4 quarters, 9 in 10, 19 in 20
STARTS = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def part(site):
    """What a page of a state of the file gives to take away, for its latest quarter."""
    import listing
    import released

    @cache
    def snapshot(state):
        return released.load(site.path(state))

    def found(topic, state="whole"):
        read = snapshot(state)
        return listing.part_of(read, read.latest, read.measures_on(topic))

    return found


def numbers(text):
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


@pytest.mark.parametrize(
    ("topic", "chosen"), [*((topic, {}) for topic in (*QUESTIONS, "by_source")), ("speed", {"source": "Police"})]
)
def test_every_figure_and_range_of_a_page_s_tables_is_taken_away_as_it_stands(site, part, topic, chosen):
    # By source opens on the first question that is given by source.
    rows = in_csv(part("speed" if topic == "by_source" else topic))
    taken = {(row["figure"], f"{row['low']} to {row['high']}") for row in rows}

    shown = shown_in(site.open(topic, **chosen))

    assert len(shown) >= 2
    assert [pair for pair in shown if pair not in taken] == []


@pytest.mark.parametrize("topic", QUESTIONS)
def test_each_file_holds_every_released_cell_of_the_page_in_the_release_s_own_texts(part, topic):
    """The cells are counted on the released file itself, not by what lists them."""
    asked = part(topic)
    shown = [cell for cell in asked.cells if cell.grade in {"use", "care"}]
    expected = sorted((cell.figure_text, cell.lower_text, cell.upper_text, cell.sentence) for cell in shown)
    assert len(expected) >= 2

    files = [read(asked) for read in (in_csv, in_workbook, in_package)]

    for rows in files:
        assert rows == files[0]
        assert len(rows) == len(asked.cells) >= MANY_ROWS
        taken = [row for row in rows if row["figure"] != "[x]"]
        assert sorted((row["figure"], row["low"], row["high"], row["sentence"]) for row in taken) == expected
        assert sum("[u]" in row["grade"] for row in rows) == sum(cell.grade == "care" for cell in shown)
        assert {row["release"] for row in rows} == {"2026-Q2-1"}
        assert {row["period"] for row in rows} == {"1 April to 30 June 2026"}


def test_the_columns_are_those_the_board_was_promised(part):
    import listing

    columns = (
        "measure span breakdown category statistic sentence figure low high grade reason unit period definition release"
    )

    assert list(in_csv(part("speed"))[0]) == list(listing.FIGURE_COLUMNS) == columns.split()


@pytest.mark.parametrize("topic", QUESTIONS)
def test_every_number_taken_away_is_a_released_text(part, topic):
    asked = part(topic)
    records = [asked.partnership, asked.release, *asked.measures, *asked.categories, *asked.cells]
    values = [value for each in records for value in vars(each).values()]
    said = " ".join(str(value) for value in values if isinstance(value, str) or hasattr(value, "year"))
    known = numbers(said) | FIXED_NUMBERS | {str(each.version) for each in asked.measures}

    taken = numbers(" ".join(cells_of(asked)))

    assert len(taken) > MANY_ROWS
    assert taken - known == set()
    assert numbers("17.25% and 5,001") - known == {"17.25", "5,001"}


def test_a_figure_that_is_not_shown_has_no_number_in_any_file(part):
    """Not even if the record still carries one."""
    import download

    asked = part("speed")
    planted = {"figure_text": "13.25%", "lower_text": "13.25%", "upper_text": "13.25%", "sentence": "About 13.25%."}
    cells = tuple(replace(cell, grade="none", value=13.25, reason="too_uncertain", **planted) for cell in asked.cells)
    hidden = replace(asked, cells=cells)

    for each in download.downloads(hidden):
        assert "13.25" not in text_of(each.data), each.label
    for rows in (in_csv(hidden), in_workbook(hidden), in_package(hidden)):
        assert len(rows) == len(cells)
        for row in rows:
            assert {row["figure"], row["low"], row["high"]} == {"[x]"}
            assert row["reason"] == "the likely range is too wide to help"
    # The twin: a shown figure with that text would be found in each of them.
    told = replace(asked, cells=tuple(replace(cell, grade="use", **planted) for cell in asked.cells))
    assert all("13.25" in text_of(each.data) for each in download.downloads(told))


def with_labels(part, label):
    """The same figures of measures and sources that are all called so."""
    return replace(
        part,
        partnership=replace(part.partnership, title=label),
        measures=tuple(replace(each, title=label, definition=label, days_axis=label) for each in part.measures),
        categories=tuple(replace(each, label=label) for each in part.categories),
    )


@pytest.mark.parametrize("start", STARTS)
def test_no_cell_is_a_formula_whatever_a_label_begins_with(part, start):
    planted = with_labels(part("speed"), f"{start}1+1")

    cells = cells_of(planted)

    assert sum(cell.startswith(f"'{start}"[:2]) for cell in cells) > MANY_ROWS
    assert [cell for cell in cells if cell.startswith(STARTS)] == []


def test_without_the_guard_a_formula_would_be_found(part, monkeypatch):
    import download

    monkeypatch.setattr(download, "guarded", lambda text: text)

    assert [cell for cell in cells_of(with_labels(part("speed"), "=1+1")) if cell.startswith(STARTS)]


def test_a_workbook_s_cells_are_texts_on_three_sheets_that_are_seen(part):
    import download

    asked = with_labels(part("waiting"), "#N/A")
    book = load_workbook(io.BytesIO(download.xlsx_of(asked)))

    assert book.sheetnames == ["Figures", "Definitions", "Notes"]
    assert {sheet.sheet_state for sheet in book} == {"visible"}
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > MANY_ROWS
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    assert not book.defined_names
    assert not any(sheet.column_dimensions[name].hidden for sheet in book for name in sheet.column_dimensions)


def test_a_workbook_tells_neither_who_made_it_nor_when(part):
    import download

    data = download.xlsx_of(part("speed"))
    said = load_workbook(io.BytesIO(data)).properties

    assert (said.creator, said.lastModifiedBy) == ("Lantern", "Lantern")
    assert said.created == said.modified
    assert said.created.isoformat() == "2026-07-20T00:00:00"
    for made in (data, download.package_of(part("speed"))):
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("topic", ["speed", "adults"])
def test_equal_releases_give_equal_bytes(part, topic, monkeypatch):
    import download

    once = download.downloads(part(topic))
    # Years later by the clock that a zip takes its times from.
    monkeypatch.setattr("time.time", lambda: 1_930_000_000.0)
    download.downloads.cache_clear()

    again = download.downloads(part(topic))

    assert again is not once
    assert [each.data for each in again] == [each.data for each in once]


def test_files_are_made_once_for_a_release_and_anew_when_a_figure_differs(part):
    import download

    asked = part("speed")
    first = download.downloads(asked)

    assert download.downloads(replace(asked)) is first
    changed = replace(asked, cells=(replace(asked.cells[0], figure_text="85%"), *asked.cells[1:]))
    assert download.downloads(changed)[0].data != first[0].data


@pytest.mark.parametrize("topic", QUESTIONS)
def test_a_data_package_describes_every_field_of_its_tables(part, topic):
    import download

    with zipfile.ZipFile(io.BytesIO(download.package_of(part(topic)))) as archive:
        assert archive.namelist() == ["datapackage.json", "figures.csv", "definitions.csv"]
        described = json.loads(archive.read("datapackage.json"))
        data = {name: archive.read(name) for name in archive.namelist()}

    Draft202012Validator(PACKAGE).validate(described)
    for resource in described["resources"]:
        made = data[resource["path"]]
        assert (resource["bytes"], resource["hash"]) == (len(made), f"sha256:{hashlib.sha256(made).hexdigest()}")
        heads, *rows = csv.reader(io.StringIO(made.decode(), newline=""))
        assert [field["name"] for field in resource["schema"]["fields"]] == heads
        assert rows
        assert {len(row) for row in rows} == {len(heads)}
    defined = [row["definition"] for row in in_package(part(topic), "definitions")]
    assert len(set(defined)) == len(defined) == len(described["sources"])
    assert {row["definition"] for row in in_package(part(topic))} == set(defined)


def test_a_package_that_names_no_field_would_be_noticed():
    """The twin of the description's check."""
    assert not Draft202012Validator(PACKAGE).is_valid({"name": "lantern", "resources": []})
    assert not Draft202012Validator(FIELD).is_valid({"name": "figure"})


@pytest.mark.parametrize("topic", QUESTIONS)
def test_what_is_said_in_a_file_uses_the_board_s_own_words(part, topic):
    import listing

    asked = part(topic)
    said = [*listing.FIGURE_COLUMNS, *listing.FIGURE_COLUMNS.values(), *listing.notes(asked)]
    said += [*listing.DEFINITION_COLUMNS, *listing.DEFINITION_COLUMNS.values()]
    said += [row[column] for row in in_csv(asked) for column in ("breakdown", "statistic", "grade", "reason", "unit")]

    assert banned_in(" ".join(said)) == []
    assert all(any(note.startswith(sign) for note in listing.notes(asked)) for sign in SIGNS)


@pytest.mark.parametrize("period", [{}, {"period": "January to March 2026"}])
@pytest.mark.parametrize("topic", [*QUESTIONS, "by_source"])
def test_each_page_of_figures_offers_three_files_and_the_pack_of_the_quarter_chosen(site, topic, period):
    buttons = [button.proto for button in site.open(topic, **period).app.get("download_button")]

    assert [button.label for button in buttons] == [*FILES, *PACK]
    release = "2026-Q1-1" if period else "2026-Q2-1"
    assert all(button.ignore_rerun for button in buttons)
    assert all(f"lantern-{release}-" in button.id for button in buttons[: len(FILES)])
    assert all(f"board-pack-{release}." in button.id for button in buttons[len(FILES) :])


@pytest.mark.parametrize(
    ("topic", "state", "offered"),
    [
        ("speed", "none", []),
        ("speed", "all withdrawn", []),
        ("adults", "absent", PACK),
        ("at_a_glance", "whole", PACK),
        ("how_sure", "whole", []),
    ],
)
def test_where_no_figures_stand_nothing_is_offered_but_the_pack_of_what_does(site, topic, state, offered):
    assert [button.proto.label for button in site.open(topic, state).app.get("download_button")] == offered


def test_a_withdrawn_quarter_is_not_in_what_is_taken_away(part):
    rows = in_csv(part("speed", "withdrawn"))

    assert {row["release"] for row in rows} == {"2026-Q1-1"}


def test_files_are_named_by_release_and_page(site, part):
    import download
    import listing
    import released

    names = [each.file_name for each in download.downloads(part("coming_back"))]
    snapshot = released.load(site.path("whole"))
    one = listing.part_of(snapshot, snapshot.latest, snapshot.measures_on("coming_back")[:1])

    assert names == [
        "lantern-2026-Q2-1-coming-back-figures.csv",
        "lantern-2026-Q2-1-coming-back-figures.xlsx",
        "lantern-2026-Q2-1-coming-back-package.zip",
    ]
    assert not {each.file_name for each in download.downloads(one)} & set(names)
