"""The invented places that accuracy is measured on: persons come as often as they are said to, and errors of the simulation are honest."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import accuracy  # the benchmark that writes docs/accuracy.md
import world
from tally import Tally

from lantern.privacy import bounding, leeway, workload
from lantern.privacy.figure import Figure
from lantern.privacy.multiplicity import Multiplicity
from lantern.privacy.plan import GRAIN

PEOPLE, QUARTER = 20_000, 5
CONTACTS = workload.table("contacts")
LIKE = Multiplicity(rows=1.2, returning=0.25, shape=0.3)


def invented(like=LIKE, planted=None):
    return world.world("contacts", CONTACTS.grid, PEOPLE, np.random.default_rng(5), like, planted)


def returning(made):
    """Of the persons of a quarter, the part who had rows in the four before: counted with Python's own sets."""
    now, *before = (set(made.persons[QUARTER - back].tolist()) for back in range(5))
    return len(now & set.union(*before)) / len(now)


def test_persons_have_as_many_rows_and_come_back_as_often_as_is_said():
    made = invented()

    rows = [len(each) / len(np.unique(each)) for each in made.persons]
    assert len(rows) == world.QUARTERS
    assert max(abs(each - LIKE.rows) for each in rows) < 0.01
    assert math.isclose(len(np.unique(made.persons[QUARTER])), PEOPLE, rel_tol=0.03)
    assert abs(returning(made) - LIKE.returning) < 0.015


def test_persons_who_come_back_less_often_would_be_seen():
    """The twin: another part of persons stays in view."""
    assert returning(invented(Multiplicity(rows=1.2, returning=0.15, shape=0.3))) < LIKE.returning - 0.05


def test_rows_of_a_person_scatter_as_a_gamma_of_poissons_does():
    """Beside numpy's own gamma and Poisson draws, of everyone, those without rows left out at the end."""
    draw = np.random.default_rng(6)
    mean, shape, everyone = 0.2, 0.3, 200_000
    plain = draw.poisson(draw.gamma(shape, mean / shape, everyone))

    found = world._appearing(everyone, mean, shape, draw)

    assert found.min() == 1
    for rows in (1, 2, 3, 5):
        expected = (plain == rows).sum()
        assert abs((found == rows).sum() - expected) < 6 * math.sqrt(2 * expected)


def test_a_row_came_before_just_if_its_person_had_an_earlier_one():
    made = invented()
    axis = next(each for each in CONTACTS.grid.axes if each.name in CONTACTS.return_axes)
    lengths = [len(each.categories) for each in CONTACTS.grid.axes]
    category = np.unravel_index(made.places[QUARTER], lengths)[CONTACTS.grid.axes.index(axis)]
    earlier = set(np.concatenate(made.persons[QUARTER - 4 : QUARTER]).tolist())

    asked = seen = 0
    for person, place in zip(made.persons[QUARTER].tolist(), category.tolist(), strict=True):
        if axis.categories[place] != "not_asked":
            asked += 1
            seen += (axis.categories[place] != "no") == (person in earlier)
        earlier.add(person)

    assert asked > PEOPLE / 2
    assert seen == asked


def unlike(name="referrals", worlds=8, people=3_400):
    """How unlike the rows kept those are that bounding leaves out, by axis that tells of no return: as part of what is allowed for."""
    plans, persons = accuracy.plans_at(people, tuple(accuracy.PLANTED))
    plan, rng, found = plans[name], np.random.default_rng(8), {}
    for _ in range(worlds):
        kept, true = rows_kept(plan, world.world(name, plan.grid, persons[name], rng))
        for axis in (each for each in plan.grid.axes if each.name not in workload.table(name).return_axes):
            sums = plan.grid.rows({axis.name: tuple((category,) for category in axis.categories)})
            of_kept, of_lost = (each / each.sum() for each in (sums @ kept, sums @ (true - kept)))
            allowed = leeway.CATEGORY_ALLOWANCE**2 * (1 - (of_kept**2).sum())
            found.setdefault(axis.name, []).append(((of_lost - of_kept) ** 2 / of_kept).sum() / allowed)
    return {name: math.sqrt(np.mean(squares)) for name, squares in found.items()}


def rows_kept(plan, made):
    """By cell, over the quarters that are bounded: the rows kept, and all."""
    kept, real = np.zeros(plan.grid.size), bounding.sums

    def noted(connection, plan, rows):
        sums = real(connection, plan, rows)
        kept.__iadd__(np.asarray(sums[0]) / GRAIN)
        return sums

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounding, "sums", noted)
        quarters = accuracy.bounded(plan, made)
    return kept, sum(each.true for each in quarters)


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("contacts", {"source_group", "time_category", "is_referred"}),
        ("referrals", {"source_group", "time_category", "two_agencies"}),
        ("waiting", {"waiting"}),
        ("concerns", {"source_group", "time_category", "is_enquiry"}),
    ],
)
def test_rows_left_out_are_about_as_unlike_those_kept_as_is_allowed_for(name, axes):
    """Within a third, which is chance of eight worlds; so ranges hold neither for want of unlikeness nor in spite of it."""
    found = unlike(name)

    assert set(found) == axes
    assert 0.67 < overall(found) < 1.5, found


def overall(found):
    """Over all axes of a table: of one with few categories eight worlds say little."""
    return math.sqrt(np.mean(np.square(list(found.values()))))


def test_worlds_in_which_frequent_persons_are_like_all_others_would_be_seen(monkeypatch):
    """The twin."""
    monkeypatch.setattr(world, "APART", 0.03)

    assert overall(unlike()) < 0.67


def test_pairs_of_a_persons_rows_are_alike_as_often_as_is_public():
    """The share of pairs in one category, beside that of pairs of different persons, which are alike by chance."""
    plan = accuracy.plans_at(PEOPLE, ("referrals",))[0]["referrals"]
    axis = next(at for at, each in enumerate(plan.grid.axes) if each.name == "source_group")
    made = world.world("referrals", plan.grid, PEOPLE, np.random.default_rng(9))
    lengths = [len(each.categories) for each in plan.grid.axes]
    persons = np.concatenate(made.persons)
    source = np.concatenate([np.unravel_index(each, lengths)[axis] for each in made.places])
    order = np.argsort(persons, kind="stable")
    is_same = np.diff(persons[order]) == 0
    together = (np.diff(source[order]) == 0)[is_same].mean()
    by_chance = ((np.bincount(source) / len(source)) ** 2).sum()

    assert is_same.sum() > 5_000
    assert (together - by_chance) / (1 - by_chance) == pytest.approx(0.5, abs=0.06)


def tally(held_by_world):
    found = Tally()
    question = next(each for each in workload.questions("contacts") if each.statistic == "count")
    for number, held in enumerate(held_by_world):
        for is_held in held:
            found.count(Figure(question, 1_000, 990, 1_010, 10, 1_000), 1_000 if is_held else 0, number)
    return found


def test_the_simulations_own_error_counts_worlds_where_worlds_are_all_or_nothing():
    """Twenty of 400 ranges do not hold: spread over all worlds, or one world of twenty as a whole."""
    spread, clustered = tally([[True] * 19 + [False]] * 20), tally([[True] * 20] * 19 + [[False] * 20])

    assert (spread.held, clustered.held) == (380, 380)
    assert spread.error == pytest.approx(0.0, abs=1e-12)
    assert clustered.error == pytest.approx(math.sqrt(0.95 * 0.05 / 19))


def test_the_simulations_own_error_is_the_binomial_one_where_ranges_are_independent():
    draw = np.random.default_rng(7)
    found = tally(draw.random((200, 20)) < 0.95)

    assert found.error == pytest.approx(math.sqrt(0.95 * 0.05 / 4_000), rel=0.25)
    assert math.isnan(tally([[True]]).error)
