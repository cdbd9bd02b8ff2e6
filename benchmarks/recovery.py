"""
How long a hub is away: backup, restore and the warehouse made anew, `python benchmarks/recovery.py [LANTERN_HOME]`.

Of a home that is given (the demo's, say: it is copied first) all of it, dbt too, and every table is compared. Without
one, of an invented delivery of a million events: those are no partnership's, so dbt is left out.
"""

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from million import EVENTS, waiting_hub

from lantern import warehouse
from lantern.home import Home
from lantern.housekeeping import backup, backup_key, rebuild, restoration
from lantern.partnership import read_partnership
from lantern.pipeline import intake

Result = TypeVar("Result")
SCHEMAS = ("raw", "linkage", "intermediate", "marts", "release_inputs")


def main() -> None:
    """Print seconds and megabytes of each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", nargs="?", type=Path)
    parser.add_argument("--events", type=int, default=EVENTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), asked.home, asked.events)


def measure(folder: Path, given: Path | None, events: int) -> None:
    """Back up one hub, restore it elsewhere, compare."""
    home = Home(folder / "home", "demo")
    if given is None:
        waiting_hub(home.root, events)
        took("intake", lambda: _taken_in(home))
    else:
        shutil.copytree(given / "demo", home.base)
    before = tables(home)
    backup_key.make_key(folder / "key")
    key = backup_key.BackupKey.of(folder / "key")
    done = took("backup", lambda: backup.backup(home, key, folder / "to", folder / "to"))
    print(f"  {done.files} files, {done.lines} lines of the ledger, {done.size / 1e6:,.1f} MB")
    elsewhere = Home(folder / "elsewhere", "demo")
    shutil.copytree(home.secrets, elsewhere.secrets)
    took("restore", lambda: restoration.restore(elsewhere, key, done.hub, done.ledger))
    if given is None:
        took("load again", lambda: rebuild.reload(elsewhere))
    else:
        took("rebuild, dbt and all", lambda: rebuild.rebuild(elsewhere, read_partnership("demo")))
    after = tables(elsewhere)
    differ = [name for name in before if after.get(name) != before[name]]
    print(f"{len(before)} tables compared; different: {', '.join(differ) or 'none'}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def _taken_in(home: Home) -> None:
    partnership = read_partnership("demo")
    for each in intake.waiting(home, partnership):
        intake.receive(home, partnership, each)
    intake.load(home)


def tables(home: Home) -> dict[str, tuple[int, int]]:
    """Rows of each table, and a sum of hashes that does not depend on their order."""
    with warehouse.opened(home, read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            f"where database_name = current_database() and schema_name in {SCHEMAS} order by all"
        ).fetchall()
        return {
            name: connection.execute(
                f"select count(*), coalesce(sum(hash(row_of)), 0) from {name} as row_of"
            ).fetchone()
            for (name,) in names
        }


def took(what: str, step: Callable[[], Result]) -> Result:
    """Do a step and print its seconds."""
    started = time.perf_counter()
    found = step()
    print(f"{what}: {time.perf_counter() - started:.1f} s")
    return found


if __name__ == "__main__":
    main()
