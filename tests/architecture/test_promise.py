"""The promise page says what the configuration, the plan and the ledger say: no more, and no less of what is not covered."""

import math
import re

import pytest
from tests.release.conftest import OFFICER

from lantern.errors import BudgetExhausted
from lantern.home import PROJECT
from lantern.period import Quarter
from lantern.privacy import mechanism
from lantern.release import planning
from lantern.release.card import CHILDHOOD_YEARS, INVARIANTS, NOT_COVERED, bounds_words
from lantern.release.entry import spent_in
from lantern.release.ledger import Ledger

PERIOD = Quarter(2026, 2)


@pytest.fixture(scope="module")
def page() -> str:
    return " ".join((PROJECT / "docs" / "privacy-promise.md").read_text(encoding="utf-8").split())


@pytest.fixture
def plan(hub):
    return planning.plan_for(hub.partnership, PERIOD)


@pytest.fixture
def ledger(hub):
    opened = Ledger(hub.home, hub.partnership)
    yield opened
    opened.close()


def line(family: str, micro: int, delta: float) -> str:
    return f"{micro / mechanism.MICRO:g} | {mechanism.epsilon(family, micro, delta):.2f} | {delta:g} |"


def test_the_cost_of_a_release_a_year_and_a_childhood_is_the_configured_one(page, hub, plan):
    privacy = hub.partnership.privacy
    year = privacy.micro_per_year
    childhood = mechanism.composed(privacy.definition, [year] * CHILDHOOD_YEARS)

    assert f"one release, at most | {line(plan.family, plan.micro, privacy.delta)}" in page
    assert f"any four quarters in a row | {line(plan.family, year, privacy.delta)}" in page.replace("**", "")
    assert f"18 years of releases, a childhood | {line(plan.family, childhood, privacy.delta)}" in page
    assert f"holds {year:,} millionths of rho" in page


def test_the_unit_and_the_bound_are_those_of_the_plan(page, hub, plan):
    assert f"One **{hub.partnership.privacy.unit}**" in page
    assert f"worth at most so many of each: {bounds_words(plan)}" in page


def test_how_sure_a_reader_can_become_follows_from_epsilon(page, hub):
    """From even odds to at most e^epsilon / (1 + e^epsilon)."""
    privacy = hub.partnership.privacy
    odds = math.exp(mechanism.epsilon(privacy.definition, privacy.micro_per_year, privacy.delta))

    assert f"at most {math.ceil(100 * odds / (1 + odds))}% sure" in page


def spend(ledger, plan, period: Quarter):
    digest = f"{period}".ljust(64, "0")
    ledger.decide(period=str(period), plan_digest=digest, approved=True, by=OFFICER, reason="a test")
    return ledger.spend(period=str(period), plan_digest=digest, request_digest=digest, charges=plan.charges)


def test_by_the_ledgers_rule_any_four_quarters_cost_what_the_page_says(page, hub, plan, ledger):
    """Six quarters of the demo's plan: a release costs the year, and so does every run of four."""
    year = hub.partnership.privacy.micro_per_year
    for back in range(6):
        spend(ledger, plan, PERIOD.plus(-back))

    entries = ledger.entries()

    assert spent_in(entries, PERIOD, 1) == plan.micro <= year
    assert {spent_in(entries, PERIOD.plus(-back)) for back in range(3, 9)} <= {year, plan.micro}
    assert "No four quarters in a row use more" in page


def test_the_ledger_refuses_what_would_be_more_than_the_page_says(plan, ledger):
    """One more part, of one millionth."""
    spend(ledger, plan, PERIOD)
    digest = "f" * 64
    other = PERIOD.plus(-1)
    ledger.decide(period=str(other), plan_digest=digest, approved=True, by=OFFICER, reason="a test")

    with pytest.raises(BudgetExhausted):
        ledger.spend(
            period=str(other), plan_digest=digest, request_digest=digest, charges=plan.charges | {"another": 1}
        )


def test_everything_that_is_not_covered_is_said(page):
    assert len(NOT_COVERED) >= 6
    for title, sentence in NOT_COVERED.items():
        assert f"**{title}.** {sentence}" in page


def test_exact_numbers_would_be_listed_and_there_are_none(page):
    assert INVARIANTS == ()
    assert "**Exact numbers.** None." in page


def test_it_is_one_page(page):
    """Of plain words: none but the two it explains."""
    words = re.findall(r"[A-Za-z]+", page)

    assert 300 <= len(words) <= 700


def test_a_number_that_is_not_the_configured_one_would_be_noticed(page, hub, plan):
    """The twin: the page with another epsilon."""
    wrong = page.replace("2.14", "1.14")

    with pytest.raises(AssertionError):
        test_the_cost_of_a_release_a_year_and_a_childhood_is_the_configured_one(wrong, hub, plan)
