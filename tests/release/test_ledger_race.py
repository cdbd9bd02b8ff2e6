"""However many spend at once, a ledger is never overspent. In either store."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.release.ledger_line import approve

from lantern.period import Quarter
from lantern.release.entry import spent_in
from lantern.release.ledger import Ledger

RACING = Path(__file__).with_name("racing.py")


@pytest.fixture
def ledger(store, hub):
    opened = Ledger(hub.home, hub.partnership)
    yield opened
    opened.close()


def raced(racers, *more):
    done = subprocess.run(
        [sys.executable, str(RACING), *more],
        input=json.dumps(racers),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    ends = json.loads(done.stdout)
    assert len(ends) == len(racers)
    return ends


QUARTERS = ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2")


def test_fifty_processes_racing_for_the_last_of_it_never_overspend(ledger):
    """For each of four quarters twelve or thirteen: 100,000 holds two spends of 40,000, whoever comes first."""
    approve(ledger)
    ledger.close()

    ends = raced([(QUARTERS[number % 4], {f"racer {number}": 40_000}) for number in range(50)])

    assert sorted(ends) == ["refused"] * 48 + ["won"] * 2
    assert spent_in(ledger.entries(), Quarter.parse("2025-Q3")) == 80_000


def test_fifty_processes_racing_to_draw_one_part_pay_once_a_quarter(ledger):
    approve(ledger)
    ledger.close()

    ends = raced([(QUARTERS[number % 4], {"contacts": 100_000}) for number in range(50)])

    assert sorted(ends) == ["refused"] * 46 + ["won"] * 4
    assert spent_in(ledger.entries(), Quarter.parse("2025-Q3")) == 100_000


def test_without_the_lock_the_race_would_be_seen(ledger):
    """The twin: racers read one balance, and then stand in each other's way."""
    approve(ledger)
    ledger.close()

    ends = raced([(QUARTERS[number % 4], {f"racer {number}": 40_000}) for number in range(8)], "--unlocked")

    assert "broken" in ends
