"""No linear plan can do better than the bound, and the demo's plans come near it."""

import numpy as np
import pytest
from scipy.optimize import minimize
from tests.privacy.planned import MEDIAN, SMALL, dense_variances, line

from lantern.privacy import candidate, workload
from lantern.privacy.bound import bound
from lantern.privacy.gradient import gradient
from lantern.privacy.strategy import strategy
from lantern.release import planning


def least_by_search(rows: np.ndarray) -> float:
    """The least error over every information matrix of unit diagonal, searched by its Cholesky factor."""
    size = rows.shape[1]
    lower = np.tril_indices(size)

    def error(entries: np.ndarray) -> float:
        factor = np.zeros((size, size))
        factor[lower] = entries
        factor /= np.linalg.norm(factor, axis=1, keepdims=True)
        return float(np.einsum("qi,ij,qj->", rows, np.linalg.inv(factor @ factor.T + 1e-12 * np.eye(size)), rows))

    starts = [np.eye(size)[lower] + 0.3 * np.random.default_rng(seed).normal(size=len(lower[0])) for seed in range(5)]
    return min(minimize(error, start, method="BFGS").fun for start in starts)


def test_for_each_cell_alone_the_least_error_is_one_a_cell():
    found = bound(np.eye(7), np.ones(7))

    assert found.dual == pytest.approx(7, rel=1e-6)
    assert found.svd == pytest.approx(7, rel=1e-6)


@pytest.mark.parametrize(
    "rows",
    [
        np.vstack([np.ones(4), np.eye(4)]),
        np.vstack([3 * np.ones(4), np.eye(4)[:2]]),
        np.tril(np.ones((4, 4))),
        np.array([[1.0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 5, 1], [1, 1, 1, 1]]),
    ],
    ids=["total and cells", "a heavy total and two cells", "running totals", "a mixture"],
)
def test_the_bound_is_what_a_search_over_all_plans_finds(rows):
    found = bound(rows, np.ones(len(rows)))
    least = least_by_search(rows)

    assert found.gap < 0.01
    assert found.svd <= found.dual * (1 + 1e-9)
    assert found.dual <= least * (1 + 1e-6)
    assert least <= found.dual * (1 + found.gap + 0.01)


@pytest.mark.parametrize("seed", range(5))
def test_no_plan_is_better_than_the_bound(seed):
    rng = np.random.default_rng(seed)
    grid, rows = line(6), rng.integers(0, 2, (5, 6)).astype(float) + np.eye(6)[:5]
    slots = candidate.slots(grid, np.eye(6))
    marginals = [candidate.marginal(grid, slots, each) for each in candidate.combined(slots)]
    weights = rng.dirichlet(np.ones(len(marginals)))

    found = bound(rows, np.ones(5))

    assert dense_variances(grid, marginals, weights, rows).sum() >= found.dual * (1 - 1e-9)
    assert strategy(grid, rows, np.ones(5), "zcdp").variances.sum() >= found.dual * (1 - 1e-9)


@pytest.mark.parametrize("volumes", [MEDIAN, SMALL], ids=["median", "small"])
def test_every_table_of_the_demo_is_within_15_percent_of_the_least_error_there_can_be(volumes):
    settled = planning.settled("zcdp", 100_000, **volumes)

    assert len(settled.choices) == 5
    for choice, asked in zip(settled.choices, settled.asked, strict=True):
        error, least = ratio_parts(choice.sketch.table, asked, volumes, choice.sketch.strategies[0].variances)
        assert least.gap < 0.02
        assert least.dual <= error <= 1.15 * least.dual


def ratio_parts(table, asked, volumes, variances):
    cells = table.expected_cells(volumes[table.name])
    rows = np.array([gradient(each, cells) for each in asked])
    scales = np.array([each.weight**0.5 / each.tolerance for each in asked])
    return float(scales**2 @ variances), bound(rows, scales)


def test_the_joint_histogram_alone_would_have_failed_that_by_far():
    """The twin: measuring every cell, which looks like the natural thing, is many times the least error."""
    table, asked = workload.table("referrals"), workload.questions("referrals")
    cells = table.expected_cells(MEDIAN["referrals"])
    rows = np.array([gradient(each, cells) for each in asked])

    error, least = ratio_parts(table, asked, MEDIAN, (rows**2).sum(axis=1))

    assert error > 5 * least.dual


def test_plans_without_cut_durations_would_have_failed_it_too(monkeypatch):
    """The twin: only totals and full axes, no durations cut at the days that are asked about."""
    whole_axes = candidate.combined
    table, asked = workload.table("contacts"), workload.questions("contacts")
    cells = table.expected_cells(MEDIAN["contacts"])
    rows = np.array([gradient(each, cells) for each in asked])
    scales = np.array([each.weight**0.5 / each.tolerance for each in asked])
    monkeypatch.setattr(candidate, "combined", lambda slots: [each for each in whole_axes(slots) if uncut(each)])

    error, least = ratio_parts(table, asked, MEDIAN, strategy(table.grid, rows, scales, "zcdp").variances)

    assert error > 1.15 * least.dual


def uncut(combination: tuple[tuple[int, ...], ...]) -> bool:
    return all(max(cut) in (0, len(cut) - 1) for cut in combination)
