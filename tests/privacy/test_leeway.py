"""What is allowed for rows that nobody saw: how many they may be, and how unlike the rows kept."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_table import GRID, SOURCES, TIMES, table
from scipy import integrate, stats

from lantern.privacy import leeway

DRAWS = 20_000


def by_integration(total, deviation, expected):
    """The oracle: the root mean square of a loss of which so much is told, worked out over a fine grid of losses."""
    rows = np.linspace(0, max(total, 0) + 12 * deviation, 400_001)
    before = stats.norm.pdf(rows, 0, leeway._OFTEN * expected) if math.isfinite(expected) else np.ones_like(rows)
    odds = before * stats.norm.pdf(total, rows, deviation)
    return math.sqrt(integrate.simpson(rows**2 * odds, x=rows) / integrate.simpson(odds, x=rows))


@pytest.mark.parametrize(
    ("total", "deviation", "expected"),
    [
        (100, 10, math.inf),
        (0, 10, math.inf),
        (-25, 10, math.inf),
        (30, 10, 40),
        (-30, 40, 5),
        (0, 1000, 3),
        (90, 40, 20),
    ],
)
def test_the_loss_taken_is_what_its_odds_say(total, deviation, expected):
    assert leeway.taken(total, deviation, expected) == pytest.approx(
        by_integration(total, deviation, expected), rel=1e-4
    )


def test_a_drawn_table_of_losses():
    """As told, its error, and as many as are expected; then how many are taken."""
    drawn = (
        # told   error  expected  taken
        (100, 1, 50, 100),  # well measured: what was measured
        (0, 100, 1, 2),  # measured by noise alone: twice what is public
        (0, 10, math.inf, 10),  # nothing is public: an error's worth
        (1000, 100, 50, 1005),  # far more than is public: taken at its word
    )
    for told, error, expected, taken in drawn:
        assert leeway.taken(told, error, expected) == pytest.approx(taken, rel=0.01), told


@given(st.floats(-1e6, 1e6), st.floats(0.1, 1e4), st.sampled_from([0.0, 1e-6, 1.0, 1e3, math.inf]))
def test_some_loss_is_always_taken_and_never_much_more_than_may_be(total, deviation, expected):
    found = leeway.taken(total, deviation, expected)

    assert 0 < found <= max(total, 0) + 1.001 * deviation


def squares(true, deviation, expected, take=leeway.taken):
    """The mean square of what is taken over many draws, as part of the square of the true loss."""
    told = np.random.default_rng(3).normal(true, deviation, DRAWS)
    return np.mean([take(each, deviation, expected) ** 2 for each in told]) / true**2


@pytest.mark.parametrize(("true", "deviation"), [(30, 10), (30, 30), (30, 90)])
@pytest.mark.parametrize("expected", [20, 30, 45])
def test_allowances_are_as_large_as_the_loss_asks_for(true, deviation, expected):
    """Variances of ranges add up over draws: on average no less than the true loss would give, nor much more than twice the expected."""
    assert 0.95 < squares(true, deviation, expected) < 1.1 * max(2, 2 * expected / true) ** 2


def test_a_loss_taken_a_standard_error_larger_would_allow_far_too_much():
    """The twin: where noise is three times the loss, what is taken followed noise alone, sixteen times too much."""
    larger = lambda total, deviation, _: max(total, 0.0) + deviation  # noqa: E731
    assert squares(30, 90, 30, larger) > 16


@pytest.fixture
def likely():
    return np.kron([0.5, 0.3, 0.2], np.kron([0.4, 0.3, 0.2, 0.1], [0.7, 0.3]))


def own_and_pairs(likely, pairs):
    """The spread of each category that is not measured, from its own shape and its pairs', but not from those it is part of."""
    shapes = leeway.shapes(table())
    allowed = shapes.allowed(likely)
    shares = (shapes.cells.T @ likely)[1:]
    for place in range(len(SOURCES) + len(TIMES)):
        of_pairs = (pairs @ (allowed * shares) ** 2)[place]
        yield math.sqrt(allowed[place] ** 2 + of_pairs / shares[place] ** 2)


def test_a_category_may_differ_by_its_allowance_its_pairs_and_all(likely):
    for found in own_and_pairs(likely, leeway.shapes(table()).pairs):
        assert found == pytest.approx(leeway.CATEGORY_ALLOWANCE)


def test_pairs_beside_the_category_would_make_it_more(likely, monkeypatch):
    """The twin: what pairs may differ by is not taken off."""
    pairs = leeway.shapes(table()).pairs
    monkeypatch.setattr(leeway.Shapes, "allowed", lambda shapes, _: shapes.most)

    assert min(own_and_pairs(likely, pairs)) > 1.1 * leeway.CATEGORY_ALLOWANCE


def test_every_pair_is_part_of_both_its_categories():
    shapes = leeway.shapes(table())
    cells = shapes.cells.todense()[:, 1:].astype(bool)

    for category, pair in zip(*shapes.pairs.nonzero(), strict=True):
        assert (cells[:, pair] <= cells[:, category]).all()
    assert (shapes.pairs.sum(axis=0) > 0).sum() * 2 == shapes.pairs.nnz
    assert shapes.pairs.nnz == 2 * (3 * 4 + 3 * 2 + 4 * 2)


def test_what_is_measured_is_left_to_the_measurement():
    """The flag is: its categories may differ by more than anything else, and are fitted as if by more still."""
    shapes, plan = leeway.shapes(table()), table()
    measured = np.array([GRID.row(is_again=(category,)) for category in ("no", "yes")]).astype(bool)
    places = [
        at for at, column in enumerate(shapes.cells.todense().T[1:]) if any((column == each).all() for each in measured)
    ]

    assert plan.lost.marginals[0].name == "again"
    assert shapes.most[places].tolist() == [leeway.MEASURED_ALLOWANCE] * 2
    assert set(np.flatnonzero(shapes.fitted > 1)) == set(places)
