"""What a page says where a figure is not shown, was revised, was withdrawn or was never asked for."""

import re

import pytest
from invented_release import QUESTIONS, Plan, whole


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("too_soon", "Not shown: not enough time has passed."),
        (
            "expected_uncertain",
            "Not shown: decided beforehand, as its likely range was expected to be too wide to help.",
        ),
        ("not_planned", "Not shown: it was left out of this release to save privacy allowance."),
        ("some new word", "Not shown: the release gives no figure."),
    ],
)
def test_a_figure_that_is_not_shown_gives_its_reason_and_no_empty_axes(released, open_page, reason, said):
    released(Plan(quarters=2, latest_not_shown=("T_CONTACT_DECISION",), reason=reason))

    opened = open_page("speed")

    assert said in opened.text
    assert len(opened.charts) == 1
    assert "some new word" not in opened.everything


@pytest.mark.parametrize("topic", [*QUESTIONS, "by_source"])
def test_where_nothing_is_shown_there_are_no_axes_and_a_reason(site, topic):
    opened = site.open(topic, "hidden")

    assert opened.exceptions == []
    assert opened.charts == []
    assert "Not shown: the likely range is too wide to help." in opened.text
    assert "%" not in opened.text


def test_a_reason_that_the_headline_gives_is_not_given_again_below_it(site):
    """Waiting once said it of the count, its year, its share, its lengths and its quarters, one below the other."""
    page = re.sub("<details>.*?</details>", "", " ".join(site.open("waiting", "hidden").html))

    # Of each of the two: the headline, and the four quarters together where there are any.
    assert 2 <= page.count("Not shown: the likely range is too wide to help.") <= 4
    assert "By how long they have waited" not in page
    assert "Quarter by quarter" not in page


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
    released(whole(quarters=1, latest_not_shown=("T_CONTACT_DECISION",), planted=planted))

    for topic in ("at_a_glance", "speed", "by_source"):
        assert "13.25" not in open_page(topic).everything, topic


def test_a_quarter_that_was_never_published_keeps_its_place(released, open_page):
    released(Plan(skipped=((2025, 3),)))

    opened = open_page("speed")

    assert "Not shown: nothing was published for this quarter" in opened.text
    assert "8 quarters from Jul 2024 to Apr 2026" in opened.alts[0]


def test_a_revised_release_says_so_where_it_stands(site):
    opened = site.open("speed", "revised")

    assert "About 85% of contacts" in opened.text
    assert "Release 2026-Q2-2" in opened.text
    assert "Revised on 21 July 2026: late records came. It replaces the figures of 20 July 2026." in opened.text
    assert "Apr 2026, revised" in opened.text
    assert "Revised on" not in site.open("speed", "revised", period="January to March 2026").text


@pytest.mark.parametrize("topic", ["at_a_glance", "speed", "by_source"])
def test_a_withdrawn_release_is_told_of_first_and_has_no_figure(site, topic):
    opened = site.open(topic, "withdrawn")
    said = "Figures for 1 April to 30 June 2026 were withdrawn on 3 August 2026: a partner sent other months."

    assert opened.text.index(said) < opened.text.index("These figures are close, not exact.")
    assert opened.choices["period"][0] == "2026-Q1"
    assert "April to June 2026" not in opened.choices["period"][1]
    assert "Release 2026-Q1-1" in opened.text
    assert topic != "speed" or "Not shown: the figures were withdrawn" in opened.text


def test_where_every_release_was_withdrawn_no_figures_stand(site):
    opened = site.open("speed", "all withdrawn")

    assert "were withdrawn on 3 August 2026" in opened.text
    assert "No figures are published just now. The next figures are due on 20 October 2026." in opened.text
    assert opened.charts == []


def test_a_question_that_is_not_in_the_release_says_so(site):
    for topic in ("assessment", "waiting", "adults"):
        assert "This question is not part of this release." in site.open(topic, "absent").text, topic
    assert "About adults" not in site.open("at_a_glance", "absent").text
