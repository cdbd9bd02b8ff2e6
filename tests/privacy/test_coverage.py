"""Printed ranges hold the truth of all rows as often as they say: invented people, real bounding, real noise, the demo's plan."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import accuracy  # the benchmark that writes docs/accuracy.md, on fewer draws

from lantern.privacy import loss, workload
from lantern.privacy.multiplicity import Multiplicity

PEOPLE, WORLDS, DRAWS = 3_400, 4, 5


def limit(tally, releases):
    """
    The least share of ranges that must hold for a promise of 93%.

    Figures of one release share its noise, so only releases count as independent: five standard errors of
    so many, or of the ranges printed if there are fewer.
    """
    return 0.93 - 5 * math.sqrt(0.93 * 0.07 / min(tally.printed, releases))


@pytest.fixture(scope="module")
def measured():
    plans, persons = accuracy.plans_at(PEOPLE)
    asked = {name: workload.questions(name) for name in plans}
    return accuracy.measure(plans, asked, persons, WORLDS, DRAWS, seed=1)


def test_ranges_of_every_kind_of_figure_hold_as_often_as_they_say(measured):
    quarters = {kind: tally for kind, tally in measured.tallies.items() if kind[0] == "quarter"}

    assert len(quarters) >= 8
    for kind, tally in measured.tallies.items():
        assert tally.held / tally.printed >= limit(tally, WORLDS * DRAWS * (4 if kind[0] == "quarter" else 1)), kind


def test_headlines_are_for_use_at_a_median_authority(measured):
    """Half widths of at most 2.5 points on average, for all sources, each quarter."""
    shares = [
        tally
        for (span, name, where), tally in measured.tallies.items()
        if span == "quarter" and name.startswith("share") and where == accuracy.CENTRE
    ]

    assert len(shares) == 2
    for tally in shares:
        assert tally.printed == tally.asked
        assert sum(tally.widths) / len(tally.widths) <= 0.025


def test_ranges_that_forget_the_rows_left_out_would_be_found_out(monkeypatch):
    """The twin: lay no lost rows. Counts then fall short of the truth far too often."""
    real = loss.lay

    def forgotten(table, kept, lost):
        return real(table, kept, tuple(each * 0 for each in lost))

    monkeypatch.setattr(loss, "lay", forgotten)
    plans, persons = accuracy.plans_at(PEOPLE)
    plans = {"referrals": plans["referrals"]}
    asked = {"referrals": workload.questions("referrals")}
    found = accuracy.measure(plans, asked, persons, 2, 10, seed=2, spans=("quarter",))

    tally = found.tallies["quarter", "count", accuracy.CENTRE]
    assert tally.printed == 80
    assert tally.held / tally.printed < limit(tally, 80)


OFTEN = Multiplicity(rows=1.2, returning=0.3, shape=0.3)
"""Persons who come back more often than is public (1.04 referrals, 20%): bounding leaves out three times as much."""


def of_everyone(tables):
    """Counts and repeat shares of all sources, where persons come back more often than is public."""
    plans, persons = accuracy.plans_at(PEOPLE)
    plan = tables(plans["referrals"])
    asked = {"referrals": workload.questions("referrals")}
    found = accuracy.measure({"referrals": plan}, asked, persons, 4, 10, seed=3, spans=("quarter",), like=OFTEN)
    assert sum(found.lost) / len(found.lost) > 2 * plans["referrals"].expected_loss
    tallies = [found.tallies["quarter", name, accuracy.CENTRE] for name in ("count", "share that came back")]
    assert [each.asked for each in tallies] == [160, 160]
    return tallies


def test_ranges_hold_where_persons_come_back_more_often_than_is_public():
    """The measured loss itself tells: what is allowed for the unseen part of it grows."""
    for tally in of_everyone(lambda plan: plan):
        assert tally.printed > 100
        assert tally.held / tally.printed >= limit(tally, 160)


def test_a_fixed_allowance_for_the_unseen_loss_would_be_found_out_there():
    """The twin: no loss is beyond what is expected."""
    for tally in of_everyone(lambda plan: replace(plan, expected_loss=1.0)):
        assert tally.held / tally.printed < limit(tally, 160)
