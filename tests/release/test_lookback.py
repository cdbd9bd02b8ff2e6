"""A figure of which the months before were not delivered says so, and is no figure, however narrow its range."""

import numpy as np
import pytest

from lantern import catalogue
from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.privacy import workload
from lantern.privacy.plan import GRAIN
from lantern.release import lookback, planning
from lantern.release.cell import cells

PLAN = planning.plan_for(read_partnership("demo"), Quarter(2026, 2))
ROWS = read_partnership("demo").expected.volumes
AXES = {"referrals": "two_agencies", "first_notices": "time_category"}
LOOK_BACK = {"X_TWO_AGENCIES_BEFORE", "X_FIRST_NOTICE"}
SAID = "Not shown: not every partner has sent the months before, which it needs."


def answers(seed, unasked=0.0, scale=1.0):
    """Noised sums of a quarter like the country, of which that part of the rows could not be asked what was before."""
    rng, found = np.random.default_rng(seed), {}
    for table in PLAN.tables:
        grid = table.grid
        (public,) = [each for each in workload.tables() if each.name == table.name]
        made = public.expected_cells(ROWS[table.name] * scale).reshape([len(axis.categories) for axis in grid.axes])
        if table.name in AXES:
            place = [axis.name for axis in grid.axes].index(AXES[table.name])
            made = np.moveaxis(made.copy(), place, 0)
            moved = made[:-1] * unasked
            made[:-1] -= moved
            made[-1] += moved.sum(axis=0)
            made = np.moveaxis(made, 0, place)
            assert grid.axes[place].categories[-1] == "not_asked"
        for part, rows in ((table.kept, made * 0.97), (table.lost, made * 0.03)):
            exact = part.stacked(grid, np.rint(rows.ravel() * GRAIN))
            found[part.name] = list(np.rint(exact + rng.normal(0, part.scale, len(exact))).astype(np.int64))
    return found


def told(found, span="quarter"):
    """Measure to (grade, reason, sentence) of its cells of everyone, without repeats."""
    kept = [each for each in found if each.span == span and each.breakdown != "source_group"]
    return {name: {(c.grade, c.reason, c.sentence) for c in kept if c.measure_id == name} for name in LOOK_BACK}


@pytest.mark.parametrize(("unasked", "scale"), [(0.9, 1), (0.3, 1), (0.15, 20)])
def test_what_too_many_rows_could_not_be_asked_is_not_shown_and_says_why(unasked, scale):
    """Also where there is so much that the range of the rest would be narrow: who is missing is not like the rest."""
    found = cells("2026-Q2-1", PLAN, answers(1, unasked=unasked, scale=scale))

    assert told(found) == {name: {("none", "not_received", SAID)} for name in LOOK_BACK}
    assert all(cell.value is cell.lower is cell.upper is None for cell in found if cell.reason == "not_received")
    assert {cell.measure_id for cell in found if cell.reason == "not_received"} == LOOK_BACK


def test_without_the_question_asked_first_the_figure_would_be_shown(monkeypatch):
    """The twin."""
    monkeypatch.setattr(lookback, "MOST", 1.1)

    found = cells("2026-Q2-1", PLAN, answers(1, unasked=0.9, scale=20))

    assert {grade for grades in told(found).values() for grade, _, _ in grades} & {"use", "care"}


def test_where_few_rows_could_not_be_asked_nobody_is_told_that_months_are_missing():
    found = cells("2026-Q2-1", PLAN, answers(2))

    assert "not_received" not in {cell.reason for cell in found}


@pytest.mark.parametrize("missing", [(3,), (1, 2)])
def test_four_quarters_of_which_one_could_not_be_asked_are_no_figure_of_four(missing):
    """The others would otherwise stand for the year."""
    earlier = {back: (PLAN, answers(10 + back, unasked=float(back in missing))) for back in (1, 2, 3)}

    found = cells("2026-Q2-1", PLAN, answers(3), earlier)

    assert told(found, "year") == {name: {("none", "not_received", SAID)} for name in LOOK_BACK}
    assert "not_received" not in {reason for pairs in told(found).values() for _, reason, _ in pairs}


def test_what_is_none_of_a_measures_rows_is_not_taken_for_missing_months():
    """The public parts of rows that are not asked, whatever was delivered, are well below."""
    asked = [
        part.get("not_asked", 0)
        for entry in map(catalogue.base_table, ROWS)
        for part in (*entry.expected_percent.values(), *(axis.expected_percent for axis in entry.answer))
    ]

    assert max(asked) > 0
    assert max(asked) / 100 < lookback.MOST - 0.05


def test_a_figure_is_not_compared_with_one_that_could_not_be_asked():
    found = cells("2026-Q2-1", PLAN, answers(4), {4: (PLAN, answers(14, unasked=0.9, scale=20))})

    compared = [
        each for each in found if each.measure_id in LOOK_BACK and each.span == "quarter" and each.statistic == "share"
    ]
    shown = [each for each in compared if each.grade != "none"]
    assert shown
    for cell in shown:
        assert (cell.change, cell.reason) == ("unknown", "year_before_not_shown")
        assert cell.change_sentence == "We cannot say if this changed: the figure for a year ago is not shown."
