"""A promise that was published for a year is not made larger within it."""

import pytest
from tests.release.ledger_line import approve, spend

from lantern.errors import BudgetExhausted, ReleaseRefused
from lantern.release import charge
from lantern.release.ledger import Ledger

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def under(store, hub):
    """The same ledger under another promise of a year, after 100,000 were promised and half of it paid."""
    opened = []

    def ledger_under(micro: int) -> Ledger:
        privacy = hub.partnership.privacy.model_copy(update={"micro_per_year": micro})
        opened.append(Ledger(hub.home, hub.partnership.model_copy(update={"privacy": privacy})))
        approve(opened[-1])
        return opened[-1]

    spend(under_first := ledger_under(100_000), period="2026-Q2", charges={"contacts": 50_000})
    assert under_first.entries()[-1].body["promised"] == 100_000
    yield ledger_under
    for each in opened:
        each.close()


@pytest.mark.parametrize("period", ["2025-Q3", "2026-Q1", "2027-Q1"])
def test_a_larger_promise_is_refused_while_the_smaller_one_counts(under, period):
    larger = under(200_000)
    before = larger.entries()

    with pytest.raises(ReleaseRefused, match=r"paid for under a promise of 100,000 micro-rho .* now allows 200,000"):
        spend(larger, period=period, charges={"contacts": 1})

    assert larger.entries() == before


@pytest.mark.parametrize("period", ["2025-Q2", "2027-Q2"])
def test_it_is_taken_where_no_four_quarters_hold_both(under, period):
    assert spend(under(200_000), period=period, charges={"contacts": 150_000}).micro == 150_000


def test_a_smaller_promise_is_kept_from_then_on(under):
    smaller = under(60_000)

    with pytest.raises(BudgetExhausted):
        spend(smaller, period="2026-Q3", charges={"referrals": 20_000})
    assert spend(smaller, period="2026-Q3", charges={"referrals": 10_000}).body["promised"] == 60_000


def test_without_the_look_at_what_was_promised_a_year_could_cost_twice_what_its_statement_says(under, monkeypatch):
    """The twin."""
    monkeypatch.setattr(charge, "_check_promise", lambda *_: None)

    assert spend(under(200_000), period="2026-Q3", charges={"contacts": 150_000}).micro == 150_000
