"""What one person can cost over any four quarters: never more than the promise, and nearly all of it."""

from collections import Counter
from fractions import Fraction

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.privacy.person_budget import (
    AGAIN_BY_SOURCE,
    BY_SOURCE,
    CELLS,
    GRID,
    IN_TIME,
    TOTAL,
    part,
    table,
    weigh,
    write,
)

from lantern.privacy import bounding
from lantern.privacy.plan import GRAIN

FAMILIES = ("zcdp", "pure")


def other_plan(family):
    """The same table planned anew: other marginals, other multipliers, another budget, another price."""
    kept = part(
        "contacts", (5, 1, 2), family=family, rows=4, micro=60_000, marginals=(TOTAL, AGAIN_BY_SOURCE, BY_SOURCE)
    )
    lost = part("contacts.lost", (3,), family=family, rows=1, micro=10_000, marginals=(IN_TIME,))
    return table(kept, lost)


def worst_persons(chance: np.random.Generator, quarters: int) -> dict[str, list[list[tuple]]]:
    """
    Rows by quarter of persons made to cost much: all rows alike or none, few or hundreds, in one quarter or in each.

    The first has two rows a quarter in one cell; others are drawn.
    """
    persons = {"steady": [[CELLS[0]] * 2 for _ in range(quarters)], "single": [[CELLS[0]] for _ in range(quarters)]}
    for number in range(40):
        few = [CELLS[each] for each in chance.integers(0, len(CELLS), chance.integers(1, 4))]
        sizes = chance.choice([0, 1, 2, 3, 5, 20, 300], quarters)
        persons[f"drawn {number}"] = [[few[at % len(few)] for at in range(size)] for size in sizes]
    return persons


def exact_cost(of, cells: list, weight: int) -> Fraction:
    """What the noise of a part costs for a person's weighted rows, from the stacked vector and the scale themselves."""
    counts = np.zeros(GRID.size, dtype=np.int64)
    for cell, number in Counter(cells).items():
        counts[CELLS.index(cell)] = number * weight
    moved = [int(each) for each in of.stacked(GRID, counts)]
    if of.family == "zcdp":
        return Fraction(sum(each**2 for each in moved)) / (2 * Fraction(of.scale) ** 2)
    return Fraction(sum(abs(each) for each in moved)) / Fraction(of.scale)


def dearest_year(family: str, draws: list[tuple[int, int]], *, seed: int = 1, quarters: int = 7) -> dict[str, Fraction]:
    """
    Draw quarters in the order given, each under the plan given, for persons made to be dear; no noise is needed.

    Returns:
        Part name to the most any person costs over any four quarters, as a part of the dearest plan of those quarters.
    """
    plans = (table(family=family), other_plan(family))
    persons = worst_persons(np.random.default_rng(seed), quarters)
    recorded, costs = [], {}
    with duckdb.connect() as connection:
        for quarter, which in draws:
            people = {name: rows[quarter] for name, rows in persons.items() if rows[quarter]}
            spends = [
                (name, then - quarter, who, pico) for name, then, who, pico in recorded if abs(then - quarter) < 4
            ]
            weights = weigh(connection, plans[which], people, spends)
            for who, (kept, lost, kept_price, lost_price) in weights.items():
                for of, weight, price in zip(plans[which].parts, (kept, lost), (kept_price, lost_price), strict=True):
                    recorded.append((of.name, quarter, who, price))
                    key = of.name, who, quarter
                    costs[key] = costs.get(key, Fraction(0)) + exact_cost(of, people[who], weight)
    dearest = dict.fromkeys(("contacts", "contacts.lost"), Fraction(0))
    for name in dearest:
        for first in range(quarters - 3):
            drawn = [which for quarter, which in draws if first <= quarter <= first + 3]
            promise = max(({of.name: of.micro for of in plans[which].parts}[name] for which in drawn), default=1)
            for who in persons:
                year = sum(costs.get((name, who, quarter), Fraction(0)) for quarter in range(first, first + 4))
                dearest[name] = max(dearest[name], year * 10**6 / promise)
    return dearest


DRAWS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1)), min_size=1, max_size=8)
SHUFFLED = [(3, 0), (0, 1), (6, 0), (2, 0), (1, 1), (3, 1), (5, 0), (4, 0)]
"""Seven quarters in no order, under two plans, one of them drawn twice."""


@pytest.mark.parametrize("family", FAMILIES)
@given(draws=DRAWS, seed=st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_no_person_costs_more_than_the_promise_over_any_four_quarters(family, draws, seed):
    """Whatever the order of release, however plans change between quarters, revisions too."""
    dearest = dearest_year(family, draws, seed=seed)

    assert max(dearest.values()) <= 1


@pytest.mark.parametrize("family", FAMILIES)
def test_the_promise_is_nearly_reached_by_the_worst_person(family):
    """The bound is tight: a promise a tenth smaller would be false."""
    dearest = dearest_year(family, SHUFFLED)

    assert Fraction(9, 10) <= dearest["contacts"] <= 1
    assert Fraction(9, 10) <= dearest["contacts.lost"] <= 1


def without_weights(of, which):
    return f"{GRAIN}"


def one_too_many(of, which):
    return f"({bounding_weight(of, which)} + 1)"


def rows_not_squared(of, which):
    return bounding_weight(of, which).replace("kept_cost", "(sqrt(kept_cost)::hugeint)")


bounding_weight = bounding._weight
FAULTS = {
    "no window": ("RUNS", ((0, 0),)),
    "only quarters before": ("RUNS", ((-3, 0),)),
    "only the run around": ("RUNS", ((-2, 1),)),
    "a year of three quarters": ("RUNS", ((-2, 0), (-1, 1), (0, 2))),
    "no weights": ("_weight", without_weights),
    "one step too many": ("_weight", one_too_many),
    "lengths for squares": ("_weight", rows_not_squared),
    "spends rounded down to nothing": ("_price", lambda of, which: "0"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_guard_switched_off_is_seen_by_the_search_for_worst_persons(fault, monkeypatch):
    monkeypatch.setattr(bounding, *FAULTS[fault])

    assert max(dearest_year("zcdp", SHUFFLED).values()) > 1


ROWS = st.lists(st.sampled_from(CELLS), min_size=1, max_size=12)


@pytest.mark.parametrize("family", FAMILIES)
@given(others=st.dictionaries(st.sampled_from("bcd"), ROWS), rows=ROWS)
@settings(max_examples=50, deadline=None)
def test_a_persons_coming_moves_the_stacked_vector_no_further_than_the_budget_and_nobody_elses_weight(
    family, others, rows
):
    plan = table(family=family)
    with duckdb.connect() as connection:
        without, alone = stacked(connection, plan, others)
        beside, crowded = stacked(connection, plan, others | {"a": rows})

    assert {who: crowded[who] for who in others} == alone
    for before, after, of in zip(without, beside, plan.parts, strict=True):
        assert length(family, after - before) <= of.person_budget * (GRAIN**2 if family == "zcdp" else GRAIN)


def test_without_weights_a_person_moves_the_stacked_vector_too_far(monkeypatch):
    monkeypatch.setattr(bounding, "_weight", without_weights)
    plan = table()
    with duckdb.connect() as connection:
        (before, _), _ = stacked(connection, plan, {})
        (after, _), _ = stacked(connection, plan, {"a": [CELLS[0]] * 12})

    assert length("zcdp", after - before) > plan.kept.person_budget * GRAIN**2


def stacked(connection, plan, people):
    """What would be noised, of both parts, and each person's weights."""
    weights = weigh(connection, plan, people)
    cells = bounding.sums(connection, plan, "given_rows")
    return [of.stacked(GRID, each) for of, each in zip(plan.parts, cells, strict=True)], weights


def length(family, moved):
    return sum(int(each) ** 2 if family == "zcdp" else abs(int(each)) for each in moved)


def test_five_hundred_rows_of_one_child_move_a_count_no_further_than_the_budget():
    """Poisoned data: a sender adds 500 rows for one child."""
    plan = table()
    with duckdb.connect() as connection:
        (before, _), _ = stacked(connection, plan, {"b": [CELLS[0]]})
        write(connection, {"b": [CELLS[0]], "a": [CELLS[0]] * 500})
        bounding.bound(connection, plan, "given_rows", "given_spends")
        after = plan.kept.stacked(GRID, bounding.sums(connection, plan, "given_rows")[0])

    total_moved = int(after[0] - before[0]) / (plan.kept.multipliers[0] * GRAIN)
    assert 0 < total_moved <= plan.kept.rows_a_year**0.5


def test_the_grid_is_public_and_has_every_combination():
    """No cell comes from data: an empty quarter has as many sums as a full one."""
    plan = table()
    with duckdb.connect() as connection:
        empty, _ = stacked(connection, plan, {})
        full, _ = stacked(connection, plan, {"a": CELLS})

    assert [each.shape for each in empty] == [each.shape for each in full]
    assert sum(each.size for each in empty) == (1 + 3 + 2 + 6) + (1 + 6)
