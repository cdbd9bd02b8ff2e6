"""
The crash campaign as a whole: its stages, the names of their fault points, and the page that tells what came of it.

`python -m tests.campaign points FOLDER` lives the life of one small hub without a kill and prints the fault points of each stage but
the build. `python -m tests.campaign page FOLDER` prints `docs/operations/campaign.md` from all that campaigns left below a folder.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from lantern import secret
from lantern.home import Home
from lantern.housekeeping import backup_key
from lantern.linkage import person
from lantern.pipeline import release
from lantern.release.ledger import Ledger
from tests.conftest import empty_hub
from tests.defence.test_analysts_door import ESCAPES
from tests.housekeeping import killing_backup
from tests.housekeeping.conftest import FIRST, write_inputs_of_real_persons
from tests.housekeeping.invented_persons import POLICE, council_events, police_events
from tests.housekeeping.killing_erasure import ERASURE
from tests.intake.killing_intake import INTAKE
from tests.killing import FOUND, Step, points_of
from tests.release.conftest import OFFICER
from tests.release.killing_release import run_release

STAGES = ("intake", "build", "release", "erasure", "backup", "restore")
"""What changes the stores of a hub, in the order of its life."""


def points(folder: Path) -> dict[str, list[str]]:
    """The fault points of each stage but the build, in order, as they are passed in the life of one hub."""
    told = folder / "points.txt"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(folder / "home"))
        hub = empty_hub()
    hub.deliver(council_events(hub))
    hub.deliver(police_events(hub), **POLICE)
    found = {"intake": points_of(INTAKE, hub.home, told)}

    person.link(hub.home)
    write_inputs_of_real_persons(hub)
    ledger = Ledger(hub.home, hub.partnership)
    release.approve(hub.home, hub.partnership, ledger, FIRST, by=OFFICER, reason="a test")
    ledger.close()
    of_first = Step("release", lambda home: run_release(home, FIRST), dict, dict)
    found["release"] = points_of(of_first, hub.home, told)

    copies = killing_backup.copies(hub.home)
    copies.mkdir()
    backup_key.make_key(copies / "backup.key")
    found["backup"] = points_of(killing_backup.STEPS["backup"], hub.home, told)
    other = Home(folder / "other", hub.home.partnership)
    other.secrets.mkdir(parents=True, mode=0o700)
    for name in secret.KEYS:
        (hub.home.secrets / f"{name}.key").rename(other.secrets / f"{name}.key")
    copies.rename(killing_backup.copies(other))
    found["restore"] = points_of(killing_backup.STEPS["restore"], other, told)
    return found | {"erasure": points_of(ERASURE, other, told)}


_PAGE = """# The crash campaign

What came of killing a hub with `kill -9` while it works, and of letting it run on. Made by a command from what the campaign kept; the
home was an invented partnership's. A **fault** is anything lost, counted twice, loaded or built by half, published without its spend, drawn
twice, or different in the end from what a run without a kill leaves.

## Killed at each fault point

A fault point is the moment before a side effect of a stage, and of a statement also the moment after it: a file that is written, renamed or
removed, a folder made, a process started, a statement that changes a store, a commit. Points of one kind at one place share a name. What
dbt does within a build is one process here: random kills meet it there.

{at_points}

One fault was found in this way, and mended: a restore that was killed while it put the stores back could not be run again.

## Killed at random

Whole process groups, at instants drawn by lot within the time the stage takes; each is run on from what the last kill left, until it ends.
Only a kill that met the stage alive counts.

{at_random}

After each of these kills, everything new in the home and among temporary files was searched for what partners' own files tell of persons
(numbers, names, local ids, free text) in every byte, name, packed file and table; for tokens, everywhere but in the folders where deliveries
wait and are checked.

{leaks}

## What else is asserted

| What | Where |
| --- | --- |
{elsewhere}

## Run it again

```sh
LANTERN_THOROUGH=1 .venv/bin/python -m pytest --basetemp build/campaign tests/end_to_end/test_random_kills.py \\
  tests/dbt/test_killed_build.py tests/intake/test_killed_intake.py tests/release/test_killed_release.py \\
  tests/housekeeping/test_killed_erasure.py tests/housekeeping/test_killed_backup.py
.venv/bin/python -m tests.campaign page build/campaign > docs/operations/campaign.md
```

takes hours. One stage, on a home after the demo: `python -m tests.end_to_end.killing_pipeline var SCRATCH intake 120 300`; stopped, it goes on
where it was.

## The fault points by name

*Passed* counts an undisturbed run of the killed stage; *killed at*, the kills at that very point; *at random*, the random kills that it was the
last point before.

{names}
"""


def page(folder: Path) -> str:
    """The page, from every campaign that left its figures below a folder; those of one stage are added up."""
    found = [json.loads(path.read_text()) for path in sorted(folder.rglob(FOUND))]
    at_points = {stage: [each for each in found if each["stage"] == stage and "runs" in each] for stage in STAGES}
    at_random = {stage: [each for each in found if each["stage"] == stage and "kills" in each] for stage in STAGES}
    at_work = [(stage, each) for stage, each in at_random.items() if each]
    return _PAGE.format(
        at_points=_table(
            "stage | fault points | names | kills | faults",
            (_of_points(stage, each, at_random[stage]) for stage, each in at_points.items()),
        ),
        at_random=_table("stage | kills | runs that ended | faults", (_of_random(*each) for each in at_work)),
        leaks=_table("stage | texts | files | bytes | leaks", (_of_leaks(*each) for each in at_work)),
        elsewhere="\n".join(f"| {what} | {where} |" for what, where in _ELSEWHERE),
        names="\n\n".join(_names(stage, at_points[stage], at_random[stage]) for stage in STAGES),
    )


_ELSEWHERE = (
    ("1,000 tampers of the ledger, in SQLite and in PostgreSQL: each is found", "`tests/release/test_ledger_chain.py`"),
    ("fifty processes that race for the last of an allowance", "`tests/release/test_ledger_race.py`"),
    (
        f"{len(ESCAPES)} statements by which an analyst would leave the analysts' file: each is refused",
        "`tests/defence/test_analysts_door.py`",
    ),
    (
        "a disk that is full, may only be read, or does not keep what it was given",
        "`tests/release/test_disk_fails.py`, `tests/intake/test_full_disk.py`",
    ),
    (
        "the same search after bad deliveries, refusals, an erasure and a backup; after the whole demo, for keys too",
        "`tests/defence/test_after_everything.py`, `tests/end_to_end/test_demo.py`, `tests/end_to_end/test_keys_kept.py`",
    ),
    (
        "that the search would find what is planted",
        "`tests/end_to_end/test_leak_search.py`, and a twin beside each use",
    ),
)


def _passed(found: list[dict[str, Any]]) -> Counter[str]:
    """How often an undisturbed run passes each point: of the first campaign that passed it."""
    passed = Counter[str]()
    for each in found:
        passed.update({name: count for name, count in Counter(each["points"]).items() if name not in passed})
    return passed


def _of_points(stage: str, at_points: list[dict[str, Any]], at_random: list[dict[str, Any]]) -> list[object]:
    runs, passed = [run for each in at_points for run in each["runs"]], _passed([*at_points, *at_random])
    return [stage, sum(passed.values()), len(passed), len(runs), sum(bool(run["faults"]) for run in runs)]


def _of_random(stage: str, found: list[dict[str, Any]]) -> list[object]:
    return [stage, *(sum(each[what] for each in found) for what in ("kills", "ended")), _count("faults", found)]


def _of_leaks(stage: str, found: list[dict[str, Any]]) -> list[object]:
    sizes = (sum(each[what] for each in found) for what in ("files", "size"))
    return [stage, f"{max(each['texts'] for each in found):,}", *sizes, _count("leaks", found)]


def _count(what: str, found: list[dict[str, Any]]) -> int:
    return sum(len(each[what]) for each in found)


def _names(stage: str, at_points: list[dict[str, Any]], at_random: list[dict[str, Any]]) -> str:
    """Of one stage: each name, in the order in which it is first passed."""
    passed, runs = _passed([*at_points, *at_random]), [run for each in at_points for run in each["runs"]]
    killed, faults = Counter(run["point"] for run in runs), Counter(run["point"] for run in runs if run["faults"])
    met = Counter[str]()
    for each in at_random:
        met.update({name or "before the first": count for name, count in each["met"].items()})
    rows = [
        [f"`{name}`", passed[name], killed[name], met[name], faults[name]] for name in dict.fromkeys([*passed, *met])
    ]
    return f"### {stage}\n\n{_table('fault point | passed | killed at | at random | faults', rows, summed=False)}"


def _table(heads: str, rows: Iterable[list[object]], *, summed: bool = True) -> str:
    """A table of Markdown; `summed`, with a last line of sums of its numbers."""
    listed = list(rows)
    if summed and listed:
        sums = (sum(column) if isinstance(column[0], int) else "" for column in list(zip(*listed, strict=True))[1:])
        listed.append(["all", *sums])
    lines = [f"| {heads} |", "|" + " --- |" * len(heads.split(" | "))]
    return "\n".join([*lines, *(f"| {' | '.join(_words(cell) for cell in row)} |" for row in listed)])


def _words(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int | float) else str(cell)


if __name__ == "__main__":
    what, where = sys.argv[1], Path(sys.argv[2])
    print(json.dumps(points(where)) if what == "points" else page(where), end="")  # noqa: T201
