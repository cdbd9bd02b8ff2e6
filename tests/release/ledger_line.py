"""Lines for a ledger under test, by hand: decisions, spends, answers."""

from lantern.privacy.grid import Axis, Grid, Marginal
from lantern.privacy.plan import Part, Plan, TablePlan

OFFICER = "Invented Privacy Officer"


def plan_of(period="2026-Q2", micro=20_000) -> Plan:
    """A plan of one table with four cells."""
    grid = Grid((Axis("source_group", ("police", "school")), Axis("is_late", ("yes", "no"))))
    total = (Marginal("total"),)
    kept = Part("contacts", "zcdp", total, (1,), 6, micro, 100.0)
    lost = Part("contacts.lost", "zcdp", total, (1,), 2, micro // 10, 100.0)
    return Plan(period, "zcdp", (TablePlan("contacts", grid, kept, lost, 0.2),), ("d",), ("b",))


def approve(ledger, period="2026-Q2", plan="a" * 64, *, approved=True, revision=0):
    return ledger.decide(
        period=period, plan_digest=plan, approved=approved, by=OFFICER, reason="a test", revision=revision
    )


def spend(ledger, period="2026-Q2", plan="a" * 64, request="r" * 64, charges=None, **more):
    charges = charges or {"contacts": 20_000, "contacts.lost": 5_000}
    return ledger.spend(period=period, plan_digest=plan, request_digest=request, charges=charges, **more)


def answer(ledger, paid):
    return ledger.keep_answer(
        spend=paid, plan=plan_of(paid.period), answers={"contacts": [1, 2, -3], "contacts.lost": [0]}
    )


def publish(ledger, drawn):
    return ledger.publish(
        answer=drawn, release_id=f"{drawn.period}-{drawn.revision + 1}", published_on="2026-11-22", folder_digest="f"
    )


def filled(ledger, periods=("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2")):
    """Four quarters approved, paid for, drawn and published: sixteen lines."""
    for number, period in enumerate(periods):
        plan = f"{number:064d}"
        approve(ledger, period=period, plan=plan)
        publish(ledger, answer(ledger, spend(ledger, period=period, plan=plan, request=f"{number:064x}")))
