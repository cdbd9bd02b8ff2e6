"""The catalogue is the one place of a measure: what it names is there, and adding one needs no more than an entry."""

import shutil
import tomllib

import pytest
import yaml

from lantern import catalogue, codelist
from lantern.errors import ConfigRefused
from lantern.home import PROJECT
from lantern.pipeline import dictionary

MARTS = PROJECT / "dbt_project" / "models" / "marts"
COLUMNS = ("cohort_on", "where", "counted", "counted_without_weakest_links", "status", "duration", "entered_after")
COLUMNS += ("months", "months_without_weakest_links", "category")


def columns_of(model: str) -> set[str]:
    found = yaml.safe_load((MARTS / f"{model}.yml").read_text(encoding="utf-8"))["models"][0]
    return {column["name"] for column in found["columns"]}


@pytest.mark.parametrize("measure", catalogue.measures(), ids=lambda measure: measure.id)
def test_every_column_an_entry_names_is_promised_by_its_model(measure):
    needed = {getattr(measure, name) for name in COLUMNS if getattr(measure, name)}
    ways = {each.name: each for each in catalogue.breakdowns()}
    needed |= {ways[name].column for name in measure.breakdowns if not ways[name].of_person}
    if any(ways[name].of_person for name in measure.breakdowns):
        needed.add("person_key")
    if measure.windows:
        needed.add("looked_back_months")

    assert needed - columns_of(measure.model) == set()


def test_every_key_of_a_breakdown_is_a_public_code():
    lists = [each.codes for each in catalogue.breakdowns()] + [
        each.codes for each in catalogue.measures() if each.codes
    ]

    assert len(lists) > 20
    assert [name for name in lists if not codelist.codes(name)] == []


def test_every_event_an_entry_names_is_one_of_the_contract():
    named = {event for each in catalogue.measures() for event in (*each.start, *each.stop)}

    assert len(named) > 20
    assert named - set(codelist.codes("event_type")) == set()


def test_an_age_band_of_the_sql_is_one_of_the_list_with_its_bounds():
    """The bands stand in a macro and in a code list: each upper bound is the next band's lower one."""
    macro = (PROJECT / "dbt_project" / "macros" / "measure_cases.sql").read_text(encoding="utf-8")
    bands = [row for row in codelist.rows("codelist__age_band") if row["from_months"]]

    assert len(bands) == 9
    for row in bands[:-1]:
        assert f"< {int(row['to_months']) + 1} then '{row['code']}'" in macro
    assert f"else '{bands[-1]['code']}'" in macro


def test_the_page_of_measures_is_current():
    """`make docs` writes it."""
    assert (PROJECT / "docs" / "measures.md").read_text(encoding="utf-8") == dictionary.page()


def test_the_dictionary_has_every_measure_and_no_empty_definition():
    rows = dictionary.rows()

    assert {row["measure_id"] for row in rows} == {each.id for each in catalogue.measures()}
    assert [row for row in rows if not row["definition"].endswith(".")] == []


# What is wrong with an entry is told, with its name.


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"kind": "time"},
            "R_NEW: Value error, a measure of kind 'time' also needs status, event, duration, limit, points",
        ),
        ({"breakdowns": ["shoe_size"]}, "R_NEW: no such breakdown: shoe_size"),
        ({"where": "1=1; drop"}, "R_NEW.where: String should match pattern"),
        ({"colour": "red"}, "R_NEW.colour: Extra inputs are not permitted"),
        ({"clock": "sundial"}, "R_NEW.clock: Input should be 'working_days'"),
        ({"id": "T_RAG"}, "the same id twice: T_RAG"),
    ],
)
def test_an_entry_that_cannot_be_worked_out_is_refused_by_name(tmp_path, change, told):
    folder = shutil.copytree(PROJECT / "dbt_project" / "catalogue", tmp_path / "catalogue")
    (folder / "new.toml").write_text(as_toml(NEW | change), encoding="utf-8")

    with pytest.raises(ConfigRefused) as refusal:
        catalogue.read(folder)

    assert told in str(refusal.value)
    assert "Nothing was done" in str(refusal.value)


def test_the_entry_of_these_tests_is_a_good_one(tmp_path):
    """The twin: without a change it is read."""
    folder = shutil.copytree(PROJECT / "dbt_project" / "catalogue", tmp_path / "catalogue")
    (folder / "new.toml").write_text(as_toml(NEW), encoding="utf-8")

    assert {each.id for each in catalogue.read(folder).measure} == {each.id for each in catalogue.measures()} | {
        "R_NEW"
    }


ANSWERS = """
[[base_table]]
name = "visits"
unit_many = "visits"
lost_allowance_percent = 10
multiplicity = { rows = 1.2, returning_percent = 25, shape = 0.3, alike_percent = 50 }

[[base_table.answer]]
axis = "is_seen"
categories = ["no", "yes"]
expected_percent = { no = 60, yes = 40 }
counted = { R_NEW = ["yes"] }
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('R_NEW = ["yes"]', 'R_NEW = ["seen"]', "no such category: seen"),
        ("no = 60, yes = 40", "no = 60", "expected_percent has one number for each category"),
        (
            'counted = { R_NEW = ["yes"] }',
            'counted = {}\nasked = { R_NEW = ["yes"] }',
            "asked but never counted: R_NEW",
        ),
        ("unit_many", "bins = [[0, 1], [2]]\nunit_many", "expected_percent is of source_group, and of time_category"),
        ("unit_many", 'population = "cats"\nunit_many', "Input should be 'children' or 'adults'"),
    ],
)
def test_a_base_table_that_cannot_be_counted_is_refused_by_name(tmp_path, old, new, told):
    folder = shutil.copytree(PROJECT / "dbt_project" / "catalogue", tmp_path / "catalogue")
    (folder / "visits.toml").write_text(ANSWERS, encoding="utf-8")
    assert "visits" in {each.name for each in catalogue.read(folder).base_table}
    assert old in ANSWERS

    (folder / "visits.toml").write_text(ANSWERS.replace(old, new), encoding="utf-8")

    with pytest.raises(ConfigRefused, match="visits") as refusal:
        catalogue.read(folder)
    assert told in str(refusal.value)


def test_a_measure_that_no_axis_of_its_table_answers_is_refused(tmp_path):
    folder = shutil.copytree(PROJECT / "dbt_project" / "catalogue", tmp_path / "catalogue")
    text = (folder / "release.toml").read_text(encoding="utf-8")
    assert text.count('counted = { R_CONV = ["yes"] }') == 1

    (folder / "release.toml").write_text(
        text.replace('counted = { R_CONV = ["yes"] }', "counted = {}"), encoding="utf-8"
    )

    with pytest.raises(ConfigRefused, match="R_CONV: no axis of its base table answers it"):
        catalogue.read(folder)


NEW = tomllib.loads((PROJECT / "tests" / "architecture" / "new_measure.toml").read_text(encoding="utf-8"))["measure"][0]


def as_toml(entry: dict[str, object]) -> str:
    lines = [f"{name} = {cell!r}".replace("'", '"') for name, cell in entry.items()]
    return "\n".join(["[[measure]]", *lines, ""])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"measure = 1", "'measure' is not a list of entries"),
        (b"\xff", "not TOML that can be read"),
        (b"[[", "not TOML"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused_in_words(tmp_path, content, told):
    (tmp_path / "one.toml").write_bytes(content)

    with pytest.raises(ConfigRefused, match=r"catalogue/one\.toml") as refusal:
        catalogue.read(tmp_path)

    assert told in str(refusal.value)


def test_a_catalogue_that_is_not_there_is_refused_in_words(tmp_path):
    with pytest.raises(ConfigRefused, match="LANTERN_CATALOGUE"):
        catalogue.read(tmp_path / "nowhere")
