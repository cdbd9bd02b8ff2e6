"""
What it costs to work out every measure of a million events, beside bare DuckDB: part of `make bench`.

Bare is DuckDB answering the queries of the marts from the very tables dbt left for them, in one connection, with
nothing tested, documented or swapped. Both are measured in one run on one machine.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lantern import warehouse
from lantern.cli import demo
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.pipeline import build, intake
from lantern.synthetic import invent

GOAL_RATIO = 10
REFERRALS_A_YEAR = 11_400
"""A large authority: with the other partners, a million events in three and a half years."""


def loaded_hub(root: Path) -> Home:
    """A hub that has taken in the deliveries of a large invented partnership, made as those of the demo."""
    home, outside = Home(root=root / "home", partnership="demo"), root / "partners"
    demo._prepare(home, outside)  # noqa: SLF001
    invent(outside, referrals_a_year=REFERRALS_A_YEAR, snapshot=demo.SNAPSHOT)
    for sender in demo._SENDERS:  # noqa: SLF001
        demo._deliver(home, outside, sender)  # noqa: SLF001
    for waiting in intake.waiting(home, partnership := read_partnership("demo")):
        verdict = intake.receive(home, partnership, waiting)
        assert verdict.outcome in {"accepted", "already_accepted"}, verdict.line
    intake.load(home)
    return home


def compiled(home: Home) -> list[Path]:
    """The SQL of every mart, as dbt last ran it."""
    return sorted((home.dbt / "target" / "compiled" / "lantern" / "models" / "marts").glob("*.sql"))


def bare(home: Home) -> float:
    """Seconds that DuckDB alone needs for the same queries."""
    with warehouse.opened(home) as connection:
        started = time.perf_counter()
        for path in compiled(home):
            connection.execute(f"create or replace temp table {path.stem} as {path.read_text(encoding='utf-8')}")
        return time.perf_counter() - started


def main() -> None:
    """Invent, take in, build, and say the ratio."""
    with tempfile.TemporaryDirectory(prefix="lantern-bench-") as scratch:
        print("Inventing a large partnership and taking it in ...", flush=True)
        home = loaded_hub(Path(scratch))
        with warehouse.opened(home, read_only=True) as connection:
            (events,) = connection.execute("select count(*) from raw.partner_event").fetchone()
        linking = _timed(lambda: build.link(home))
        started = time.perf_counter()
        built = build.build(home, read_partnership("demo"))
        building = time.perf_counter() - started
        queries, alone = len(compiled(home)), bare(home)
    print(f"{events:,} events; linked in {linking:.1f} s")
    print(f"dbt build, {built.succeeded} nodes, tests and all: {building:.1f} s")
    print(f"bare DuckDB, the queries of {queries} marts: {alone:.1f} s")
    ratio = building / alone
    print(f"ratio {ratio:.1f}; goal at most {GOAL_RATIO}: {'met' if ratio <= GOAL_RATIO else 'NOT MET'}")


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
