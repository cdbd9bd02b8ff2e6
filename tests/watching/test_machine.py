"""What the hub needs of its machine: locks that are let go of, room on the disk, Airflow's database."""

import fcntl
import shutil

import pytest
from typer.testing import CliRunner

from lantern.cli import app
from lantern.home import locked
from lantern.watching import machine


def test_whoever_holds_the_hub_for_hours_is_told_and_whoever_works_is_not(home, monkeypatch):
    with locked(home.base, fcntl.LOCK_EX):
        at_work = list(machine.locks(home))
        monkeypatch.setattr(machine, "_HELD_TOO_LONG_HOURS", 0)
        stuck = list(machine.locks(home))

    assert [each.state for each in at_work] == ["ok"]
    assert "'demo' is held" in at_work[0].said
    assert [each.state for each in stuck] == ["warn", "ok"]
    assert "nothing is held" in next(machine.locks(home)).said


@pytest.mark.parametrize(("free", "state"), [(10**9, "wrong"), (3 * 10**9, "ok"), (2**31 + 1000, "warn")])
def test_room_for_a_delivery_and_for_a_second_warehouse_is_asked_for(home, monkeypatch, free, state):
    usage = shutil._ntuple_diskusage(10**12, 10**12 - free, free)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage)

    assert [each.state for each in machine.disk(home)] == [state]


def test_airflows_database_is_asked_by_airflows_own_command(home, monkeypatch, tmp_path):
    """A file that is no database and one that is: only whether it answered is told."""
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{tmp_path}/no-such-folder/airflow.db")
    silent = list(machine.airflow_database(home))
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{tmp_path}/airflow.db")
    answering = list(machine.airflow_database(home))

    assert [each.state for each in silent] == ["wrong"]
    assert str(tmp_path) not in silent[0].said + silent[0].to_do
    assert [each.state for each in answering] == ["ok"]


def test_status_tells_in_one_line_what_to_look_at(home, monkeypatch):
    usage = shutil._ntuple_diskusage(10**12, 10**12, 0)
    quiet = CliRunner().invoke(app, ["status"]).stdout
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: usage)

    warned = CliRunner().invoke(app, ["status"]).stdout

    assert "warns" not in quiet
    assert [line for line in warned.splitlines() if "warns" in line] == [
        "  warns              0.0 GB of the disk are free: less than one delivery may need; 'lantern doctor' says more"
    ]
