"""What a person budget leaves out of people who appear as the public figures say."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantern.privacy import multiplicity
from lantern.privacy.multiplicity import Multiplicity, histories, losses

CONTACTS = Multiplicity(1.2, 0.25, 0.3, 0.5)
REFERRALS = Multiplicity(1.04, 0.2, 0.3, 0.5)


@pytest.mark.parametrize(
    "public", [CONTACTS, REFERRALS, Multiplicity(1.5, 0.0, 0.5, 0.5), Multiplicity(2.5, 0.6, 1.0, 0.0)]
)
def test_the_people_planned_for_have_the_public_rows_and_come_back_as_often(public):
    rows, persons = histories(public)
    now, year = rows[:, -1], rows[:, 2:6].sum(axis=1)

    assert now.min() == 1
    assert persons @ now / persons.sum() == pytest.approx(public.rows, rel=0.01)
    assert persons[year > 0].sum() / persons.sum() == pytest.approx(public.returning, abs=0.01)


def test_of_a_hundred_persons_with_contacts_about_84_have_one_13_two_and_3_more():
    """As published for front doors: 85, 11, 3 and 1."""
    rows, persons = histories(CONTACTS)
    parts = [100 * persons[rows[:, -1] == each].sum() / persons.sum() for each in (1, 2, 3, 4)]

    assert parts == pytest.approx([84, 13, 2.5, 0.5], abs=1)


@pytest.mark.parametrize("family", ["zcdp", "pure"])
def test_a_larger_budget_leaves_out_less_and_a_larger_lost_budget_leaves_less_unseen(family):
    found = losses(CONTACTS, family, (1.0, 2.0, 4.0, 8.0, 256.0), (0.5, 1.0, 4.0), (0.6, 0.8))
    lost = [found[kept, 1.0].lost for kept in (1.0, 2.0, 4.0, 8.0, 256.0)]
    unseen = [found[2.0, each].unseen for each in (0.5, 1.0, 4.0)]

    assert len(found) == 15
    assert lost == sorted(lost, reverse=True)
    assert lost[0] > 0.1
    assert lost[-1] < 1e-9
    assert unseen == sorted(unseen, reverse=True)
    assert all(0 <= each.unseen <= each.lost < 1 for each in found.values())


@given(
    history=st.lists(st.integers(0, 5), min_size=7, max_size=7),
    budget=st.sampled_from([1, 2, 3, 6]),
    family=st.sampled_from(["zcdp", "pure"]),
)
@settings(deadline=None)
def test_weights_are_those_of_the_rule_worked_out_in_fractions(history, budget, family):
    """Rows that all meet in one sum: n rows cost n squared (pure: n); what is left is the budget less three quarters' spend."""
    expected, spent = [], [Fraction(0)] * 3
    for rows in history:
        cost = rows**2 if family == "zcdp" else rows
        left = max(Fraction(budget) - sum(spent[-3:]), Fraction(0))
        part = min(Fraction(1), left / cost) if cost else Fraction(1)
        expected.append(float(part) ** (0.5 if family == "zcdp" else 1))
        spent.append(part * cost)

    rows = np.array([history], dtype=float)
    found = multiplicity._weights(family, float(budget), rows, 1.0, np.ones_like(rows))[0]

    for weight, wanted, count in zip(found, expected, history, strict=True):
        if count:
            assert weight == pytest.approx(wanted, abs=1e-6)


def test_where_everybody_has_one_row_and_some_besides_the_public_mean_and_the_rows_beyond_a_third_come_back():
    """Of a shape of 0.2 and 1.46 rows a person, one row in ten lies beyond a person's third."""
    rows, persons = histories(Multiplicity(1.46, 0.0, 0.2, 0.05, is_once=True))
    now = rows[:, -1]

    assert rows[:, :-1].sum() == 0
    assert now.min() == 1
    assert persons @ now / persons.sum() == pytest.approx(1.46, rel=0.01)
    assert persons @ np.maximum(now - 3, 0) / (persons @ now) == pytest.approx(0.1, abs=0.005)


def test_unevenness_is_the_variance_over_rows_of_what_is_kept_of_them():
    """Rows that all cost alike; worked out by how many rows persons have."""
    public = Multiplicity(1.46, 0.0, 0.2, 0.0, is_once=True)
    rows, persons = histories(public)
    now = rows[:, -1]
    kept, parts = np.minimum(1, np.sqrt(2 / now)), persons * now / (persons @ now)

    found = losses(public, "zcdp", (2.0,), (1.0,), (0.0, 0.0))[2.0, 1.0]

    mean = parts @ kept
    assert found.lost == pytest.approx(1 - mean)
    assert found.uneven == pytest.approx(parts @ (kept - mean) ** 2 / mean**2)


def invented(public, people, seed):
    """Persons drawn one by one: a rate each, rows by it, and of some none in earlier quarters."""
    rng = np.random.default_rng(seed)
    mean = multiplicity._mean_rate(public)
    rates = rng.gamma(public.shape, mean / public.shape, people)
    now = rng.poisson(rates)
    rates, now = rates[now > 0], now[now > 0]
    stays = rng.random(len(now)) < multiplicity._staying(public, mean)
    before = rng.poisson(np.repeat(rates[:, None], 6, axis=1)) * stays[:, None]
    return np.unique(np.column_stack([before, now]).astype(float), axis=0, return_counts=True)


def test_the_few_persons_with_very_many_rows_are_seen(monkeypatch):
    """At a million persons a budget of 32 rows leaves out only theirs, and of those a lost part of one row sees about half."""
    drawn = invented(CONTACTS, 4_000_000, seed=1)
    planned = losses(CONTACTS, "zcdp", (32.0,), (1.0,), (0.6, 0.7))[32.0, 1.0]
    monkeypatch.setattr(multiplicity, "histories", lambda _: drawn)
    found = losses.__wrapped__(CONTACTS, "zcdp", (32.0,), (1.0,), (0.6, 0.7))[32.0, 1.0]

    assert planned.lost == pytest.approx(found.lost, rel=0.5)
    assert planned.unseen == pytest.approx(found.unseen, rel=0.5)
    assert planned.unseen > 0.3 * planned.lost


def test_points_spread_evenly_over_persons_would_miss_them(monkeypatch):
    """The twin: as many points, each for as many persons."""
    monkeypatch.setattr(multiplicity, "_RARER", 1)
    monkeypatch.setattr(multiplicity, "_POINTS", 1 << 12)
    monkeypatch.setattr(multiplicity, "histories", histories.__wrapped__)

    assert losses.__wrapped__(CONTACTS, "zcdp", (32.0,), (1.0,), (0.6, 0.7))[32.0, 1.0].unseen == 0


@pytest.fixture
def of_two_rows(monkeypatch):
    """Everybody has two rows and none before; half of the pairs are alike, and the others never meet in a sum."""
    public = Multiplicity(rows=2.0, alike=0.5)
    monkeypatch.setattr(multiplicity, "histories", lambda _: (np.array([[0, 0, 0, 0, 0, 0, 2.0]]), np.ones(1)))
    return lambda: losses.__wrapped__(public, "zcdp", (2.0,), (0.125,), (0.5, 0.5))[2.0, 0.125]


def test_a_pair_of_rows_that_meet_loses_what_one_that_does_not_need_not(of_two_rows):
    """Met, the pair costs 4 and a budget of 2 keeps the root of a half; a lost budget of an eighth sees the root of 1/32 of it."""
    found = of_two_rows()

    assert found.lost == pytest.approx((1 - 0.5**0.5) / 2)
    assert found.unseen == pytest.approx((1 - 0.5**0.5 - (1 / 32) ** 0.5) / 2)


def test_pairs_that_all_cost_the_mean_would_all_be_seen(of_two_rows, monkeypatch):
    """The twin: no pair is told from others."""
    monkeypatch.setattr(multiplicity, "_PAIR", -1)

    assert of_two_rows().unseen == 0


@given(alike=st.floats(0, 1), more=st.floats(0, 1), rows=st.integers(1, 9))
def test_whichever_are_alike_the_mean_is_as_planned(alike, more, rows):
    same = alike + (1 - alike) * more

    of_alike, of_others = multiplicity._meeting(np.array([[float(rows)]]), alike, same)[:, 0]

    assert alike * of_alike + (1 - alike) * of_others == pytest.approx(same)
    assert 0 <= of_others <= of_alike <= 1
