"""A person's rows count as much as the person can pay for, to the last 1/1024th, and no more."""

from collections import Counter

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.privacy import person_budget
from tests.privacy.person_budget import CELLS, GRID, part, table, weigh, write

from lantern.privacy import bounding
from lantern.privacy.plan import GRAIN

PEOPLE = st.dictionaries(
    st.sampled_from(["a", "b", "c", "d"]), st.lists(st.sampled_from(CELLS), min_size=1, max_size=9), min_size=1
)
PLANS = {family: table(family=family) for family in ("zcdp", "pure")}


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize("family", PLANS)
@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_weights_and_prices_are_those_of_the_rule_worked_out_in_fractions(connection, family, data):
    """Every person, with whatever was spent in the quarters around, in any order: SQL and the definition agree."""
    plan, people = PLANS[family], data.draw(PEOPLE)
    spends = {
        (of.name, index, person): data.draw(st.integers(0, of.micro * 10**6 * 6 // 10))
        for of in plan.parts
        for index in data.draw(st.sets(st.integers(-3, 3), max_size=4))
        for person in data.draw(st.sets(st.sampled_from(sorted(people))))
    }

    found = weigh(connection, plan, people, [(*key, pico) for key, pico in spends.items()])

    for person, rows in people.items():
        kept, lost = (
            {index: pico for (name, index, who), pico in spends.items() if (name, who) == (of.name, person)}
            for of in plan.parts
        )
        assert found[person] == person_budget.bounded(plan, Counter(rows), kept, lost)


def test_the_rule_as_a_table(connection):
    """
    A person may spend 4 single rows over four quarters, and 1 row among the lost; one marginal, the total.

    | rows now | spent before, in rows | weight kept | weight lost |
    | 1        | 0                     | 1           | 0           |
    | 2        | 0                     | 1           | 0           | two rows in one sum cost 4
    | 4        | 0                     | 1/2         | 1/4         | four cost 16; of the lost, 1/4 of 4 rows costs 1
    | 2        | 3, the quarter before | 1/2         | 1/2         |
    | 2        | 3, the quarter after  | 1/2         | 1/2         |
    | 2        | 3, four quarters ago  | 1           | 0           | in no year with this one: it is not handed over
    | 1        | 4, this very quarter  | 0           | 1           | drawn before, now a revision
    | 2        | 1 and 2, either side  | 1/2         | 1/2         | both in one year with this one
    | 2        | 3 and 3, three before and three after | 1/2 | 1/2 | no year holds both
    """
    total = (person_budget.TOTAL,)
    plan = table(part("contacts", (1,), rows=4, marginals=total), part("contacts.lost", (1,), rows=1, marginals=total))
    row = plan.kept.micro * 10**6 // 4
    police = CELLS[0]
    people = {"1": [police], "2": [police] * 2, "4": [police] * 4} | {
        name: [police] * (1 if name == "again" else 2) for name in ("before", "after", "again", "either", "far")
    }
    spends = [
        *[("contacts", -1, "before", 3 * row), ("contacts", 1, "after", 3 * row), ("contacts", 0, "again", 4 * row)],
        *[("contacts", -2, "either", row), ("contacts", 1, "either", 2 * row)],
        *[("contacts", -3, "far", 3 * row), ("contacts", 3, "far", 3 * row)],
    ]

    found = {person: (kept, lost) for person, (kept, lost, *_) in weigh(connection, plan, people, spends).items()}

    assert found == {
        "1": (1024, 0),
        "2": (1024, 0),
        "4": (512, 256),
        "before": (512, 512),
        "after": (512, 512),
        "again": (0, 1024),
        "either": (512, 512),
        "far": (512, 512),
    }


def test_who_has_nothing_left_counts_nothing_and_pays_nothing(connection):
    plan = table()
    spends = [(of.name, 0, "a", of.micro * 10**6 + 5) for of in plan.parts]

    assert weigh(connection, plan, {"a": [CELLS[0]]}, spends)["a"] == (0, 0, 0, 0)


@pytest.mark.parametrize("rows", [1_000, 1_000_000])
def test_a_person_of_a_million_rows_is_bounded_exactly_and_no_number_overflows(connection, rows):
    plan = table()
    write(connection, {"few": [CELLS[0]]})
    police, bin_0, no = CELLS[0]
    connection.execute(
        f"insert into given_rows select 'many', '{police}', '{bin_0}', '{no}' from range({rows}) union all "
        f"select 'many', 'school', 'open', 'yes' from range({rows})"
    )
    bounding.bound(connection, plan, "given_rows", "given_spends")
    (found,) = connection.execute(
        "select kept_weight, lost_weight, kept_price, lost_price from bounded_contacts where person_key = 'many'"
    ).fetchall()

    assert found == person_budget.bounded(plan, Counter({CELLS[0]: rows, ("school", "open", "yes"): rows}), {}, {})


def test_more_rows_of_one_person_than_64_bits_can_reckon_with_are_refused(connection, monkeypatch):
    """Drawn smaller: the end is set between what two rows cost and what three do."""
    plan = table(part("contacts"), part("contacts.lost"))
    monkeypatch.setattr(bounding, "_FURTHEST", 9 * max(of.row_cost for of in plan.parts))

    assert weigh(connection, plan, {"a": [CELLS[0]] * 2})["a"][0] > 0
    assert bounding.most_rows(plan) == 2
    with pytest.raises(bounding.TooManyRows, match="more rows than can be reckoned with"):
        weigh(connection, plan, {"a": [CELLS[0]] * 3})


def test_a_category_that_is_not_public_is_refused_as_that_and_not_as_too_many_rows(connection):
    with pytest.raises(bounding.NotInGrid, match="not in the public grid"):
        weigh(connection, table(), {"a": [("navy", "bin_0", "no")]})

    assert not issubclass(bounding.TooManyRows, bounding.NotInGrid)


@given(people=PEOPLE)
@settings(max_examples=60, deadline=None)
def test_sums_are_the_weighted_rows_of_each_cell(connection, people):
    plan = table(part("contacts", rows=2), part("contacts.lost", rows=1))
    weights = weigh(connection, plan, people)
    kept, lost = bounding.sums(connection, plan, "given_rows")

    for place, cell in enumerate(CELLS):
        held = {person: cells.count(cell) for person, cells in people.items()}
        assert kept[place] == sum(weights[person][0] * number for person, number in held.items())
        assert lost[place] == sum(weights[person][1] * number for person, number in held.items())
    assert kept.dtype == lost.dtype == np.int64


def test_no_row_counts_for_more_than_one_row_in_the_two_parts_together(connection):
    plan = table(part("contacts", rows=1), part("contacts.lost", rows=50))
    weights = weigh(connection, plan, {"a": CELLS[:5], "b": CELLS[:1] * 3, "c": CELLS[:1]})

    assert all(kept + lost <= GRAIN for kept, lost, *_ in weights.values())
    assert any(lost for _, lost, *_ in weights.values())


@pytest.mark.parametrize("bad", [("navy", "bin_0", "no"), ("police", None, "no")])
def test_a_category_that_is_not_public_is_refused_and_not_quoted(connection, bad):
    plan = table()
    weigh(connection, plan, {"a": [CELLS[0]]})
    write(connection, {"a": [CELLS[0]], "b": [bad]})

    for work in (
        lambda: bounding.bound(connection, plan, "given_rows", "given_spends"),
        lambda: bounding.sums(connection, plan, "given_rows"),
    ):
        with pytest.raises(ValueError, match="not in the public grid") as refused:
            work()
        assert "navy" not in str(refused.value)


def test_a_part_that_costs_nothing_bounds_nobody_and_is_refused(connection):
    free = person_budget.part("contacts", (1,), marginals=(person_budget.TOTAL,))
    plan = table(kept=type(free)(**(vars(free) | {"marginals": (), "multipliers": ()})))

    with pytest.raises(ValueError, match="bounds nobody"):
        weigh(connection, plan, {"a": [CELLS[0]]})


def test_an_empty_quarter_has_every_cell_and_all_of_them_empty(connection):
    plan = table()
    assert weigh(connection, plan, {}) == {}
    kept, lost = bounding.sums(connection, plan, "given_rows")

    assert kept.shape == lost.shape == (GRID.size,)
    assert not kept.any()
    assert not lost.any()


@given(rows=st.lists(st.tuples(*[st.sampled_from([0, 1, 2**40, 2**62])] * 4), max_size=40))
def test_rows_that_are_the_same_throughout_have_one_number_and_others_another(rows):
    """However large the numbers of the columns: the product of what they may be would not fit in 64 bits."""
    columns = {name: [row[place] for row in rows] for place, name in enumerate("abcd")}
    found = bounding._alike(pa.table({name: pa.array(each, pa.int64()) for name, each in columns.items()})).tolist()

    assert sorted(set(found)) == list(range(len(set(rows))))
    assert len(set(zip(found, rows, strict=True))) == len(set(rows))


def test_two_tables_are_bounded_side_by_side(connection):
    """Each has its own temporary tables, and its own part's spends."""
    contacts, referrals = table(name="contacts"), table(name="referrals")
    spends = [("contacts", 0, "a", 80_000 * 10**6)]
    people = {"a": [CELLS[0]]}
    first, second = weigh(connection, contacts, people, spends), weigh(connection, referrals, people, spends)

    assert first["a"][0] == 0
    assert second["a"][0] == GRAIN
