"""Overlapping noisy sums agree after reconciling, rows kept and lost together, and each sum's error is as stated."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_table import AGAIN, EVERY, GRID, IN_TIME, SOURCES, TIMES, each, exact, invented_cells, noised, table
from scipy import sparse

from lantern.privacy import loss, reconcile
from lantern.privacy.block import Block, blocks
from lantern.privacy.grid import Marginal

RNG = np.random.default_rng
BY_SOURCE = np.array([GRID.row(source_group=(source,)) for source in SOURCES])
BY_DAY = np.array([GRID.row(time_category=(time,)) for time in TIMES])
ASKED = np.vstack([EVERY, AGAIN, IN_TIME, BY_SOURCE, BY_DAY])
SELECTED = reconcile.Selected(sparse.csr_array(ASKED))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_parts_add_up_to_wholes_across_every_breakdown(seed):
    """By source, by day and by flag the same total, whoever measured which, and however large the noise."""
    plan = table()
    known = reconcile.reconcile(plan, noised(plan, *invented_cells(seed), RNG(seed)))

    whole = known.value(EVERY)
    for parts in (BY_SOURCE, BY_DAY, [AGAIN, EVERY - AGAIN], [IN_TIME, EVERY - IN_TIME]):
        assert sum(known.value(part) for part in parts) == pytest.approx(whole, abs=1e-6)


def test_four_quarters_add_up_to_the_year():
    plan = table()
    quarters = [reconcile.reconcile(plan, noised(plan, *invented_cells(seed), RNG(seed))) for seed in range(4)]

    year = sum(quarters[1:], quarters[0])

    for row in ASKED:
        assert year.value(row) == pytest.approx(sum(each.value(row) for each in quarters), abs=1e-6)
    assert len(year.quarters) == 4


def test_errors_worked_out_for_a_quarter_serve_the_year_it_is_part_of():
    """A year of quarters whose figures were told before has the errors of one whose were not, and no quarter's are another's."""
    plan = table()

    def quarters():
        return [reconcile.reconcile(plan, exact(plan, *invented_cells(seed, lost=60 * seed))) for seed in (1, 2)]

    told, fresh = quarters(), quarters()
    alone = [each.covariance(SELECTED) for each in told]
    years = [sum(each[1:], each[0]).covariance(SELECTED) for each in (told, fresh)]

    assert np.abs(alone[0] - alone[1]).max() > 1
    assert np.array_equal(*years)
    assert (np.diag(years[0]) > np.diag(alone[0] + alone[1])).any()


def test_the_errors_of_few_rows_are_cut_out_of_those_of_all():
    """For figures of two sums each, all at once, of one quarter and of two."""
    plan = table()
    one, other = (reconcile.reconcile(plan, exact(plan, *invented_cells(seed, lost=60 * seed))) for seed in (1, 2))
    pairs = np.array([[0, 1], [3, 0], [len(ASKED) - 1, 2]])

    for known in (one, one + other):
        whole = known.covariance(SELECTED)
        assert np.abs(whole - np.diag(np.diag(whole))).max() > 1
        cut = [whole[np.ix_(pair, pair)] for pair in pairs]
        assert known.errors(SELECTED).covariance(pairs) == pytest.approx(np.array(cut), rel=1e-9)


def test_without_noise_what_was_measured_of_the_lost_rows_is_exact():
    """The total and the flag of lost rows are measured: with next to no noise they come back whole."""
    plan, (kept, lost) = table(scale=1e-3, allowance=0.0), invented_cells(1)
    known = reconcile.reconcile(plan, exact(plan, kept, lost))

    assert known.value(EVERY) == pytest.approx((kept + lost).sum(), abs=0.01)
    assert known.value(AGAIN) == pytest.approx(AGAIN @ (kept + lost), abs=0.01)


def test_lost_rows_that_were_not_measured_by_source_lie_like_the_rows_kept():
    """One lost row in ten kept, of every source alike: by source a tenth more, whatever was not measured."""
    plan = table(scale=1e-3, allowance=0.0)
    kept = np.kron([3, 2, 1], np.kron([8, 4, 2, 1], [3, 1])) * 10
    known = reconcile.reconcile(plan, exact(plan, kept, kept / 10))

    for row in ASKED:
        assert known.value(row) == pytest.approx(1.1 * (row @ kept), rel=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_least_squares_agree_with_a_dense_solution_by_another_route(seed):
    """The oracle: numpy's least squares of the whole stacked design, and the textbook covariance."""
    plan, (kept, lost) = table(), invented_cells(seed)
    answers = noised(plan, kept, lost, RNG(seed))
    part = plan.kept
    rows = np.vstack([m.matrix(GRID).toarray() / d for m, d in zip(part.marginals, part.deviations(), strict=True)])
    weighed = [piece / d for piece, d in zip(part.split(answers["visits"]), part.deviations(), strict=True)]
    oracle, *_ = np.linalg.lstsq(rows, np.concatenate(weighed), rcond=None)
    covariance = np.linalg.pinv(rows.T @ rows)

    sums = reconcile.design(GRID, part)

    assert sums.cells(answers["visits"]) == pytest.approx(oracle, abs=1e-6)
    told = told_by(sums, ASKED)
    assert told.T @ told == pytest.approx(ASKED @ covariance @ ASKED.T, rel=1e-6)


def selected(rows):
    return reconcile.Selected(sparse.csr_array(np.atleast_2d(rows)))


def told_by(sums, rows):
    """Sums x rows, the blocks put together again."""
    found = np.zeros((len(sums.weights), len(rows)))
    for block, of_block in zip(sums.blocks, sums.told(selected(rows)), strict=True):
        found[np.ix_(block.sums, of_block.rows)] = of_block.told
    return found


def in_blocks():
    """Whatever is measured is measured by source: three blocks of cells that share no sum, and lost rows that do."""
    by = ("source_group", each(*SOURCES))
    kept = (
        Marginal("days", (by, ("time_category", each(*TIMES)))),
        Marginal("again", (by, ("is_again", each("no", "yes")))),
        Marginal("sources", (by,)),
    )
    plan = table()
    return replace(plan, kept=replace(plan.kept, marginals=kept))


def test_solving_block_by_block_gives_what_solving_the_whole_at_once_gives(monkeypatch):
    plan, (kept, lost) = in_blocks(), invented_cells(3)
    answers = noised(plan, kept, lost, RNG(3))

    apart = reconcile.reconcile(plan, answers)
    with monkeypatch.context() as patch:
        patch.setattr(reconcile, "blocks", as_one)
        reconcile.design.cache_clear()
        together = reconcile.reconcile(plan, answers)
        whole = together.covariance(SELECTED)
    reconcile.design.cache_clear()

    assert (len(apart.quarters[0].sums.blocks), len(together.quarters[0].sums.blocks)) == (3, 1)
    assert apart.cells == pytest.approx(together.cells, abs=1e-6)
    assert apart.covariance(SELECTED) == pytest.approx(whole, rel=1e-6, abs=1e-6)


def as_one(matrices):
    places = sparse.csr_array(sparse.vstack(matrices))
    return (Block(np.arange(places.shape[0]), np.arange(places.shape[1]), places),)


def test_cells_that_share_a_sum_through_others_are_of_one_block():
    """Days are measured over all sources: nothing falls apart. Every sum and every cell is in one block, once."""
    joined, apart = ([each.matrix(GRID) for each in plan.kept.marginals] for plan in (table(), in_blocks()))

    assert len(blocks(joined)) == 1
    found = blocks(apart)
    assert [len(block.cells) for block in found] == [8, 8, 8]
    assert sorted(np.concatenate([block.sums for block in found])) == list(range(12 + 6 + 3))
    assert sorted(np.concatenate([block.cells for block in found])) == list(range(GRID.size))


def laid(plan, kept, lost):
    return loss.lay(plan, kept, tuple(each.matrix(GRID) @ lost for each in plan.lost.marginals))


def followed_by(plan, like, rows):
    """Rows x cells: how the lost rows in each sum follow the rows kept, put together from what each block's sums tell."""
    found = np.zeros((len(rows), GRID.size))
    ways = like.like.shaped(sparse.csr_array(rows), like.shaped(sparse.csr_array(rows)))
    for block in blocks([marginal.matrix(GRID) for marginal in plan.kept.marginals]):
        own, common = like.like.followed(block, sparse.csr_array(rows[:, block.cells]))
        found[:, block.cells] += (own.T + ways @ common.T) @ block.places
    return found


@pytest.mark.parametrize("plan", [table(), in_blocks()], ids=["in one", "in blocks"])
@pytest.mark.parametrize("lost", [20, 60, 300])
def test_how_lost_rows_follow_the_rows_kept_is_what_laying_them_anew_gives(plan, lost):
    """The oracle: finite differences along every sum of the rows kept, with a third of the rows lost too."""
    kept, lost = invented_cells(10, lost=lost)
    moves = np.vstack([each.matrix(GRID).toarray() for each in plan.kept.marginals]) * 1e-3
    moves -= moves.mean(axis=1, keepdims=True)  # of the same total: the prior on it is wide, and not followed

    like = laid(plan, kept, lost)
    every_sum = replace(like.like, above=np.ones_like(like.like.above))  # none is below the fewest here
    followed = followed_by(plan, replace(like, like=every_sum), ASKED) @ moves.T

    anew = [(laid(plan, kept + move, lost).cells - laid(plan, kept - move, lost).cells) / 2 for move in moves]
    assert len(anew) == len(moves) == sum(each.size for each in plan.kept.marginals)
    assert followed == pytest.approx(ASKED @ np.transpose(anew), abs=1e-3 * np.abs(followed).max())


def test_a_loss_beyond_what_was_expected_widens_what_is_allowed():
    """Three times as much lost as expected: counts are less sure, and beyond a fifth of all rows nothing can be put right."""
    kept, lost = invented_cells(11, kept=9_000, lost=900)
    row = EVERY

    def known(expected, factor=1.0):
        return reconcile.expected(replace(table(scale=5.0), expected_loss=expected), kept, factor * lost)

    as_expected, beyond = known(0.1), known(0.03)
    assert beyond.variance(row) > 2 * as_expected.variance(row)
    assert known(1.0).variance(row) == pytest.approx(as_expected.variance(row))
    assert [each.is_too_much_lost for each in (as_expected, beyond, known(0.03, 3.0), known(0.3, 3.0))] == [
        False,
        False,
        True,
        False,
    ]
    assert (known(0.1) + known(0.03, 3.0)).is_too_much_lost


def test_what_is_allowed_on_lost_rows_adds_up_over_a_year_and_noise_does_not():
    """A source that loses more than its part does so each quarter; noise is drawn anew."""
    kept, lost = invented_cells(5, kept=90_000, lost=9_000)
    quiet, loud = table(scale=0.1), table(scale=300.0, allowance=0.0)
    row = BY_SOURCE[0]

    def widths(plan, lost_rows):
        one = reconcile.expected(plan, kept, lost_rows)
        return np.sqrt((one + one + one + one).variance(row)), np.sqrt(one.variance(row))

    year, quarter = widths(quiet, lost)
    assert year == pytest.approx(4 * quarter, rel=0.02)
    year, quarter = widths(loud, np.zeros(GRID.size))
    assert year == pytest.approx(2 * quarter, rel=0.10)


def test_a_sum_nobody_measured_is_refused_not_guessed():
    plan = table()
    known = reconcile.expected(plan, *invented_cells(6))

    with pytest.raises(ValueError, match="does not measure"):
        known.variance(GRID.row(source_group=("police",), time_category=("bin_1",)))


def test_foretelling_keeps_the_cells_it_was_given():
    kept, lost = invented_cells(7)

    assert reconcile.expected(table(), kept, lost).cells == pytest.approx(kept + lost)


def test_laplace_ranges_are_wider_than_gaussian_ones_of_the_same_variance():
    kept, lost = invented_cells(8)

    assert reconcile.expected(table(), kept, lost).z95 == pytest.approx(1.96, abs=0.001)
    # -log(0.05) / sqrt(2): the 95% point of a Laplace variable in standard errors.
    assert reconcile.expected(table(family="pure"), kept, lost).z95 == pytest.approx(-np.log(0.05) / 2**0.5, abs=1e-4)
