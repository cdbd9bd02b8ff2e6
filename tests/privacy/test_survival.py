"""The share done by each day, and the day read off it, against lifelines and against counting by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.privacy.survival import crossing, curve, rising

lifelines = pytest.importorskip("lifelines")

RUNS = 6
SUMS = st.lists(st.integers(0, 40), min_size=RUNS, max_size=RUNS)


def spelled_out(events, competing, censored, beyond):
    """One entry a person: in which run it ended, and how (1 event, 2 competing, 0 censored)."""
    times, ends = [], []
    for run in range(RUNS):
        for sums, end in ((events, 1), (competing, 2), (censored, 0)):
            times += [run + 1] * int(sums[run])
            ends += [end] * int(sums[run])
    return np.array(times + [RUNS + 1] * beyond), np.array(ends + [0] * beyond)


@given(events=SUMS, censored=SUMS, beyond=st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_where_nothing_competes_it_is_one_minus_kaplan_meier(events, censored, beyond):
    """The oracle: lifelines, person by person."""
    nothing = np.zeros(RUNS)
    times, ends = spelled_out(events, nothing, censored, beyond)
    oracle = lifelines.KaplanMeierFitter().fit(times, ends)

    found = curve(np.array(events), nothing, np.array(censored), len(times))

    for run in range(RUNS):
        assert found.shares[run] == pytest.approx(1 - float(oracle.predict(run + 1)), abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_where_ends_compete_it_is_aalen_johansen(seed):
    """The oracle: lifelines' own estimate; it wants times without ties, so each is moved by less than a run."""
    rng = np.random.default_rng(seed)
    events, competing, censored = rng.integers(0, 15, (3, RUNS))
    times, ends = spelled_out(events, competing, censored, 5)
    # Within a run all who ended did so before those who were lost from sight, as `at risk in it` means; and ties
    # between the two kinds of end share one risk set, which distinct times only approach: compare each alone.
    order = np.lexsort((ends == 0, times))
    untied = times[order] + np.linspace(0, 0.5, len(times))
    oracle = lifelines.AalenJohansenFitter(calculate_variance=False).fit(untied, ends[order], event_of_interest=1)

    found = curve(events, competing, censored, len(times))

    last = oracle.cumulative_density_.iloc[:, 0]
    for run in range(RUNS):
        until = float(last[last.index < run + 1.75].iloc[-1])
        assert found.shares[run] == pytest.approx(until, abs=0.03)


def brute_force(events, competing, censored, beyond):
    """Aalen and Johansen's sum, said once more without a risk set kept in step."""
    done, left, shares = 0.0, 1.0, []
    for run in range(RUNS):
        at_risk = beyond + sum(sum(sums[run:]) for sums in (events, competing, censored))
        done += left * events[run] / at_risk
        left *= 1 - (events[run] + competing[run]) / at_risk
        shares.append(done)
    return shares


@given(events=SUMS, competing=SUMS, censored=SUMS, beyond=st.integers(1, 30))
@settings(max_examples=100, deadline=None)
def test_ties_share_one_risk_set(events, competing, censored, beyond):
    everyone = beyond + sum(events) + sum(competing) + sum(censored)

    found = curve(np.array(events), np.array(competing), np.array(censored), everyone)

    assert found.shares == pytest.approx(brute_force(events, competing, censored, beyond), abs=1e-9)


@given(events=SUMS, competing=SUMS, censored=SUMS)
@settings(max_examples=60, deadline=None)
def test_the_gradient_is_the_slope(events, competing, censored):
    """Each sum moved a little either way: the share moves as the gradient says."""
    sums = np.array([*events, *competing, *censored, 900.0])

    def shares(at):
        return curve(*np.split(at[:-1], 3), at[-1]).shares

    found = curve(*np.split(sums[:-1], 3), sums[-1])

    for place in range(len(sums)):
        step = np.zeros(len(sums))
        step[place] = 1e-3
        slope = (shares(sums + step) - shares(sums - step)) / 2e-3
        assert found.gradient[:, place] == pytest.approx(slope, abs=1e-6)


def test_without_censoring_it_is_the_share_of_all():
    events, competing = np.array([5, 3, 2, 0, 1, 4]), np.array([1, 0, 2, 0, 0, 3])

    found = curve(events, competing, np.zeros(RUNS), 40)

    assert found.shares == pytest.approx(np.cumsum(events) / 40)


@pytest.mark.parametrize(
    ("shares", "level", "day"),
    [
        # days of each run: 0 | 1 | 2 to 5 | 6 to 10
        ((0.6, 0.7, 0.8, 0.9), 0.5, 0),
        ((0.5, 0.7, 0.8, 0.9), 0.5, 0),
        ((0.4, 0.5, 0.8, 0.9), 0.5, 1),
        ((0.2, 0.4, 0.8, 0.9), 0.5, 2),  # a quarter of the way through four days
        ((0.2, 0.4, 0.6, 0.9), 0.5, 3),  # half of the way
        ((0.2, 0.3, 0.5, 0.9), 0.5, 5),
        ((0.2, 0.3, 0.4, 0.9), 0.9, 10),
        ((0.2, 0.3, 0.4, 0.8), 0.9, math.inf),
    ],
)
def test_the_first_day_that_reaches_the_level(shares, level, day):
    at = np.array(shares)

    assert crossing([0, 1, 5, 10], at, at, at, level).day == day


@pytest.mark.parametrize(
    ("half", "first", "last"),
    [(0.0, 2, 5), (0.05, 2, 5), (0.12, 1, 5), (0.25, 1, 10), (0.35, 0, 10), (0.45, 0, math.inf)],
)
def test_the_range_of_a_day_is_the_band_turned_round(half, first, last):
    """Shares 0.2, 0.4, 0.7, 0.85 by day 0, 1, 5, 10: half are done between days 2 and 5."""
    shares = np.array([0.2, 0.4, 0.7, 0.85])

    found = crossing([0, 1, 5, 10], shares, shares - half, shares + half, 0.5)

    assert (found.first, found.last) == (first, last)
    assert found.first <= found.day <= found.last


def test_a_range_that_lies_beyond_the_days_followed_begins_after_them():
    shares = np.array([0.1, 0.2])

    found = crossing([0, 3], shares, shares - 0.1, shares + 0.1, 0.9)

    assert (found.day, found.first, found.last, found.run) == (math.inf, 4, math.inf, 1)


@pytest.mark.parametrize(
    ("shares", "fixed", "told"),
    [
        ((0.2, 0.5, 0.7), 1, [0.2, 0.5, 0.7]),
        ((0.5, 0.73, 0.72), 2, [0.5, 0.72, 0.72]),  # what lies before the limit gives way
        ((0.6, 0.5, 0.4), 1, [0.5, 0.5, 0.5]),
        ((0.6, 0.7, 0.65, 0.8, 0.75), 0, [0.6, 0.7, 0.7, 0.8, 0.8]),  # and what lies after it
    ],
)
def test_a_curve_that_noise_made_fall_gives_way_to_the_share_at_the_limit(shares, fixed, told):
    assert rising(np.array(shares), fixed) == told
