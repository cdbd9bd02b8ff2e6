"""A release, killed at each of its side effects: `python -m tests.release.killing_release TEMPLATE SCRATCH EVERY`."""

import json
from typing import Any

import duckdb
from tests.killing import Step, main

from lantern.errors import ReleaseRefused
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.pipeline import release
from lantern.release.ledger import Ledger

PERIOD = Quarter(2026, 2)


def run_release(home: Home, period: Quarter = PERIOD) -> None:
    """What the DAG does: release, refresh."""
    partnership = read_partnership(home.partnership)
    ledger = Ledger(home, partnership)
    release.release(home, partnership, ledger, period)
    release.refresh(home, partnership, ledger)
    ledger.close()


def state(home: Home) -> dict[str, Any]:
    """What is there: the ledger's lines, the folders, what the board's file shows."""
    ledger = Ledger(home, read_partnership(home.partnership))
    entries = ledger.entries()
    ledger.close()
    folders = {
        path.name: json.loads((path / "release.json").read_text())["ledger_mark"]
        for path in home.releases.glob("[!.]*")
    }
    shown = []
    if home.released.exists():
        with duckdb.connect(str(home.released), read_only=True) as connection:
            shown = [row[0] for row in connection.execute("select release_id from release").fetchall()]
    answers = [each for each in entries if each.kind == "answer"]
    return {
        "kinds": [each.kind for each in entries],
        "answers": [each.mac for each in answers],
        "sums": [json.dumps(each.body["answers"], sort_keys=True) for each in answers],
        "folders": folders,
        "published": [each.body["release_id"] for each in entries if each.kind == "publish"],
        "shown": shown,
    }


def faults(seen: dict[str, Any]) -> list[str]:
    """What must never be there, whenever a release was killed."""
    found, kinds = [], seen["kinds"]
    if len(seen["answers"]) > 1:
        found.append("two answers")
    if "answer" in kinds and ("spend" not in kinds or kinds.index("spend") > kinds.index("answer")):
        found.append("an answer before its spend")
    if not set(seen["folders"].values()) <= set(seen["answers"]):
        found.append("a folder of what was not drawn")
    if not set(seen["published"]) <= set(seen["folders"]):
        found.append("published, and no folder")
    if not set(seen["shown"]) <= set(seen["published"]):
        found.append("shown, and not published")
    return found


def run_again(home: Home, period: Quarter = PERIOD) -> None:
    """Run it again, as the next hour would; where its approval was used up, a person approves once more."""
    try:
        run_release(home, period)
    except ReleaseRefused as refusal:
        if "approval has been used" not in str(refusal):
            raise
        partnership = read_partnership(home.partnership)
        ledger = Ledger(home, partnership)
        by = partnership.release.approvers[0]
        release.approve(home, partnership, ledger, period, by=by, reason="it was killed")
        ledger.close()
        run_release(home, period)


def killed_faults(between: dict[str, Any], after: dict[str, Any], _: dict[str, Any]) -> list[str]:
    """What must never be, in what a killed release left and in what came of running it again: its noise is new each time."""
    found = [f"{name}: {each}" for name, seen in (("between", between), ("after", after)) for each in faults(seen)]
    if after["shown"] != ["2026-Q2-1"] or after["published"] != ["2026-Q2-1"]:
        found.append("after: not published once")
    if between["sums"] and after["sums"] != between["sums"]:
        found.append("after: another answer than was drawn")
    return found


RELEASE = Step("release", run_release, state, run_again, killed_faults)

if __name__ == "__main__":
    main(RELEASE)
