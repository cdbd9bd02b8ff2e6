"""How a figure is rounded and said: drawn cases, and what must hold for any figure."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.privacy import workload
from lantern.privacy.figure import Figure
from lantern.release.wording import change_sentence, day_label, plural, worded

ASKED = {(q.breakdown, q.category, q.statistic): q for q in workload.questions("contacts")}
SHARE, COUNT, POLICE = (
    ASKED["all", "all", "share"],
    ASKED["all", "all", "count"],
    ASKED["source_group", "police", "share"],
)
BY_DAY, SAME_DAY = ASKED["by_day", "2", "share"], ASKED["by_day", "0", "share"]

CASES = [
    # question, value, half width, what is said
    (SHARE, 0.843, 0.021, "About 84% of contacts were decided within 1 working day. The likely range is 82% to 87%."),
    (
        SHARE,
        0.795,
        0.03,
        "About 80% of contacts were decided within 1 working day, about 4 in 5. The likely range is 76% to 83%.",
    ),
    (
        SHARE,
        0.999,
        0.02,
        "More than 97 in 100 contacts were decided within 1 working day. The likely range is 97% to 100%.",
    ),
    (
        SHARE,
        -0.01,
        0.03,
        "Fewer than 2 in 100 contacts were decided within 1 working day. The likely range is 0% to 2%.",
    ),
    (
        POLICE,
        0.66,
        0.06,
        "Police: about 66% of contacts were decided within 1 working day, about 2 in 3. The likely range is 60% to 72%.",
    ),
    (
        BY_DAY,
        0.91,
        0.02,
        "About 91% of contacts were decided within 2 working days, about 9 in 10. The likely range is 89% to 93%.",
    ),
    (SAME_DAY, 0.37, 0.02, "About 37% of contacts were decided on the same day. The likely range is 35% to 39%."),
    (COUNT, 4068.4, 158, "About 4,100 contacts (likely 3,900 to 4,300)."),
    (COUNT, 143.2, 9.7, "About 145 contacts (likely 130 to 155)."),
]


@pytest.mark.parametrize(("question", "value", "half_width", "said"), CASES)
def test_a_figure_is_said_so(question, value, half_width, said):
    assert worded(Figure(question, value, half_width, 4000)).sentence == said


def test_a_count_whose_range_reaches_nothing_is_said_from_above():
    """Never `0 contacts`, never a negative one."""
    found = worded(Figure(COUNT, 4.0, 0.9, 4))

    assert found.sentence == "About 4 contacts (likely 3 to 5)."
    tiny = Figure(COUNT, 12.0, 13.0, 12)
    assert tiny.grade == "none"


def test_a_figure_not_shown_has_no_number_anywhere():
    found = worded(Figure(SHARE, 0.5, 0.11, 10))

    assert (found.value, found.lower, found.upper) == (None, None, None)
    assert (found.figure_text, found.lower_text, found.upper_text) == ("", "", "")
    assert not any(letter.isdigit() for letter in found.sentence)


@given(value=st.floats(-0.5, 1.5), half_width=st.floats(0.001, 0.1))
@settings(max_examples=400, deadline=None)
def test_rounding_a_share_never_narrows_its_range_and_stays_a_percentage(value, half_width):
    found = worded(Figure(SHARE, value, half_width, 100))
    low, high = 100 * (value - half_width), 100 * (value + half_width)

    assert 0 <= found.lower <= found.upper <= 100
    assert found.lower <= max(low, 0) + 1e-9 or found.lower == 100
    assert found.upper >= min(high, 100) - 1e-9 or found.upper == 0
    assert 0 <= found.value <= 100


@given(value=st.floats(20, 50_000), part=st.floats(0.001, 0.24))
@settings(max_examples=400, deadline=None)
def test_rounding_a_count_never_narrows_its_range(value, part):
    found = worded(Figure(COUNT, value, value * part, value))

    assert found.lower <= value * (1 - part) + 1e-6
    assert found.upper >= value * (1 + part) - 1e-6
    assert found.value == int(found.value) >= 0


def test_changes_are_said_in_the_words_of_the_release():
    before = worded(Figure(SHARE, 0.75, 0.02, 4000))

    assert change_sentence("up", "", before) == "That is up from about 75% a year ago."
    assert change_sentence("flat", "", before).startswith("There is no clear change since a year ago.")
    assert change_sentence("unknown", "no_year_before", None) == (
        "We cannot say if this changed: there is no figure for a year ago yet."
    )


@pytest.mark.parametrize(("count", "word"), [(0, "days"), (1, "day"), (2, "days"), (1000, "days")])
def test_plurals(count, word):
    assert plural(count, "day", "days") == word


def test_days_are_named_as_a_reader_says_them():
    assert [day_label(day) for day in (0, 1, 2)] == ["Same day", "1 working day", "2 working days"]
