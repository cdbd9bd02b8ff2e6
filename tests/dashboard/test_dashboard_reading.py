"""How a page is read: from its questions down to what to ask next, and why something is not there."""

import re

import duckdb
import pytest
from invented_figure import MEASURES
from invented_release import QUESTIONS, TOPICS, Plan, whole

from record import Cell


@pytest.mark.parametrize("topic", [topic for topic, found in MEASURES.items() if found > 1])
def test_a_page_of_several_figures_begins_with_links_to_them_and_draws_no_four_quarters(site, topic):
    """Each link leads to a heading, and what is not drawn stands in a table."""
    opened = site.open(topic)
    page = " ".join(opened.html)
    contents = re.search("<nav.*?</nav>", page).group()

    links = re.findall('href="#([A-Z0-9_]+)"', contents)

    assert len(links) == MEASURES[topic]
    assert [heading.proto.anchor for heading in opened.app.header] == links
    assert "Four quarters at a time" not in opened.text
    assert page.count("four quarters at a time, to June 2026</caption>") == page.count("See four quarters at a time")
    assert "<nav" not in " ".join(site.open("speed").html)


def test_a_question_leads_from_the_first_page_to_where_it_is_asked_again(site):
    """Its words are a heading there, at which the link ends where the page has several."""
    glance = " ".join(site.open("at_a_glance").html)
    links = re.findall(r'<a href="([a-z_]+)#?([A-Z0-9_]*)" target="_self">([^<]+)</a>', glance)

    assert len(links) == sum(MEASURES.values())
    for topic, part, question in links:
        opened = site.open(topic)
        parts = {heading.proto.anchor: heading.proto.body.replace("\\", "") for heading in opened.app.header}
        assert bool(part) == (MEASURES[topic] > 1), topic
        assert question in {parts.get(part), *opened.titles}, topic
    assert site.open("across").titles == ["What do partners know together?"]
    assert site.open("adults").titles == ["Adults"]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_page_ends_with_whose_figures_they_are(site, topic):
    """A picture of one page alone says of whom it is, and that they are invented where they are."""
    assert "Demonstration <partnership> · Release 2026-Q2-1" in site.open(topic).text
    assert "· Release" not in site.open(topic, "none").text


def test_why_something_is_not_shown_stands_below_its_chart_and_not_only_in_a_fold(released, open_page):
    released(Plan(skipped=((2025, 3), (2025, 4))))

    page = " ".join(open_page("speed").html)

    unfolded = re.sub("<details>.*?</details>", "", page)
    assert unfolded.count("Not shown: nothing was published for this quarter (Jul 2025; Oct 2025).") == 1


def test_neighbours_that_are_not_shown_say_so_once_and_others_for_themselves():
    from point import Point, middles

    cell = dict.fromkeys(Cell.__annotations__) | {"grade": "use", "figure_text": "84%"}
    drawn = ["no", "no", "yes", "no", "no", "no", "yes", "no"]
    points = [Point(str(place), Cell(**cell) if is_shown == "yes" else None) for place, is_shown in enumerate(drawn)]

    assert sorted(middles(points)) == [0, 4, 7]
    assert middles([point for point in points if point.cell]) == set()


def test_parts_that_do_not_add_up_say_why(site):
    """Where a part is not shown that is why, and not the rounding; shares of sources are no parts."""
    waiting = site.open("waiting").text

    assert re.search(r"(One part is|[A-Z][a-z]+ parts are) not shown, so the rest do not add up to [\d,]+\.", waiting)
    assert "may not add up exactly" not in site.open("by_source").text


def test_each_question_ends_with_what_to_ask_and_whom(site):
    for topic in QUESTIONS:
        asked = site.open(topic).text.partition("What to ask next")[2]
        assert asked.count("Ask ") == 2, topic
        assert asked.count("?") >= 2, topic
    assert "What do we know that could explain it?" in site.open("at_a_glance").text


def test_a_mean_of_counts_says_of_what_it_is_and_that_it_is_a_mean(released, open_page):
    path = released(whole(quarters=1))
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "insert into cell by name select * replace ('year' as span) from cell "
            "where measure_id = 'N_OPEN_AGE_CONTACTS' and statistic = 'count' and breakdown = 'all'"
        )

    glance = " ".join(open_page("at_a_glance").html)

    assert re.search(r"<small>Average of 4 quarter-ends: [\d,]+ contacts, ", glance)
    assert not re.search(r"Last 4 quarters: [\d,]+,", glance)
