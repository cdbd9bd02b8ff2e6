"""Reconciling a table far larger than any of the demo's takes a second or two and stays right."""

import numpy as np
import pytest
from invented_table import each, noised
from scipy import sparse

from lantern.privacy import reconcile
from lantern.privacy.grid import Axis, Grid, Marginal
from lantern.privacy.plan import GRAIN, Part, TablePlan


def large_table():
    """A grid of 100,000 cells with 420 sums."""
    sizes = {"one": 10, "two": 10, "three": 10, "four": 100}
    names = {axis: tuple(f"{axis}_{place}" for place in range(size)) for axis, size in sizes.items()}
    grid = Grid(tuple(Axis(axis, categories) for axis, categories in names.items()))
    kept = tuple(
        Marginal("-".join(axes), tuple((axis, each(*names[axis])) for axis in axes))
        for axes in (("four",), ("one", "two"), ("one", "three"), ("two", "three"), ("one",), ("two",))
    )
    lost = (Marginal("one", (("one", each(*names["one"])),)),)
    return TablePlan(
        "large",
        grid,
        Part("large", "zcdp", kept, (1, 2, 2, 1, 3, 3), 60, 10_000, 20.0 * GRAIN),
        Part("large.lost", "zcdp", lost, (1,), 3, 2_000, 40.0 * GRAIN),
        0.2,
    )


def test_a_hundred_thousand_cells_are_reconciled():
    """In a second or two: parts add up, and no sum is further from the truth than six of its standard errors."""
    plan, rng = large_table(), np.random.default_rng(9)
    assert plan.grid.size == 100_000
    assert sum(each.size for each in plan.kept.marginals) == 420
    kept = rng.poisson(2.0, plan.grid.size)
    rows = np.vstack([plan.grid.row(), *(plan.grid.row(one=(name,)) for name in plan.grid.axis("one").categories)])

    known = reconcile.reconcile(plan, noised(plan, kept, kept / 50, rng))

    values = rows @ known.cells
    assert values[1:].sum() == pytest.approx(values[0], rel=1e-9)
    stated = np.sqrt(np.diag(known.covariance(reconcile.Selected(sparse.csr_array(rows)))))
    assert np.abs(values - rows @ (kept * 1.02)).max() < 6 * stated.max()
