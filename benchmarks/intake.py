"""
What it costs to take in a delivery, beside what bare DuckDB needs to read the same file: `make bench`.

Every figure is measured in one run on one machine and stated as a ratio. Each part runs in a process of its own, so
that its peak memory is its own.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from million import EVENTS, waiting_hub

from lantern import contract

GOAL_RATIO, GOAL_GIB = 20, 2


def making(root: Path) -> dict[str, float]:
    """The delivery itself: apart too, since a process starts with the peak of the one that began it."""
    started = time.perf_counter()
    waiting_hub(root)
    return _measured(started)


def bare(events: Path) -> dict[str, float]:
    """DuckDB alone: the file into a table in memory."""
    started = time.perf_counter()
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("create table events as select * from read_parquet(?)", [str(events)])
    return _measured(started)


def intake(root: Path) -> dict[str, float]:
    """Verify, validate, re-key, keep encrypted and load, with the checks of Great Expectations."""
    import great_expectations  # noqa: F401 - a worker has imported it long before a delivery comes

    from lantern.home import Home
    from lantern.partnership import read_partnership
    from lantern.pipeline import intake as pipeline

    home, partnership = Home(root=root, partnership="demo"), read_partnership("demo")
    started = time.perf_counter()
    verdicts = [pipeline.receive(home, partnership, each) for each in pipeline.waiting(home, partnership)]
    loaded = pipeline.load(home)
    found = _measured(started)
    assert [each.outcome for each in verdicts] == ["accepted"], [each.line for each in verdicts]
    return found | {"loaded": sum(loaded.values()), "held": sum(each.held for each in verdicts)}


def rekeying(events: Path) -> dict[str, float]:
    """Every pseudonym of the file under the hub's key."""
    from pyarrow import parquet

    from lantern.intake.rekeying import rekey

    table = parquet.read_table(events, columns=list(contract.KEYED))
    started = time.perf_counter()
    rekey(table, hub_key=b"k" * 32, partner="riverton_council")
    return _measured(started)


def linkage(root: Path) -> dict[str, float]:
    """Who is one person, from nothing."""
    from lantern.home import Home
    from lantern.pipeline import build

    started = time.perf_counter()
    persons = build.link(Home(root=root, partnership="demo"))
    return _measured(started) | {"persons": persons}


def _measured(started: float) -> dict[str, float]:
    seconds = time.perf_counter() - started
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"seconds": seconds, "gib": max(own, child) / 1024**2}


PARTS: dict[str, Callable[[Path], dict[str, float]]] = {
    "making": making,
    "bare": bare,
    "intake": intake,
    "rekeying": rekeying,
    "linkage": linkage,
}


def _apart(part: str, path: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, __file__, part, str(path)], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Make the delivery, measure each part, say the ratios."""
    scratch = Path(tempfile.mkdtemp(prefix="lantern-bench-"))
    try:
        print(f"Making {EVENTS:,} invented events ...", flush=True)
        home = scratch / "home"
        _apart("making", home)
        (events,) = home.rglob(contract.EVENTS_PARQUET)
        kept = Path(shutil.copy(events, scratch / "events.parquet"))
        found = {
            "bare": _apart("bare", kept),
            "rekeying": _apart("rekeying", kept),
            "intake": _apart("intake", home),
            "linkage": _apart("linkage", home),
        }
        base = found["bare"]["seconds"]
        print(f"{'':38} {'seconds':>8} {'ratio':>6} {'GiB':>5}")
        for part, label in (
            ("bare", "bare DuckDB reads the file"),
            ("rekeying", "re-keying alone"),
            ("intake", "verify, validate, re-key, keep, load"),
            ("linkage", "who is one person, from nothing"),
        ):
            each = found[part]
            print(f"{label:38} {each['seconds']:8.1f} {each['seconds'] / base:6.1f} {each['gib']:5.2f}")
        ratio, peak = found["intake"]["seconds"] / base, found["intake"]["gib"]
        print(f"goal: ratio at most {GOAL_RATIO}: {'met' if ratio <= GOAL_RATIO else 'NOT MET'}; ", end="")
        print(f"memory under {GOAL_GIB} GiB: {'met' if peak < GOAL_GIB else 'NOT MET'}")
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(PARTS[sys.argv[1]](Path(sys.argv[2]))))
    else:
        main()
