"""How a figure is rounded and said: drawn cases, and what must hold for any figure."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.privacy.figure import Figure
from lantern.privacy.question import Question, Step
from lantern.release import planning
from lantern.release.briefing import AGAIN, briefing
from lantern.release.wording import REASONS, change_sentence, day_label, not_shown, plural, worded

NOTHING = np.zeros(1)
STEPS = tuple(Step(day, NOTHING, NOTHING, NOTHING) for day in (0, 1, 2, 3, 5, 10, None))


def asked(statistic, breakdown="all", category="all", *, measure="T_CONTACT_DECISION", day=None):
    return Question(measure, 1, breakdown, category, statistic, NOTHING, NOTHING, steps=STEPS, at_day=day)


def figure(question, value, half_width, rows=4000):
    return Figure(question, value, value - half_width, value + half_width, half_width, rows)


def days(statistic, value, lower, upper):
    return Figure(asked(statistic), value, lower, upper, 0.02, 4000)


SHARE, COUNT, POLICE = asked("share"), asked("count"), asked("share", "source_group", "police")
BY_DAY, SAME_DAY = asked("curve", "by_day", "2", day=2), asked("curve", "by_day", "0", day=0)
COMING_BACK = asked("share", measure="R_RECONTACT_ANY")
WAITING = {"measure": "N_OPEN_AGE_CONTACTS"}
TOLD = {"measure": "X_FIRST_NOTICE"}
RECEIVED = "contacts about people without an open case were received"

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
    (
        COMING_BACK,
        0.38,
        0.02,
        "About 38% of contacts were about a child contacted about in the 12 months before. The likely range is 36% to 40%.",
    ),
    (COUNT, 4068.4, 158, f"About 4,100 {RECEIVED} (likely 3,900 to 4,300)."),
    (COUNT, 143.2, 9.7, f"About 145 {RECEIVED} (likely 130 to 155)."),
    (
        asked("count", **WAITING),
        139.0,
        29.4,
        "About 140 contacts were waiting for a decision at the quarter's end (likely 100 to 170).",
    ),
    (
        asked("count", "waiting_group", "d91", **WAITING),
        41.0,
        9.4,
        "Over 90 working days: about 40 contacts were waiting for a decision at the quarter's end (likely 30 to 55).",
    ),
    (
        asked("share", **WAITING),
        0.67,
        0.09,
        (
            "About 67% of contacts waiting at the quarter's end had waited more than 1 working day, about 2 in 3. "
            "The likely range is 58% to 76%."
        ),
    ),
    (
        asked("curve", "by_calendar_day", "1", day=1, **TOLD),
        0.57,
        0.03,
        "About 57% of children first told of by a partner had a first decision within 1 day. The likely range is 53% to 60%.",
    ),
    (
        asked("curve", "by_calendar_day", "28", day=28, **TOLD),
        0.76,
        0.03,
        (
            "About 76% of children first told of by a partner had a first decision within 28 days, about 3 in 4. "
            "The likely range is 73% to 79%."
        ),
    ),
    (
        asked("curve", "by_day", "2", measure="T_CONCERN_DECISION", day=2),
        0.92,
        0.03,
        "About 92% of concerns about adults were decided within 2 working days. The likely range is 89% to 95%.",
    ),
]

DAYS = [
    # statistic, day, lower, upper, what is said, figure, lower and upper as shown
    (
        "median",
        3,
        2,
        4,
        "Half of contacts were decided within 3 working days (likely 2 to 4).",
        ("3 working days", "2", "4"),
    ),
    (
        "median",
        1,
        1,
        1,
        "Half of contacts were decided within 1 working day (no other day is likely).",
        ("1 working day", "1", "1"),
    ),
    (
        "median",
        0,
        0,
        1,
        "Half of contacts were decided on the same day (likely the same day to 1).",
        ("Same day", "the same day", "1"),
    ),
    (
        "p90",
        9,
        4,
        math.inf,
        "9 in 10 contacts were decided within 9 working days (likely 4 to more than 10 working days).",
        ("9 working days", "4", "more than 10 working days"),
    ),
    (
        "p90",
        math.inf,
        6,
        math.inf,
        "Fewer than 9 in 10 contacts were decided within 10 working days.",
        ("More than 10 working days", "6", "more than 10 working days"),
    ),
    (
        "median",
        math.inf,
        11,
        math.inf,
        "Fewer than half of contacts were decided within 10 working days.",
        ("More than 10 working days", "more than 10 working days", "more than 10 working days"),
    ),
]


@pytest.mark.parametrize(("question", "value", "half_width", "said"), CASES)
def test_a_figure_is_said_so(question, value, half_width, said):
    assert worded(figure(question, value, half_width)).sentence == said


@pytest.mark.parametrize(("statistic", "day", "lower", "upper", "said", "shown"), DAYS)
def test_a_day_is_said_so(statistic, day, lower, upper, said, shown):
    found = worded(days(statistic, day, lower, upper))

    assert found.sentence == said
    assert (found.figure_text, found.lower_text, found.upper_text) == shown
    for number in (found.value, found.lower, found.upper):
        assert number is None or (number == int(number) and number <= 10)


def test_a_year_is_said_to_be_one():
    assert worded(figure(SHARE, 0.843, 0.012), "year").sentence == (
        "Over these four quarters: about 84% of contacts were decided within 1 working day. The likely range is 83% to 86%."
    )
    assert worded(figure(POLICE, 0.62, 0.03), "year").sentence.startswith(
        "Police, over these four quarters: about 62% of"
    )
    assert worded(days("median", 1, 1, 1), "year").sentence.startswith("Over these four quarters: half of contacts")


def test_what_stands_open_is_said_to_be_a_mean_of_four_quarters():
    """Added up, what waits at four quarters' ends would be of no day, and one child would count four times."""
    waiting = figure(asked("count", **WAITING), 139.0, 15.0)

    assert worded(waiting, "year").sentence == (
        "On average over these four quarters: about 140 contacts were waiting for a decision at the quarter's end "
        "(likely 120 to 160)."
    )
    assert worded(figure(asked("share", **WAITING), 0.62, 0.04), "year").sentence.startswith(
        "Over these four quarters:"
    )


def test_a_count_whose_range_reaches_nothing_is_said_from_above():
    """Never `0 contacts`, never a negative one."""
    assert worded(figure(COUNT, 4.0, 0.9)).sentence == f"About 4 {RECEIVED} (likely 3 to 5)."
    assert figure(COUNT, 12.0, 13.0).grade == "none"


@pytest.mark.parametrize("question", [SHARE, POLICE, BY_DAY, asked("median"), asked("p90")])
def test_a_figure_not_shown_has_no_number_anywhere(question):
    found = worded(figure(question, 0.5, 0.11))

    assert (found.value, found.lower, found.upper) == (None, None, None)
    assert (found.figure_text, found.lower_text, found.upper_text) == ("", "", "")
    assert not any(letter.isdigit() for letter in found.sentence)


@given(value=st.floats(-0.5, 1.5), half_width=st.floats(0.001, 0.1))
@settings(max_examples=400, deadline=None)
def test_rounding_a_share_never_narrows_its_range_and_stays_a_percentage(value, half_width):
    found = worded(figure(SHARE, value, half_width))
    low, high = 100 * (value - half_width), 100 * (value + half_width)

    assert 0 <= found.lower <= found.upper <= 100
    assert found.lower <= max(low, 0) + 1e-9 or found.lower == 100
    assert found.upper >= min(high, 100) - 1e-9 or found.upper == 0
    assert 0 <= found.value <= 100


@given(value=st.floats(20, 50_000), part=st.floats(0.001, 0.24))
@settings(max_examples=400, deadline=None)
def test_rounding_a_count_never_narrows_its_range(value, part):
    found = worded(figure(COUNT, value, value * part))

    assert found.lower <= value * (1 - part) + 1e-6
    assert found.upper >= value * (1 + part) - 1e-6
    assert found.value == int(found.value) >= 0


def test_changes_are_said_in_the_words_of_the_release():
    before = worded(figure(SHARE, 0.75, 0.02))

    assert change_sentence("up", "", before) == "That is up from about 75% a year ago."
    assert change_sentence("down", "", before, "year") == "That is down from about 75% the year before."
    assert change_sentence("flat", "", before).startswith("There is no clear change since a year ago.")
    assert change_sentence("flat", "", before, "year").startswith("There is no clear change since the year before.")
    assert change_sentence("unknown", "no_year_before", None) == (
        "We cannot say if this changed: there is no figure for a year ago yet."
    )


def test_a_change_from_an_edge_says_the_edge():
    before = worded(figure(SHARE, 0.999, 0.02))

    assert change_sentence("down", "", before) == "That is down from more than 97 in 100 a year ago."


def test_no_reason_says_how_small_a_number_is():
    assert len(REASONS) >= 6
    for reason, words in REASONS.items():
        assert not any(word in words for word in ("small", "few", "hidden", "suppress"))
        assert not_shown(reason).sentence == f"Not shown: {words}."


@pytest.mark.parametrize(("revision", "is_said"), [(0, False), (1, True), (12, True)])
def test_the_briefing_of_a_revision_says_that_ranges_will_be_wider_than_foretold(revision, is_said):
    partnership = read_partnership("demo")
    plan = planning.plan_for(partnership, Quarter(2026, 2), revision)

    assert (AGAIN in briefing(partnership, plan)) == is_said
    assert "wider than foretold" in AGAIN


@pytest.mark.parametrize(("count", "word"), [(0, "days"), (1, "day"), (2, "days"), (1000, "days")])
def test_plurals(count, word):
    assert plural(count, "day", "days") == word


def test_days_are_named_as_a_reader_says_them():
    assert [day_label(day) for day in (0, 1, 2)] == ["Same day", "1 working day", "2 working days"]
    assert [day_label(day, "elapsed_days") for day in (0, 1, 28)] == ["Same day", "1 day", "28 days"]
