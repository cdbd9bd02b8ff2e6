"""
Where a disk is full, not to be written or loses what it was given, a release ends with a sentence, and goes on once it is mended.

A file size limit stands for the full disk: a write beyond it fails just so, in SQLite and DuckDB too. Each try is a fork.
"""

import errno
import json
import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import time_machine
from tests.killing import forked
from tests.release.killing_release import faults, run_again, run_release, state

from lantern import secret, warehouse
from lantern.errors import LanternError
from lantern.home import Home

NOBODY = 65534


@pytest.fixture
def approved(ready, ledger, tmp_path) -> Callable[[], Home]:
    """Copies of a hub with one quarter approved; what a release needs is loaded in this process."""
    ledger.close()
    places = iter(range(1000))

    def copy() -> Home:
        home = Home(tmp_path / f"copy-{next(places)}", "demo")
        shutil.copytree(ready.home.root, home.root, symlinks=True)
        return home

    run_release(copy())
    return copy


def tried(home: Home, spoil: Callable[[Home], None]) -> str:
    """What a release says in a process of its own in which something was spoilt first; `done` if nothing."""

    def try_it() -> str:
        spoil(home)
        try:
            run_release(home)
        except LanternError as trouble:
            return f"{type(trouble).__name__}: {trouble}"
        return "done"

    ended, said = forked(try_it)
    assert ended == 0, said
    return str(json.loads(said))


def seen(home: Home) -> dict:
    """What is there, looked at by another process."""
    ended, said = forked(lambda: state(home))
    assert ended == 0, said
    return dict(json.loads(said))


def check_goes_on(home: Home) -> None:
    """Nothing is there that must not be; and once mended the quarter is published once."""
    left = seen(home)
    assert faults(left) == []
    ended, said = forked(lambda: run_again(home))
    assert ended == 0, said
    after = seen(home)
    assert faults(after) == []
    assert after["published"] == after["shown"] == ["2026-Q2-1"]
    assert not left["sums"] or after["sums"] == left["sums"]


def full(most: int) -> Callable[[Home], None]:
    def limit(_: Home) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    return limit


# The ledger; the spends before their first table, and while they are written; the board's file.
@pytest.mark.parametrize("most", [1_000, 20_000, 400_000, 800_000])
def test_on_a_full_disk_a_release_ends_with_a_sentence_and_goes_on_once_there_is_room(approved, most):
    home = approved()

    told = tried(home, full(most))

    assert told.startswith(
        ("StoreBusy: demo, release: the hub's own disk", "LedgerRefused: demo, ledger: it cannot be")
    )
    check_goes_on(home)


def test_with_room_enough_the_limit_is_no_hindrance(approved):
    home = approved()

    assert tried(home, full(1 << 30)) == "done"

    assert seen(home)["shown"] == ["2026-Q2-1"]


def test_without_the_last_look_the_boards_file_would_have_no_tables(approved, monkeypatch):
    """The twin: closing alone says nothing of a full disk."""

    class Closed:
        def __init__(self, path: Path, *, read_only: bool = False) -> None:
            self.connection = duckdb.connect(str(path), read_only=read_only)

        def __enter__(self) -> duckdb.DuckDBPyConnection:
            return self.connection

        def __exit__(self, *_: object) -> None:
            self.connection.close()

    monkeypatch.setattr(warehouse, "plain", Closed)
    home = approved()

    assert tried(home, full(800_000)) == "done"

    ended, _ = forked(lambda: state(home))
    assert ended == 1  # there is a file, and no table in it


def unwritable(home: Home) -> None:
    """To root nothing is read-only: the process becomes somebody who owns it all and may write nothing of it."""
    for path in [home.root, *home.root.rglob("*")]:
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        path.chmod(0o500 if path.is_dir() else 0o400)
    if os.geteuid() == 0:
        os.setuid(NOBODY)


def writable(home: Home) -> None:
    for path in [home.root, *home.root.rglob("*")]:
        if os.geteuid() == 0:
            os.chown(path, 0, 0)
        path.chmod(0o700 if path.is_dir() else 0o600)


def test_on_a_disk_that_may_only_be_read_nothing_is_spent(approved):
    # pytest's own folders are closed to all others.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        home = Home(Path(folder) / "home", "demo")
        shutil.copytree(approved().root, home.root, symlinks=True)

        told = tried(home, unwritable)

        assert told.startswith(("LedgerRefused: demo, ledger: it cannot be", "StoreBusy: demo"))
        writable(home)
        check_nothing_was_spent(home)


def check_nothing_was_spent(home: Home) -> None:
    assert seen(home)["kinds"] == ["approve"]
    check_goes_on(home)


def failing_sync(at: int) -> Callable[[Home], None]:
    """The disk fails to keep what it was given: the `at`-th wait for it, and each after that."""
    count = iter(range(1, 1000))

    def fail(descriptor: int) -> None:
        if next(count) >= at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        os.fdatasync(descriptor)

    def spoil(_: Home) -> None:
        os.fsync = fail

    return spoil


# The anchor of the spend; the spends; a file of the folder; the board's file.
@pytest.mark.parametrize("at", [1, 6, 12, 25])
def test_where_the_disk_does_not_keep_what_it_was_given_nothing_is_drawn_on_top_of_it(approved, at):
    home = approved()

    told = tried(home, failing_sync(at))

    assert told.startswith("StoreBusy: demo, release: the hub's own disk, memory or store failed (OSError)")
    left = seen(home)
    assert left["shown"] == []
    assert ("answer" in left["kinds"]) == (at > 6)
    assert ("publish" in left["kinds"]) == (at > 22)
    check_goes_on(home)


KEPT = ["anchor/head.json", "secure/spent.duckdb", "released/releases/2026-Q2-1", "released/released.duckdb"]
"""What has its name by a rename in a release, and locks the ledger, or misleads the board, if it is there and empty."""


def renamed_too_early(home: Home, *, sync: Callable[[Path], None]) -> dict[str, list[str]]:
    """
    Of each name that a release gives by a rename: files that were not on the disk by then, and the rename itself if it never was.

    After a power cut a file that nobody waited for may be there and empty, as its name may be older than its bytes.
    """
    kept: set[tuple[int, int]] = set()
    early: dict[str, list[str]] = {}
    wait, rename = os.fsync, os.replace

    def waited(descriptor: int) -> None:
        wait(descriptor)
        found = os.fstat(descriptor)
        kept.add((found.st_ino, found.st_mtime_ns))

    def renamed(source: str, target: str) -> None:
        within = [Path(source), *Path(source).rglob("*")]
        missing = [path.name for path in within if not is_kept(path)]
        rename(source, target)
        if (name := str(Path(target).relative_to(home.base))) in KEPT:
            early.setdefault(name, []).extend(missing)
            folders.append((name, Path(target).parent, Path(target).parent.stat().st_mtime_ns))

    def is_kept(path: Path) -> bool:
        found = path.stat()
        return (found.st_ino, found.st_mtime_ns) in kept

    folders: list[tuple[str, Path, int]] = []
    with pytest.MonkeyPatch.context() as watched:
        watched.setattr(os, "fsync", waited)
        watched.setattr(os, "replace", renamed)
        watched.setattr(warehouse, "sync", sync)
        run_release(home)
    for name, folder, at in folders:
        early[name] += [] if (folder.stat().st_ino, at) in kept else [f"the name in {folder.name}"]
    return early


def test_nothing_has_its_name_before_its_bytes_are_on_the_disk(approved):
    """A release of which the card is empty after a power cut would lock the whole ledger."""
    home = approved()

    early = renamed_too_early(home, sync=warehouse.sync)

    assert early == {name: [] for name in KEPT}


def test_without_waiting_for_the_disk_each_would_have_its_name_too_early(approved):
    """The twin."""
    home = approved()

    early = renamed_too_early(home, sync=lambda _: None)

    assert list(early) == KEPT
    assert all("the name in" in missing[-1] for missing in early.values())
    assert {"release.json", "digests.json", "cells.parquet"} < set(early["released/releases/2026-Q2-1"])
    assert "head" in early["anchor/head.json"][0]


def test_a_key_has_its_name_once_it_is_on_the_disk(tmp_path, monkeypatch):
    """What it encrypts is lost with it."""
    seen, wait, rename = [], os.fsync, os.replace

    def waited(descriptor: int) -> None:
        wait(descriptor)
        seen.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    def renamed(source: str, target: str) -> None:
        rename(source, target)
        seen.append(f"-> {Path(target).name}")

    monkeypatch.setattr(os, "fsync", waited)
    monkeypatch.setattr(os, "replace", renamed)

    secret.make_keys(Home(tmp_path, "demo"))

    assert seen == [step for name in secret.KEYS for step in (f"{name}.part", f"-> {name}.key", "secrets")]


def test_the_clock_of_a_hub_may_jump_and_a_quarter_is_still_paid_for_and_published_once(approved):
    home = approved()

    for instant in ("2020-01-01T00:00:00Z", "2035-06-30T12:00:00Z", "2026-11-01T00:00:00Z"):
        with time_machine.travel(instant, tick=True):
            ended, said = forked(lambda: run_release(home))
        assert ended == 0, said
        found = seen(home)
        assert faults(found) == []
        assert found["kinds"] == ["approve", "spend", "answer", "publish"]
