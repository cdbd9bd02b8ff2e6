"""
How long a reader waits for the board's pages, with twenty quarterly releases: `python benchmarks/dashboard.py`.

Measured in Chromium on this machine: the first page of a fresh browser once the server is up, then each page opened
from the navigation, until its last chart is drawn. The released file is the tests' invented one, made longer.
`--released FILE` measures another.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "dashboard"))
from invented_release import DASHBOARD, whole, write  # noqa: E402

QUARTERS = 20
ROUNDS = 3
FIRST_GOAL, SWITCH_GOAL = 2.0, 0.5
DRAWN = """(title) => {
  const heading = document.querySelector('h1');
  return heading && (!title || document.title === title) && document.querySelector('.foot, .box, dl')
    && document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    && document.querySelectorAll('.stVegaLiteChart').length === document.querySelectorAll('.stVegaLiteChart svg').length;
}"""


def main() -> None:
    """Measure, and print a line for each page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--released", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        released = asked.released or lengthened(write(Path(folder) / "released.duckdb", whole()))
        with served(released) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            cold = [first(browser.new_page(), address) for _ in range(ROUNDS)]
            page = browser.new_page()
            first(page, address)
            waits = switches(page)
            browser.close()
    print(f"first page, the server just started: {cold[0]:.2f} s; then {min(cold[1:]):.2f} s (goal {FIRST_GOAL} s)")
    for title, seconds in waits.items():
        print(f"{title:<16} first time {seconds[0]:.2f} s, then {statistics.median(seconds[1:]):.2f} s")
    worst = max(statistics.median(seconds[1:]) for seconds in waits.values())
    print(f"slowest page from the navigation: {worst:.2f} s (goal {SWITCH_GOAL} s)")


def lengthened(path: Path) -> Path:
    """Repeat a file's quarters two years earlier, and the last four of them four years earlier, so that it has twenty."""
    with duckdb.connect(str(path)) as connection:
        for years, since in ((2, "2024-Q3"), (4, "2025-Q3")):
            sooner = ", ".join(
                f"(cast(left({name}, 4) as integer) - {years})::varchar || substr({name}, 5) as {name}"
                for name in ("release_id", "period")
            )
            days = ", ".join(f"{name} - interval {years} year as {name}" for name in ("period_from", "period_to"))
            chosen = f"where period >= '{since}'"
            connection.execute(f"insert into cell by name select * replace ({sooner}) from cell {chosen}")
            connection.execute(f"insert into release by name select * replace ({sooner}, {days}) from release {chosen}")
        (found,) = connection.execute("select count(*) from release").fetchone() or (0,)
    assert found == QUARTERS
    return path


@contextmanager
def served(released: Path) -> Iterator[str]:
    """Serve the pages on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "server.py", "--port", str(port)]
    quiet = subprocess.DEVNULL
    environment = {**os.environ, "LANTERN_RELEASED": str(released)}
    with subprocess.Popen(command, cwd=DASHBOARD, env=environment, stdout=quiet, stderr=quiet) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            while True:
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()  # noqa: S310 - our own address
                except OSError:
                    time.sleep(0.1)
                else:
                    break
            yield address
        finally:
            server.terminate()


def first(page: Page, address: str) -> float:
    """Open the first page and return the seconds until it is drawn."""
    started = time.perf_counter()
    page.goto(address)
    page.wait_for_function(DRAWN, arg="", polling=20)
    return time.perf_counter() - started


def switches(page: Page) -> dict[str, list[float]]:
    """Open each page from the navigation, again and again, and return the seconds until it is drawn."""
    titles = page.locator("header a, nav a").all_inner_texts()
    titles = [title for title in titles if title and not title.startswith("Skip")]
    waits: dict[str, list[float]] = {title: [] for title in titles}
    for _ in range(ROUNDS):
        for title in [*titles[1:], titles[0]]:
            started = time.perf_counter()
            page.get_by_role("link", name=title, exact=True).first.click()
            page.wait_for_function(DRAWN, arg=title, polling=20)
            waits[title].append(time.perf_counter() - started)
    return waits


if __name__ == "__main__":
    main()
