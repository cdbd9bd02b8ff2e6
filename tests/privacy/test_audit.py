"""The audit: what it measures is right, the real path holds, and each planted fault shows."""

import math

import numpy as np
import pytest
from scipy import stats

from lantern import warehouse
from lantern.privacy import audit, fault, neighbour

# The odds that a right mechanism is called wrong, in one run of all these tests.
ALPHA = 1e-6
DRAWS = 2_000


@pytest.fixture(scope="module")
def connection():
    with warehouse.in_memory() as opened:
        yield opened


def pair(family, name):
    return next(each for each in neighbour.pairs(family) if each.name == name)


@pytest.mark.parametrize("mu", [0.5, 1.0, 2.0])
def test_two_gaussians_are_told_apart_by_no_more_than_their_distance_and_by_most_of_it(mu):
    draw = np.random.default_rng(11)
    without, with_child = draw.normal(0, 1, 200_000), draw.normal(mu, 1, 200_000)

    told = audit.told("zcdp", without, with_child, ALPHA)

    assert 0.9 * mu < told <= mu


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 2.0])
def test_two_laplaces_are_told_apart_by_no_more_than_epsilon_and_by_most_of_it(epsilon):
    draw = np.random.default_rng(12)
    without, with_child = draw.laplace(0, 1 / epsilon, 400_000), draw.laplace(1, 1 / epsilon, 400_000)
    # Rounded: the last bits of such floats tell the two apart for certain, which is why noise is added to whole numbers.
    onlooker = [((np.abs(seen) - np.abs(seen - 1)) * epsilon).round(9) for seen in (without, with_child)]

    told = audit.told("pure", *onlooker, ALPHA)

    assert 0.85 * epsilon < told <= epsilon


def test_what_is_told_by_equal_draws_is_nothing():
    draw = np.random.default_rng(13)

    assert audit.told("zcdp", draw.normal(size=20_000), draw.normal(size=20_000), ALPHA) == 0.0
    assert audit.told("pure", draw.laplace(size=20_000), draw.laplace(size=20_000), ALPHA) < 0.05


@pytest.mark.parametrize(("seen", "count"), [(0, 50), (7, 50), (49, 50), (50, 50)])
def test_the_highest_chance_is_the_one_of_an_exact_binomial_test(seen, count):
    most = float(audit._most(np.array([seen]), count, 0.01)[0])

    # At that chance, so few are seen with odds of one in a hundred; at 1 nothing speaks against any count.
    assert most == 1.0 if seen == count else math.isclose(stats.binom.cdf(seen, count, most), 0.01, rel_tol=1e-6)


@pytest.mark.parametrize(("draws", "size"), [(2_000, 4), (100_000, 4), (100_000, 250_000), (7, 3)])
def test_each_draw_is_made_once_and_one_in_ten_is_of_the_whole_vector(draws, size):
    pieces = list(audit._pieces(draws, size))

    assert [start for start, _, _ in pieces] == [0, *np.cumsum([times for _, times, _ in pieces])[:-1]]
    assert sum(times for _, times, _ in pieces) == draws
    assert sum(times for _, times, is_whole in pieces if is_whole) == draws // 10
    assert max(times for _, times, _ in pieces) <= max(1, 200_000 // size)


@pytest.mark.parametrize("family", audit.FAMILIES)
def test_no_pair_moves_what_is_drawn_by_more_than_was_promised(connection, family):
    """Exact, without a draw: the distance of the two worlds in the measure of the promise."""
    pairs = neighbour.pairs(family)
    assert len(pairs) == 17

    nearest = 0.0
    for each in pairs:
        spent = 0.0
        for drawing in neighbour.drawings(connection, each, neighbour.Path()):
            moved = np.abs(drawing.exact[1] - drawing.exact[0])
            length = (
                (moved**2).sum() / (2 * drawing.claimed_scale**2)
                if family == "zcdp"
                else moved.sum() / drawing.claimed_scale
            )
            spent += float(length)
        assert spent <= each.claimed_micro / 1e6, each.name
        nearest = max(nearest, spent / (each.claimed_micro / 1e6))

    assert nearest > 0.97


@pytest.mark.parametrize("family", audit.FAMILIES)
@pytest.mark.parametrize("name", ["one row", "five hundred rows in one cell", "the plan changes after two quarters"])
def test_the_real_path_tells_no_more_than_is_promised(connection, family, name):
    found = audit.measure(connection, pair(family, name), DRAWS, ALPHA / 6)

    assert 0.1 < found.measured <= found.claimed
    assert found.verdict == "holds"


def test_every_pair_that_a_fault_shows_on_is_there():
    assert len(fault.PLANTED) >= 8
    for family in audit.FAMILIES:
        assert {each.pair for each in fault.PLANTED} <= {each.name for each in neighbour.pairs(family)}


@pytest.mark.parametrize("family", audit.FAMILIES)
@pytest.mark.parametrize("planted", fault.PLANTED, ids=lambda each: each.name)
def test_a_planted_fault_is_caught(connection, planted, family):
    """The twin of the tests above: each switches one guard off."""
    more = {
        fault.OneRowMore: 12_000,
        fault.HalfTheNoise: 4_000,
        fault.CountedTwice: 4_000,
        fault.InBothPopulations: 12_000,
    }
    draws = more.get(planted.path, 2_500)

    found = audit.measure(connection, pair(family, planted.pair), draws, ALPHA, planted.path(), planted.name)

    assert found.verdict == "caught", found


def test_nothing_but_the_audit_knows_the_planted_faults():
    """A path without noise must be out of a release's reach."""
    from lantern.home import PROJECT

    naming = [
        path.name
        for path in (PROJECT / "src").rglob("*.py")
        if "privacy.fault" in path.read_text(encoding="utf-8") or "import fault" in path.read_text(encoding="utf-8")
    ]

    assert naming == ["audit.py"]


def test_a_summary_counts_what_holds_and_what_was_caught():
    held = audit.Finding("one row", "zcdp", 1, 10, claimed=1.0, measured=0.9)
    above = audit.Finding("two rows", "zcdp", 1, 10, claimed=1.0, measured=1.1)
    missed = audit.Finding("one row", "zcdp", 1, 10, claimed=1.0, measured=0.9, fault="half the noise")

    assert [each.verdict for each in (held, above, missed)] == ["holds", "ABOVE", "MISSED"]
    assert audit.summary([held, above, missed]) == [
        "1 of 2 pairs keep their promise.",
        "zcdp: the nearest is 'two rows', at least 1.100 of what is claimed.",
        "0 of 1 planted faults were caught.",
    ]
