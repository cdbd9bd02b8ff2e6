"""An erasure, killed at each of its side effects: `python -m tests.housekeeping.killing_erasure TEMPLATE SCRATCH EVERY`."""

from typing import Any

from tests.housekeeping.invented_persons import cells, request_of
from tests.killing import Step, main

from lantern.home import Home
from lantern.housekeeping import erasure, logbook
from lantern.intake import acceptance, suppression
from lantern.partnership import read_partnership


def erase(home: Home) -> None:
    """What the command does, up to the warehouse made anew."""
    erasure.erase(home, read_partnership(home.partnership), request_of(), by="Somebody", reason="asked")


def state(home: Home) -> dict[str, Any]:
    """What is there after the rest was loaded: every key, what is listed, what lies about."""
    acceptance.load(home)
    return {
        "keys": sorted(cell for cell in cells(home) if len(cell) == 32),
        "listed": sorted(suppression.listed(home)["digest"].to_pylist()),
        "unfinished": logbook.unfinished(home),
        "parts": sorted(path.name for path in home.base.rglob("*.part*")),
        "accepted": sorted(path.name for path in home.accepted.iterdir()),
    }


ERASURE = Step("erasure", erase, state, erase)

if __name__ == "__main__":
    main(ERASURE)
