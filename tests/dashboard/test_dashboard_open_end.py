"""A figure with an open end, "More than 98 in 100", is no figure on the line of 100%: an arrowhead is drawn, and explained."""

import re
from dataclasses import replace

import duckdb
import pytest
import vl_convert
from invented_release import Plan, whole, write

import charts
import released
import words
from point import Point

PLACE = re.compile(r'transform="translate\(([-\d.]+),([-\d.]+)\)"')


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    return released.load(write(tmp_path_factory.mktemp("open") / "released.duckdb", whole(quarters=1)))


def curve(known, text, value, lower, upper):
    """Chart B of the first measure, its last figure said otherwise."""
    measure = known.measures[0]
    days = [
        key for key in known.keys_of("by_day") if known.cell(known.latest, measure, "by_day", key.category, "curve")
    ]
    cells = [known.cell(known.latest, measure, "by_day", key.category, "curve") for key in days]
    cells[-1] = replace(cells[-1], value=value, lower=lower, upper=upper, figure_text=text)
    return charts.by_day([Point(key.category, cell) for key, cell in zip(days, cells, strict=True)], measure)


def drawn(chart):
    """How many dots and arrowheads a drawing has, and how far below the line of 100% each arrowhead's tip is."""
    svg = vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])
    marks = re.findall(r'<g[^>]*class="mark-symbol[^>]*>(.*?)</g>', svg, flags=re.DOTALL)
    paths = [path for mark in marks for path in re.findall(r"<path[^>]*>", mark)]
    heads = [path for path in paths if "A" not in re.search(r' d="([^"]*)"', path)[1]]
    tips = []
    for path in heads:
        corners = re.findall(r"[ML]?(-?[\d.]+),(-?[\d.]+)", re.search(r' d="([^"]*)"', path)[1])
        tips.append(float(PLACE.search(path)[2]) + min(float(y) for _, y in corners))
    return len(paths) - len(heads), tips, svg


def test_an_open_end_has_an_arrowhead_below_the_line_and_no_dot(known):
    dots, tips, svg = drawn(curve(known, "More than 98 in 100", 100.0, 98.0, 100.0))

    assert dots == 5
    assert len(tips) == 1
    assert 0 <= tips[0] <= 5
    assert "More than" in svg
    assert "98 in 100" in svg


def test_a_figure_of_a_hundred_percent_would_be_a_dot_on_the_line(known):
    """The twin: by its text alone a figure is told from an open end."""
    dots, tips, _ = drawn(curve(known, "100%", 100.0, 98.0, 100.0))

    assert (dots, tips) == (6, [])


def test_words_at_the_end_are_left_out_where_they_would_cover_the_limit_s_figure(known):
    """Of assessments the limit is the last place but one; the table has the words."""
    measure = next(each for each in known.measures if each.measure_id == "T_ASSESS45")
    open_end = known.cell(known.latest, measure, "by_day", "50", "curve")
    points = [Point(day, known.cell(known.latest, measure, "by_day", day, "curve")) for day in ("35", "40", "45")]
    last = Point("50", replace(open_end, value=100.0, figure_text="More than 98 in 100"))

    assert "98 in 100" not in drawn(charts.by_day([*points, last], measure))[2]
    assert "70%" in drawn(charts.by_day([*points, Point("50", open_end)], measure))[2]


def test_below_a_chart_with_an_arrowhead_it_says_what_that_means_and_below_others_not(site):
    waiting, speed = site.open("waiting"), site.open("speed")

    assert waiting.text.count(words.OPEN_END) == 2
    assert words.OPEN_END not in speed.text
    assert words.OPEN_END in site.open("how_sure").text
    rows = [row for chart in waiting.charts for table in waiting.tables(chart) for row in table.to_pylist()]
    opened = [row for row in rows if row.get("value", "").startswith("Fewer than")]
    assert len(opened) == 2
    assert {(row["open"], row["figure"]) for row in opened} == {("fewer", None)}


def test_four_quarters_are_drawn_where_no_quarter_is_shown_by_itself(released, open_page, site):
    """Twin: beside quarters that are shown they are a table, on every page."""
    with duckdb.connect(str(released(Plan(measures=("R_CONV",), is_whole=True)))) as connection:
        connection.execute(
            "update cell set grade = 'none', reason = 'too_uncertain', value = null, figure_text = '' "
            "where span = 'quarter' and breakdown = 'all'"
        )
    opened = open_page("right_help")

    assert "Four quarters at a time" in opened.text
    assert "Quarter by quarter" not in opened.text
    assert [alt.split(".")[0] for alt in opened.alts] == [
        "Dot and box chart, 5 times four quarters from Jun 2025 to Jun 2026"
    ]

    beside = site.open("right_help")

    assert "Quarter by quarter" in beside.text
    assert "Four quarters at a time" not in beside.text
    assert "See four quarters at a time as a table" in beside.text
