"""Everything that can be wrong with a hub and is told to somebody: its name, what it says, and its page."""

from typing import Literal

PAGES = "docs/operations/alarms"

Alarm = Literal[
    "airflow-database",
    "approval-waiting",
    "board-file",
    "build",
    "clock",
    "configuration",
    "disk",
    "keys",
    "late-partner",
    "ledger",
    "locks",
    "spends",
    "step-failed",
    "stores",
]

MEANING: dict[Alarm, str] = {
    "airflow-database": "Airflow's own database does not answer",
    "approval-waiting": "a quarter is ripe, and nobody has decided on it or what was approved is not published",
    "board-file": "what the board reads is not what the ledger says was published",
    "build": "the last build did not pass, or deliveries wait to be loaded",
    "clock": "the machine's clock does not go with what the hub has written",
    "configuration": "the partnership's file cannot be used",
    "disk": "the disk is nearly full",
    "keys": "a key is missing, or open to others",
    "late-partner": "a partner's delivery is late",
    "ledger": "the ledger cannot be read, or does not hold together",
    "locks": "something holds the hub, or was stopped half-way",
    "spends": "what persons have spent is not whole",
    "step-failed": "a step of a DAG failed",
    "stores": "a store does not open, or lacks what it should hold",
}
"""In words that hold no number and no value: they may leave the hub by e-mail."""


def page(alarm: Alarm) -> str:
    """Where it is written what an alarm means and what to do."""
    return f"{PAGES}/{alarm}.md"
