"""The ledger: spent before drawn, never twice for one thing, never beyond the year, never altered unseen."""

import random
import sqlite3
import subprocess
import sys

import pytest

from lantern.errors import BudgetExhausted, LanternError, LedgerRefused, ReleaseRefused
from lantern.period import Quarter
from lantern.release.entry import spent_in
from lantern.release.ledger import Ledger

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

    approve(ledger)
    with pytest.raises(BudgetExhausted, match="costs 1 micro-rho, but 0 of 100,000 remain"):
        spend(ledger, period="2026-Q1", micro_rho=1)
    spend(ledger, period="2026-Q2")

    approve(ledger)
    with pytest.raises(BudgetExhausted, match="remain for the year from 2025-Q3"):
        spend(ledger, period="2025-Q3", micro_rho=1)


def test_a_refused_spend_leaves_the_ledger_as_it_was(ledger):
    approve(ledger)
    spend(ledger, micro_rho=99_999)
    approve(ledger)
    before = ledger.entries()

    with pytest.raises(BudgetExhausted, match="costs 2 micro-rho, but 1 of 100,000 remain"):
        spend(ledger, micro_rho=2)

    assert ledger.entries() == before


@pytest.mark.parametrize("micro_rho", [0, -1, -60_000])
def test_nothing_is_ever_given_back(ledger, micro_rho):
    approve(ledger)

    with pytest.raises(ReleaseRefused, match="nothing is ever given back"):
        spend(ledger, micro_rho=micro_rho)


def test_one_approval_pays_for_one_spend(ledger):
    """A run that ended between spend and draw has used its approval: a person decides whether to pay again."""
    approve(ledger)
    spend(ledger)

    with pytest.raises(ReleaseRefused, match="its approval has been used"):
        spend(ledger)

    approve(ledger)
    assert spend(ledger).micro_rho == 25_000


def test_a_period_that_was_drawn_cannot_be_charged_again(ledger):
    approve(ledger)
    ledger.keep_answer(spend=spend(ledger), meaning="m", answers={})
    approve(ledger)

    with pytest.raises(ReleaseRefused, match="has been drawn already"):
        spend(ledger)


RACER = """
import sys
from lantern.errors import BudgetExhausted, ReleaseRefused
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.release.ledger import Ledger

ledger = Ledger(Home.of("demo"), read_partnership("demo"))
try:
    ledger.spend(period=sys.argv[1], plan_digest="a" * 64, request_digest="r" * 64, micro_rho=40_000)
    print("won")
except (BudgetExhausted, ReleaseRefused):
    print("refused")
"""


def test_twelve_processes_racing_for_the_last_of_it_never_overspend(ledger):
    """Three for each of four quarters: 100,000 holds two spends of 40,000, whoever comes first."""
    approve(ledger)
    ledger.close()

    racers = [
        subprocess.Popen([sys.executable, "-c", RACER, period], stdout=subprocess.PIPE, text=True)
        for period in ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"] * 3
    ]
    ends = [racer.communicate(timeout=120)[0].strip() for racer in racers]

    assert sorted(ends) == ["refused"] * 10 + ["won"] * 2
    assert spent_in(ledger.entries(), Quarter.parse("2025-Q3")) == 80_000


def filled(ledger):
    for number, period in enumerate(("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2")):
        approve(ledger, period=period, plan=f"{number:064d}")
        entry = spend(ledger, period=period, plan=f"{number:064d}", micro_rho=1000 + number)
        answer = ledger.keep_answer(spend=entry, meaning="m", answers={"contacts.days": [1, 2, -3]})
        ledger.publish(answer=answer, release_id=f"{period}-1", published_on="2026-11-22", folder_digest="f")


COLUMNS = ("kind", "period", "plan_digest", "request_digest", "micro_rho", "body", "at", "mac")


def tampers(count: int) -> list[str]:
    """Edits, deletions, swaps and insertions by someone who holds the file but not the key."""
    rng = random.Random(7)
    found = []
    for _ in range(count):
        line, other = rng.sample(range(1, 16), 2)  # a cut tail has a test of its own
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


def test_an_older_copy_of_the_ledger_is_found_out(ledger, hub):
    """A backup from before the last spends, or the file with its tail cut: both hold together, and both are refused."""
    approve(ledger)
    ledger.close()
    early = hub.home.ledger.read_bytes()
    filled(ledger)
    ledger.close()
    late = hub.home.ledger.read_bytes()

    hub.home.ledger.write_bytes(early)
    with pytest.raises(LedgerRefused, match="older than what has been published or spent"):
        ledger.entries()
    ledger.close()
    hub.home.ledger.write_bytes(late)
    with sqlite3.connect(hub.home.ledger) as connection:
        connection.execute("delete from entry where seq > 12")
    connection.close()
    with pytest.raises(LedgerRefused, match="Restore the newest copy"):
        spend(ledger)


def test_without_the_anchor_an_older_copy_would_give_allowance_back(ledger, hub):
    """The twin: remove what is kept outside, and the old copy is taken for the whole truth."""
    approve(ledger)
    ledger.close()
    early = hub.home.ledger.read_bytes()
    spend(ledger)
    ledger.close()
    hub.home.ledger.write_bytes(early)
    (hub.home.base / "anchor" / "head.json").unlink()

    assert spent_in(ledger.entries(), Quarter.parse("2026-Q2")) == 0


def test_another_partnerships_ledger_does_not_fit(ledger, hub):
    """Under one key too: the chain begins with the partnership's name."""
    other = hub.partnership.model_copy(update={"name": "elsewhere"})
    approve(ledger)
    ledger.close()
    (hub.home.base / "anchor" / "head.json").unlink()

    with pytest.raises(LedgerRefused, match="line 1 is not what was written"):
        Ledger(hub.home, other).entries()


def test_a_ledger_that_is_no_database_is_refused_with_what_to_do(ledger, hub):
    ledger.close()
    hub.home.ledger.write_bytes(b"not a database at all, but long enough to be one" * 40)

    with pytest.raises(LedgerRefused, match="restore the ledger from its own backup"):
        ledger.entries()


def test_every_refusal_has_an_exit_code_of_its_own():
    codes = [kind.exit_code for kind in LanternError.__subclasses__()]

    assert len(codes) == len(set(codes)) == 7
    assert LanternError.exit_code not in codes
