"""Marks, colours and axes: told apart in grey and by every kind of sight, and fixed before any figure is known."""

import tomllib

import numpy as np
import pytest
from altair.utils import schemapi
from hypothesis import given
from hypothesis import strategies as st
from invented_release import DASHBOARD, whole, write

import axis
import charts
import marks
import words
from point import Point

WHITE, PANEL = "#FFFFFF", "#F3F5F7"
# How red and green weakness change linear red, green and blue: Machado, Oliveira and Fernandes 2009, severity 1.
SIGHTS = {
    "all colours": np.eye(3),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
}  # fmt: skip
WEIGHTS = np.array([0.2126, 0.7152, 0.0722])


def luminance(colour, sight="all colours"):
    """Relative luminance as WCAG 2.2 has it, of a colour as seen."""
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(np.clip(SIGHTS[sight] @ linear, 0, 1) @ WEIGHTS)


def contrast(one, other, sight="all colours"):
    dark, light = sorted((luminance(one, sight), luminance(other, sight)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sight", SIGHTS)
def test_marks_lines_and_texts_stand_out_for_every_kind_of_sight_and_in_grey(sight):
    for text in (marks.INK, marks.FIGURE, axis.CONTEXT):
        assert contrast(text, WHITE, sight) >= 4.5
        assert contrast(text, PANEL, sight) >= 4.5
        assert contrast(text, marks.BOX, sight) >= 4.5
    for outline in (marks.EDGE, marks.FIGURE):
        assert contrast(outline, WHITE, sight) >= 3
        assert contrast(outline, marks.BOX, sight) >= 3


def test_a_pale_outline_would_be_noticed():
    assert contrast("#D5D8DA", WHITE) < 3
    assert contrast(marks.INK, WHITE) == pytest.approx(19.6, abs=0.1)


def test_each_grade_and_each_change_has_a_shape_and_a_word_of_its_own():
    names = [*words.GRADES, *words.CHANGES]
    said = [*words.GRADES.values(), *words.CHANGES.values()]

    assert len({marks.svg(name) for name in names}) == len(names) == 7
    assert len(set(said)) == len(said)


@given(st.floats(0, 9_000_000))
def test_an_axis_of_counts_holds_what_is_drawn_and_is_a_round_number(reach):
    top = axis.counts_to(reach)

    assert top >= reach
    assert str(top).rstrip("0") in {"1", "2", "5"}
    assert top <= max(20, 2.5 * reach)


@pytest.mark.parametrize(("reach", "limit", "top"), [(30, 50, 50), (50, 50, 50), (51, 50, 100), (100, 100, 100)])
def test_an_axis_of_shares_ends_where_the_catalogue_says_or_at_the_whole(reach, limit, top):
    assert axis.shares(reach, limit).top == top


def test_a_drawing_is_the_same_whoever_looks_and_is_made_once():
    import exhibit

    point = Point("Apr 2026", None)

    assert exhibit._spec(charts.waiting, (point,), 20) is exhibit._spec(charts.waiting, (point,), 20)


def test_each_kind_of_drawing_keeps_to_the_schema_and_is_the_same_unchecked(tmp_path, monkeypatch):
    """Readers are shown drawings that nothing checks: here they are checked, and the two are equal."""
    import released

    known = released.load(write(tmp_path / "released.duckdb", whole(quarters=2)))
    first = known.measures[0]

    def points(breakdown, statistic):
        keys = [key.category for key in known.keys_of(breakdown)]
        found = [known.cell(known.latest, first, breakdown, key, statistic, "quarter") for key in keys]
        return [Point(key, cell) for key, cell in zip(keys, found, strict=True)]

    kinds = {
        "over_time": lambda: charts.over_time(points("source_group", "share"), first),
        "by_day": lambda: charts.by_day(points("by_day", "curve"), first),
        "by_source": lambda: charts.by_source(points("source_group", "share"), None, first),
        "waiting": lambda: charts.waiting(points("waiting_group", "count"), 200),
        "demo": lambda: charts.demo([30, 31, 30], 30, 12, 24),
    }
    checked = {name: draw().to_json(indent=None) for name, draw in kinds.items()}
    monkeypatch.setattr(schemapi, "DEBUG_MODE", False)

    assert {name: draw().to_json(indent=None, validate=False) for name, draw in kinds.items()} == checked
    assert all('"height"' in text and '"layer"' in text for text in checked.values())


def test_a_drawing_outside_the_schema_would_be_noticed():
    with pytest.raises(schemapi.SchemaValidationError):
        charts.alt.Chart(charts.pd.DataFrame({"a": [1]})).mark_bar(size="wide").to_json()


def test_no_page_ends_with_a_search_of_all_memory():
    """Streamlit's default, which costs several times what the page does."""
    settings = tomllib.loads((DASHBOARD / ".streamlit" / "config.toml").read_text(encoding="utf-8"))

    assert settings["runner"]["postScriptGC"] is False
