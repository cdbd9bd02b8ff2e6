"""
What a process of the board's side can reach, and what it could learn from bytes.

A hub is released through the product's own code. Then a process of another user of this machine tries every file of
it; and a second hub, one person apart and with the same noised answers, is compared with it byte by byte.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from board_side import board_side, tables_of
from invented_release import DASHBOARD
from tests.conftest import Hub, empty_hub
from tests.release.conftest import OFFICER, PERIOD, write_release_inputs

from lantern import warehouse
from lantern.home import private
from lantern.intake import inbox
from lantern.pipeline import build, publication, release
from lantern.release import drawing, planning, spent
from lantern.release.ledger import Ledger

BOARD_USER = 10_002
SHOWN_FROM = datetime(2099, 12, 1, 9, 30, tzinfo=UTC)
"""When either hub's figures are shown: the board is told the instant, which is the operator's and not the records'."""
TRIES = """
import json, os, pathlib, sys
import released  # the board's own reader, imported before rights are given up: this machine's Python may be private
home, user = pathlib.Path(sys.argv[1]), int(sys.argv[2])
paths = json.loads(sys.stdin.read())
os.setgroups([]), os.setresgid(user, user, user), os.setresuid(user, user, user)
def opens(path):
    try:
        os.close(os.open(path, os.O_RDONLY))
        return True
    except PermissionError:
        return False
def changes(path):
    try:
        os.close(os.open(path, os.O_WRONLY))
        return True
    except PermissionError:
        return False
print(json.dumps({
    "user": os.getuid(),
    "opened": [path for path in paths if opens(path)],
    "changed": [path for path in paths if not os.path.isdir(path) and changes(path)],
    "cells": len(released.load(home / "released" / "released.duckdb").cells),
}))
"""


def hub_at(monkeypatch, root: Path) -> Hub:
    monkeypatch.setenv("LANTERN_HOME", str(root))
    return empty_hub()


def fill(hub: Hub) -> None:
    """Everything a hub holds, each made by the code that makes it in production."""
    inbox.waiting(hub.home, hub.partnership)
    hub.deliver([hub.event("contact_received", person=1, source=1, at="2026-05-01")])
    write_release_inputs(hub)
    with warehouse.opened(hub.home) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.dim_persons as select 'p1' as person_key")
    build.publish_to_analysts(hub.home)
    published(hub)
    (private(hub.home.embargo) / "2026-Q3-1").mkdir()
    (hub.home.embargo / "2026-Q3-1" / "cells.csv").touch()


def published(hub: Hub) -> None:
    """Approved, drawn and put before the board."""

    def steps(ledger):
        release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="-")
        release.release(hub.home, hub.partnership, ledger, PERIOD, publish_at=SHOWN_FROM.isoformat())
        publication.publish(hub.home, hub.partnership, ledger, SHOWN_FROM)

    with_ledger(hub, steps)


def with_ledger(hub, do):
    ledger = Ledger(hub.home, hub.partnership)
    try:
        return do(ledger)
    finally:
        ledger.close()


@pytest.fixture(scope="module")
def monkeymodule():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def hub(monkeymodule):
    """A whole home, in a place that another user may walk through, as a mount of the released folder lets it."""
    with tempfile.TemporaryDirectory(prefix="lantern-test-") as folder:
        found = hub_at(monkeymodule, Path(folder) / "home")
        before = os.umask(0o022)
        try:
            fill(found)
        finally:
            os.umask(before)
        yield found


@pytest.fixture
def way_through(hub):
    """The folders above the stores let others pass, so that each store has to hold by its own mode."""
    places = [hub.home.root.parent, hub.home.root, hub.home.base]
    modes = [place.stat().st_mode & 0o777 for place in places]
    for place in places:
        place.chmod(0o711)
    yield hub.home
    for place, mode in zip(places, modes, strict=True):
        place.chmod(mode)


def everything_in(home):
    return [str(path) for path in sorted(home.base.rglob("*"))]


def tried(home):
    """What a process of the board's user opened, of every file and folder there is."""
    if os.getuid() != 0:
        pytest.skip("only root may become another user: run these tests as root, as CI does")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(DASHBOARD), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", TRIES, str(home.base), str(BOARD_USER)],
        input=json.dumps(everything_in(home)),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["user"] == BOARD_USER
    return found


def test_the_boards_user_opens_the_released_file_and_nothing_else(way_through):
    home = way_through
    stores = [home.warehouse, home.spent, home.analyst, home.ledger, home.secrets / "hub.key", home.embargo, home.inbox]
    assert [path for path in [*stores, home.releases, home.accepted.parent] if not path.exists()] == []
    assert len(everything_in(home)) > 40

    found = tried(home)

    assert {Path(path) for path in found["opened"]} == {home.released, home.released.parent}
    assert found["changed"] == []
    assert found["cells"] > 50


def test_a_store_left_open_would_be_noticed(way_through):
    """The twin, of every store."""
    home = way_through
    stores = [home.warehouse, home.spent, home.analyst, home.ledger, home.releases, home.embargo, home.inbox]
    folders = {store if store.is_dir() else store.parent for store in stores}
    for folder in folders:
        folder.chmod(0o755)
    try:
        found = tried(home)
    finally:
        for folder in folders:
            folder.chmod(0o700)

    assert {str(folder) for folder in folders} <= set(found["opened"])
    assert str(home.spent) in found["opened"]


def test_a_home_as_it_is_made_lets_no_other_user_in(hub):
    """Without a mount of the released folder, not even that: another user of the machine meets a closed door."""
    assert [place.stat().st_mode & 0o077 for place in (hub.home.root, hub.home.base)] == [0, 0]


# One person apart.


def without_one_person(hub: Hub) -> None:
    """The same partnership, but that one person was never in it."""
    with warehouse.opened(hub.home) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'release_inputs'"
        ).fetchall()
        assert len(tables) >= 2
        for (table,) in tables:
            connection.execute(f"delete from release_inputs.{table} where person_key = 'p7'")


def answered_like(hub: Hub, answers) -> None:
    """A release whose noised answers are given: everything before and after them is the product's own."""

    def draw(ledger):
        release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="-")
        plan = planning.plan_for(hub.partnership, PERIOD, 0)
        bounded = drawing.bound(hub.home, plan, lambda: build.check_passed(hub.home))
        spend = ledger.spend(
            period=str(PERIOD),
            plan_digest=plan.digest,
            request_digest=bounded.digest,
            charges=plan.charges,
            revision=0,
            rows_digest=bounded.rows_digest,
        )
        spent.record(hub.home, bounded.digest, bounded.payment)
        ledger.keep_answer(spend=spend, plan=plan, answers=answers, publish_at=SHOWN_FROM.isoformat())
        release.release(hub.home, hub.partnership, ledger, PERIOD)
        publication.publish(hub.home, hub.partnership, ledger, SHOWN_FROM)
        return exact_bytes(bounded)

    return with_ledger(hub, draw)


def exact_bytes(bounded) -> dict[str, bytes]:
    """The exact cells of each table, kept and lost part."""
    return {name: b"".join(np.asarray(part).tobytes() for part in parts) for name, parts in bounded.cells.items()}


def drawn_answers(hub: Hub):
    from lantern.release import folder

    return folder.read_answers(hub.home.releases / "2026-Q2-1")


@pytest.fixture(scope="module")
def neighbour(hub, tmp_path_factory):
    """The hub without one person, its noised answers given; and its exact cells."""
    with pytest.MonkeyPatch.context() as patch:
        other = hub_at(patch, tmp_path_factory.mktemp("neighbour"))
        write_release_inputs(other)
        without_one_person(other)
        cells = answered_like(other, drawn_answers(hub))
    return other, cells


def test_one_person_more_or_less_changes_no_byte_on_the_boards_side_but_by_the_noised_answers(hub, neighbour):
    one, other = board_side(hub.home, PERIOD), board_side(neighbour[0].home, PERIOD)

    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_the_two_partnerships_do_differ(hub, neighbour):
    """A twin: before the noise they are not the same."""
    plan = planning.plan_for(hub.partnership, PERIOD, 0)

    assert exact_bytes(drawing.bound(hub.home, plan, lambda: None)) != neighbour[1]


def test_a_difference_of_one_figure_would_be_seen(hub, tmp_path):
    """A twin: the comparison is not blind."""
    copied = tmp_path / "released.duckdb"
    copied.write_bytes(hub.home.released.read_bytes())
    with duckdb.connect(str(copied)) as connection:
        connection.execute(
            "update cell set upper = upper + 1 where cell.rowid = (select min(rowid) from cell where upper > 0)"
        )
    before, after = tables_of(hub.home.released), tables_of(copied)

    assert [name for name in before if before[name] != after[name]] == ["cell"]


def test_the_board_is_not_told_how_many_answers_were_asked_or_rows_there_were(hub):
    with duckdb.connect(str(hub.home.released), read_only=True) as connection:
        found = connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'main'"
        ).fetchall()

    assert len(found) > 30
    assert [f"{table}.{column}" for table, column in found if "rows" in column or "request" in column] == []
