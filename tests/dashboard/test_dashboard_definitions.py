"""The page of definitions: every measure in plain words, and every figure's way to its own."""

import re

import duckdb
import pytest
import reading
from invented_release import QUESTIONS
from test_dashboard_pages import MEASURES


@pytest.mark.parametrize("topic", QUESTIONS)
def test_each_figure_leads_to_its_definition(site, topic):
    links = re.findall(r'href="definitions\?definition=[^"#]+#([A-Z0-9_]+)"', " ".join(site.open(topic).html))
    anchors = [heading.proto.anchor for heading in site.open("definitions").app.subheader]

    assert len(links) == MEASURES[topic]
    assert set(links) <= set(anchors)


def test_a_link_to_a_definition_shows_that_one_alone(site):
    opened = site.open("definitions", definition="Contacts that became a referral")

    assert opened.headings == ["Contacts that became a referral"]
    assert "R_CONV, version 1" in opened.text


def test_definitions_say_all_there_is_to_say_of_a_measure(site):
    with duckdb.connect(str(site.path("whole")), read_only=True) as connection:
        measures = connection.sql(
            "select title, definition, caveat, source, measure_id, limit_text from measure"
        ).fetchall()

    text = site.open("definitions").text

    assert len(measures) == sum(MEASURES.values())
    for words in measures:
        assert [said for said in words if said not in text] == []
    assert "The likely range is too wide to help." in text


def test_definitions_are_said_without_a_specialist_s_word(site):
    with duckdb.connect(str(site.path("whole")), read_only=True) as connection:
        definitions = [text for (text,) in connection.sql("select definition from measure").fetchall()]
    hard = ("aalen", "cumulative", "competing outcome", "incidence")

    assert len(definitions) == sum(MEASURES.values())
    for said in definitions:
        assert reading.banned_in(said) + [word for word in hard if word in said.lower()] == []
