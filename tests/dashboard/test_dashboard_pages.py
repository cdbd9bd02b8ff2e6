"""What each page says, with everything published and with nothing; without figures, see `test_dashboard_not_shown`."""

import re

import duckdb
import pytest
from invented_figure import CALENDAR_DAYS, CHANGES, DAYS, HEADLINES, MEASURES, WAITING
from invented_release import DASHBOARD, QUESTIONS, TOPICS, Plan, write

# Of the newest questions how they begin: how they go on is the catalogue's.
SENTENCES = {
    "speed": "About 84% of contacts were decided within 1 working day. The likely range is 80% to 88%.",
    "assessment": "About 63% of referrals were assessed within 45 working days. The likely range is 59% to 67%.",
    "coming_back": "About 22% of referrals were about a child referred in the 12 months before. "
    "The likely range is 18% to 26%.",
    "right_help": "About 23% of contacts ",
    "waiting": "About 140 contacts ",
    "across": "About 37% of children ",
    "adults": "About 71% of concerns ",
}
DRAWN = {"label", "figure", "low", "high", "grade", "value", "open"}
NOTICE = "This page cannot be shown just now."
NOTHING = "Nothing has been published yet. The first figures are due on 20 October 2026."
SOURCES = ["Police", "Schools and education", "Health", "Council services", "Family, housing, courts and others"]


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("state", ["whole", "none"])
def test_every_page_opens_with_something_and_with_nothing_published(site, topic, state):
    opened = site.open(topic, state)

    assert opened.exceptions == []
    assert len(opened.titles) == 1
    assert NOTICE not in opened.text
    assert "These figures are close, not exact." in opened.text
    assert (NOTHING in opened.text) == (state == "none")
    assert state == "whole" or len(opened.charts) == (topic == "how_sure")


@pytest.mark.parametrize("topic", QUESTIONS)
def test_a_question_is_answered_in_the_release_s_own_sentence(site, topic):
    opened = site.open(topic)

    assert SENTENCES[topic] in opened.text
    assert opened.text.count("What this cannot tell you:") == MEASURES[topic]
    assert opened.text.count("What is counted:") == MEASURES[topic]
    assert "Release 2026-Q2-1" in opened.text
    assert "published 20 July 2026" in opened.text


@pytest.mark.parametrize("topic", [*QUESTIONS, "by_source"])
def test_every_chart_has_alt_text_and_a_table_that_holds_its_numbers(site, topic):
    opened = site.open(topic)

    assert len(opened.charts) >= 1
    assert opened.text.count("See this chart as a table") == len(opened.charts)
    tables = [block for block in opened.html if "See this chart as a table" in block]
    for chart, table in zip(opened.charts, tables, strict=True):
        assert chart.alt.startswith("Dot and box chart")
        assert len(chart.alt.split()) < 60
        shown = [row["value"] for data in opened.tables(chart) for row in data.to_pylist() if row.get("value")]
        assert [text for text in shown if text not in table] == []
        assert set(re.findall(r"[\d,]+%", chart.alt)) <= set(re.findall(r"[\d,]+%", table + opened.text))


@pytest.mark.parametrize("topic", [*QUESTIONS, "by_source"])
def test_a_chart_sends_the_browser_nothing_that_is_not_drawn(site, topic):
    with duckdb.connect(str(site.path("whole")), read_only=True) as connection:
        rows = connection.table("cell").select("value", "lower", "upper", "figure_text").fetchall()
    # Of "Fewer than 20" a browser gets the range, and no number to draw a dot at.
    cells = {(None if text[:5] in {"Fewer", "More "} else value, low, high) for value, low, high, text in rows}
    drawn = 0

    opened = site.open(topic)

    for chart in opened.charts:
        for table in opened.tables(chart):
            columns = set(table.column_names) - {"__index_level_0__"}
            assert columns <= DRAWN | {"place"}
            if "low" in columns:
                for row in table.to_pylist():
                    assert (row["figure"], row["low"], row["high"]) in cells
                    drawn += 1
    assert drawn >= 8


@pytest.mark.parametrize(
    ("topic", "charts"),
    {"speed": 2, "assessment": 2, "right_help": 1, "waiting": 4, "by_source": 2, "across": 4}.items(),
)
def test_a_page_draws_the_charts_its_measures_have(site, topic, charts):
    assert len(site.open(topic).charts) == charts


def test_each_figure_at_a_glance_has_its_range_and_its_grade_in_words_beside_it(site):
    """The four quarters' too: whoever reads on one page alone is told how far each may be relied on."""
    page = " ".join(site.open("at_a_glance").html)
    found = re.findall(r"<small>((?:Last 4 quarters|Average of 4 quarter-ends): .*?)</small>", page)
    years = [re.sub("<[^>]+>", "", said) for said in found]

    assert len(years) >= 3
    for said in years:
        assert re.search(r"(, likely .+, (use|use with care)|: Not shown: .+\.)$", said), said


def test_the_four_quarters_together_stand_beside_the_quarter(site):
    opened = site.open("speed")

    assert "Over these four quarters: about 82% of contacts were decided within 1 working day." in opened.text
    assert "Last 4 quarters: 82%, likely 80% to 84%" in site.open("at_a_glance").text
    assert "See four quarters at a time as a table" in opened.text
    assert "Four quarters at a time" not in opened.text
    first = site.open("speed", period="July to September 2024")
    assert "Last 4 quarters: Not shown: not enough time has passed." in first.text
    assert "four quarters at a time" not in first.text
    assert "This is the first quarter published." in first.text


def test_the_days_by_which_half_and_nine_in_ten_are_done_stand_with_the_chart_of_days(site):
    text = site.open("speed").text

    assert "Half of contacts were done within 1 working day (likely the same day to 1)." in text
    assert "9 in 10 of contacts were done within 4 working days (likely 3 to 6)." in text
    assert set(DAYS) | set(CALENDAR_DAYS) == {"T_CONTACT_DECISION", "T_ASSESS45", "X_FIRST_NOTICE"}


def test_what_waits_is_counted_by_how_long_it_has_waited(site):
    opened = site.open("waiting")

    assert "Fewer than 20" in opened.text
    assert "0 to 1 working day: 60; 2 to 5 working days: 40" in opened.alts[0]
    assert "46 to 90 working days: not shown" in opened.alts[0]
    assert len(WAITING) == 2


def test_a_source_chosen_in_the_address_is_what_the_page_shows(site):
    opened = site.open("speed", source="Police")

    assert opened.choices["source"] == ("police", ["All sources", *SOURCES])
    assert "About 91% of contacts" in opened.text
    assert "About 84% of contacts" not in opened.text
    assert "A low or high figure is not a mark against the source." in opened.text
    assert "Police: from" in opened.alts[0]


def test_a_quarter_chosen_in_the_address_is_what_the_page_shows(site):
    opened = site.open("speed", period="January to March 2026")

    assert opened.choices["period"][0] == "2026-Q1"
    assert "Release 2026-Q1-1" in opened.text
    assert "to Jan 2026" in opened.alts[0]
    assert "Apr 2026" not in opened.everything
    glance = site.open("at_a_glance", period="January to March 2026")
    assert 'href="speed?period=January%20to%20March%202026"' in " ".join(glance.html)


@pytest.mark.parametrize(
    "odd", ["", "2026-Q2", "'; drop table cell; --", "../../etc/passwd", "x" * 5_000, "<b>Police</b>"]
)
def test_an_odd_value_in_the_address_falls_back_to_the_first_of_the_list(open_page, site, monkeypatch, odd):
    monkeypatch.setenv("LANTERN_RELEASED", str(site.path("whole")))

    opened = open_page("speed", source=odd, period=odd, strange=odd)

    assert opened.exceptions == []
    assert (opened.choices["source"][0], opened.choices["period"][0]) == ("all", "2026-Q2")
    assert SENTENCES["speed"] in opened.text


def test_a_question_is_asked_of_every_source_in_code_list_order(site):
    opened = site.open("by_source", question="Contacts that became a referral")

    assert [found for found in re.findall(r"<h2>([^<]+)</h2>", " ".join(opened.html)) if found in SOURCES] == SOURCES
    rows = next(block for block in opened.html if "by source, 1 April" in block)
    assert re.findall(r'role="rowheader">([^<]+)<', rows) == SOURCES
    (drawn,) = [table for table in opened.tables(opened.charts[0]) if "low" in table.column_names]
    assert [label.replace("\n", " ") for label in drawn["label"].to_pylist()] == SOURCES
    assert list(opened.choices["question"][1]) == list(dict.fromkeys(opened.choices["question"][1]))


def test_how_sure_shows_what_the_releases_cost_and_its_demonstration_is_called_made_up(site):
    opened = site.open("how_sure")

    assert "At most 6 of 8 parts are used" in opened.text
    assert "Epsilon 2.14 at delta 1e-06" in opened.text
    assert opened.text.count("74,000") == 8
    assert "What was asked: three questions." in opened.text
    assert "Made-up numbers: 40 draws." in opened.text
    for mark in ("No clear change", "Cannot say", "In the pictures a box is the likely range"):
        assert mark in opened.text


def test_drawing_more_made_up_numbers_adds_to_those_drawn_before(released, open_page):
    released(Plan(quarters=1))
    opened = open_page("how_sure")

    opened.app.button(key="draw").click().run()

    assert any("Made-up numbers: 60 draws." in block.proto.body for block in opened.app.get("html"))
    assert not opened.app.exception


def test_only_a_change_the_release_calls_a_change_gets_an_arrow_word(site):
    """At a glance names what went up; what is flat or unknown is never called up or down."""
    text = site.open("at_a_glance").text

    assert "Up : Contacts decided within 1 working day" in text.replace("Up:", "Up :")
    assert "Down" not in text
    assert "No clear change" in text
    assert "Cannot say" in text
    assert set(CHANGES.values()) == {"up", "flat", "unknown"}
    for topic in (each for each in [*QUESTIONS, "by_source"] if each not in {"speed", "by_source"}):
        assert not re.search(r"\b(Up|Down|up|down) (since|from)\b", site.open(topic).text), topic


def test_adults_have_a_heading_of_their_own_and_people_are_not_called_children(site):
    glance = site.open("at_a_glance").text

    assert (
        glance.index("The board's questions") < glance.index("About adults") < glance.index("How quickly is a concern")
    )
    for topic in ("adults", "at_a_glance", "how_sure", "definitions"):
        assert "to protect people." in site.open(topic).text, topic
    assert "any one person is counted" in site.open("how_sure").text
    assert "any one child is counted" in site.open("how_sure", "absent").text
    assert "to protect children." in site.open("speed").text


def test_a_change_that_cannot_be_told_says_why(site):
    said = "We cannot say if this changed: there is no figure for a year ago yet."

    assert said in site.open("coming_back").text


def test_released_text_never_becomes_markup(site):
    opened = site.open("at_a_glance")

    assert "Demonstration <partnership>" in opened.text
    assert "<partnership>" not in "".join(opened.html)


def test_an_axis_ends_where_the_catalogue_says_in_every_quarter(site):
    """An axis of counts ends on one step of a ladder for all quarters of the file."""
    for topic in ("speed", "coming_back", "waiting"):
        ends = []
        for period in ({}, {"period": "January to March 2026"}):
            charts = site.open(topic, **period).charts
            ends.append([re.findall(r'"domain": ?\[0, ?(\d+)\]', chart.spec) for chart in charts])
        assert ends[0] == ends[1], topic
        assert all(len(set(each)) == 1 for each in ends[0]), topic
    # Coming back runs to 50 in the catalogue, and what was contacted before to 100.
    assert {
        end
        for each in [site.open("coming_back").charts[0]]
        for end in re.findall(r'"domain": ?\[0, ?(\d+)\]', each.spec)
    } == {"50"}


def test_no_folder_called_pages_stands_beside_the_app():
    """Streamlit would open such a folder by itself, past the navigation and the shield."""
    assert not (DASHBOARD / "pages").exists()


def test_the_invented_file_has_every_headline_the_pages_are_checked_against():
    assert [values[-1] for values in HEADLINES.values()] == [84, 63, 22]


def test_a_page_reads_the_file_once_however_many_readers_there_are(tmp_path, monkeypatch):
    """Twenty quarters are some thousand cells: the copy is shared, and found again by the file's inode and time."""
    import released

    monkeypatch.setenv("LANTERN_RELEASED", str(write(tmp_path / "released.duckdb", Plan(quarters=1))))

    assert released.read() is released.read()
