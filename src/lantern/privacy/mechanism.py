"""The only importer of OpenDP: discrete Gaussian noise on integer counts, and what it costs."""

import math
from functools import cache
from typing import Any

import numpy as np
import opendp.prelude as dp

dp.enable_features("contrib")

MICRO = 1_000_000
_SLACK = 1e-9


def scale_for(sensitivity: int, micro_rho: int) -> float:
    """
    The smallest noise scale that costs no more than `micro_rho`.

    Args:
        sensitivity: Euclidean length by which one person can move the counts; at least 1.
        micro_rho: Whole millionths of rho; at least 1.

    Raises:
        ValueError: a sensitivity or allowance below 1: scale zero would be the exact answer.

    Privacy: a Gaussian of scale s costs sensitivity^2 / (2 s^2); OpenDP's own map is asked
        whether the scale found keeps within the allowance.
    Source: Canonne, Kamath and Steinke, The Discrete Gaussian for Differential Privacy (2020).
    """
    if sensitivity < 1 or micro_rho < 1:
        raise ValueError("sensitivity and micro_rho must be at least 1")
    scale = sensitivity / math.sqrt(2 * micro_rho / MICRO) * (1 + _SLACK)
    if _gaussian(scale).map(float(sensitivity)) * MICRO > micro_rho:
        raise ValueError("the scale found costs more than the allowance")
    return scale


def noised(counts: np.ndarray, scale: float) -> np.ndarray:
    """
    Counts with OpenDP's discrete Gaussian noise added, each independently.

    Args:
        counts: Whole numbers over a full public grid.
        scale: From `scale_for`.

    Returns:
        Whole numbers of the same length; negative ones are kept, for clamping them would
        make sums too large.

    Privacy: the one place where noise meets a count. OpenDP takes no seed.
    """
    if not np.issubdtype(counts.dtype, np.integer):
        raise TypeError("noise is added to whole numbers only")
    if not math.isfinite(scale) or scale <= 0:
        raise ValueError("the noise scale must be a positive number")
    return np.asarray(_gaussian(scale)([int(count) for count in counts]), dtype=np.int64)


def epsilon(micro_rho: int, delta: float) -> float:
    """The epsilon at `delta` of everything that costs `micro_rho` in total, by OpenDP's conversion."""
    whole = _gaussian(math.sqrt(1 / (2 * micro_rho / MICRO)))
    curve: Any = dp.c.make_fix_delta(dp.c.make_zCDP_to_approxDP(whole), delta)
    return float(curve.map(1.0)[0])


@cache
def _gaussian(scale: float) -> Any:
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
    return dp.m.make_gaussian(*space, scale=scale)
