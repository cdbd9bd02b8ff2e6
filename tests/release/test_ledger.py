"""The ledger: spent before drawn, never twice for one thing, never beyond the year, never altered unseen."""

import random
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from lantern.errors import BudgetExhausted, LanternError, LedgerRefused, ReleaseRefused
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.release.ledger import Ledger, spent_in

OFFICER = "Invented Privacy Officer"


def approve(ledger, period="2026-Q2", plan="a" * 64, approved=True):
    return ledger.decide(period=period, plan_digest=plan, approved=approved, by=OFFICER, reason="a test")


def spend(ledger, period="2026-Q2", plan="a" * 64, request="r" * 64, micro_rho=25_000):
    return ledger.spend(period=period, plan_digest=plan, request_digest=request, micro_rho=micro_rho)


def test_a_plan_nobody_approved_cannot_be_spent_on(ledger):
    with pytest.raises(ReleaseRefused, match="has not been approved, or was altered since"):
        spend(ledger)

    assert ledger.entries() == []


def test_an_altered_plan_is_not_the_approved_one(ledger):
    approve(ledger, plan="a" * 64)

    with pytest.raises(ReleaseRefused, match="altered since"):
        spend(ledger, plan="b" * 64)


def test_the_last_decision_on_a_plan_counts(ledger):
    approve(ledger)
    approve(ledger, approved=False)

    with pytest.raises(ReleaseRefused):
        spend(ledger)


@pytest.mark.parametrize(("by", "reason"), [("Somebody Else", "why not"), (OFFICER, "  ")])
def test_only_a_named_approver_with_a_reason_decides(ledger, by, reason):
    with pytest.raises(ReleaseRefused, match="Nothing was recorded"):
        ledger.decide(period="2026-Q2", plan_digest="a" * 64, approved=True, by=by, reason=reason)


def test_any_four_quarters_in_a_row_cost_no_more_than_the_year(ledger):
    """
    A spend that fits its calendar year but not some other run of four quarters is refused.

    quarter   2025-Q2  2025-Q3  2025-Q4  2026-Q1  2026-Q2
    spent      25,000   25,000   25,000   25,000
    asked                                 1
    """
    approve(ledger)
    for period in ("2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1"):
        spend(ledger, period=period)

    with pytest.raises(BudgetExhausted, match="costs 1 micro-rho, but 0 of 100,000 remain"):
        spend(ledger, period="2026-Q1", micro_rho=1)
    spend(ledger, period="2026-Q2")

    with pytest.raises(BudgetExhausted, match="remain for the year from 2025-Q3"):
        spend(ledger, period="2025-Q3", micro_rho=1)


def test_a_refused_spend_leaves_the_ledger_as_it_was(ledger):
    approve(ledger)
    spend(ledger, micro_rho=99_999)
    before = ledger.entries()

    with pytest.raises(BudgetExhausted, match="costs 2 micro-rho, but 1 of 100,000 remain"):
        spend(ledger, micro_rho=2)

    assert ledger.entries() == before


def _race(place: int) -> bool:
    opened = Ledger(Home.of("demo"), read_partnership("demo"))
    try:
        spend(opened, request=f"{place:064d}", micro_rho=15_000)
    except BudgetExhausted:
        return False
    finally:
        opened.close()
    return True


def test_twelve_processes_racing_for_the_last_of_it_never_overspend(ledger):
    """100,000 holds six spends of 15,000, whoever comes first."""
    approve(ledger)
    ledger.close()

    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        won = sum(pool.map(_race, range(12)))

    assert won == 6
    assert spent_in(ledger.entries(), Quarter.parse("2026-Q2")) == 90_000


def filled(ledger):
    for number, period in enumerate(("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2")):
        approve(ledger, period=period, plan=f"{number:064d}")
        entry = spend(ledger, period=period, plan=f"{number:064d}", micro_rho=1000 + number)
        answer = ledger.keep_answer(spend=entry, answers={"contacts.days": [1, 2, -3]})
        ledger.publish(answer=answer, release_id=f"{period}-1", published_on="2026-11-22")


COLUMNS = ("kind", "period", "plan_digest", "request_digest", "micro_rho", "body", "at", "mac")


def tampers(count: int) -> list[str]:
    """Edits, deletions, swaps and insertions by someone who holds the file but not the key."""
    rng = random.Random(7)
    found = []
    for _ in range(count):
        line, other = rng.sample(range(1, 16), 2)  # a cut tail is what the anchored head is for
        column = rng.choice(COLUMNS)
        found.append(
            rng.choice(
                [
                    f"update entry set {column} = {column} || 'x' where seq = {line}",
                    f"update entry set micro_rho = micro_rho + {rng.randint(1, 9)} where seq = {line}",
                    f"update entry set period = '2019-Q1' where seq = {line}",
                    f"delete from entry where seq = {line}",
                    f"update entry set seq = case seq when {line} then -1 else seq end",
                    f"update entry set {column} = (select {column} || '!' from entry where seq = {other}) where seq = {line}",
                    f"insert into entry select 17, kind, period, plan_digest, request_digest, -1000, body, at, mac from entry where seq = {line}",
                ]
            )
        )
    return found


def test_every_one_of_three_hundred_tampers_is_found_and_stops_everything(ledger, hub):
    """Nothing is read, decided or spent on a ledger that does not hold together."""
    filled(ledger)
    ledger.close()
    good = hub.home.ledger.read_bytes()
    tried = tampers(300)

    for tamper in tried:
        hub.home.ledger.write_bytes(good)
        with sqlite3.connect(hub.home.ledger) as connection:
            connection.execute(tamper)
        connection.close()
        for use in (ledger.entries, lambda: approve(ledger), lambda: spend(ledger)):
            with pytest.raises(LedgerRefused, match="is not what was written"):
                use()
        ledger.close()

    hub.home.ledger.write_bytes(good)
    assert len(ledger.entries()) == 16


def test_a_ledger_that_is_no_database_is_refused_with_what_to_do(ledger, hub):
    ledger.close()
    hub.home.ledger.write_bytes(b"not a database at all, but long enough to be one" * 40)

    with pytest.raises(LedgerRefused, match="restore the ledger from its own backup"):
        ledger.entries()


def test_every_refusal_has_an_exit_code_of_its_own():
    codes = [kind.exit_code for kind in LanternError.__subclasses__()]

    assert len(codes) == len(set(codes)) == 7
    assert LanternError.exit_code not in codes
