"""Which quarter waits for another one's approver: one that is approved and still to be drawn."""

from dataclasses import replace
from datetime import datetime

import pytest
from tests.release.conftest import OFFICER

from lantern.home import PROJECT
from lantern.release.ledger import Ledger


@pytest.fixture
def held_up_since(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT / "dags"))
    from orchestration.approving import held_up_since

    return held_up_since


def test_a_quarter_that_is_drawn_or_refused_is_held_up_by_nobody(hub, held_up_since):
    """
    2026-Q1                   2026-Q2 holds it up
    not decided               no
    approved                  since its approval; it does not hold itself up
    approved and drawn        no
    approved, then refused    no
    """
    ledger, decision = Ledger(hub.home, hub.partnership), {"period": "2026-Q1", "plan_digest": "b" * 64}
    decision |= {"by": OFFICER, "reason": "by hand"}

    assert held_up_since(ledger.entries(), "2026-Q2") is None

    entry = ledger.decide(approved=True, **decision)
    assert held_up_since(ledger.entries(), "2026-Q2") == datetime.fromisoformat(entry.at)
    assert held_up_since(ledger.entries(), "2026-Q1") is None
    assert held_up_since([*ledger.entries(), replace(entry, kind="answer")], "2026-Q2") is None

    ledger.decide(approved=False, **decision)
    assert held_up_since(ledger.entries(), "2026-Q2") is None
    ledger.close()
