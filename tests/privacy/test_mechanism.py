"""The noise is what the plan says it is, and costs what the ledger says it costs."""

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from tests.privacy.person_budget import GRID, table

from lantern.privacy import mechanism
from lantern.privacy.plan import GRAIN

FAMILIES = ("zcdp", "pure")
DRAWS = 400_000
FALSE_ALARM = 1e-7
"""The odds that a right sampler fails one test of its draws."""


def exact_probabilities(family: str, scale: float, reach: int) -> np.ndarray:
    """The noise's own formula, normalised over a wide support: an oracle that is not OpenDP."""
    support = np.abs(np.arange(-reach, reach + 1)).astype(float)
    weights = np.exp(-(support**2) / (2 * scale**2)) if family == "zcdp" else np.exp(-support / scale)
    return weights / weights.sum()


def misfit(family: str, draws: np.ndarray, scale: float) -> float:
    """The probability of draws as odd as these if the noise had this scale: chi-squared, number by number."""
    reach, wide = math.ceil(3 * scale), math.ceil(60 * scale)
    expected = exact_probabilities(family, scale, wide)[wide - reach : wide + reach + 1]
    inside = draws[np.abs(draws) <= reach]
    observed = np.append(np.bincount(inside + reach, minlength=2 * reach + 1), len(draws) - len(inside))
    return float(chisquare(observed, np.append(expected, 1 - expected.sum()) * len(draws), sum_check=False).pvalue)


@pytest.mark.parametrize("scale", [0.7, 4.0])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_noise_has_the_exact_discrete_probabilities(family, scale):
    """And the test is not blind: noise 2% too narrow or too wide fails it."""
    draws = mechanism.noised(family, np.zeros(DRAWS, dtype=np.int64), scale)

    assert misfit(family, draws, scale) > FALSE_ALARM
    for wrong in (0.98, 1.02):
        mutant = np.random.default_rng(5).choice(
            np.arange(-math.ceil(60 * scale), math.ceil(60 * scale) + 1),
            DRAWS,
            p=exact_probabilities(family, scale * wrong, math.ceil(60 * scale)),
        )
        assert misfit(family, mutant, scale) < FALSE_ALARM


@pytest.mark.parametrize("family", FAMILIES)
def test_the_numbers_of_one_vector_are_noised_independently(family):
    """Neighbours in a vector are no more alike than chance: their correlation is within six deviations of none."""
    drawn = mechanism.noised(family, np.zeros(60_000, dtype=np.int64), 50.0).reshape(-1, 2).astype(float)

    assert abs(np.corrcoef(drawn.T)[0, 1]) < 6 / math.sqrt(len(drawn))


@pytest.mark.parametrize("family", FAMILIES)
def test_noise_is_whole_centred_and_new_each_time(family):
    counts = np.full(20_000, -57, dtype=np.int64)
    first, second = (mechanism.noised(family, counts, 10.0) for _ in range(2))

    assert first.dtype == np.int64
    assert abs(first.mean() + 57) < 6 * 10 * math.sqrt(2) / math.sqrt(20_000)
    assert (first != second).any()


@pytest.mark.parametrize("family", FAMILIES)
@given(budget=st.integers(1, 10**9), micro=st.integers(1, 10**8))
@settings(max_examples=150, deadline=None)
def test_a_scale_never_costs_more_than_its_allowance_and_hardly_less(family, budget, micro):
    """By the textbook's formula in fractions, which OpenDP's map has to agree with."""
    scale = Fraction(mechanism.scale_for(family, budget, micro))
    cost = budget * GRAIN**2 / (2 * scale**2) if family == "zcdp" else budget * GRAIN / scale

    assert cost <= Fraction(micro, 10**6)
    assert cost >= Fraction(micro, 10**6) * (1 - Fraction(1, 10**12))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("budget", "micro"), [(1, 0), (1, -1), (0, 1), (-4, 1)])
def test_an_allowance_of_nothing_is_refused_and_not_taken_for_no_noise(family, budget, micro):
    with pytest.raises(ValueError, match="at least 1"):
        mechanism.scale_for(family, budget, micro)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scale", [0.0, -1.0, math.inf, math.nan])
def test_a_scale_that_would_give_the_exact_answer_is_refused(family, scale):
    """OpenDP itself accepts a scale of zero and answers exactly: shown by asking it."""
    with pytest.raises(ValueError, match="positive"):
        mechanism.noised(family, np.zeros(3, dtype=np.int64), scale)

    assert mechanism._measurement(family, 0.0)([1, 2, 3]) == [1, 2, 3]


@pytest.mark.parametrize(
    "counts", [np.zeros(3), np.zeros(3, dtype=bool), np.array([1, None]), np.zeros(3, dtype=np.uint64)]
)
def test_counts_that_are_not_whole_are_refused(counts):
    with pytest.raises(TypeError, match="whole"):
        mechanism.noised("zcdp", counts, 5.0)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("count", "scale"), [(2**62, 1.0), (-(2**63), 1.0), (0, 2.0**60)])
def test_numbers_that_noise_could_push_over_the_end_are_refused(family, count, scale):
    """OpenDP stops at the end of 64 bits, which would show that the count is near it: shown by asking it."""
    with pytest.raises(ValueError, match="64 bits"):
        mechanism.noised(family, np.array([count, 5], dtype=np.int64), scale)

    at_the_end = [2**63 - 1] * 200
    assert mechanism._measurement(family, 1000.0)(at_the_end).count(2**63 - 1) > 50


def test_an_empty_vector_stays_empty():
    assert mechanism.noised("zcdp", np.zeros(0, dtype=np.int64), 5.0).size == 0


def test_only_vetted_contributions_of_opendp_are_switched_on_and_nothing_heavy_is_loaded_with_it():
    """In a process of its own: what else this one has imported does not matter."""
    asked = (
        "import sys, lantern.privacy.mechanism; from opendp.mod import GLOBAL_FEATURES; "
        "print(sorted(GLOBAL_FEATURES), 'opendp.prelude' in sys.modules, "
        "[each for each in ('polars', 'sklearn', 'pandas') if each in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "['contrib'] True []"


def test_epsilon_of_a_year_is_the_published_one():
    """rho 0.1 is (2.14, 1e-6) and rho 0.0244 is (1, 1e-6), to two places; a pure promise is its own epsilon."""
    assert mechanism.epsilon("zcdp", 100_000, 1e-6) == pytest.approx(2.14, abs=0.005)
    assert mechanism.epsilon("zcdp", 24_400, 1e-6) == pytest.approx(1.00, abs=0.005)
    assert mechanism.epsilon("pure", 500_000, 1e-6) == 0.5


@pytest.mark.parametrize("family", FAMILIES)
def test_one_vector_is_noised_in_one_call_for_all_marginals_of_a_part(family):
    """The sums of a drawn table come back, each marginal near its own: the multiplier and the grain are divided out."""
    plan = table(family=family)
    cells = np.arange(GRID.size, dtype=np.int64) * 1_000_000 * GRAIN
    answers = mechanism.noised(family, plan.kept.stacked(GRID, cells), plan.kept.scale)

    for marginal, sums, deviation in zip(
        plan.kept.marginals, plan.kept.split(answers), plan.kept.deviations(), strict=True
    ):
        assert np.abs(sums - marginal.matrix(GRID) @ np.arange(GRID.size) * 1_000_000).max() < 40 * deviation
