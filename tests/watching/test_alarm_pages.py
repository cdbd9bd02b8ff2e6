"""Each alarm has a page of one form, and the list is the code's."""

import re

import pytest

from lantern.home import PROJECT
from lantern.watching import journal, metric
from lantern.watching.alarm import MEANING, PAGES, page

PARTS = ["What it means", "What to look at", "What to do", "What not to do"]
WATCHING = (PROJECT / "docs" / "operations" / "watching.md").read_text(encoding="utf-8")


def test_there_is_a_page_for_each_alarm_and_none_for_another():
    assert sorted(path.stem for path in (PROJECT / PAGES).iterdir()) == sorted(MEANING)
    assert len(MEANING) == 14


def test_the_list_names_each_alarm_once_in_the_codes_own_words():
    listed = re.findall(r"^\| \[`([\w-]+)`\]\(alarms/\1\.md\) \| (.+) \|$", WATCHING, re.MULTILINE)

    assert listed == list(MEANING.items())


@pytest.mark.parametrize("alarm", MEANING)
def test_a_page_says_what_it_means_what_to_look_at_what_to_do_and_what_not(alarm):
    text = (PROJECT / page(alarm)).read_text(encoding="utf-8")

    assert text.startswith(f"# `{alarm}`: ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert all(len(part.strip()) > 40 for part in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:])


def test_what_an_alarm_says_outside_holds_no_number():
    assert [words for words in MEANING.values() if re.search(r"\d", words)] == []


def test_the_figures_and_the_entries_of_a_line_are_all_described():
    assert set(re.findall(r"`(lantern_\w+)`", WATCHING)) - {"lantern_check"} == set(metric.MEANING) - {"lantern_check"}
    assert [name for name in journal.FORMS if f"`{name}`" not in WATCHING] == []
