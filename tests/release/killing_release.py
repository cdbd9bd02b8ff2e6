"""
A process that kills a release at each of its side effects in turn, and lets it run again.

`python killing_release.py TEMPLATE SCRATCH STEP` prints one JSON object. Each run is a fork of this process, which has
imported everything and made its plan: so each starts at once, and dies as a killed worker does.
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
from sqlalchemy import event
from sqlalchemy.engine import Engine

from lantern.errors import ReleaseRefused
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.pipeline import release
from lantern.release.ledger import Ledger

PERIOD = Quarter(2026, 2)
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


def run_release(home: Home) -> None:
    """What the DAG does: release, refresh."""
    partnership = read_partnership(home.partnership)
    ledger = Ledger(home, partnership)
    release.release(home, partnership, ledger, PERIOD)
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
    """Release and die before side effect number `at`; how many there were if it lived."""
    bomb = Bomb(at, home.root)
    bomb.listen()
    run_release(home)
    return bomb.count


def recovered(home: Home) -> dict[str, Any]:
    """Run it again, as the next hour would; where its approval was used up, a person approves once more."""
    try:
        run_release(home)
    except ReleaseRefused as refusal:
        if "approval has been used" not in str(refusal):
            raise
        partnership = read_partnership(home.partnership)
        ledger = Ledger(home, partnership)
        by = partnership.release.approvers[0]
        release.approve(home, partnership, ledger, PERIOD, by=by, reason="it was killed")
        ledger.close()
        run_release(home)
    return state(home)


def main(template: Path, scratch: Path, step: int) -> None:
    """
    Kill at every `step`-th side effect; print what was found each time.

    What was found is kept in `runs.jsonl` as it comes: started again, a long run goes on where it was stopped.
    """

    def fresh(name: str) -> Home:
        shutil.rmtree(scratch / name, ignore_errors=True)
        shutil.copytree(template, scratch / name, symlinks=True)
        return Home(root=scratch / name, partnership="demo")

    run_release(fresh("warm"))
    clean = fresh("clean")
    ended, said = forked(lambda: attempt(clean, 0))
    assert ended == 0, said
    total = int(said)
    kept = scratch / "runs.jsonl"
    runs = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    done = {run["at"] for run in runs}
    for at in range(1, total + 1, step):
        if at in done:
            continue
        home = fresh(str(at))
        ended, said = forked(lambda home=home, at=at: attempt(home, at))
        between_ended, between = forked(lambda home=home: state(home))
        after_ended, after = forked(lambda home=home: recovered(home))
        runs.append(
            {"at": at, "ended": [ended, between_ended, after_ended], "said": said, "between": between, "after": after}
        )
        with kept.open("a") as lines:
            lines.write(json.dumps(runs[-1]) + "\n")
        shutil.rmtree(home.root)
    print(json.dumps({"total": total, "runs": runs}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
