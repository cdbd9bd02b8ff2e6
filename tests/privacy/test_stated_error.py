"""The standard error stated of a sum is the one seen over many draws of noise, of many rows and of few."""

from dataclasses import replace

import numpy as np
import pytest
from invented_table import AGAIN, EVERY, GRID, IN_TIME, SOURCES, TIMES, invented_cells, noised, table
from scipy import sparse

from lantern.privacy import leeway, placement, reconcile

RNG = np.random.default_rng
PARTS = [GRID.row(source_group=(source,)) for source in SOURCES] + [GRID.row(time_category=(time,)) for time in TIMES]
ASKED = np.vstack([EVERY, AGAIN, IN_TIME, *PARTS])
SELECTED = reconcile.Selected(sparse.csr_array(ASKED))


def seen_over_stated(plan, draws=1000, cells=None):
    """For each row asked, the spread seen over many draws of noise as part of the standard error stated."""
    kept, lost = cells or invented_cells(4)
    rng = RNG(4)
    known = [reconcile.reconcile(plan, noised(plan, kept, lost, rng)) for _ in range(draws)]
    seen = np.std([ASKED @ each.cells for each in known], axis=0)
    stated = np.mean([np.sqrt(np.diag(each.covariance(SELECTED))) for each in known], axis=0)
    return seen / stated


@pytest.fixture
def no_allowances(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(leeway, "CHANCE", 0.0)
        patch.setattr(leeway, "ANYWHERE", 0.0)
        patch.setattr(leeway, "CATEGORY_ALLOWANCE", 0.0)
        patch.setattr(leeway, "PAIR_ALLOWANCE", 0.0)
        leeway.shapes.cache_clear()
        yield
    leeway.shapes.cache_clear()


def test_the_stated_error_of_the_noise_is_the_error_seen(no_allowances):
    """Allowances off, 1,000 draws: each within 12% (five standard errors of a spread)."""
    parts = seen_over_stated(table(allowance=0.0))

    assert len(parts) == len(ASKED)
    # Laid in proportion to noised rows kept: stated a little too wide, never too narrow.
    assert parts.max() < 1.12
    assert parts.min() > 0.80


FEW = invented_cells(4, kept=100, lost=100)
"""Many sums of the rows kept are smaller than their noise, and what they say of where lost rows belong counts."""


def test_of_few_rows_the_stated_error_is_the_error_seen(no_allowances):
    parts = seen_over_stated(table(allowance=0.0), cells=FEW)

    assert 0.88 < parts.min() < parts.max() < 1.12


def test_followed_below_the_fewest_too_it_would_be_too_wide(no_allowances, monkeypatch):
    """The twin: lost rows are thought to follow a sum that noise took below the fewest, where it stands still."""
    monkeypatch.setattr(placement.special, "ndtr", np.ones_like)

    assert seen_over_stated(table(allowance=0.0), cells=FEW).min() < 0.82


def test_lost_rows_are_laid_like_the_sums_that_noise_moves_least(no_allowances, monkeypatch):
    """Few rows, whose marginals disagree once what noise took below nothing is set right: days, known best here, are held to. The twin turns it."""
    plan, (kept, lost) = table(), FEW
    plan = replace(plan, kept=replace(plan.kept, multipliers=(8, 1, 1)))
    days = plan.kept.marginals[0].matrix(GRID)

    def off():
        sums = reconcile.design(GRID, plan.kept).cells(noised(plan, kept, lost, RNG(5))[plan.kept.name])
        parts = np.maximum(days @ sums, placement.FEWEST)
        return np.abs(days @ placement._likely(plan, sums)[0] - parts / parts.sum()).max()

    assert off() < 1e-9
    monkeypatch.setattr(placement.np, "argsort", lambda sizes, **_: np.flip(np.lexsort([sizes])))
    assert off() > 0.01


def chance_over_stated(draws=600):
    """The same of the error itself, where noise is small and which few rows are lost is drawn each time, among rows like any other."""
    plan, (kept, _) = table(scale=1.0, allowance=0.0), invented_cells(4)
    rng, errors, stated = RNG(4), [], []
    for _ in range(draws):
        lost = rng.multinomial(60, kept / kept.sum())
        known = reconcile.reconcile(plan, noised(plan, kept, lost, rng))
        errors.append(ASKED @ (known.cells - kept - lost))
        stated.append(np.sqrt(np.diag(known.covariance(SELECTED))))
    return np.sqrt(np.mean(np.square(errors), axis=0)) / np.mean(stated, axis=0)


def test_few_rows_lie_where_chance_has_them_and_ranges_say_so(no_allowances, monkeypatch):
    with monkeypatch.context() as patch:  # undone before what the fixture did is
        patch.setattr(leeway, "CHANCE", 1.0)
        parts = chance_over_stated()

    assert 0.85 < parts.min() < parts.max() < 1.15


def test_ranges_that_leave_chance_out_would_be_far_too_narrow(no_allowances):
    """The twin. What is measured of the lost rows, their number and the flag, has no chance in it."""
    parts = chance_over_stated()

    assert parts[2:].max() > 1.5
    assert parts[:2].max() < 1.15


BEYOND = replace(table(), expected_loss=0.01)
"""More is lost than the plan expects, so that a larger loss raises what is thought unseen, and its noise counts again."""


def test_noise_that_raises_what_is_thought_unseen_counts_again(no_allowances):
    cells = invented_cells(4, kept=2000, lost=300)

    assert 0.93 < seen_over_stated(BEYOND, cells=cells)[0] < 1.07


def test_left_out_it_would_be_missed(no_allowances, monkeypatch):
    """The twin."""
    real = leeway.unseen
    monkeypatch.setattr(leeway, "unseen", lambda *given: (real(*given)[0], 0.0, False))

    assert seen_over_stated(BEYOND, cells=invented_cells(4, kept=2000, lost=300))[0] > 1.1


def test_the_test_of_the_stated_error_would_notice_noise_half_as_large_again():
    """The twin: plan for less noise than there is."""
    plan = table(allowance=0.0)
    kept, lost = invented_cells(4)
    rng = RNG(4)
    louder = table(scale=45.0)
    known = [reconcile.reconcile(plan, noised(louder, kept, lost, rng)) for _ in range(300)]
    seen = np.std([each.value(EVERY) for each in known])

    assert seen / np.sqrt(known[0].variance(EVERY)) > 1.12
