"""What an analyst's own account of the machine can open, with no setting of DuckDB to hold it."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from tests.conftest import empty_hub
from tests.intake.sending import contacts, verdicts

from lantern import warehouse
from lantern.home import Home, private
from lantern.intake import inbox
from lantern.pipeline import build, intake
from lantern.release import spent
from lantern.release.ledger import Ledger
from lantern.release.spent import Payment

ANALYST = 10_005
SPENDS = pa.table({"part": ["contacts"], "person": pa.array([1], pa.int32()), "pico": [7]})
RECORDS = pa.table({"person": pa.array([1], pa.int32()), "local_person_key": ["1" * 64]})
TRIES = """
import json, os, sys
import duckdb  # before rights are given up: this machine's Python may be private
duckdb.execute("select ?", ["so that all it needs is imported"]).fetchall()
user = int(sys.argv[1])
paths = json.loads(sys.stdin.read())
os.setgroups([]), os.setresgid(user, user, user), os.setresuid(user, user, user)
def opened(path, how):
    try:
        os.close(os.open(path, how))
        return True
    except PermissionError:
        return False
def read(path):
    try:
        return len(duckdb.execute("select size from read_blob(?)", [path]).fetchall()) == 1
    except duckdb.Error:
        return False
print(json.dumps({
    "user": os.getuid(),
    "opened": [path for path in paths if opened(path, os.O_RDONLY)],
    "changed": [path for path in paths if not os.path.isdir(path) and opened(path, os.O_WRONLY)],
    "read": [path for path in paths if read(path)],
    "asked": duckdb.connect(sys.argv[2], read_only=True).sql("select count(*) from dim_persons").fetchone()[0],
}))
"""


@pytest.fixture(scope="module")
def home():
    """A hub with all its stores, in a place that another account may walk through; the analysts' folder is open to it."""
    with tempfile.TemporaryDirectory(prefix="lantern-test-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(Path(folder) / "home"))
        before = os.umask(0o022)
        try:
            found = filled()
        finally:
            os.umask(before)
        for place in (Path(folder), found.root, found.base):
            place.chmod(0o711)
        found.analyst.parent.chmod(0o755)
        yield found


def filled() -> Home:
    hub = empty_hub()
    inbox.waiting(hub.home, hub.partnership)
    events = contacts(hub)
    events[4]["birth_month"] = "May 2015"
    hub.deliver(events)
    assert [each.outcome for each in verdicts(hub)] == ["accepted"]
    intake.load(hub.home)
    with warehouse.opened(hub.home) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.dim_persons as select 'p1' as person_key")
    build.publish_to_analysts(hub.home)
    spent.record(hub.home, "0" * 64, Payment("2026-Q2", "zcdp", SPENDS, RECORDS, frozenset()))
    Ledger(hub.home, hub.partnership).close()
    private(hub.home.embargo)
    return hub.home


def tried(home: Home) -> dict:
    if os.getuid() != 0:
        pytest.skip("only root may become another user: run these tests as root, as CI does")
    ran = subprocess.run(
        [sys.executable, "-c", TRIES, str(ANALYST), str(home.analyst)],
        input=json.dumps([str(path) for path in sorted(home.base.rglob("*"))]),
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["user"] == ANALYST
    return found


def stores(home: Home) -> list[Path]:
    accepted, held = next(home.accepted.iterdir()), next(home.quarantine.iterdir())
    return [home.warehouse, home.spent, home.ledger, home.secrets / "hub.key", accepted, held]


def test_an_analysts_account_opens_the_analysts_file_and_no_other_store(home):
    assert [path for path in stores(home) if not path.is_file()] == []

    found = tried(home)

    assert {Path(path) for path in found["opened"]} == {home.analyst, home.analyst.parent}
    assert found["read"] == [str(home.analyst)]
    assert found["changed"] == []
    assert found["asked"] == 1


def test_a_store_left_open_to_it_would_be_noticed(home):
    """The twin, of every store."""
    folders = {path.parent for path in stores(home)}
    for folder in folders:
        folder.chmod(0o755)
    try:
        found = tried(home)
    finally:
        for folder in folders:
            folder.chmod(0o700)

    assert {str(folder) for folder in folders} <= set(found["opened"])
    assert {str(path) for path in stores(home)} - {str(home.secrets / "hub.key")} <= set(found["read"])
    assert str(home.secrets / "hub.key") not in found["read"]  # of its own mode, 600
