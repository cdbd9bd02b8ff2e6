"""How much better any other linear plan could be: lower bounds on the weighted error, whoever designs it."""

from dataclasses import dataclass

import numpy as np

_ROUNDS, _STEP, _GAP = 400, 0.7, 1e-3
_LEAST = 1e-12


@dataclass(frozen=True)
class Bound:
    """
    Lower bounds on the weighted error at a row cost of one, as `strategy` counts it, for squared lengths.

    `dual` is the best that any linear plan with Gaussian noise can do, known to within the part `gap` of it; `svd` is
    the older, lower bound.
    """

    dual: float
    gap: float
    svd: float


def bound(rows: np.ndarray, scales: np.ndarray) -> Bound:
    """
    The least weighted error of any linear plan under which one row more or less is hidden.

    Args:
        rows: Questions x cells, as `strategy` takes them.
        scales: What each question's row is multiplied by.

    Source: for every spread q over cells, error >= (nuclear norm of W diag(q)^1/2)^2; uniform q is Li and Miklau's (2013)
        singular value bound, and the greatest over q is attained. Climbed by q <- q m^0.7, where the greatest m less
        one is the gap.
    """
    asked = _merged(rows * scales[:, None])
    count = asked.shape[1]
    uniform = np.full(count, 1 / count)
    spread, best, gap = uniform, 0.0, np.inf
    for _ in range(_ROUNDS):
        root = np.sqrt(spread)
        size, slope = _nuclear(asked, root)
        best, gap = max(best, size**2), min(gap, float(slope.max()) - 1)
        if gap < _GAP:
            break
        spread = np.maximum(spread * slope**_STEP, _LEAST)
        spread /= spread.sum()
    every = rows * scales[:, None]
    svd = float(np.linalg.svd(every, compute_uv=False).sum() ** 2 / every.shape[1])
    return Bound(best, gap, svd)


def _merged(asked: np.ndarray) -> np.ndarray:
    """Cells that no question tells apart are one: the best plan never tells them apart either."""
    scale = np.abs(asked).max()
    _, first = np.unique(np.round(asked / scale, 9), axis=1, return_index=True)
    return np.asarray(asked[:, np.sort(first)])


def _nuclear(asked: np.ndarray, root: np.ndarray) -> tuple[float, np.ndarray]:
    """The nuclear norm of W diag(root), and by how much each cell pulls on its square (mean one by weight)."""
    _, singular, vectors = np.linalg.svd(asked * root, full_matrices=False)
    size = float(singular.sum())
    return size, singular @ vectors**2 / (np.maximum(root, _LEAST) ** 2 * size)
