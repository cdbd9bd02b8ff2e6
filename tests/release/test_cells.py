"""The cells of a release: always the full grid, two spans, and changes told only where there is something to compare."""

import re
from dataclasses import asdict, replace

import pytest
from tests.release.national import HEADLINE, PLAN, answers, by_key, years

from lantern import quality
from lantern.privacy import comparison, reconcile, workload
from lantern.release import cell as making
from lantern.release.cell import cells, table_of
from lantern.release.folder import plan_of

TIMED = {"T_CONTACT_DECISION", "T_ASSESS45", "X_FIRST_NOTICE", "T_CONCERN_DECISION"}
BY_WIDTH = ("too_uncertain", "expected_uncertain")
"""Reasons for which a figure is not shown that have to do with its range."""
QUESTIONS = sum(len(workload.questions(table.name)) for table in PLAN.tables)


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
    alike = {table.name: making._alike(table.name, PLAN, now, earlier) for table in PLAN.tables}
    year = [each for name in alike for each in making._known(name, alike[name], "year").figures]
    parts = [now, *(each for _, each in earlier.values())]

    assert len(year) == QUESTIONS
    counts = [figure for figure in year if figure.question.statistic == "count"]
    assert counts
    for figure in counts:
        (table,) = [each for each in PLAN.tables if each.grid.size == len(figure.question.whole)]
        added = sum(reconcile.reconcile(table, each).value(figure.question.whole) for each in parts)
        # What stands open at four quarters' ends is averaged: added up it would be of no day.
        assert figure.value == pytest.approx(added / (4 if table.name == "waiting" else 1), abs=1e-6)


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
    other = replace(PLAN, definitions=(*PLAN.definitions, "another"))
    earlier = {back: (other, answers(seed=10 + back)) for back in range(1, 8)}

    found = cells("r", PLAN, answers(), earlier)

    assert by_key(found)[HEADLINE].reason == "changed_definition"
    assert by_key(found, "year")[HEADLINE].reason == "too_soon"


TABLES = [table.name for table in PLAN.tables]


@pytest.mark.parametrize(
    ("old", "new", "otherwise"),
    [
        # a definition, as it was, whose figures meant something else
        ("contacts bin bin=1 from_day=1", "contacts bin bin=1 from_day=2", ["contacts"]),
        ("concerns bin bin=0", "concerns bin bin=9", ["concerns"]),
        ("T_ASSESS45 v1", "T_ASSESS45 v2", ["referrals"]),
        ("R_RECONTACT_ANY v1 limit None lookback 12", "R_RECONTACT_ANY v1 limit None lookback 6", ["contacts"]),
        ("R_CONCERN_S42 counts yes", "R_CONCERN_S42 counts no", ["concerns"]),
        ("1A in individual", "1A in other", TABLES),
        ("housing in others", "housing in council", TABLES),
        ("R_CONV v1", "R_NO_MORE v1", ["contacts"]),
    ],
)
def test_a_definition_decides_the_figures_of_its_own_table_or_of_all(old, new, otherwise):
    changed = [line.replace(old, new) if line.startswith(old) else line for line in PLAN.definitions]
    before = plan_of(replace(PLAN, definitions=tuple(changed)).text)

    assert before.definitions != PLAN.definitions
    assert [name for name in TABLES if workload.meaning(before, name) != workload.meaning(PLAN, name)] == otherwise


def test_every_definition_of_a_plan_is_of_one_table_or_of_all_and_none_is_forgotten():
    known = {name: workload.meaning(PLAN, name)[1] for name in TABLES}
    of_how_many = [sum(line in lines for lines in known.values()) for line in PLAN.definitions]

    assert set(of_how_many) == {1, len(TABLES)}
    assert of_how_many.count(1) > 30


def without(table):
    """The plan of before a table was released."""
    kept = tuple(each for each in PLAN.tables if each.name != table)
    return replace(PLAN, tables=kept, definitions=workload.definitions([each.name for each in kept]))


def with_another_bin(table):
    """The plan of before the days of a table were put together in other bins."""
    line = next(each for each in PLAN.definitions if each.startswith(f"{table} bin"))
    return replace(PLAN, definitions=tuple(f"{each}0" if each == line else each for each in PLAN.definitions))


def with_another_axis(table):
    """The plan of before a table had its categories."""
    had = PLAN.table(table).grid
    grid = replace(had, axes=tuple(replace(axis, categories=axis.categories[::-1]) for axis in had.axes))
    tables = tuple(replace(each, grid=grid) if each.name == table else each for each in PLAN.tables)
    return replace(PLAN, tables=tables)


def drawn_by(plan):
    """Seven quarters before, by a plan read back from its text."""
    kept = plan_of(plan.text)
    return {back: (kept, drawn) for back, (_, drawn) in years(range(1, 8), slower=0.3).items()}


def of_table(found, table):
    """Cells of a table's measures, and of all others without a word on their change: that hangs on how many are compared."""
    own = {each.id for each in workload.measures([table])}
    others = [asdict(each) | {"change": "", "change_sentence": ""} for each in found if each.measure_id not in own]
    return [each for each in found if each.measure_id in own], others


@pytest.mark.parametrize(
    ("before", "table", "reason"),
    [
        (without, "concerns", "no_year_before"),
        (without, "contacts", "no_year_before"),
        (with_another_bin, "contacts", "changed_definition"),
        (with_another_axis, "waiting", "changed_definition"),
    ],
)
def test_what_is_new_or_changed_in_one_table_leaves_the_figures_of_the_others_compared(before, table, reason):
    found = cells("r", PLAN, answers(), drawn_by(before(table)))
    always = cells("r", PLAN, answers(), drawn_by(PLAN))
    own, others = of_table(found, table)

    assert [(c.span, c.measure_id, c.category) for c in found] == [(c.span, c.measure_id, c.category) for c in always]
    assert others == of_table(always, table)[1]
    assert {cell.reason for cell in own if cell.span == "year"} == {"too_soon"}
    assert reason in {cell.reason for cell in own if cell.span == "quarter"} <= {reason, *BY_WIDTH, ""}
    assert {cell.change for cell in own} == {"unknown"}
    assert {cell.change for cell in found} > {"unknown"}
    compared = {cell.measure_id for cell in found if cell.change != "unknown"}
    assert len(compared) > 5
    assert not compared & {cell.measure_id for cell in own}


def test_were_every_definition_of_all_tables_one_table_more_would_leave_nothing_compared(monkeypatch):
    """The twin."""
    monkeypatch.setattr(workload, "_OF_ONE", re.compile("(?!)"))

    found = cells("r", PLAN, answers(), drawn_by(without("concerns")))

    assert {cell.change for cell in found} == {"unknown"}
    assert {cell.reason for cell in found if cell.span == "year"} == {"too_soon"}


def test_were_only_grids_looked_at_a_changed_bin_would_be_compared(monkeypatch):
    """The twin."""
    monkeypatch.setattr(workload, "meaning", lambda plan, table: plan.table(table).grid)

    found = cells("r", PLAN, answers(), drawn_by(with_another_bin("contacts")))

    assert by_key(found)[HEADLINE].change == "up"


def test_figures_of_all_tables_and_both_spans_share_one_allowance_of_false_changes(monkeypatch):
    kept, changes = [], comparison.changes
    monkeypatch.setattr(comparison, "changes", lambda pairs: kept.append(pairs) or changes(pairs))

    found = cells("r", PLAN, answers(), drawn_by(without("concerns")))

    (pairs,) = kept
    assert len(pairs) == sum(cell.change != "unknown" for cell in found) > 50
    assert len({now.question.measure_id for now, _ in pairs}) > 5


def test_a_withdrawn_quarter_is_said_of_every_table_also_of_those_counted_otherwise():
    earlier = drawn_by(without("concerns")) | {2: None, 4: None}

    found = cells("r", PLAN, answers(), earlier)

    assert {cell.reason for cell in found if cell.span == "year"} == {"withdrawn"}
    assert {cell.value for cell in found if cell.span == "year"} == {None}
    assert {cell.reason for cell in found if cell.span == "quarter"} <= {"withdrawn", *BY_WIDTH, ""}
    assert any(cell.value is not None for cell in found if cell.reason == "withdrawn")
    assert {cell.change for cell in found} == {"unknown"}


def test_a_curve_and_its_days_are_not_called_changed():
    found = by_key(cells("r", PLAN, answers(), years(range(1, 8), slower=0.3)))
    days = [cell for cell in found.values() if cell.statistic in ("curve", "median", "p90")]

    assert len(days) >= 12
    assert {cell.change for cell in days} == {"unknown"}
    assert {cell.change_sentence for cell in days} == {""}


def test_where_too_much_was_left_out_each_cell_that_rests_on_it_says_so_and_the_year_with_it():
    """A quarter drawn again, of which a quarter of the rows is lost: times of everyone stay. Its plan shows every figure."""
    all_shown = replace(PLAN, tables=tuple(replace(each, unsure=()) for each in PLAN.tables))
    found = cells("r", all_shown, answers(lost=0.25), years(range(1, 8)))

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
