"""
What it costs to work out every measure of a million events, beside bare DuckDB: part of `make bench`.

Bare is DuckDB answering the queries of the marts from the very tables dbt left for them, in one connection, with
nothing tested, documented or swapped. Both are measured in one run on one machine. Then what each model takes of the
processor, which says what could be saved; and `docs/measures-checked.md` is written anew: each measure with what the
oracle compared of it, the length of its SQL and the seconds of its model.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

from lantern import catalogue, warehouse
from lantern.cli import demo
from lantern.home import PROJECT, Home
from lantern.partnership import read_partnership
from lantern.pipeline import build, intake
from lantern.synthetic import invent

GOAL_RATIO = 10
REFERRALS_A_YEAR = 11_400
"""A large authority: with the other partners, a million events in three and a half years."""
ORACLE = "tests/oracle/test_oracle_catalogue.py"
PAGE = PROJECT / "docs" / "measures-checked.md"
HEAD = """# What is checked of each measure

Made anew by `benchmarks/measures.py`, part of `make bench`. A *cell* is one answer in one quarter, whole or in one category of a
breakdown: how many contacts of the police in 2026-Q2 were decided after three days. The oracle (`tests/oracle/`, plain Python
written from the definitions) counts each from the events of an invented partnership, once with the council's own tables and once
with its censuses beside them. *SQL lines* are those of the measure's model in the marts, without blank ones and comments; several
measures share a model, and no measure has SQL of its own beside it. *Seconds* are of the processor, for that model's query in bare
DuckDB over {events} events.

| Measure | Cells compared | Differences | Model | SQL lines | Seconds |
| --- | ---: | ---: | --- | ---: | ---: |
"""


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


def compiled(home: Home, layer: str = "*") -> dict[str, str]:
    """The SQL of every model, or of those of one layer, as dbt last ran it."""
    folder = home.dbt / "target" / "compiled" / "lantern" / "models"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"{layer}/*.sql"))}


def bare(home: Home) -> float:
    """Seconds that DuckDB alone needs for the queries of the marts."""
    with warehouse.opened(home) as connection:
        started = time.perf_counter()
        for name, sql in compiled(home, "marts").items():
            connection.execute(f"create or replace temp table {name} as {sql}")
        return time.perf_counter() - started


def seconds_of_models(home: Home) -> dict[str, float]:
    """
    Seconds of the processor that each model's query takes in DuckDB alone, the longest first.

    Of the processor, not of the clock: dbt's own timings wait for one another, and for whoever else is at work.
    """
    found = {}
    with warehouse.opened(home) as connection:
        for name, sql in compiled(home).items():
            found[name] = _processor(
                lambda said=sql: connection.execute(f"create or replace temp table one as {said}"), resource.RUSAGE_SELF
            )
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def compared() -> dict[str, tuple[int, int]]:
    """Of each measure, how many cells the oracle's own test compared, and how many differed."""
    found: dict[str, tuple[int, int]] = {}
    with tempfile.TemporaryDirectory(prefix="lantern-bench-") as scratch:
        report = Path(scratch) / "oracle.xml"
        told = ("-q", "-p", "no:cacheprovider", "-o", "junit_family=xunit1", f"--junitxml={report}")
        subprocess.run([sys.executable, "-m", "pytest", ORACLE, *told], cwd=PROJECT, check=False)
        for case in ET.parse(report).iter("testcase"):  # noqa: S314 -- pytest wrote it a moment ago
            said = {each.get("name"): each.get("value") for each in case.iter("property")}
            if "measure" in said:
                before = found.get(said["measure"], (0, 0))
                found[said["measure"]] = before[0] + int(said["cells"]), before[1] + int(said["differing"])
    return found


def page(cells: dict[str, tuple[int, int]], seconds: dict[str, float], events: int) -> str:
    """Every measure of the catalogue, a line each."""
    lines = []
    for measure in catalogue.measures():
        count, differing = cells[measure.id]
        sql = (PROJECT / "dbt_project" / "models" / "marts" / f"{measure.model}.sql").read_text(encoding="utf-8")
        length = sum(bool(line.strip()) and not line.strip().startswith("--") for line in sql.splitlines())
        lines.append(
            f"| `{measure.id}` | {count:,} | {differing} | `{measure.model}` | {length} | {seconds[measure.model]:.2f} |"
        )
    whole = f"\n{len(lines)} measures, {sum(each for each, _ in cells.values()):,} cells, {sum(each for _, each in cells.values())} differences.\n"
    return HEAD.format(events=f"{events:,}") + "\n".join(lines) + "\n" + whole


def main() -> None:
    """Invent, take in, build, and say the ratio, what dominates and what was compared."""
    with tempfile.TemporaryDirectory(prefix="lantern-bench-") as scratch:
        print("Inventing a large partnership and taking it in ...", flush=True)
        home = loaded_hub(Path(scratch))
        with warehouse.opened(home, read_only=True) as connection:
            (events,) = connection.execute("select count(*) from raw.partner_event").fetchone()
        linking = _timed(lambda: build.link(home))
        started = time.perf_counter()
        working = _processor(lambda: build.build(home, read_partnership("demo")), resource.RUSAGE_CHILDREN)
        building = time.perf_counter() - started
        results = json.loads((home.dbt / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
        alone, seconds = bare(home), seconds_of_models(home)
        queries = len(compiled(home, "marts"))
    print(f"{events:,} events; linked in {linking:.1f} s")
    print(f"dbt build, {len(results)} nodes, tests and all: {building:.1f} s, {working:.1f} of the processor")
    print(f"bare DuckDB, the queries of {queries} marts: {alone:.1f} s")
    ratio = building / alone
    print(f"ratio {ratio:.1f}; goal at most {GOAL_RATIO}: {'met' if ratio <= GOAL_RATIO else 'NOT MET'}")
    print(f"all models alone: {sum(seconds.values()):.1f} s of the processor, of these")
    for name, taken in list(seconds.items())[:8]:
        print(
            f"  {name:34} {taken:5.1f} s, {taken / sum(seconds.values()):4.0%} of the models, {taken / working:4.0%} of the build"
        )
    PAGE.write_text(page(compared(), seconds, events), encoding="utf-8")
    print(f"written: {PAGE.relative_to(PROJECT)}")


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _processor(work: Callable[[], object], who: int) -> float:
    before = resource.getrusage(who)
    work()
    after = resource.getrusage(who)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
