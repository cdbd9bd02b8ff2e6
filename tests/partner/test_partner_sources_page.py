"""The page on what partners' files can tell, compared with what the readers and the mappings really tell."""

import inspect
import re
from pathlib import Path

import pytest

from lantern import catalogue, codelist
from lantern.partner import (
    adult_record,
    annex_record,
    care_period,
    census_record,
    cin_census,
    lifespan,
    mapping_file,
    ssd_priority,
    ssd_record,
)
from lantern.partner.reader import READERS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
MAPPINGS = Path(mapping_file.__file__).parent / "mappings"
TELLING = {
    "ssd": (ssd_record, ssd_priority, care_period, lifespan),
    "cin_census": (census_record, lifespan),
    "annex_a": (annex_record,),
    "adult_safeguarding": (adult_record,),
}
"""Where each reader names the events it makes. Of a life, lists tell only the birth: they have no date of death."""
ALSO = {"annex_a": {"BIRTH"}}
LOCAL_COLUMNS = {"x_cont_decision_dttm", "x_cont_priority", "x_cont_priority_first", "x_cont_priority_changed_dttm"}


def table(title: str) -> list[list[str]]:
    """The rows of the table under a heading of the page."""
    section = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def codes(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def events_named_in(text: str) -> set[str]:
    return set(re.findall(r'"([A-Z0-9]+_[A-Z]+|BIRTH|DEATH)"', text)) & set(codelist.codes("event_type"))


FORMATS = {row[0].strip("`"): codes(row[2]) for row in table("What each format carries")}


def test_the_page_names_every_format_and_no_other():
    assert len(FORMATS) > 10
    assert set(FORMATS) == set(READERS) | set(mapping_file.shipped())
    assert set(FORMATS) == set(codelist.codes("source_format"))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_code_list_says_of_a_format_what_it_carries(name):
    """How far back a partner is known to have told follows from it alone: no row is asked."""
    told, merges = FORMATS[name], {"PERSON_MERGED", "PERSON_SPLIT"}
    listed = {
        "carries_contacts": "CONTACT_RECEIVED" in told,
        "carries_referrals": "REFERRAL_RECEIVED" in told,
        "carries_notifications": "PARTNER_NOTIFICATION" in told,
        "tells_what_happened": bool(told - merges),
    }

    assert {column: codelist.translation("source_format", column)[name] == "true" for column in listed} == listed


@pytest.mark.parametrize("name", TELLING)
def test_the_page_names_the_events_a_reader_makes_and_no_other(name):
    made = {event for module in TELLING[name] for event in events_named_in(inspect.getsource(module))}

    assert len(made) > 3
    assert FORMATS[name] == made | ALSO.get(name, set())


@pytest.mark.parametrize("name", sorted(mapping_file.shipped()))
def test_the_page_names_the_events_a_mapping_makes_and_no_other(name):
    text = (MAPPINGS / f"{name}.toml").read_text(encoding="utf-8")

    assert FORMATS[name] == events_named_in(text) != set()


def test_the_readers_are_all_looked_at():
    """The twin: a reader that is not listed above would escape the comparison."""
    assert set(TELLING) == set(READERS)
    assert inspect.getsource(cin_census).count("lifespan.") == 2


def test_every_measure_is_on_the_page_and_every_event_it_needs_exists():
    rows = table("What a measure needs, and what it loses")
    named = {code for row in rows for code in codes(row[0])}

    assert len(rows) > 15
    assert named == {each.id for each in catalogue.measures()}
    assert {code for row in rows for code in codes(row[1]) if code.isupper()} <= set(codelist.codes("event_type"))
    assert {code for row in rows for code in codes(row[2])} <= {*FORMATS, *LOCAL_COLUMNS}


def test_the_page_names_the_tables_of_the_dataset_and_the_columns_of_the_adult_tables():
    tables = set(re.findall(r"\bssd_\w+", PAGE))
    columns = {ways[0] for names, _, _ in adult_record.TABLES.values() for ways in names.values()}
    columns |= {ways[0] for ways in adult_record.PERSON.values()}
    described = {code for row in table("Rules of reading") for code in codes(row[1])}

    assert set(ssd_record.TABLES) | {care_period.NAME} < tables
    assert len(columns) > 20
    assert described == columns
