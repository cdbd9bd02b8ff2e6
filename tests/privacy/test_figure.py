"""Each figure of a table, its range and its grade: against exact counts, and against many draws."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_table import AGAIN, EVERY, GRID, IN_TIME, NOTHING, QUESTIONS, SOURCES, exact, noised, question, table

from lantern.privacy import reconcile, survival
from lantern.privacy.figure import Figure, figures, values
from lantern.privacy.question import Step

RNG = np.random.default_rng
KEPT = np.kron([30, 20, 10], np.kron([8, 4, 2, 1], [3, 1]))
LOST = np.rint(KEPT / 20)


def told(plan, kept=KEPT, lost=LOST):
    """Figures without noise, with the ranges that noise would give them."""
    return figures(reconcile.reconcile(plan, exact(plan, kept, lost)), QUESTIONS)


def test_without_noise_every_figure_is_the_exact_one():
    """The oracle: the counts of every row, kept and lost."""
    found = told(table(scale=1e-3, allowance=0.0))
    every = KEPT + LOST

    assert len(found) == len(QUESTIONS)
    for figure in found:
        asked = figure.question
        if asked.statistic == "count":
            assert figure.value == pytest.approx(asked.whole @ every, rel=0.01)
        if asked.statistic == "share":
            assert figure.value == pytest.approx((asked.part @ every) / (asked.whole @ every), abs=0.004)
    days = {figure.question.statistic: figure.value for figure in found}
    # 8 of 15 on the day itself, 12 of 15 within 3 days, the rest later.
    assert (days["curve"], days["median"], days["p90"]) == (pytest.approx(8 / 15, abs=0.004), 0, math.inf)


def test_lost_rows_are_put_back_and_a_figure_without_them_would_be_low():
    """The twin: one row in eleven lost, all of persons who came before; the rows kept alone say too little."""
    plan, lost = table(scale=0.5, allowance=0.0), np.rint(AGAIN * KEPT / 2.5)
    repeat = next(place for place, each in enumerate(QUESTIONS) if each.statistic == "share" and each.part is AGAIN)
    true = AGAIN @ (KEPT + lost) / (KEPT + lost).sum()

    corrected = told(plan, KEPT, lost)[repeat]
    uncorrected = told(plan, KEPT, NOTHING)[repeat]

    assert corrected.lower <= true <= corrected.upper
    assert uncorrected.upper < true


def covered(plan, draws, rng, made=None):
    """How often each figure's range holds the exact figure of the rows there are."""
    every, hits = KEPT + LOST, np.zeros(len(QUESTIONS))
    truths = [truth(each, every) for each in QUESTIONS]
    for _ in range(draws):
        known = reconcile.reconcile(plan, noised(made or plan, KEPT, LOST, rng))
        found = figures(known, QUESTIONS)
        hits += [each.lower <= true <= each.upper for each, true in zip(found, truths, strict=True)]
    return hits / draws


def truth(asked, cells):
    if asked.statistic == "count":
        return asked.whole @ cells
    if asked.statistic == "share":
        return (asked.part @ cells) / (asked.whole @ cells)
    return {"curve": 8 / 15, "median": 0, "p90": math.inf}[asked.statistic]


def test_ranges_hold_the_truth_19_times_in_20():
    """600 draws: at most 5 standard errors below; more often where much is allowed on lost rows that lie as expected."""
    hits = covered(table(), 600, RNG(1))

    assert len(hits) == len(QUESTIONS)
    assert hits.min() >= 0.95 - 5 * math.sqrt(0.95 * 0.05 / 600)


def test_ranges_made_for_half_the_noise_would_be_found_out():
    hits = covered(table(scale=15.0), 200, RNG(2), made=table(scale=30.0))

    assert hits.min() < 0.95 - 5 * math.sqrt(0.95 * 0.05 / 200)


def test_a_curve_with_none_lost_from_sight_has_the_range_of_the_share():
    """By day 3 eight and four of fifteen are done: the same rows, asked in two ways."""
    plan = table()
    asked = (question("share", IN_TIME, EVERY), question("curve", whole=EVERY, steps=QUESTIONS[-1].steps, at_day=3))

    share, point = figures(reconcile.expected(plan, KEPT, LOST), asked)

    assert (point.value, point.lower, point.upper) == pytest.approx((share.value, share.lower, share.upper))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1.0, 30.0, 3000.0]))
def test_a_value_alone_is_that_of_its_figure(seed, scale):
    """Of every question, of a curve from which some are lost from sight too; however large the noise."""
    open_row = GRID.row(time_category=("open",))
    steps = [replace(each, censored=open_row) if each.to_day == 0 else each for each in QUESTIONS[-1].steps]
    asked = [each for each in QUESTIONS if each.statistic != "curve"]
    asked += [question(kind, whole=EVERY, steps=tuple(steps)) for kind in ("median", "p90")]
    asked.append(question("curve", whole=EVERY, steps=tuple(steps), at_day=3))
    known = reconcile.reconcile(table(scale=scale), noised(table(scale=scale), KEPT, LOST, RNG(seed)))

    told = [each.value for each in figures(known, tuple(asked))]

    assert values(known.cells, tuple(asked)) == pytest.approx(told)


def test_a_curve_from_which_some_are_lost_from_sight_is_wider_and_higher():
    """Rows lost from sight on the first day are at risk on it, and done later like the rest."""
    plan = table()
    open_row, first = GRID.row(time_category=("open",)), GRID.row(time_category=("bin_0",))
    steps = (
        Step(0, first, NOTHING, open_row),
        Step(3, GRID.row(time_category=("bin_1",)), NOTHING, NOTHING),
        Step(None, GRID.row(time_category=("bin_2",)), NOTHING, NOTHING),
    )
    asked = tuple(question("curve", whole=EVERY, steps=each, at_day=3) for each in (QUESTIONS[-1].steps, steps))

    complete, censored = figures(reconcile.expected(plan, KEPT, LOST), asked)

    # Kaplan-Meier by hand: 8 of 15, then 4 of the 6 still seen.
    assert censored.value == pytest.approx(1 - (7 / 15) * (2 / 6), abs=1e-6)
    assert censored.value > complete.value
    assert censored.half_width > complete.half_width


@pytest.mark.parametrize(
    ("statistic", "value", "half", "grade"),
    [
        ("share", 0.5, 0.05, "use"),
        ("share", 0.5, 0.051, "care"),
        ("share", 0.01, 0.10, "care"),
        ("share", 0.5, 0.101, "none"),
        ("count", 1000, 100, "use"),
        ("count", 1000, 250, "care"),
        ("count", 1000, 251, "none"),
        ("count", -3, 0.2, "care"),
        ("median", 4, 0.05, "use"),
        ("p90", math.inf, 0.101, "none"),
    ],
)
def test_a_grade_comes_from_the_width_of_the_range_alone(statistic, value, half, grade):
    assert Figure(question(statistic), value, value - half, value + half, half, 100).grade == grade


def test_a_figure_that_its_plan_decided_not_to_show_has_no_grade_however_narrow_its_range():
    figure = Figure(question("share"), 0.5, 0.49, 0.51, 0.01, 1000)

    assert (figure.grade, replace(figure, is_unsure=True).grade) == ("use", "none")


def test_where_too_much_was_lost_only_times_of_everyone_together_are_told():
    """A third of the rows lost where a hundredth was expected: counts, repeat shares and sources say why they are not shown."""
    plan = replace(table(scale=1.0), expected_loss=0.01)
    questions = (*QUESTIONS, replace(QUESTIONS[1], measure_id="R_VISIT"))

    found = figures(reconcile.expected(plan, KEPT, KEPT / 2), questions)

    shown = {(each.question.measure_id, each.question.statistic) for each in found if not each.is_too_much_lost}
    assert shown == {("T_VISIT", each) for each in ("share", "curve", "median", "p90")}
    withheld = [each for each in found if each.is_too_much_lost]
    assert len(withheld) == 1 + len(SOURCES) + 1
    assert {each.grade for each in withheld} == {"none"}


def test_a_share_of_next_to_nothing_has_no_end_to_its_range_and_is_not_shown():
    """Fieller: where the whole cannot be told from nothing, any share fits."""
    known = reconcile.expected(table(scale=1600.0), KEPT, LOST)
    asked = (
        question("share", GRID.row(source_group=("health",), is_again=("yes",)), GRID.row(source_group=("health",))),
    )

    (found,) = figures(known, asked)

    assert found.half_width == math.inf
    assert found.grade == "none"


@given(seed=st.integers(0, 1000), scale=st.floats(1, 200))
@settings(max_examples=40, deadline=None)
def test_a_range_holds_its_own_figure_whatever_the_noise(seed, scale):
    plan = table(scale=scale)
    found = figures(reconcile.reconcile(plan, noised(plan, KEPT, LOST, RNG(seed))), QUESTIONS)

    for each in found:
        if math.isfinite(each.half_width) and each.rows > 1:
            assert each.lower <= each.value + 1e-9
            assert each.value <= each.upper + 1e-9


def test_more_noise_never_gives_a_narrower_range():
    for quiet, loud in zip(told(table(scale=20.0)), told(table(scale=40.0)), strict=True):
        assert quiet.half_width < loud.half_width


def test_a_rolling_year_is_surer_than_its_quarters():
    """Four times the rows and twice the noise: shares to half the width, or nearly so."""
    quarter = reconcile.expected(table(), KEPT, NOTHING)

    for one, year in zip(
        figures(quarter, QUESTIONS), figures(quarter + quarter + quarter + quarter, QUESTIONS), strict=True
    ):
        if one.question.statistic == "share":
            assert year.value == pytest.approx(one.value)
            assert 0.4 < year.half_width / one.half_width < 0.75


def test_sources_are_asked_in_the_order_given():
    assert [each.question.category for each in told(table()) if each.question.breakdown == "source_group"] == list(
        SOURCES
    )


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_curve_never_falls_and_goes_through_the_share_at_its_limit(seed):
    """With so much noise that half of the curves as they were drawn fall somewhere."""
    plan, steps = table(scale=3000.0), QUESTIONS[-1].steps
    days = [each.to_day for each in steps if each.to_day is not None]
    limit = question("share", IN_TIME, EVERY)
    asked = [question("curve", IN_TIME if day == days[-1] else NOTHING, EVERY, steps=steps, at_day=day) for day in days]

    share, *curve = figures(reconcile.reconcile(plan, noised(plan, KEPT, LOST, RNG(seed))), (limit, *asked))

    assert len(curve) == len(days) >= 2
    assert all(one.value <= other.value for one, other in pairwise(curve))
    assert curve[-1].value == share.value
    assert all(each.lower <= each.value <= each.upper for each in curve)


def test_without_that_many_a_curve_would_fall(monkeypatch):
    """The twin: points as they were drawn."""
    plan, steps = table(scale=3000.0), QUESTIONS[-1].steps
    days = [each.to_day for each in steps if each.to_day is not None]
    asked = tuple(question("curve", NOTHING, EVERY, steps=steps, at_day=day) for day in days)
    monkeypatch.setattr(survival, "rising", lambda shares, _: shares.tolist())

    falls = 0
    for seed in range(50):
        curve = figures(reconcile.reconcile(plan, noised(plan, KEPT, LOST, RNG(seed))), asked)
        falls += any(one.value > other.value for one, other in pairwise(curve))

    assert falls >= 5
