"""The cells of a release: always the full grid, two spans, and changes told only where there is something to compare."""

import numpy as np
import pytest

from lantern import quality
from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.privacy import reconcile, workload
from lantern.privacy.plan import GRAIN
from lantern.release import planning
from lantern.release.cell import all_figures, cells, table_of

PLAN = planning.plan_for(read_partnership("demo"), Quarter(2026, 2))
ROWS = read_partnership("demo").expected.volumes
TIMED = {"T_CONTACT_DECISION", "T_ASSESS45", "X_FIRST_NOTICE", "T_CONCERN_DECISION"}
QUESTIONS = sum(len(workload.questions(table.name)) for table in PLAN.tables)


def answers(seed=1, slower=0.0, lost=0.03):
    """Noised sums of a quarter like the country; `slower` moves that part of the fastest rows to the slowest, `lost` is left out."""
    rng, found = np.random.default_rng(seed), {}
    expected = {table.name: table.expected_cells(ROWS[table.name]) for table in workload.tables()}
    for table in PLAN.tables:
        shape = [len(axis.categories) for axis in table.grid.axes]
        made = expected[table.name].reshape(shape).copy()
        if table.name in ("contacts", "referrals"):
            moved = made[:, :2] * slower
            made[:, :2] -= moved
            made[:, 6:7] += moved.sum(axis=1, keepdims=True)
        for part, rows in ((table.kept, made.ravel() * (1 - lost)), (table.lost, made.ravel() * lost)):
            exact = part.stacked(table.grid, np.rint(rows * GRAIN))
            found[part.name] = list(np.rint(exact + rng.normal(0, part.scale, len(exact))).astype(np.int64))
    return found


def years(back, **kwargs):
    """What was drawn so many quarters back, by the same plan."""
    return {each: (PLAN, answers(seed=10 + each, **kwargs)) for each in back}


def by_key(found, span="quarter"):
    return {(c.measure_id, c.breakdown, c.category, c.statistic): c for c in found if c.span == span}


HEADLINE = ("T_CONTACT_DECISION", "all", "all", "share")


@pytest.mark.parametrize("earlier", [range(0), range(1, 4), [4], range(1, 8)])
def test_the_grid_of_cells_is_full_whatever_was_released_before(earlier):
    found = cells("2026-Q2-1", PLAN, answers(), years(earlier))

    assert len(found) == 2 * QUESTIONS
    assert quality.check("released_cell", table_of(found), cells=2 * QUESTIONS, release_id="2026-Q2-1") == []


def test_a_year_is_not_shown_before_four_quarters_are_out_and_says_why():
    found = by_key(cells("r", PLAN, answers(), years(range(1, 3))), "year")

    assert len(found) == QUESTIONS
    for cell in found.values():
        assert (cell.grade, cell.reason, cell.value) == ("none", "too_soon", None)
        assert cell.sentence == "Not shown: not enough time has passed."


def test_a_year_is_its_four_quarters_added_up():
    now, earlier = answers(), years(range(1, 4))
    year = all_figures(PLAN, now, earlier)[QUESTIONS:]
    parts = [now, *(each for _, each in earlier.values())]

    assert len(year) == QUESTIONS
    counts = [figure for figure in year if figure.question.statistic == "count"]
    assert counts
    for figure in counts:
        (table,) = [each for each in PLAN.tables if each.grid.size == len(figure.question.whole)]
        added = sum(reconcile.reconcile(table, each).value(figure.question.whole) for each in parts)
        # What stands open at four quarters' ends is averaged: added up it would be of no day.
        assert figure.value == pytest.approx(added / (4 if table.name == "waiting" else 1), abs=1e-6)


def test_figures_behind_the_cells_come_in_their_order():
    earlier = years(range(1, 4))
    found, figures = cells("r", PLAN, answers(), earlier), all_figures(PLAN, answers(), earlier)

    assert [(c.measure_id, c.category, c.statistic) for c in found] == [
        (f.question.measure_id, f.question.category, f.question.statistic) for f in figures
    ]


def test_a_quarter_is_compared_with_the_same_one_a_year_before():
    found = by_key(cells("r", PLAN, answers(), years([4], slower=0.3)))

    assert found[HEADLINE].change == "up"
    assert found[HEADLINE].change_sentence.startswith("That is up from about ")
    assert found[HEADLINE].change_sentence.endswith(" a year ago.")


def test_a_year_is_compared_with_the_four_quarters_before_it_and_not_with_one_that_overlaps():
    three, seven = years(range(1, 4)), years(range(1, 8))

    assert by_key(cells("r", PLAN, answers(), three), "year")[HEADLINE].reason == "no_year_before"
    assert by_key(cells("r", PLAN, answers(), seven), "year")[HEADLINE].change == "flat"


def test_what_was_counted_otherwise_before_is_neither_compared_nor_added():
    other = planning.plan_for(read_partnership("demo"), Quarter(2026, 2))
    other = type(other)(other.period, other.family, other.tables, (*other.definitions, "another"), other.basis)
    earlier = {back: (other, answers(seed=10 + back)) for back in range(1, 8)}

    found = cells("r", PLAN, answers(), earlier)

    assert by_key(found)[HEADLINE].reason == "changed_definition"
    assert by_key(found, "year")[HEADLINE].reason == "too_soon"


def test_a_curve_and_its_days_are_not_called_changed():
    found = by_key(cells("r", PLAN, answers(), years(range(1, 8), slower=0.3)))
    days = [cell for cell in found.values() if cell.statistic in ("curve", "median", "p90")]

    assert len(days) >= 12
    assert {cell.change for cell in days} == {"unknown"}
    assert {cell.change_sentence for cell in days} == {""}


def test_where_too_much_was_left_out_each_cell_that_rests_on_it_says_so_and_the_year_with_it():
    """A quarter drawn again, of which a quarter of the rows is lost: times of everyone stay."""
    found = cells("r", PLAN, answers(lost=0.25), years(range(1, 8)))

    for span in ("quarter", "year"):
        of_span = by_key(found, span)
        reasons = {key: cell.reason for key, cell in of_span.items() if cell.reason == "too_much_lost"}
        assert {key[3] for key in reasons} == {"count", "share"}
        for key, cell in of_span.items():
            is_hurt = key[3] == "count" or key[1] == "source_group" or key[0] not in TIMED
            assert (key in reasons) == is_hurt, key
            if is_hurt:
                assert (cell.grade, cell.value, cell.change, cell.change_sentence) == ("none", None, "unknown", "")
                assert cell.sentence == "Not shown: too much was left out to protect people with many records."
        assert of_span[HEADLINE].grade != "none"


def test_a_cell_that_is_not_shown_has_no_number_and_no_word_on_its_change():
    found = cells("r", PLAN, answers(), years([4]))
    hidden = [cell for cell in found if cell.grade == "none"]

    assert hidden
    for cell in hidden:
        assert (cell.value, cell.lower, cell.upper, cell.change_sentence) == (None, None, None, "")
        assert not any(letter.isdigit() for letter in cell.sentence)
