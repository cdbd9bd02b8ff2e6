"""
The running pipeline, killed at instants drawn by lot, whole process groups at a time, and run on until it ends.

`python -m tests.end_to_end.killing_pipeline HOME SCRATCH STAGE KILLS SEED` takes a home after the demo and prints one JSON object.
What is found is kept in SCRATCH as it comes, and told on standard error: started again with the same words, it goes on where it was
stopped. After each kill all that is new in the home and among temporary files is searched for what partners know of persons.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from tests import leak
from tests.end_to_end.killing_stage import STAGES, Stage
from tests.fault_point import Bomb
from tests.killing import FOUND, forked

from lantern import contract, warehouse
from lantern.home import Home


@dataclass
class Tally:
    """
    What came of a stage: kills that met it alive, how often it ended, seconds undisturbed, and what was wrong.

    `points` are its fault points in order, `met` how many kills came next after each; `leaks` are files with what must not be
    there, among `files` of `size` bytes that were searched for `texts`.
    """

    stage: str
    kills: int = 0
    ended: int = 0
    starts: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)
    texts: int = 0
    leaks: list[str] = field(default_factory=list)
    files: int = 0
    size: int = 0

    def kept(self, scratch: Path) -> None:
        """Keep it, and tell of it, as far as it has come."""
        part = scratch / f"{FOUND}.part"
        part.write_text(json.dumps(asdict(self)))
        part.replace(scratch / FOUND)
        told = (
            f"{self.stage}: {self.kills} kills, {self.ended} ends, {len(self.faults)} faults, {len(self.leaks)} leaks"
        )
        print(told, file=sys.stderr, flush=True)  # noqa: T201


def pseudonyms(home: Home) -> set[str]:
    """Some tokens as partners sent them, and some as the hub made of them."""
    found = set()
    for events in sorted(home.inbox.glob(f"*/*/{contract.EVENTS_PARQUET}")):
        found |= set(pq.read_table(events, columns=["local_person_key"])[0].to_pylist()[:300])
    if home.warehouse.exists():
        with warehouse.opened(home, read_only=True) as connection:
            sought = "select local_person_key from raw.partner_event limit 300"
            found |= {key for (key,) in connection.execute(sought).fetchall()}
    return found


@dataclass
class Watch:
    """What must not be in what a killed stage left: nowhere what names a person; tokens only where deliveries wait and are checked."""

    names: leak.Sweep
    tokens: leak.Sweep

    def look(self, scratch: Path, home: Home, found: Tally) -> None:
        """Search what is new."""
        places = [str(place.relative_to(scratch)) for place in (home.inbox, home.work)]
        files, size = self.names.files, self.names.size
        found.leaks += self.names.over(scratch)
        found.leaks += self.tokens.over(scratch, without=places)
        found.files += self.names.files - files
        found.size += self.names.size - size


def killed_after(seconds: float, work: Callable[[], object]) -> tuple[int, str]:
    """Do work in a process group of its own, and kill all of it after so long; minus the signal if it was still at it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        os.close(reading)
        try:
            work()
        except BaseException:  # noqa: BLE001 - told to the parent, which counts it as a fault
            os.write(writing, traceback.format_exc()[-1500:].encode())
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with contextlib.suppress(PermissionError, ProcessLookupError):
        os.setpgid(child, child)  # whoever of the two comes first
    until = time.monotonic() + seconds
    try:
        status = _ended(child, until)
    finally:
        # Over, or the campaign itself is being ended: nothing of it works on.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    if status is None:
        _, status = os.waitpid(child, 0)
    said = os.read(reading, 1 << 14)
    os.close(reading)
    return os.waitstatus_to_exitcode(status), said.decode()


def _ended(child: int, until: float) -> int | None:
    """How a process ended by then; None if it is still at it."""
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(0.005)
    return None


@dataclass
class Campaign:
    """One stage's kills: its start, made once, and what was found so far."""

    stage: Stage
    scratch: Path
    found: Tally
    watch: Watch
    expected: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        """The one home that is killed and run on."""
        return Home(self.scratch / "now" / "home", "demo")

    def fresh(self) -> None:
        """The home is as the stage starts from it."""
        shutil.rmtree(self.home.root, ignore_errors=True)
        shutil.copytree(self.scratch / "start", self.home.root, symlinks=True)

    def run(self, seconds: float) -> tuple[int, str, str]:
        """Run it, for so long at the most: how it ended, what it said, and the fault point it had come to."""
        told = self.scratch / "points.txt"
        told.write_text("")

        def work() -> None:
            Bomb(0, self.home, told).listen()
            self.stage.run(self.home)

        ended, said = killed_after(seconds, work)
        return ended, said, told.read_text()

    def undisturbed(self) -> None:
        """How long it takes, which points it passes, and what it leaves."""
        self.fresh()
        if self.stage.is_warm:
            self.stage.run(self.home)
            self.fresh()
        began = time.monotonic()
        ended, said, points = self.run(3600)
        self.found.seconds = time.monotonic() - began
        assert ended == 0, said
        self.found.points = points.splitlines()
        self.expected = self.looked() or {}
        self.fresh()

    def kill(self, seconds: float) -> None:
        """Let it run on for so long, and look at what is left; made fresh once it has ended."""
        self.found.starts += 1
        ended, said, points = self.run(seconds)
        if ended == -signal.SIGKILL:
            self.found.kills += 1
            point = points.splitlines()[-1] if points else ""
            self.found.met[point] = self.found.met.get(point, 0) + 1
        elif ended:
            self.found.faults.append(said or f"it ended with {ended}")
        seen = self.looked()
        self.watch.look(self.scratch / "now", self.home, self.found)
        if ended == 0:
            self.found.ended += 1
            if seen is None or self.stage.settled(seen) != self.stage.settled(self.expected):
                self.found.faults.append("what it left in the end is not what it leaves undisturbed")
            self.fresh()

    def looked(self) -> dict[str, Any] | None:
        """What is there now, and whether it may be."""
        ended, said = forked(lambda: self.stage.state(self.home))
        if ended:
            # Before anything was made there is nothing to be looked at.
            if self.home.warehouse.exists():
                self.found.faults.append(said)
            return None
        state: dict[str, Any] = json.loads(said)
        self.found.faults += self.stage.faults(state)
        return state


def campaign(name: str, template: Path, scratch: Path, kills: int, seed: int) -> Tally:
    """Kill a stage so many times; each time it is run on from what the last kill left, until it ends."""
    stage = STAGES[name]
    shutil.rmtree(scratch / "start", ignore_errors=True)
    shutil.rmtree(scratch / "now", ignore_errors=True)
    (scratch / "now" / "tmp").mkdir(parents=True)
    os.environ["TMPDIR"] = str(scratch / "now" / "tmp")
    start = Home(scratch / "start", "demo")
    shutil.copytree(template, start.root, symlinks=True)
    identifiers = leak.identifiers(start.base / "partners")
    ended, said = forked(lambda: stage.start(start))
    assert ended == 0, said
    # What the stage does not read is not copied for each of its runs.
    shutil.rmtree(start.base / "partners")
    tokens = json.loads(forked(lambda: sorted(pseudonyms(start)))[1])
    found = Tally(name, texts=len(identifiers) + len(tokens))
    at_work = Campaign(stage, scratch, found, Watch(leak.Sweep(identifiers), leak.Sweep(tokens)))
    at_work.undisturbed()
    kept = scratch / FOUND
    if kept.exists():
        at_work.found = Tally(**json.loads(kept.read_text()) | {"seconds": found.seconds, "points": found.points})
        found = at_work.found
    while found.kills < kills or found.ended == 0:
        # Another one for each start, whether or not the campaign was stopped in between.
        drawn = random.Random(f"{seed} {name} {found.starts}").uniform(0, found.seconds)
        at_work.kill(drawn if found.kills < kills else 3600.0)
        found.kept(scratch)
    return found


def main(template: Path, scratch: Path, stage: str, kills: int, seed: int) -> None:
    """Run the campaign of one stage."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped: started again, it goes on where it was"))
    print(json.dumps(asdict(campaign(stage, template, scratch, kills, seed))))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
