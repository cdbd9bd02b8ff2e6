"""
Kills a step of the hub at each of its fault points in turn, and lets it run again.

Each run is a fork of one process, which has imported everything: so each starts at once, and dies as a killed worker does,
with nothing flushed and nothing cleaned up.
"""

import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lantern.home import PROJECT, Home
from tests.fault_point import Bomb

FOUND = "found.json"
"""What a campaign found, in its scratch folder: read by `tests.campaign`."""


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


def as_undisturbed(_: dict[str, Any], after: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """What must be: run again, it ends as if it had never been killed."""
    return [] if after == expected else ["what it left in the end is not what it leaves undisturbed"]


@dataclass(frozen=True)
class Step:
    """
    What is killed, what is looked at between and afterwards, and how it is run again.

    `faults` says what is wrong, from what was there after the kill, in the end, and after an undisturbed run.
    """

    name: str
    run: Callable[[Home], object]
    state: Callable[[Home], dict[str, Any]]
    again: Callable[[Home], object]
    faults: Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], list[str]] = as_undisturbed

    def attempt(self, home: Home, at: int, told: Path) -> int:
        """Run and die before side effect number `at`; how many there were if it lived."""
        bomb = Bomb(at, home, told)
        bomb.listen()
        self.run(home)
        return len(bomb.names)

    def recovered(self, home: Home) -> dict[str, Any]:
        """Run it again, and look."""
        self.again(home)
        return self.state(home)

    def judged(self, run: dict[str, Any], expected: dict[str, Any]) -> list[str]:
        """What was wrong with one kill and what came of it."""
        if run["ended"] != [-9, 0, 0]:
            return [f"{run['ended']} {run['said'][-600:]} {run['between'][-600:]} {run['after'][-600:]}"]
        return self.faults(json.loads(run["between"]), json.loads(run["after"]), expected)


def points_of(step: Step, home: Home, told: Path) -> list[str]:
    """The name of each fault point of an undisturbed run, in order."""
    told.unlink(missing_ok=True)
    ended, said = forked(lambda: step.attempt(home, 0, told))
    assert ended == 0, said
    return told.read_text().splitlines()


def places(points: list[str], every: int) -> set[int]:
    """Every so many of the points, from 1 on; where `every` is 0, the first of each name."""
    return set(range(1, len(points) + 1, every)) if every else {points.index(name) + 1 for name in points}


def kill_at_each(step: Step, template: Path, scratch: Path, every: int) -> dict[str, Any]:
    """
    Kill at every so many fault points, or with 0 at the first of each name: what they are, what an undisturbed run leaves, and
    what was found each time.

    What was found is kept in `runs.jsonl` as it comes: started again, a long campaign goes on where it was stopped.
    """

    def fresh(name: str) -> Home:
        shutil.rmtree(scratch / name, ignore_errors=True)
        shutil.copytree(template, scratch / name, symlinks=True)
        return Home(root=scratch / name, partnership="demo")

    step.run(fresh("warm"))
    clean, told = fresh("clean"), scratch / "points.txt"
    points = points_of(step, clean, told)
    expected = json.loads(forked(lambda: step.state(clean))[1])
    kept = scratch / "runs.jsonl"
    runs = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    for at in sorted(places(points, every) - {run["at"] for run in runs}):
        home = fresh(str(at))
        told.unlink()
        ended, said = forked(lambda home=home, at=at: step.attempt(home, at, told))
        between_ended, between = forked(lambda home=home: step.state(home))
        after_ended, after = forked(lambda home=home: step.recovered(home))
        found = {"ended": [ended, between_ended, after_ended], "said": said, "between": between, "after": after}
        found |= {"at": at, "point": told.read_text().splitlines()[-1]}
        runs.append(found | {"faults": step.judged(found, expected)})
        with kept.open("a") as lines:
            lines.write(json.dumps(runs[-1]) + "\n")
        shutil.rmtree(home.root)
    return {"stage": step.name, "points": points, "expected": expected, "runs": runs}


def campaign_of(module: str, template: Path, scratch: Path, every: int, seconds: int, *more: str) -> dict[str, Any]:
    """What a module that kills found and printed, in a process of its own: a fork of one that runs threads would hang."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, str(template), str(scratch), str(every), *more],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
        cwd=PROJECT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(step: Step) -> None:
    """`python -m MODULE TEMPLATE SCRATCH EVERY` prints one JSON object."""
    scratch = Path(sys.argv[2])
    found = json.dumps(kill_at_each(step, Path(sys.argv[1]), scratch, int(sys.argv[3])))
    (scratch / FOUND).write_text(found)
    print(found)  # noqa: T201
