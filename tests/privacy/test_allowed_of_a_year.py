"""What a year allows for rows lost follows the year's own loss, taken one standard error larger, as a quarter's follows its own."""

from functools import reduce
from operator import add
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_table import GRID, SOURCES, table
from scipy import sparse, stats

from lantern.privacy import loss, reconcile

WAYS = 5
DRAWS = 4_000
BY_SOURCE = reconcile.Selected(sparse.csr_array(np.array([GRID.row(source_group=(source,)) for source in SOURCES])))


def quarter(total, deviation):
    """All that is looked at of a quarter's lost rows."""
    return SimpleNamespace(total=total, deviation=deviation, by_allowance=np.zeros((1, WAYS)))


def of_where_they_belong(quarters):
    """The part allowed for where lost rows belong: every way but the last two, which are of rows that nobody saw."""
    found = loss.together(quarters)
    assert len(set(found[:-2])) == 1
    return found[0]


def test_a_drawn_table_of_years():
    """Rows lost as noised, and their standard error; then what the year allows of what its quarters allow together."""
    drawn = (
        # four quarters                 error  in full  the year
        ((0, 0, 0, 0), 10, 40, 20),
        ((100, 100, 100, 100), 10, 440, 420),
        ((-30, 10, 10, 10), 10, 70, 20),
        ((0, 0, 0, 400), 10, 440, 420),
        ((25,), 10, 35, 35),
    )
    for totals, deviation, in_full, year in drawn:
        found = of_where_they_belong([quarter(total, deviation) for total in totals])
        assert found == pytest.approx(year / in_full), totals


def test_rows_that_nobody_saw_are_a_part_of_the_loss_and_of_its_error():
    found = loss.together([quarter(100, 3), quarter(100, 4)])

    assert found[-2:] == pytest.approx([1.0, 5 / 7])


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(0.1, 200)), min_size=1, max_size=4))
def test_a_year_allows_at_most_what_its_quarters_do_together_and_a_quarter_alone_all(drawn):
    found = loss.together([quarter(*one) for one in drawn])

    assert found.shape == (WAYS,)
    assert ((found > 0) & (found <= 1 + 1e-12)).all()
    assert (loss.together([quarter(*drawn[0])]) == 1).all()


def part_of_years_that_take_enough(take):
    """Of years in which each quarter loses thirty rows, told with an error of ten: in how many what is taken is as much."""
    rng = np.random.default_rng(7)
    years = [[quarter(total, 10.0) for total in rng.normal(30, 10, 4)] for _ in range(DRAWS)]
    return np.mean([take(year) * sum(loss._taken(each.total, 10.0) for each in year) >= 4 * 30 for year in years])


def test_a_year_is_taken_too_small_as_rarely_as_a_quarter_is():
    """One standard error above: five in six, to within chance."""
    assert part_of_years_that_take_enough(of_where_they_belong) == pytest.approx(stats.norm.cdf(1), abs=0.03)


def test_added_up_in_full_a_year_would_be_taken_far_too_large():
    """The twin: two standard errors above."""
    assert part_of_years_that_take_enough(lambda _: 1.0) > 0.96


def test_the_errors_of_a_years_figures_are_those():
    """Where nothing was lost, four quarters allow twice what one does; the noise is that of four."""
    one = reconcile.expected(table(allowance=0.0), np.full(GRID.size, 50.0), np.zeros(GRID.size))
    year = reduce(add, [one] * 4)

    quarters, whole = one.errors(BY_SOURCE), year.errors(BY_SOURCE)

    assert np.abs(quarters.allowed).max() > 1
    assert whole.allowed == pytest.approx(2 * quarters.allowed)
    assert whole.own == pytest.approx(4 * quarters.own)
