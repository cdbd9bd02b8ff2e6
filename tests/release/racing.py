"""
Many processes that spend at once.

`python racing.py RACERS` reads a JSON list of [period, charges] and prints how each racer ended. All are forks of this
process, which has imported everything, and start when the last is there.
"""

import json
import os
import sys
import time

from sqlalchemy import event

from lantern.errors import BudgetExhausted, LanternError, ReleaseRefused
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.release import ledger_store
from lantern.release.chain import Chain
from lantern.release.ledger import Ledger


def unlock(ledger: Ledger) -> None:
    """Take the lock away, and leave time between what is read and what is written."""
    engine = ledger._store._engine
    if engine.dialect.name == "sqlite":
        event.remove(engine, "begin", ledger_store._begin_immediate)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("begin deferred"))
    else:
        event.remove(engine, "begin", ledger_store._take_advisory_lock)
    verified = Chain.verified

    def slowly(self, rows):
        found = verified(self, rows)
        time.sleep(0.5)
        return found

    Chain.verified = slowly


def race(ledger: Ledger, number: int, period: str, charges: dict[str, int]) -> str:
    """Spend once."""
    try:
        ledger.spend(period=period, plan_digest="a" * 64, request_digest=f"{number:064d}", charges=charges)
    except (BudgetExhausted, ReleaseRefused):
        return "refused"
    except (LanternError, AssertionError):
        return "broken"
    return "won"


def main() -> None:
    """Fork; when the last child has opened the ledger, let all of them spend; wait for all."""
    racers = json.loads(sys.stdin.read())
    start, ready, told = os.pipe(), os.pipe(), os.pipe()
    children = []
    for number, (period, charges) in enumerate(racers):
        child = os.fork()
        if child == 0:
            os.close(start[1])
            os.close(ready[0])
            ledger = Ledger(Home.of("demo"), read_partnership("demo"))
            if "--unlocked" in sys.argv:
                unlock(ledger)
            os.write(ready[1], b"r")
            os.close(ready[1])
            os.read(start[0], 1)  # ends when the parent closes its side
            os.write(told[1], f"{race(ledger, number, period, charges)}\n".encode())
            os._exit(0)
        children.append(child)
    os.close(ready[1])
    while os.read(ready[0], len(children)):
        pass  # until each has said so, or ended
    os.close(start[1])
    for child in children:
        os.waitpid(child, 0)
    os.close(told[1])
    print(json.dumps(os.read(told[0], 1 << 16).decode().split()))  # noqa: T201


if __name__ == "__main__":
    main()
