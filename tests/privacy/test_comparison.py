"""What is called a change, over a whole page: seldom without one, and mostly with one."""

import math

import numpy as np
import pytest
from invented_table import question
from scipy.stats import norm

from lantern.privacy import comparison
from lantern.privacy.comparison import changes
from lantern.privacy.figure import Figure
from lantern.privacy.reconcile import Z95

SHARE, COUNT = question("share"), question("count")
PAGES, FIGURES = 2000, 36


def share(value, half=0.02, rows=4000):
    return Figure(SHARE, value, value - half, value + half, half, rows)


def count(value, half=60):
    return Figure(COUNT, value, value - half, value + half, half, value)


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        (share(0.84), share(0.75), "up"),
        (share(0.75), share(0.84), "down"),
        (share(0.84), share(0.83), "flat"),
        (count(4600), count(4000), "up"),
        (count(4100), count(4000), "flat"),
    ],
)
def test_a_difference_beyond_noise_and_chance_is_a_change(now, then, said):
    assert changes([(now, then)]) == [said]


def test_the_order_of_the_pairs_does_not_matter():
    pairs = [(share(0.84), share(0.75)), (share(0.80), share(0.80)), (share(0.70), share(0.79))]

    assert changes(pairs) == ["up", "flat", "down"]
    assert changes(pairs[::-1]) == ["down", "flat", "up"]


def test_nothing_compared_says_nothing():
    assert changes([]) == []


def by_hand(levels):
    """Holm's steps as his paper tells them: sort, compare with 5% over those left, stop at the first that fails."""
    order, refused = np.argsort(levels), []
    for step, place in enumerate(order):
        if levels[place] > 0.05 / (len(levels) - step):
            break
        refused.append(int(place))
    return refused


@pytest.mark.parametrize("seed", range(20))
def test_the_steps_are_holms(seed):
    rng = np.random.default_rng(seed)
    differences = rng.normal(0, 0.06, 12)
    pairs = [(share(0.5 + each / 2), share(0.5 - each / 2)) for each in differences]
    spread = math.sqrt(2 * (0.02 / Z95) ** 2 + 2 * comparison.DISPERSION * 0.25 / 4000)

    said = changes(pairs)

    assert [place for place, each in enumerate(said) if each != "flat"] == sorted(
        by_hand(2 * norm.sf(np.abs(differences) / spread))
    )


def people(rng, size):
    """Rows of persons of a quarter: 85, 11, 3 and 1 in a hundred have one to four, alike in what is asked."""
    rows = rng.choice([1, 2, 3, 4], rng.poisson(size), p=[0.85, 0.11, 0.03, 0.01])
    return rows, rng.random(len(rows)) < 0.25


def page(rng):
    """One page of figures of two quarters of the same practice, in which nothing changed but chance and noise."""
    pairs = []
    for place in range(FIGURES):
        pair = []
        for _ in range(2):
            rows, marked = people(rng, 600)
            noise, half = rng.normal(0, 12, 2), 12 * Z95
            total, part = rows.sum() + noise[0], rows[marked].sum() + noise[1]
            value = part / total
            width = half / total * math.sqrt(1 + value**2)
            pair.append(share(value, width, total) if place % 3 else count(total, half))
        pairs.append(tuple(pair))
    return pairs


def false_pages(rng, pages):
    return sum(any(each != "flat" for each in changes(page(rng))) for _ in range(pages)) / pages


def test_on_a_page_where_nothing_changed_hardly_ever_anything_is_called_a_change():
    """Of 36 figures of persons whose rows come together: any false word on at most one page in twenty."""
    rng = np.random.default_rng(1)

    assert false_pages(rng, 600) <= 0.05 + 5 * math.sqrt(0.05 * 0.95 / 600)


def test_without_room_for_rows_that_come_together_or_for_many_figures_it_would_be_noticed(monkeypatch):
    """The twin: each figure judged for itself at 5%."""
    monkeypatch.setattr(comparison, "LEVEL", 0.05 * FIGURES)

    assert false_pages(np.random.default_rng(2), 100) > 0.05 + 5 * math.sqrt(0.05 * 0.95 / 100)


def test_a_clear_change_is_seen_among_many_figures_that_stay():
    rng = np.random.default_rng(3)
    seen = sum(changes([(share(0.84), share(0.74)), *page(rng)])[0] == "up" for _ in range(60))

    assert seen == 60
