"""
Kills a step of the hub at each of its side effects in turn, and lets it run again.

Each run is a fork of one process, which has imported everything: so each starts at once, and dies as a killed worker does,
with nothing flushed and nothing cleaned up.
"""

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import event
from sqlalchemy.engine import Engine

from lantern.home import Home

_EFFECTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_LOOKS = ("select", "set", "load", "with", "describe", "use", "pragma", "from")


class Bomb:
    """Counts side effects and kills its own process before one of them; `at` 0 never does."""

    def __init__(self, at: int, home: Path) -> None:
        self.at, self.home, self.count = at, str(home), 0

    def listen(self) -> None:
        """Count what Python does to the home's files, and each statement that changes a store."""
        sys.addaudithook(self._heard)
        connect = duckdb.connect
        duckdb.connect = lambda *given, **named: _Watched(connect(*given, **named), self)  # type: ignore[assignment]
        event.listen(Engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: self.change(sql))
        event.listen(Engine, "after_cursor_execute", lambda _c, _cursor, sql, *_: self.change(sql))
        event.listen(Engine, "commit", lambda _: self.tick())

    def _heard(self, name: str, given: tuple[Any, ...]) -> None:
        path = str(given[0]) if given and isinstance(given[0], str | bytes | os.PathLike) else ""
        if not path.startswith(self.home):
            return
        if name in _EFFECTS or (name == "open" and given[2] & _WRITES):
            self.tick()

    def change(self, sql: object) -> None:
        """One statement is about to run, or has run; those that only look change nothing and do not count."""
        if not str(sql).lstrip().lower().startswith(_LOOKS):
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
        self._bomb.change(given[0])
        found = self._connection.execute(*given, **named)
        self._bomb.change(given[0])
        return found

    def __enter__(self) -> "_Watched":  # noqa: PYI034
        self._connection.__enter__()
        return self

    def __exit__(self, *given: object) -> None:
        self._connection.__exit__(*given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


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


@dataclass(frozen=True)
class Step:
    """What is killed, what is looked at between and afterwards, and how it is run again."""

    run: Callable[[Home], object]
    state: Callable[[Home], dict[str, Any]]
    again: Callable[[Home], object]

    def attempt(self, home: Home, at: int) -> int:
        """Run and die before side effect number `at`; how many there were if it lived."""
        bomb = Bomb(at, home.root)
        bomb.listen()
        self.run(home)
        return bomb.count

    def recovered(self, home: Home) -> dict[str, Any]:
        """Run it again, and look."""
        self.again(home)
        return self.state(home)


def kill_at_each(step: Step, template: Path, scratch: Path, every: int) -> dict[str, Any]:
    """
    Kill at every so many side effects: how many there are, what an undisturbed run leaves, and what was found each time.

    What was found is kept in `runs.jsonl` as it comes: started again, a long campaign goes on where it was stopped.
    """

    def fresh(name: str) -> Home:
        shutil.rmtree(scratch / name, ignore_errors=True)
        shutil.copytree(template, scratch / name, symlinks=True)
        return Home(root=scratch / name, partnership="demo")

    step.run(fresh("warm"))
    clean = fresh("clean")
    ended, said = forked(lambda: step.attempt(clean, 0))
    assert ended == 0, said
    total = int(said)
    _, expected = forked(lambda: step.state(clean))
    kept = scratch / "runs.jsonl"
    runs = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    for at in sorted(set(range(1, total + 1, every)) - {run["at"] for run in runs}):
        home = fresh(str(at))
        ended, said = forked(lambda home=home, at=at: step.attempt(home, at))
        between_ended, between = forked(lambda home=home: step.state(home))
        after_ended, after = forked(lambda home=home: step.recovered(home))
        found = {"ended": [ended, between_ended, after_ended], "said": said, "between": between, "after": after}
        runs.append({"at": at} | found)
        with kept.open("a") as lines:
            lines.write(json.dumps(runs[-1]) + "\n")
        shutil.rmtree(home.root)
    return {"total": total, "expected": json.loads(expected), "runs": runs}


def main(step: Step) -> None:
    """`python -m MODULE TEMPLATE SCRATCH EVERY` prints one JSON object."""
    print(json.dumps(kill_at_each(step, Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201
