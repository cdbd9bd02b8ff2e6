"""By how much one person can move what is measured: never more than the plan was told."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.period import QUARTERS_A_YEAR
from lantern.privacy import workload
from lantern.privacy.plan import make_plan

TABLES = {table.name: table for table in workload.tables()}


@st.composite
def one_persons_rows(draw, table):
    """The cells a person's bounded rows of a quarter fall in: at most the bound, at most one marked."""
    size = draw(st.integers(1, table.rows_per_person))
    shape = [len(axis.categories) for axis in table.grid.axes]
    rows = []
    for place in range(size):
        cell = [draw(st.integers(0, length - 1)) for length in shape[:-1]]
        rows.append((*cell, draw(st.integers(0, 1)) if place == size - 1 else 0))
    counts = np.zeros(shape, dtype=np.int64)
    for row in rows:
        counts[row] += 1
    return counts.ravel()


@pytest.mark.parametrize("name", TABLES)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_person_moves_a_marginal_by_more_than_its_sensitivity(name, data):
    """Remove a person from any quarter: each vector of sums moves by at most the stated length."""
    table = TABLES[name]
    rows = data.draw(one_persons_rows(table))

    for marginal in table.marginals:
        moved = np.linalg.norm(marginal.matrix(table.grid) @ rows)
        assert moved <= marginal.sensitivity + 1e-9


@pytest.mark.parametrize("name", TABLES)
def test_the_sensitivity_is_reached_by_the_worst_person(name):
    """The bound is tight: all of a person's rows in one cell. A smaller number would be false."""
    table = TABLES[name]
    for marginal in table.marginals:
        matrix = marginal.matrix(table.grid)
        clipped = table.grid.row(is_clipped=("yes",))
        free = np.flatnonzero(matrix.any(axis=0) & (clipped == (marginal.sensitivity == 1) * clipped))
        worst = max(np.linalg.norm(matrix[:, cell] * (1 if clipped[cell] else table.rows_per_person)) for cell in free)
        assert worst >= marginal.sensitivity - 1e-9


def test_a_person_in_every_table_of_four_quarters_costs_no_more_than_the_year():
    """The worst person, everywhere at once: the squared distances add up to the promise."""
    costs = []
    for quarter in range(QUARTERS_A_YEAR):
        plan = make_plan(f"2026-Q{quarter + 1}", workload.tables(), 25_000, workload.definitions())
        for table, measured in itertools.product(plan.tables, plan.measured):
            if measured.table == table.name:
                cell = np.zeros(table.grid.size)
                cell[0] = table.rows_per_person - (measured.marginal.sensitivity == 1)
                cell[-1] = 1
                moved = np.linalg.norm(measured.marginal.matrix(table.grid) @ cell)
                costs.append(min(moved, measured.marginal.sensitivity) ** 2 / (2 * measured.scale**2))

    assert sum(costs) * 1e6 <= 100_000


def test_the_grid_is_public_and_has_every_combination():
    """No cell comes from data: an empty quarter has as many cells as a full one."""
    for table in TABLES.values():
        lengths = [len(axis.categories) for axis in table.grid.axes]
        assert table.grid.size == np.prod(lengths)
        assert (table.grid.counts({}) == 0).all()
        with pytest.raises(ValueError, match="not in tuple"):
            table.grid.counts({("a rare word", *[axis.categories[0] for axis in table.grid.axes[1:]]): 1})
