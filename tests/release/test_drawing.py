"""From all rows of a quarter to noised sums: bounded, checked by a second tool, named, and drawn in one call a part."""

import ast
import inspect
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.privacy.person_budget import CELLS, GRID, part, table

from lantern import quality, warehouse
from lantern.errors import ContractBroken
from lantern.privacy import bounding
from lantern.privacy.plan import GRAIN, Plan
from lantern.release import drawing, spent

AXES = tuple(axis.name for axis in GRID.axes)


def plan_of(period="2026-Q2", family="zcdp", basis=("a test",)):
    tables = (table(family=family), table(family=family, name="referrals"))
    return Plan(period, family, tables, ("drawn",), basis)


def write_rows(hub, rows, name="contacts"):
    """Rows (period, person, cell) of a release input."""
    columns = ("row_key", "period", "person_key", *AXES)
    lines = [(f"{number}", period, person, *cell) for number, (period, person, cell) in enumerate(rows)]
    kinds = [pa.array([line[at] for line in lines], pa.string()) for at in range(len(columns))]
    with warehouse.opened(hub.home) as connection:
        connection.execute("create schema if not exists release_inputs")
        connection.register("incoming", pa.table(dict(zip(columns, kinds, strict=True))))
        connection.execute(f"create or replace table release_inputs.ri_{name} as from incoming")


@pytest.fixture
def filled(hub):
    """Two tables, four quarters, persons with one row and with many; one quarter has been drawn."""
    chance = np.random.default_rng(7)
    for name in ("contacts", "referrals"):
        rows = [
            (f"2026-Q{1 + number % 4}", f"p{chance.integers(0, 200)}", CELLS[chance.integers(0, len(CELLS))])
            for number in range(1_600)
        ]
        write_rows(hub, [*rows, *[("2026-Q2", "many", CELLS[3])] * 60], name)
    earlier = drawing.bound(hub.home, plan_of("2026-Q3"))
    spent.record(hub.home, earlier.digest, earlier.payment)
    return hub


def broken_rules(plan, bounded, frame=None):
    frame = drawing.border(plan, bounded) if frame is None else frame
    return sorted(
        (each.rule, each.column) for each in quality.check("release_input", frame, **drawing.border_facts(plan))
    )


@pytest.mark.parametrize("family", ["zcdp", "pure"])
def test_what_is_bounded_passes_the_checks_at_the_border(hub, filled, family):
    if family == "pure":
        hub.home.spent.unlink()
    plan = plan_of(family=family)
    bounded = drawing.bound(hub.home, plan)
    people = bounded.tables["contacts"].people

    assert people.num_rows > 100
    assert min(people["kept_weight"].to_pylist()) < GRAIN
    assert max(people["lost_weight"].to_pylist()) > 0
    assert [broken_rules(each, bounded.tables[each.name]) for each in plan.tables] == [[], []]


FAULTS = {
    "no weights": ("_weight", lambda of, which: f"{GRAIN}", "person_is_within_the_years_promise"),
    "no price": ("_price", lambda of, which: "0::bigint", "person_pays_what_the_rows_cost"),
    "half the price": (
        "_price",
        lambda of, which: f"({price_of(of, which)} // 2)::bigint",
        "person_pays_what_the_rows_cost",
    ),
    "one quarter is a year": ("RUNS", ((0, 0),), "person_is_within_the_years_promise"),
    "marginals forgotten": (
        "_marginals",
        lambda plan: [(groups, 0, 0) for groups, *_ in marginals_of(plan)],
        "person_pays_what_the_rows_cost",
    ),
}
price_of, marginals_of = bounding._price, bounding._marginals


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_bounding_is_stopped_at_the_border(hub, filled, fault, monkeypatch):
    """The second reckoning shares no code with the first: each guard that is switched off breaks a rule."""
    name, faulty, rule = FAULTS[fault]
    monkeypatch.setattr(bounding, name, faulty)
    plan = plan_of()

    bounded = drawing.bound(hub.home, plan)
    assert rule in {each for each, _ in broken_rules(plan.tables[0], bounded.tables["contacts"])}


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("source_group", "navy", "is_a_public_key"),
        ("time_category", None, "is_filled"),
        ("person_key", None, "person_is_known"),
        ("kept_weight", 1025, "weight_is_a_part_of_a_row"),
        ("lost_weight", -1, "weight_is_a_part_of_a_row"),
        ("lost_year", 10_000 * 10**6 + 1, "person_is_within_the_years_promise"),
        ("weights", 1025, "no_row_counts_more_than_once"),
        ("populations", 2, "person_pays_in_one_population"),
        ("populations", None, "is_filled"),
        ("kept_paid", None, "is_filled"),
    ],
)
def test_each_rule_at_the_border_finds_what_it_is_for(hub, filled, column, value, rule):
    plan = plan_of()
    bounded = drawing.bound(hub.home, plan).tables["contacts"]
    frame = drawing.border(plan.tables[0], bounded)
    cells = [value, *frame[column].to_pylist()[1:]]
    planted = frame.set_column(frame.column_names.index(column), column, pa.array(cells))

    assert (rule, column) in broken_rules(plan.tables[0], bounded, planted)


def test_cells_are_the_weighted_rows(hub, filled):
    """Added up again from the people and the rows."""
    bounded = drawing.bound(hub.home, plan_of()).tables["contacts"]
    weights = {row["person_key"]: row for row in bounded.people.to_pylist()}
    kept, lost = np.zeros(GRID.size, np.int64), np.zeros(GRID.size, np.int64)
    for row in bounded.rows.to_pylist():
        place = CELLS.index(tuple(row[name] for name in AXES))
        kept[place] += weights[row["person_key"]]["kept_weight"] * row["number"]
        lost[place] += weights[row["person_key"]]["lost_weight"] * row["number"]

    assert (bounded.kept == kept).all()
    assert (bounded.lost == lost).all()


def test_a_category_that_is_not_public_stops_the_release_and_is_not_quoted(hub):
    write_rows(hub, [("2026-Q2", "a", CELLS[0]), ("2026-Q2", "b", ("navy", "bin_0", "no"))])
    write_rows(hub, [], "referrals")

    with pytest.raises(ContractBroken, match=r"not in the public grid\. Nothing was drawn") as refused:
        drawing.bound(hub.home, plan_of())
    assert "navy" not in str(refused.value)


def with_multipliers(*multipliers):
    plan = plan_of()
    kept = replace(plan.tables[0].kept, multipliers=multipliers)
    return replace(plan, tables=(replace(plan.tables[0], kept=kept), *plan.tables[1:]))


@pytest.fixture
def two_of_a_person(hub):
    write_rows(hub, [("2026-Q2", "a", CELLS[0]), ("2026-Q2", "a", CELLS[1])])
    write_rows(hub, [], "referrals")
    return hub


def test_each_refusal_is_told_as_what_it_is(two_of_a_person):
    """
    more rows than a sum of 64 bits holds the cost of     of a person, and where to look
    a plan that bounds nobody                             no refusal of the rows at all
    """
    with pytest.raises(ContractBroken, match="a person has more rows in 2026-Q2 than can be reckoned with"):
        drawing.bound(two_of_a_person.home, with_multipliers(1 << 30, 1, 1, 1))
    with pytest.raises(ValueError, match="costs nothing and bounds nobody"):
        drawing.bound(two_of_a_person.home, with_multipliers(0, 0, 0, 0))


@pytest.mark.parametrize("multipliers", [(1 << 30, 1, 1, 1), (0, 0, 0, 0)])
def test_taken_for_one_another_they_would_send_people_after_the_wrong_thing(two_of_a_person, monkeypatch, multipliers):
    """The twin."""
    monkeypatch.setattr(bounding, "NotInGrid", ValueError)

    with pytest.raises(ContractBroken, match="a category that is not in the public grid"):
        drawing.bound(two_of_a_person.home, with_multipliers(*multipliers))


def test_the_same_request_has_the_same_name_and_any_other_has_another(hub):
    def digests(*rows, plan=plan_of()):  # noqa: B008
        write_rows(hub, rows)
        write_rows(hub, [], "referrals")
        bounded = drawing.bound(hub.home, plan)
        return bounded.digest, bounded.rows_digest

    two = [("2026-Q2", "a", CELLS[0]), ("2026-Q2", "b", CELLS[1])]
    first = digests(*two)

    assert digests(*reversed(two)) == first
    assert digests(*two, ("2026-Q3", "a", CELLS[0])) == first
    others = [
        digests(*two[:1]),
        digests(*two, two[0]),
        digests(("2026-Q2", "a", CELLS[1]), ("2026-Q2", "b", CELLS[0])),
        digests(("2026-Q2", "ab", CELLS[0]), ("2026-Q2", "b", CELLS[1])),
    ]
    assert len({first, *others}) == 5
    assert len({rows for _, rows in (first, *others)}) == 5
    other_plan = digests(*two, plan=plan_of(basis=("another",)))
    assert other_plan[0] != first[0]
    assert other_plan[1] == first[1]


def test_weights_that_changed_since_make_another_request_of_the_same_rows(hub):
    rows = [("2026-Q2", "a", CELLS[0])] * 2 + [("2026-Q1", "a", CELLS[0])] * 2
    write_rows(hub, rows)
    write_rows(hub, [], "referrals")
    first = drawing.bound(hub.home, plan_of())
    between = drawing.bound(hub.home, plan_of("2026-Q1"))
    spent.record(hub.home, between.digest, between.payment)
    second = drawing.bound(hub.home, plan_of())

    assert second.digest != first.digest
    assert second.rows_digest == first.rows_digest


def test_the_name_of_a_request_needs_the_hubs_key(hub, monkeypatch):
    """Who knows the rows cannot find the digest: it is in what leaves the zone."""
    write_rows(hub, [("2026-Q2", "a", CELLS[0])])
    write_rows(hub, [], "referrals")
    first = drawing.bound(hub.home, plan_of()).digest
    other = hub.home.secrets / "other.key"
    other.write_text("ab" * 32)
    other.chmod(0o600)
    monkeypatch.setenv("LANTERN_LEDGER_KEY_FILE", str(other))

    assert drawing.bound(hub.home, plan_of()).digest != first


def test_every_sum_of_every_part_is_noised_whether_anyone_is_in_it_or_not(hub):
    """An empty quarter has as many answers as a full one, and hardly any of them is zero."""
    write_rows(hub, [])
    write_rows(hub, [], "referrals")
    plan = plan_of()
    answers = drawing.draw(plan, drawing.bound(hub.home, plan).cells)

    assert set(answers) == {"contacts", "contacts.lost", "referrals", "referrals.lost"}
    for each in (of for drawn in plan.tables for of in drawn.parts):
        assert len(answers[each.name]) == sum(marginal.size for marginal in each.marginals)
        assert all(type(number) is int for number in answers[each.name])
    assert sum(number == 0 for numbers in answers.values() for number in numbers) < 3


def test_answers_are_near_the_weighted_sums_and_differ_each_time(hub, filled):
    """Within eight scales, of which the odds are below one in 10^13 for each sum."""
    plan = plan_of()
    bounded = drawing.bound(hub.home, plan)
    first, second = drawing.draw(plan, bounded.cells), drawing.draw(plan, bounded.cells)

    assert first != second
    for drawn in plan.tables:
        for each, cells in zip(drawn.parts, bounded.cells[drawn.name], strict=True):
            exact = each.stacked(GRID, cells)
            assert np.abs(np.array(first[each.name]) - exact).max() < 8 * each.scale


def test_a_plan_whose_scale_gives_the_exact_answer_is_not_drawn(hub):
    write_rows(hub, [("2026-Q2", "a", CELLS[0])])
    write_rows(hub, [], "referrals")
    plan = plan_of()
    exact = replace(plan, tables=(replace(plan.tables[0], kept=replace(part("contacts"), scale=0.0)),))

    with pytest.raises(ValueError, match="positive"):
        drawing.draw(exact, drawing.bound(hub.home, plan).cells)


def test_bounding_neither_spends_nor_writes(hub, filled):
    before = [path.read_bytes() for path in (hub.home.spent, hub.home.warehouse)]
    drawing.bound(hub.home, plan_of())

    assert [path.read_bytes() for path in (hub.home.spent, hub.home.warehouse)] == before


def test_after_the_weights_are_summed_no_function_is_handed_a_row():
    """`draw` takes the plan and sums by cell, and names no store, no row and no person."""
    names = {node.id for node in ast.walk(ast.parse(inspect.getsource(drawing.draw))) if isinstance(node, ast.Name)}

    assert list(inspect.signature(drawing.draw).parameters) == ["plan", "cells"]
    assert not names & {"warehouse", "connection", "home", "spent", "rows", "people"}


def test_what_is_restricted_is_not_in_what_a_traceback_or_a_log_would_print(hub, filled):
    assert "p1" not in repr(drawing.bound(hub.home, plan_of()))
