"""What is drawn is added up a second time, by other means than OpenDP's."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.privacy import mechanism
from lantern.privacy.plan import GRAIN

ORDERS = (2, 8, 32)
"""Orders of Renyi divergence; a mechanism of rho has at most order * rho at each."""


def divergence(order: int, scale: float, moved: int) -> float:
    """The Renyi divergence of discrete Gaussian noise from itself moved, summed from its probabilities."""
    reach = math.ceil(40 * scale) + order * abs(moved)
    support = np.arange(-reach, reach + 1, dtype=float)
    at, beside = -(support**2) / (2 * scale**2), -((support - moved) ** 2) / (2 * scale**2)
    norm = np.log(np.exp(at).sum())
    each = order * at - (order - 1) * beside - norm
    return float((each.max() + np.log(np.exp(each - each.max()).sum())) / (order - 1))


def rho_in_fractions(budget: int, scale: float) -> Fraction:
    """The cost of a part by the closed form of the divergence, with no rounding at all."""
    return Fraction(budget * GRAIN**2) / (2 * Fraction(scale) ** 2)


def epsilon_in_fractions(budget: int, scale: float) -> Fraction:
    return Fraction(budget * GRAIN) / Fraction(scale)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("scale", "moved"), [(3.0, 1), (8.0, 5), (40.0, 7)])
def test_the_closed_form_of_the_cost_is_the_divergence_of_the_noise_itself(order, scale, moved):
    """Summed number by number: at each order, order times length^2 / (2 scale^2), never more."""
    assert divergence(order, scale, moved) == pytest.approx(order * moved**2 / (2 * scale**2), rel=1e-6)


@pytest.mark.parametrize(
    ("family", "cost"), [("zcdp", rho_in_fractions), ("pure", epsilon_in_fractions)], ids=("zcdp", "pure")
)
def test_a_thousand_random_plans_cost_the_same_by_both_accountants_to_one_millionth(family, cost):
    chance = np.random.default_rng(29)
    checked = 0
    for _ in range(1_000):
        parts = int(chance.integers(1, 7))
        micros = [int(each) for each in np.exp(chance.uniform(0, math.log(500_000), parts)).astype(int)]
        budgets = [int(each) for each in np.exp(chance.uniform(0, math.log(10**7), parts)).astype(int)]
        scales = [mechanism.scale_for(family, budget, micro) for budget, micro in zip(budgets, micros, strict=True)]
        second = sum(cost(budget, scale) for budget, scale in zip(budgets, scales, strict=True)) * 10**6

        assert mechanism.composed(family, micros) == sum(micros)
        assert sum(micros) - 1 <= second <= sum(micros)
        checked += 1
    assert checked == 1_000


@pytest.mark.parametrize("family", ["zcdp", "pure"])
@given(micros=st.lists(st.integers(0, 5_000_000), max_size=40))
@settings(max_examples=100, deadline=None)
def test_composition_is_never_rounded_down(family, micros):
    assert sum(micros) <= mechanism.composed(family, micros) <= sum(micros) + 1


def test_a_scale_one_part_in_a_hundred_thousand_too_small_is_seen_by_the_second_accountant():
    scale = mechanism.scale_for("zcdp", 600, 80_000) * (1 - 1e-5)

    assert rho_in_fractions(600, scale) * 10**6 > 80_000
