"""
What fifty board members cost who read at the same time: `python benchmarks/board_load.py [released.duckdb]`.

Each viewer is one session of Streamlit's own socket, so the server does what it does for a browser but the drawing.
A file with fewer quarters than wanted is filled up with copies of its oldest one; without a file, an invented one is used.
"""

import argparse
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from viewer import Viewer

PROJECT = Path(__file__).resolve().parents[1]
FIRST_PAGE, SWITCH = 2.0, 0.5
"""Seconds a reader should wait at most: for the first page of a server that is up, and for the next one."""


@dataclass
class Found:
    """Seconds of each wait, and what went wrong."""

    first: list[float] = field(default_factory=list)
    switch: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def main() -> int:
    """Print the waits of readers who come one after the other, and of all in the same instant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("released", nargs="?", type=Path)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--quarters", type=int, default=20)
    parser.add_argument("--over", type=float, default=60.0, help="seconds over which the viewers arrive")
    parser.add_argument("--reading", type=float, default=15.0, help="seconds a viewer reads each page")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = grown(asked.released, Path(folder) / "released.duckdb", asked.quarters)
        with served(path) as address:
            one = visits(address, 1, 0, 0)
            report("one viewer", one)
            name = f"{asked.viewers} viewers within {asked.over:.0f} s, {asked.reading:.0f} s to a page"
            spread = visits(address, asked.viewers, asked.over, asked.reading)
            report(name, spread)
            burst = visits(address, asked.viewers, 0, 0)
            report(f"{asked.viewers} viewers in the same instant, without reading", burst)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        pages = sum(len(found.first) + len(found.switch) for found in (one, spread, burst))
        spent = used.ru_utime + used.ru_stime
        print(
            f"\nthe server used {spent:.1f} s of processors for {pages} pages: {1000 * spent / pages:.0f} ms a page with its start"
        )
    return 1 if spread.errors or burst.errors else 0


def grown(released: Path | None, target: Path, quarters: int) -> Path:
    """A copy of a released file with so many quarters, the ones before its oldest made of the oldest."""
    if released:
        target.write_bytes(released.read_bytes())
    else:
        sys.path.insert(0, str(PROJECT / "tests" / "dashboard"))
        from invented_release import Plan, write

        write(target, Plan())
    with duckdb.connect(str(target)) as connection:
        found = connection.execute(
            "select release_id, period, count(*) over () from release order by period"
        ).fetchall()
        oldest, period, there = found[0]
        for back in range(1, quarters - there + 1):
            year, number = divmod(int(period[:4]) * 4 + int(period[-1]) - 1 - back, 4)
            earlier = f"{year}-Q{number + 1}"
            shifted = f"period_from - interval {3 * back} month as period_from, period_to - interval {3 * back} month as period_to"
            connection.execute(
                f"insert into release by name select * replace ('{earlier}-1' as release_id, '{earlier}' as period, {shifted}) "
                f"from release where release_id = ?",
                [oldest],
            )
            connection.execute(
                f"insert into cell by name select * replace ('{earlier}-1' as release_id, '{earlier}' as period) "
                f"from cell where release_id = ?",
                [oldest],
            )
        count = connection.execute("select count(distinct release_id), count(*) from cell").fetchone()
    print(f"{count[0]} releases, {count[1]:,} cells" if count else "nothing released")
    return target


@contextmanager
def served(released: Path) -> Iterator[str]:
    """The pages as they are started everywhere, until they answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LANTERN_")}
    command = [sys.executable, "server.py", "--port", str(port)]
    environment = kept | {"LANTERN_RELEASED": str(released)}
    began = time.monotonic()
    with subprocess.Popen(command, cwd=PROJECT / "dashboard", env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            while server.poll() is None:
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()  # noqa: S310 - this machine's own
                    break
                except OSError:
                    time.sleep(0.1)
            print(f"the server was up after {time.monotonic() - began:.1f} s")
            yield address
        finally:
            server.terminate()


def visits(address: str, viewers: int, over: float, reading: float) -> Found:
    """Let so many viewers read each page once, in an order of their own."""
    found = Found()
    threads = [
        threading.Thread(target=visit, args=(address, place, place * over / viewers, reading, found))
        for place in range(viewers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def visit(address: str, place: int, after: float, reading: float, found: Found) -> None:
    """One viewer: the first page, then every other one."""
    time.sleep(after)
    try:
        with Viewer(address) as viewer:
            began = time.monotonic()
            first = viewer.ask()
            found.first.append(time.monotonic() - began)
            pages = [page for page in first.pages if page]
            found.errors += ["no pages were offered"] if not pages else []
            for turn in range(len(pages)):
                page = pages[(turn + place) % len(pages)]
                time.sleep(reading)
                began = time.monotonic()
                drawn = viewer.ask(page)
                found.switch.append(time.monotonic() - began)
                wrong = drawn.exceptions or drawn.holds("cannot be shown just now") or not drawn.is_known
                found.errors += [f"{page}: not drawn"] if wrong else []
    except (OSError, TimeoutError) as trouble:
        found.errors.append(type(trouble).__name__)


def report(title: str, found: Found) -> None:
    """Print median, 95th and longest wait, beside what a reader should wait at most."""
    print(f"\n{title}: {len(found.errors)} errors {sorted(set(found.errors))[:3] if found.errors else ''}")
    for name, waits, most in (("first page", found.first, FIRST_PAGE), ("page switch", found.switch, SWITCH)):
        ordered = sorted(waits)
        high = ordered[int(len(ordered) * 0.95)] if ordered else 0.0
        within = sum(wait <= most for wait in ordered)
        print(
            f"  {name:<12} median {statistics.median(ordered or [0]):6.2f} s   95th {high:6.2f} s   "
            f"longest {max(ordered, default=0):6.2f} s   {within} of {len(ordered)} within {most} s"
        )


if __name__ == "__main__":
    sys.exit(main())
