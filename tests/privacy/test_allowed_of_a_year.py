"""What a year allows for rows lost follows the year's own loss, as a quarter's follows its own."""

import math
from functools import reduce
from operator import add
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_table import GRID, SOURCES, table
from scipy import sparse

from lantern.privacy import leeway, loss, reconcile

WAYS = 5
DRAWS = 4_000
BY_SOURCE = reconcile.Selected(sparse.csr_array(np.array([GRID.row(source_group=(source,)) for source in SOURCES])))


def quarter(total, deviation, expected=math.inf):
    """All that is looked at of a quarter's lost rows."""
    return SimpleNamespace(total=total, deviation=deviation, expected=expected, by_allowance=np.zeros((1, WAYS)))


def of_where_they_belong(quarters):
    """The part allowed for where lost rows belong: every way but the last two, which are of rows that nobody saw."""
    found = loss.together(quarters)
    assert len(set(found[:-2])) == 1
    return found[0]


def test_a_drawn_table_of_years():
    """Rows lost as noised, and their standard error; then what the year allows of what its quarters allow together."""
    drawn = (
        # four quarters          error  expected  in full  the year
        ((0, 0, 0, 0), 10, math.inf, 40, 20),
        ((1000, 1000, 1000, 1000), 10, math.inf, 4000, 4000),
        ((0, 0, 0, 0), 1000, 5, 40, 40),  # noise tells nothing: what is public of four quarters
        ((0, 0, 0, 0), 10, 5, 28.28, 17.89),
        ((25,), 10, 5, 25, 25),
    )
    for totals, deviation, expected, in_full, year in drawn:
        found = of_where_they_belong([quarter(total, deviation, expected) for total in totals])
        assert found == pytest.approx(year / in_full, rel=1e-3), totals


def test_rows_that_nobody_saw_are_a_part_of_the_loss_and_of_its_error():
    found = loss.together([quarter(100, 3), quarter(100, 4)])

    assert found[-2:] == pytest.approx([1.0, 5 / 7])


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(0.1, 200)), min_size=1, max_size=4))
def test_a_year_allows_at_most_what_its_quarters_do_together_and_a_quarter_alone_all(drawn):
    found = loss.together([quarter(*one) for one in drawn])

    assert found.shape == (WAYS,)
    assert ((found > 0) & (found <= 1 + 1e-12)).all()
    assert (loss.together([quarter(*drawn[0])]) == 1).all()


def squares_taken(take):
    """The mean square of what many years take, each of four quarters that lose thirty rows, told with an error of thirty: as part of 120 squared."""
    rng = np.random.default_rng(7)
    years = [[quarter(total, 30.0) for total in rng.normal(30, 30, 4)] for _ in range(DRAWS)]
    in_full = [sum(leeway.taken(each.total, 30.0, math.inf) for each in year) for year in years]
    return np.mean([(take(year) * each) ** 2 for year, each in zip(years, in_full, strict=True)]) / 120**2


def test_a_year_takes_little_more_than_it_lost():
    assert 1.0 < squares_taken(of_where_they_belong) < 1.6


def test_added_up_in_full_a_year_would_be_taken_too_large():
    """The twin: what each quarter's own noise adds, four times."""
    assert squares_taken(lambda _: 1.0) > 2


def test_the_errors_of_a_years_figures_are_those():
    """Where nothing was lost, four quarters allow twice what one does; the noise is that of four."""
    one = reconcile.expected(table(allowance=0.0), np.full(GRID.size, 50.0), np.zeros(GRID.size))
    year = reduce(add, [one] * 4)

    quarters, whole = one.errors(BY_SOURCE), year.errors(BY_SOURCE)

    assert np.abs(quarters.allowed).max() > 1
    assert whole.allowed == pytest.approx(2 * quarters.allowed)
    assert whole.own == pytest.approx(4 * quarters.own)
