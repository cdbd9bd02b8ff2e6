"""What the hub needs of the machine it runs on: room, locks that are let go of, and Airflow's database."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from lantern.home import Home, locked
from lantern.housekeeping import rebuild
from lantern.intake.inbox import MAX_BYTES
from lantern.watching.finding import Finding

_HELD_TOO_LONG_HOURS = 6
"""No step of ours takes as long: a build of the largest hub takes minutes."""
_AIRFLOW_SECONDS = 60


def disk(home: Home) -> Iterator[Finding]:
    """Room for one delivery of the largest size that is taken, and for a warehouse that is made anew beside the old."""
    place = home.base if home.base.exists() else Path.cwd()
    free = shutil.disk_usage(place).free
    stores = sum(path.stat().st_size for path in (home.warehouse, home.analyst) if path.exists())
    said = f"{free / 1e9:,.1f} GB of the disk are free"
    if free < MAX_BYTES:
        yield Finding("disk", "wrong", f"{said}: less than one delivery may need.", "Make room now; deliveries wait.")
    elif free < MAX_BYTES + 2 * stores:
        yield Finding("disk", "warn", f"{said}: a warehouse could not be made anew.", "Make room.")
    else:
        yield Finding("disk", "ok", said)


def locks(home: Home) -> Iterator[Finding]:
    """Whoever has held the hub for hours; nobody can hold it once its process is gone."""
    held = [(folder, _holders(folder)) for folder in (home.base, home.accepted) if _is_held(folder)]
    for folder, hours in held:
        if max(hours, default=0) >= _HELD_TOO_LONG_HOURS:
            yield Finding(
                "locks",
                "warn",
                f"a process that has run for {max(hours):.0f} hours holds '{folder.name}'.",
                "See what it does ('ps'); if it hangs, end it: nothing is left half done.",
                folder.name,
            )
    names = ", ".join(f"'{folder.name}'" for folder, _ in held)
    yield Finding("locks", "ok", f"at work just now: {names} is held" if held else "nothing is held by another process")


def leftovers(home: Home) -> Iterator[Finding]:
    """What a restore or a rebuild that was stopped has left, and stores that were moved aside."""
    aside = [path for path in rebuild.aside(home).glob("*") if path.is_dir()]
    if (home.base / "restoring").exists():
        yield Finding(
            "locks", "warn", "a restore was stopped half-way, or is under way.", "Run 'lantern restore' again."
        )
    elif aside:
        said = f"{len(aside)} damaged stores that were moved aside are still there, with persons' records in them."
        yield Finding("locks", "warn", said, "Remove 'secure/aside' when nobody needs it.")
    else:
        yield Finding("locks", "ok", "nothing was left half-way")


def airflow_database(home: Home) -> Iterator[Finding]:
    """Whether Airflow's own command reaches its database, where one is named or lies in the home."""
    named = [name for name in os.environ if name.startswith("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")]
    if not named and not (home.airflow / "airflow.db").exists():
        yield Finding("airflow-database", "ok", "no Airflow is set up here")
        return
    settings = {"AIRFLOW_HOME": str(home.airflow)} | os.environ | {"AIRFLOW__LOGGING__LOGGING_LEVEL": "CRITICAL"}
    try:
        # What it prints may hold the address and the user: only whether it answered is read.
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "airflow", "db", "check", "--retry", "0"],
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_AIRFLOW_SECONDS,
            check=False,
        )
        answers = done.returncode == 0
    except subprocess.TimeoutExpired:
        answers = False
    if answers:
        yield Finding("airflow-database", "ok", "Airflow's database answers")
    else:
        yield Finding(
            "airflow-database",
            "wrong",
            "Airflow's database does not answer: no DAG runs.",
            "Start it, or mend AIRFLOW__DATABASE__SQL_ALCHEMY_CONN. Commands of Lantern work without it.",
        )


def _is_held(folder: Path) -> bool:
    if not folder.exists():
        return False
    try:
        with locked(folder, fcntl.LOCK_SH | fcntl.LOCK_NB):
            return False
    except BlockingIOError:
        return True


def _holders(folder: Path) -> list[float]:
    """For how many hours each process that holds a folder has run; empty where the system does not say."""
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
        inode = str(folder.stat().st_ino)
        # "1: FLOCK  ADVISORY  WRITE 4021 08:01:131090 0 EOF"
        holders = [
            words[4] for line in lines if (words := line.split())[1] == "FLOCK" and words[5].endswith(f":{inode}")
        ]
        return [_hours(int(holder)) for holder in holders]
    except (OSError, ValueError, IndexError):
        return []


def _hours(process: int) -> float:
    # The 22nd word: when it started, in ticks since the machine did. The name before it may hold blanks.
    words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - int(words[19]) / os.sysconf("SC_CLK_TCK")) / 3600
