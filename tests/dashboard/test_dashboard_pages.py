"""What each page says, in every state the released file can be in."""

import re

import duckdb
import pytest
from invented_release import CHANGES, DASHBOARD, DAYS, HEADLINES, TOPICS, Plan

QUESTIONS = {"speed": "T_CONTACT_DECISION", "assessment": "T_ASSESS45", "coming_back": "R_REREF_DFE"}
SENTENCES = {
    "speed": "About 84% of contacts were decided within 1 working day. The likely range is 80% to 88%.",
    "assessment": "About 63% of referrals were assessed within 45 working days. The likely range is 59% to 67%.",
    "coming_back": "About 22% of referrals were about a child referred in the 12 months before. "
    "The likely range is 18% to 26%.",
}
DRAWN = {"label", "figure", "low", "high", "grade", "value"}
NOTICE = "This page cannot be shown just now."
# Numbers that describe a chart or are part of fixed words; none of them is a figure.
STRUCTURE = {"1", "8"}


def numbers(text):
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def texts_of(path, *tables):
    """Every text a reader may find on a page, straight from the file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = [row for table in tables for row in connection.table(table).fetchall()]
    return " ".join(str(value) for row in rows for value in row if isinstance(value, str) or hasattr(value, "year"))


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("quarters", [8, 1, 0])
def test_every_page_opens_whatever_has_been_released(released, open_page, topic, quarters):
    released(Plan(quarters=quarters))

    opened = open_page(topic)

    assert opened.exceptions == []
    assert len(opened.titles) == 1
    assert NOTICE not in opened.text
    assert "These figures are close, not exact." in opened.text
    assert ("Nothing has been published yet. The first figures are due on 20 October 2026." in opened.text) == (
        quarters == 0
    )


@pytest.mark.parametrize("topic", QUESTIONS)
def test_a_question_is_answered_in_the_release_s_own_sentence(released, open_page, topic):
    released()

    opened = open_page(topic)

    assert SENTENCES[topic] in opened.text
    assert "What this cannot tell you:" in opened.text
    assert f"definition {QUESTIONS[topic]} v1" in opened.text
    assert "Release 2026-Q2-1" in opened.text
    assert "published 20 July 2026" in opened.text


@pytest.mark.parametrize("topic", QUESTIONS)
def test_every_chart_has_alt_text_and_a_table_that_holds_its_numbers(released, open_page, topic):
    released()

    opened = open_page(topic)

    assert len(opened.charts) == 2 + (QUESTIONS[topic] in DAYS)
    assert opened.text.count("See this chart as a table") == len(opened.charts)
    for alt in opened.alts:
        assert alt.startswith("Dot and box chart")
        assert len(alt.split()) < 60
        assert set(re.findall(r"\d+%", alt)) <= set(re.findall(r"\d+%", opened.text))


@pytest.mark.parametrize("topic", QUESTIONS)
def test_a_chart_sends_the_browser_nothing_that_is_not_drawn(released, open_page, topic):
    path = released()
    with duckdb.connect(str(path), read_only=True) as connection:
        cells = connection.table("cell").select("value", "lower", "upper").fetchall()
    drawn = 0

    opened = open_page(topic)

    for chart in opened.charts:
        for table in opened.tables(chart):
            columns = set(table.column_names) - {"__index_level_0__"}
            assert columns <= DRAWN | {"place"}
            if "low" in columns:
                for row in table.to_pylist():
                    assert (row["figure"], row["low"], row["high"]) in cells
                    drawn += 1
    assert drawn >= 16


@pytest.mark.parametrize("topic", ["at_a_glance", *QUESTIONS])
def test_every_number_on_a_page_is_in_the_released_file(released, open_page, topic):
    path = released()
    known = numbers(texts_of(path, "cell", "release", "measure", "category", "partnership")) | STRUCTURE

    opened = open_page(topic)

    for text in [opened.text, *opened.alts]:
        assert numbers(text) - known == set()
    figures = set(re.findall(r"\d+%", " ".join([opened.text, *opened.alts])))
    assert figures <= set(re.findall(r"\d+%", texts_of(path, "cell")))


def test_how_sure_shows_what_the_releases_cost_and_its_demonstration_is_called_made_up(released, open_page):
    released()

    opened = open_page("how_sure")

    assert "At most 6 of 8 parts are used" in opened.text
    assert "Epsilon 2.14 at delta 1e-06" in opened.text
    assert opened.text.count("74,000") == 8
    assert "What was asked: three questions." in opened.text
    assert "Made-up numbers: 40 draws." in opened.text


def test_drawing_more_made_up_numbers_adds_to_those_drawn_before(released, open_page):
    released()
    opened = open_page("how_sure")

    opened.app.button(key="draw").click().run()

    assert any("Made-up numbers: 60 draws." in block.proto.body for block in opened.app.get("html"))
    assert not opened.app.exception


def test_only_a_change_the_release_calls_a_change_gets_an_arrow_word(released, open_page):
    """At a glance names what went up; what is flat or unknown is never called up or down."""
    released()

    opened = open_page("at_a_glance")

    assert "Up : Contacts decided within 1 working day" in re.sub(r"\s+", " ", opened.text).replace("Up:", "Up :")
    assert "Down" not in opened.text
    assert "No clear change" in opened.text
    assert "Cannot say" in opened.text
    assert set(CHANGES.values()) == {"up", "flat", "unknown"}
    for topic in ("assessment", "coming_back"):
        assert not re.search(r"\b(Up|Down|up|down) (since|from)\b", open_page(topic).text)


def test_a_change_that_cannot_be_told_says_why(released, open_page):
    released()

    assert "We cannot say if this changed: there is no figure for a year ago yet." in open_page("coming_back").text


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("too_uncertain", "Not shown: the likely range is too wide to help."),
        ("too_soon", "Not shown: not enough time has passed."),
        ("not_planned", "Not shown: it was left out of this release to save privacy allowance."),
        ("not_received", "Not shown: no figures arrived from this source."),
        ("changed_definition", "Not shown: it was counted differently before, so it is not compared."),
        ("not_recorded", "Not shown: the records do not hold this."),
        ("some new word", "Not shown: the release gives no figure."),
    ],
)
def test_a_figure_that_is_not_shown_gives_its_reason_and_no_empty_axes(released, open_page, reason, said):
    released(Plan(quarters=2, latest_not_shown=("T_CONTACT_DECISION",), reason=reason))

    opened = open_page("speed")

    assert said in opened.text
    assert len(opened.charts) == 1
    assert "some new word" not in opened.everything


def test_a_not_shown_figure_is_nowhere_even_if_the_file_carries_it(released, open_page):
    """A cell graded not shown may hold no number; if one slips in, no page repeats it."""
    planted = {
        "value": 13.25,
        "lower": 13.25,
        "upper": 13.25,
        "figure_text": "13.25%",
        "lower_text": "13.25%",
        "upper_text": "13.25%",
        "sentence": "About 13.25% of contacts.",
        "change_sentence": "That is up from about 13.25% a year ago.",
    }
    released(Plan(latest_not_shown=("T_CONTACT_DECISION",), planted=planted))

    for topic in TOPICS:
        assert "13.25" not in open_page(topic).everything, topic


def test_sources_stand_in_code_list_order_whatever_their_figures(released, open_page):
    released()

    html = next(block for block in open_page("speed").html if "by source of contact" in block)

    labels = re.findall(r'role="rowheader">([^<]+)<', html)
    assert labels[:3] == ["Police", "Schools and education", "Health"]
    assert labels[-1] == "Other or not known"
    assert len(labels) == 8


def test_a_quarter_that_was_never_published_keeps_its_place(released, open_page):
    released(Plan(skipped=((2025, 3),)))

    opened = open_page("speed")

    assert "Not shown: nothing was published for this quarter" in opened.text
    assert "8 quarters from Jul 2024 to Apr 2026" in opened.alts[0]


def test_the_newest_revision_of_a_quarter_speaks_for_it(released, open_page):
    released(Plan(revised=True))

    opened = open_page("speed")

    assert "About 85% of contacts" in opened.text
    assert "Release 2026-Q2-2" in opened.text


def test_a_question_that_is_not_in_the_release_says_so(released, open_page):
    released(Plan(measures=("T_CONTACT_DECISION",)))

    assert "This question is not part of this release." in open_page("assessment").text


def test_released_text_never_becomes_markup(released, open_page):
    released()

    opened = open_page("at_a_glance")

    assert "Demonstration <partnership>" in opened.text
    assert "<partnership>" not in "".join(opened.html)


def test_no_folder_called_pages_stands_beside_the_app():
    """Streamlit would open such a folder by itself, past the navigation and the shield."""
    assert not (DASHBOARD / "pages").exists()


def test_the_invented_file_has_every_headline_the_pages_are_checked_against():
    assert [values[-1] for values in HEADLINES.values()] == [84, 63, 22]
