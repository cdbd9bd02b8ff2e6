"""Shrunk answers are nearer to the truth where counts follow their margins, hardly further off where they do not, and still agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_table import EVERY, noised, question

from lantern.privacy import answer, reconcile, shrinkage
from lantern.privacy.figure import Figure
from lantern.privacy.grid import Axis, Grid, Marginal
from lantern.privacy.plan import GRAIN, Part, TablePlan

RNG = np.random.default_rng
QUARTERS, AGENCIES, OUTCOMES = (
    tuple(f"{kind}{place}" for place in range(size)) for kind, size in zip("qao", (6, 8, 4), strict=True)
)
AXES = (Axis("quarter", QUARTERS), Axis("agency", AGENCIES), Axis("outcome", OUTCOMES))
GRID = Grid(AXES)
SHAPE = tuple(len(axis.categories) for axis in AXES)
APART = tuple((axis.name, tuple((each,) for each in axis.categories)) for axis in AXES)
BY_ALL, BY_TWO = Marginal("by_all", APART), Marginal("by_two", APART[:2])
NOBODY = np.zeros(GRID.size)
DRAWS = 60


def table(scale):
    """Every cell, and quarters by agencies; of the rows lost how many. `scale` is of the noise of a cell, in rows."""
    kept = Part("visits", "zcdp", (BY_ALL, BY_TWO), (1, 1), 2, 10_000, scale * GRAIN)
    return TablePlan(
        "visits", GRID, kept, Part("visits.lost", "zcdp", (Marginal("total"),), (1,), 1, 10_000, GRAIN), 0.1
    )


def following(rng):
    """Cells that come by chance about what quarters, agencies and outcomes make likely."""
    mean = np.multiply.outer(np.multiply.outer(np.linspace(0.8, 1.2, 6), np.linspace(0.4, 1.6, 8)), [9, 6, 3, 2])
    return rng.poisson(3 * mean.ravel())


def unlike(rng):
    """Cells of the same size that follow nothing: each agency has its own outcomes in each quarter."""
    shares = rng.dirichlet(np.full(SHAPE[2], 0.7), size=SHAPE[:2])
    return rng.multinomial(60, shares).ravel()


def errors(world, scale):
    """The mean squared error of cells without and with shrinking."""
    plan, found = table(scale), []
    for seed in range(DRAWS):
        cells = world(RNG(seed))
        answers = noised(plan, cells, NOBODY, RNG(10_000 + seed))
        known = reconcile.reconcile(plan, answers)
        found.append([((each - cells) ** 2).mean() for each in (known.cells, shrinkage.shrunk(plan, answers))])
    return np.mean(found, axis=0)


def test_counts_that_follow_their_margins_come_nearer_to_the_truth():
    direct, shrunk = errors(following, 10)

    assert 0.9 * 100 / 2 < direct < 1.1 * 100
    assert shrunk < 0.5 * direct


def test_counts_that_follow_nothing_are_told_as_well_as_without():
    direct, shrunk = errors(unlike, 10)

    assert shrunk < 1.02 * direct


def test_a_scatter_that_is_taken_for_chance_and_not_measured_would_have_spoilt_them(monkeypatch):
    """The twin: any table is taken to follow its margins."""
    monkeypatch.setattr(shrinkage, "_scatter", lambda *_: shrinkage._LEAST)

    direct, shrunk = errors(unlike, 10)

    assert shrunk > 1.3 * direct


def test_without_noise_nothing_moves():
    plan, cells = table(1e-2), unlike(RNG(3))
    answers = noised(plan, cells, NOBODY, RNG(4))
    known = reconcile.reconcile(plan, answers)

    assert shrinkage.shrunk(plan, answers) == pytest.approx(known.cells, abs=0.05)


@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1.0, 10.0, 300.0]))
@settings(max_examples=30, deadline=None)
def test_parts_still_add_up_to_wholes(seed, scale):
    """However large the noise; the whole is what all agencies of all quarters are together, and their outcomes."""
    plan = table(scale)
    answers = noised(plan, following(RNG(seed)), NOBODY, RNG(seed))
    shrunk = shrinkage.shrunk(plan, answers)

    whole = shrunk @ GRID.row()
    for name, groups in APART:
        parts = [shrunk @ GRID.row(**{name: group}) for group in groups]
        assert np.isfinite(parts).all()
        assert sum(parts) == pytest.approx(whole, abs=1e-6 * max(scale, 100))


def test_the_cells_are_the_likeliest_by_another_route():
    """The oracle: the mean of a Gaussian given Gaussian sums, by precisions of all cells at once."""
    plan, scatter = table(10), 2.5
    sums = reconcile.design(GRID, plan.kept)
    model = following(RNG(1)) + 1.0
    noisy = np.concatenate(plan.kept.split(np.array(noised(plan, following(RNG(2)), NOBODY, RNG(3))["visits"])))
    rows = np.vstack([each.matrix(GRID).toarray() for each in plan.kept.marginals])
    precision = np.diag(1 / (scatter * model)) + rows.T @ rows / 10**2
    oracle = np.linalg.solve(precision, rows.T @ noisy / 10**2 + 1 / scatter)

    assert shrinkage._drawn(sums, model, noisy, scatter) == pytest.approx(oracle, rel=1e-8)


def test_how_far_counts_scatter_is_measured_from_what_is_noised():
    """Chance alone, and counts that come in fours; the marginal of two axes follows the model too."""
    plan, found = table(5), {1: [], 4: []}
    for seed in range(DRAWS):
        for times, told in found.items():
            cells = times * RNG(seed).poisson(400 / times, GRID.size)
            noisy = plan.kept.split(np.array(noised(plan, cells, NOBODY, RNG(seed + 1))["visits"]))
            told.append(shrinkage._scatter(plan, noisy, shrinkage._model(plan, noisy[0])))

    means = {times: np.mean(told) for times, told in found.items()}
    assert means[1] == pytest.approx(1.0, abs=0.2)
    assert means[4] == pytest.approx(4.0, abs=0.8)


@pytest.mark.parametrize(("shrunk", "range_told"), [(12.0, (8.0, 14.0)), (3.0, (3.0, 14.0)), (40.0, (8.0, 40.0))])
def test_a_range_is_the_one_without_shrinking_and_wider_where_its_value_lies_outside(shrunk, range_told):
    direct = Figure(question("count", EVERY, EVERY), 11.0, 8.0, 14.0, 3.0, 11.0)

    moved = answer._moved(direct, shrunk)

    assert (moved.value, moved.lower, moved.upper) == (shrunk, *range_told)
    assert (moved.half_width, moved.rows) == (direct.half_width, direct.rows)
