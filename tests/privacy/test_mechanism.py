"""The noise is what the plan says it is, and costs what the ledger says it costs."""

import math

import numpy as np
import opendp.prelude as dp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, chisquare

from lantern.privacy import mechanism, workload
from lantern.privacy.plan import make_plan

DRAWS = 120_000


def exact_probabilities(scale: float, reach: int) -> np.ndarray:
    """The discrete Gaussian's own formula, normalised: an oracle that is not OpenDP."""
    support = np.arange(-reach, reach + 1)
    weights = np.exp(-(support**2) / (2 * scale**2))
    return weights / weights.sum()


def misfit(draws: np.ndarray, scale: float) -> float:
    """The probability of draws as odd as these if the noise had this scale."""
    reach = math.ceil(3 * scale)
    expected = exact_probabilities(scale, 12 * reach)
    middle = expected[11 * reach : -11 * reach]
    inside = draws[np.abs(draws) <= reach]
    observed = np.bincount((inside + reach).astype(int), minlength=2 * reach + 1)
    outside = len(draws) - len(inside)
    return float(
        chisquare(
            np.append(observed, outside), np.append(middle, 1 - middle.sum()) * len(draws), sum_check=False
        ).pvalue
    )


def test_the_noise_is_a_discrete_gaussian_of_the_scale_asked_for():
    """Chi-squared against the exact probabilities; a scale 3% off must fail the same test."""
    scale = 8.0
    draws = mechanism.noised(np.zeros(DRAWS, dtype=np.int64), scale)

    assert misfit(draws, scale) > 1e-4
    assert misfit(draws, scale * 0.97) < 1e-4
    assert misfit(draws, scale * 1.03) < 1e-4


def test_noise_is_whole_centred_and_new_each_time():
    counts = np.full(20_000, 57, dtype=np.int64)
    first, second = mechanism.noised(counts, 10.0), mechanism.noised(counts, 10.0)

    assert first.dtype == np.int64
    assert abs(first.mean() - 57) < 5 * 10 / math.sqrt(20_000)
    assert (first != second).any()


@given(sensitivity=st.integers(1, 20), micro_rho=st.integers(1, 10_000_000))
@settings(max_examples=200, deadline=None)
def test_a_scale_never_costs_more_than_its_allowance_and_hardly_less(sensitivity, micro_rho):
    """OpenDP's map and the textbook formula agree on the cost of every scale."""
    scale = mechanism.scale_for(sensitivity, micro_rho)
    cost = sensitivity**2 / (2 * scale**2) * 1e6

    assert cost <= micro_rho
    assert cost >= micro_rho * (1 - 1e-6)


@pytest.mark.parametrize("allowance", [0, -1])
def test_an_allowance_of_nothing_is_refused_and_not_taken_for_no_noise(allowance):
    with pytest.raises(ValueError, match="at least 1"):
        mechanism.scale_for(1, allowance)


@pytest.mark.parametrize("scale", [0.0, -1.0, math.inf, math.nan])
def test_a_scale_that_would_give_the_exact_answer_is_refused(scale):
    """OpenDP itself accepts a scale of zero and answers exactly."""
    with pytest.raises(ValueError, match="positive"):
        mechanism.noised(np.zeros(3, dtype=np.int64), scale)


def test_counts_that_are_not_whole_are_refused():
    with pytest.raises(TypeError, match="whole"):
        mechanism.noised(np.zeros(3), 5.0)


def test_only_vetted_contributions_of_opendp_are_switched_on():
    from opendp.mod import GLOBAL_FEATURES

    assert set(GLOBAL_FEATURES) == {"contrib"}


def test_epsilon_of_a_year_is_the_published_one():
    """rho 0.1 is (2.14, 1e-6) and rho 0.0244 is (1, 1e-6), to two places."""
    assert mechanism.epsilon(100_000, 1e-6) == pytest.approx(2.14, abs=0.005)
    assert mechanism.epsilon(24_400, 1e-6) == pytest.approx(1.00, abs=0.005)


def test_a_plan_costs_the_sum_of_its_marginals_by_a_second_accountant():
    """Renyi divergence at order 8, added up by hand, is 8 times the rho of the plan."""
    plan = make_plan("2026-Q2", workload.tables(), 25_000, workload.definitions())
    order = 8
    divergence = sum(order * each.marginal.sensitivity**2 / (2 * each.scale**2) for each in plan.measured)

    assert divergence / order * 1e6 <= plan.micro_rho <= 25_000
    assert divergence / order * 1e6 == pytest.approx(plan.micro_rho, rel=1e-6)


def test_opendp_composes_the_plan_to_the_same_rho():
    plan = make_plan("2026-Q2", workload.tables(), 25_000, workload.definitions())
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
    parts = [dp.m.make_gaussian(*space, scale=each.scale / each.marginal.sensitivity) for each in plan.measured]

    assert dp.c.make_composition(parts).map(1.0) * 1e6 == pytest.approx(plan.micro_rho, rel=1e-6)


def test_the_chi_squared_test_is_not_blind():
    """Its own sanity: a uniform draw is far from a Gaussian."""
    uniform = np.random.default_rng(1).integers(-8, 9, DRAWS)

    assert misfit(uniform, 8.0) < chi2.sf(100, 10)
