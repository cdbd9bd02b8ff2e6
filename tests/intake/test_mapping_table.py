"""The page of sources shows each shipped mapping as its file has it."""

import re

import pytest
from tests.intake.mapping_table import MAPPINGS, PAGE, TITLE, tables

from lantern.errors import ConfigRefused
from lantern.partner.mapping_file import read_mapping

SECTION = PAGE.read_text(encoding="utf-8").split(f"{TITLE}\n")[1].split("\n## ")[0]


def test_the_page_has_the_table_of_every_shipped_mapping_as_it_is():
    """When it has not: `python -m tests.intake.mapping_table` prints what belongs there."""
    shown = SECTION[SECTION.index("### ") :].strip()

    assert len(MAPPINGS) == 10
    assert shown == tables().strip()


def test_no_table_leaves_a_column_of_its_mapping_out():
    """The twin, by another way: every quoted heading of the file is somewhere in its table."""
    for path in MAPPINGS:
        text = path.read_text(encoding="utf-8")
        table = SECTION.split(f"### `{path.stem}`\n")[1].split("### ")[0]
        headings = re.findall(r'^(?:column|when) = "([^"]+)"', text, re.MULTILINE)
        headings += re.findall(r'"([^"]+)"', "".join(re.findall(r"^\[columns\]\n((?:\S.*\n)+)", text, re.MULTILINE)))
        assert len(headings) > 3
        assert [each for each in headings if each not in table] == []


EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
WHOLE = """
name = "own"
version = "1"
partner_type = "education"
when_formats = ["%d/%m/%Y"]
"""
COLUMNS = {"record": '"Log No"', "person": '"Child"', "when": '"When"'}


def mapping_with(example: str) -> str:
    """A whole mapping round one of the page's forms: what it needs and the form does not say."""
    has_events = "[[events]]" in example
    missing = {part: name for part, name in COLUMNS.items() if f"{part} = " not in example}
    columns = {part: name for part, name in missing.items() if not (has_events and part == "when")}
    return WHOLE + ("" if has_events else 'event_type = "INFO_REQUESTED"\n') + _with_columns(columns, example)


def _with_columns(columns: dict[str, str], example: str) -> str:
    lines = "".join(f"{part} = {column}\n" for part, column in columns.items())
    return (
        example.replace("[columns]\n", f"[columns]\n{lines}")
        if "[columns]" in example
        else f"[columns]\n{lines}{example}"
    )


def test_every_form_the_page_shows_is_one_a_mapping_can_have(tmp_path):
    assert len(EXAMPLES) == 5
    for example in EXAMPLES:
        (tmp_path / "own.toml").write_text(mapping_with(example), encoding="utf-8")
        assert read_mapping(str(tmp_path / "own.toml")).name == "own"


def test_a_form_that_no_mapping_has_is_noticed(tmp_path):
    """The twin."""
    (tmp_path / "own.toml").write_text(mapping_with(EXAMPLES[1].replace("accept", "take")), encoding="utf-8")

    with pytest.raises(ConfigRefused, match="take"):
        read_mapping(str(tmp_path / "own.toml"))
