"""Drawing from shares and bands, whole arrays at a time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]

NONE = -1
"""In an array of days or minutes: there is none."""


def chance(rng: np.random.Generator, share: float | Floats, size: int) -> Bools:
    """True with the given probability, or each with its own, `size` times."""
    return rng.random(size) < share


def banded(rng: np.random.Generator, bands: Sequence[tuple[int, int, float]], size: int, *, late: float = 1.0) -> Ints:
    """
    Whole numbers from published bands (first, last, share).

    `late` below 1 puts more of a band near its end, as deadlines do.
    """
    shares = np.array([share for _, _, share in bands])
    pick = rng.choice(len(bands), size=size, p=shares / shares.sum())
    first = np.array([first for first, _, _ in bands])[pick]
    last = np.array([last for _, last, _ in bands])[pick]
    within = np.floor((last - first + 1) * rng.random(size) ** late)
    return np.asarray(first + within, dtype=np.int64)


def picked(rng: np.random.Generator, shares: dict[str, float], size: int) -> Texts:
    """Codes by their shares, which need not add to one."""
    weights = np.array(list(shares.values()))
    return rng.choice(np.array(list(shares)), size=size, p=weights / weights.sum())
