"""
A process that kills intake at each of its side effects in turn, and lets it run again.

`python killing.py TEMPLATE SCRATCH` prints one JSON object. Each run is a fork of this process, which has imported
everything: so each starts at once, and dies as a killed worker does, with nothing flushed and nothing cleaned up.
"""

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from lantern import warehouse
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.pipeline import intake

_EFFECTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Bomb:
    """Counts side effects and kills its own process before one of them; `at` 0 never does."""

    def __init__(self, at: int, home: Path) -> None:
        self.at, self.home, self.count = at, str(home), 0

    def listen(self) -> None:
        """Count what Python does to files, and each statement given to a store."""
        sys.addaudithook(self._heard)
        connect = duckdb.connect
        duckdb.connect = lambda *given, **named: _Watched(connect(*given, **named), self)  # type: ignore[assignment]

    def _heard(self, event: str, given: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = given
            if isinstance(path, str | bytes) and str(path).startswith(self.home) and flags & _WRITES:
                self.tick()
        elif event in _EFFECTS:
            self.tick()

    def tick(self) -> None:
        """One side effect is about to happen, or has just happened."""
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class _Watched:
    """A connection whose statements count, before and after."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, bomb: Bomb) -> None:
        self._connection, self._bomb = connection, bomb

    def execute(self, *given: Any, **named: Any) -> Any:
        """Run a statement; those that only look or set something change nothing and do not count."""
        is_change = not str(given[0]).lstrip().lower().startswith(("select", "set", "load", "with", "describe", "use"))
        if is_change:
            self._bomb.tick()
        found = self._connection.execute(*given, **named)
        if is_change:
            self._bomb.tick()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def run_intake(home: Home) -> None:
    """What the DAG does: list, receive each, load."""
    partnership = read_partnership(home.partnership)
    for each in intake.waiting(home, partnership):
        intake.receive(home, partnership, each)
    intake.load(home)


def state(home: Home) -> dict[str, Any]:
    """What is there: rows by delivery, the register, what is held, what waits, what lies about."""
    rows: dict[str, int] = {}
    register: list[Any] = []
    digest = ""
    if home.warehouse.exists():
        with warehouse.opened(home, read_only=True) as connection:
            known = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
            if "partner_event" in known:
                rows = dict(
                    connection.execute(
                        "select delivery_id, count(*) from raw.partner_event group by all order by all"
                    ).fetchall()
                )
                digest = str(
                    connection.execute(
                        "select md5(string_agg(line, '|' order by line)) from "
                        "(select cast(event as varchar) as line from raw.partner_event as event)"
                    ).fetchone()
                )
            if "delivery" in known:
                register = connection.execute(
                    "select delivery_id, rows_sent, rows_loaded, rows_held from raw.delivery order by all"
                ).fetchall()
    files = {name: sorted(p.name for p in getattr(home, name).glob("*")) for name in ("accepted", "quarantine", "work")}
    waiting = len([each for each in home.inbox.glob("*/*") if each.is_dir()])
    return {"rows": rows, "register": register, "digest": digest, "waiting": waiting, **files}


def forked(work: Callable[[], object]) -> tuple[int, str]:
    """Do work in a process of its own; how it ended (0, or minus the signal), and what it says."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            said = json.dumps(work(), default=str)
            os.write(writing, said.encode())
        except BaseException:  # noqa: BLE001 - told to the parent, which fails the test with it
            os.write(writing, traceback.format_exc()[-3000:].encode())
            os._exit(1)
        os._exit(0)
    os.close(writing)
    said = b""
    while piece := os.read(reading, 1 << 16):
        said += piece
    os.close(reading)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), said.decode()


def attempt(home: Home, at: int) -> int:
    """Run intake and die before side effect number `at`; how many there were if it lived."""
    bomb = Bomb(at, home.root)
    bomb.listen()
    run_intake(home)
    return bomb.count


def recovered(home: Home) -> dict[str, Any]:
    """Run intake again, as the next hour would."""
    run_intake(home)
    return state(home)


def main(template: Path, scratch: Path, step: int) -> None:
    """Kill at every `step`-th side effect; print what was found each time."""

    def fresh(name: str) -> Home:
        shutil.copytree(template, scratch / name, symlinks=True)
        return Home(root=scratch / name, partnership="demo")

    run_intake(fresh("warm"))
    clean = fresh("clean")
    ended, said = forked(lambda: attempt(clean, 0))
    assert ended == 0, said
    total = int(said)
    _, expected = forked(lambda: state(clean))
    runs = []
    for at in range(1, total + 1, step):
        home = fresh(str(at))
        ended, said = forked(lambda home=home, at=at: attempt(home, at))
        _, between = forked(lambda home=home: state(home))
        after_ended, after = forked(lambda home=home: recovered(home))
        runs.append({"at": at, "ended": ended, "between": between, "after_ended": after_ended, "after": after})
        shutil.rmtree(home.root)
    print(json.dumps({"total": total, "expected": json.loads(expected), "runs": runs}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
