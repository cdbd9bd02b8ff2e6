"""The standard error stated of a sum is the one seen over many draws of noise, of many rows and of few."""

import numpy as np
import pytest
from invented_table import AGAIN, EVERY, GRID, IN_TIME, SOURCES, TIMES, invented_cells, noised, table
from scipy import sparse

from lantern.privacy import leeway, loss, reconcile

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
    monkeypatch.setattr(loss.special, "ndtr", np.ones_like)

    assert seen_over_stated(table(allowance=0.0), cells=FEW).min() < 0.82


def test_the_test_of_the_stated_error_would_notice_noise_half_as_large_again():
    """The twin: plan for less noise than there is."""
    plan = table(allowance=0.0)
    kept, lost = invented_cells(4)
    rng = RNG(4)
    louder = table(scale=45.0)
    known = [reconcile.reconcile(plan, noised(louder, kept, lost, rng)) for _ in range(300)]
    seen = np.std([each.value(EVERY) for each in known])

    assert seen / np.sqrt(known[0].variance(EVERY)) > 1.12
