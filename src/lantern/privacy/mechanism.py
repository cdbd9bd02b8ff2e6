"""The only importer of OpenDP: discrete noise on vectors of whole numbers, and what it costs."""

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import opendp.prelude as dp

from lantern.privacy.plan import GRAIN, Family

dp.enable_features("contrib")

MICRO = 1_000_000
_FURTHEST = 1 << 62
"""OpenDP's noise stops at the ends of 64-bit numbers instead of going on; nothing noised may come near them."""
_DEVIATIONS = 100
"""Noise further out than so many scales has odds below 1e-40: it is never seen."""
_SLACK = 1e-9


def scale_for(family: Family, budget_cost: int, micro: int) -> float:
    """
    The smallest noise scale at which a part costs any person no more than `micro`.

    Args:
        family: Which noise.
        budget_cost: The part's person budget: over any four quarters a person's stacked vectors have squared
            lengths (pure: lengths) of at most `budget_cost` * GRAIN^2 (pure: `budget_cost` * GRAIN) in all.
        micro: Whole millionths of rho (pure: of epsilon) over any four quarters.

    Returns:
        The scale on the stacked vector, whose units are GRAIN-ths of a row times a multiplier.

    Raises:
        ValueError: a budget or allowance below 1: scale zero would be the exact answer.

    Privacy: a Gaussian of scale s costs length^2 / (2 s^2), a Laplace length / s. OpenDP's own map decides.
    Source: Canonne, Kamath and Steinke, The Discrete Gaussian for Differential Privacy (2020).
    """
    if budget_cost < 1 or micro < 1:
        raise ValueError("the person budget and the allowance must be at least 1")
    length = _length(family, budget_cost)
    about = length / math.sqrt(2 * micro / MICRO) if family == "zcdp" else length * MICRO / micro
    low, high = about * (1 - _SLACK), about * (1 + _SLACK)
    # Halved until no number lies between: the last one that OpenDP finds dear enough.
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if _is_within(family, middle, length, micro) else (middle, high)
    if not _is_within(family, high, length, micro):
        raise ValueError("the scale found costs more than the allowance")
    return high


def noised(family: Family, counts: np.ndarray, scale: float) -> np.ndarray:
    """
    A vector of whole numbers with OpenDP's discrete noise added to each number independently, in one call.

    Args:
        family: `zcdp` for Gaussian noise, `pure` for Laplace.
        counts: A part's stacked vector: every sum of the public grid, empty ones too.
        scale: From `scale_for`.

    Returns:
        Whole numbers of the same length; negative ones are kept, for clamping them would
        make sums too large.

    Raises:
        TypeError: The counts are not whole.
        ValueError: The scale is not a positive number, or noise could reach the end of 64-bit numbers.

    Privacy: the one place where noise meets a count. OpenDP takes no seed.
    """
    if not np.issubdtype(counts.dtype, np.signedinteger):
        raise TypeError("noise is added to whole numbers only")
    if not math.isfinite(scale) or scale <= 0:
        raise ValueError("the noise scale must be a positive number")
    largest = max(abs(int(counts.max())), abs(int(counts.min()))) if counts.size else 0
    if largest + _DEVIATIONS * scale >= _FURTHEST:
        raise ValueError("the numbers and their noise do not fit in 64 bits")
    return np.asarray(_measurement(family, scale)(counts.tolist()), dtype=np.int64)


def epsilon(family: Family, micro: int, delta: float) -> float:
    """
    The epsilon at `delta` of everything that costs `micro` in total.

    By OpenDP's conversion; a promise of the family `pure` is its own epsilon, at any delta.
    """
    if family == "pure":
        return micro / MICRO
    whole = _measurement("zcdp", math.sqrt(MICRO / (2 * micro)))
    curve: Any = dp.c.make_fix_delta(dp.c.make_zCDP_to_approxDP(whole), delta)
    return float(curve.map(1.0)[0])


def composed(family: Family, micros: Sequence[int]) -> int:
    """
    What several mechanisms cost together, in whole millionths, rounded up: by OpenDP's composition.

    Each is stood for by noise a billionth wider than its price, so that rounding up gives whole millionths back
    and not one more for the last bit of a fraction.
    """
    parts = [_measurement(family, _unit_scale(family, micro) * (1 + _SLACK)) for micro in micros if micro]
    if not parts:
        return 0
    together: Any = dp.c.make_composition(parts)
    return math.ceil(Fraction(together.map(_unit(family))) * MICRO)


def _unit_scale(family: Family, micro: int) -> float:
    """The scale at which a change of length 1 costs `micro`."""
    return math.sqrt(MICRO / (2 * micro)) if family == "zcdp" else MICRO / micro


def _unit(family: Family) -> float | int:
    return 1.0 if family == "zcdp" else 1


def _length(family: Family, budget_cost: int) -> float | int:
    """How far one person moves the stacked vector at most, no shorter than it is in truth."""
    if family == "pure":
        return budget_cost * GRAIN
    length = math.sqrt(budget_cost) * GRAIN
    is_short = Fraction(length) ** 2 < budget_cost * GRAIN**2
    return math.nextafter(length, math.inf) if is_short else length


def _is_within(family: Family, scale: float, length: float, micro: int) -> bool:
    return Fraction(_measurement(family, scale).map(length)) * MICRO <= micro


@cache
def _space(family: Family) -> tuple[Any, Any]:
    domain = dp.vector_domain(dp.atom_domain(T="i64"))
    return domain, dp.l2_distance(T="f64") if family == "zcdp" else dp.l1_distance(T="i64")


def _measurement(family: Family, scale: float) -> Any:
    make = dp.m.make_gaussian if family == "zcdp" else dp.m.make_laplace
    return make(*_space(family), scale=scale)
