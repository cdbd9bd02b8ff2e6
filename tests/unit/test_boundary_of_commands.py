"""Whatever goes wrong in a command, its own words stay inside: they can quote a row."""

import os
import socket
import subprocess
import sys

import pytest

SECRET = "ZQCANARY"
FAILS = f"""
import sys
import duckdb
from lantern import cli
from lantern.cli import app

@app.command("fail")
def fail() -> None:
    duckdb.sql("select cast('{SECRET}' as date)").fetchall()

sys.argv = ["lantern", "fail"]
cli.main()
"""


def failed(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", FAILS], capture_output=True, text=True, env=environment, check=False, timeout=120
    )


def test_an_unforeseen_error_is_told_by_its_kind_and_place_alone():
    done = failed()

    assert done.returncode == 1
    assert SECRET not in done.stdout + done.stderr
    assert "Failed: unexpected ConversionException at fail:" in done.stderr
    assert "Traceback" not in done.stderr


def test_on_invented_data_all_of_it_may_be_asked_for():
    """The twin: without the boundary the value is on the screen."""
    done = failed(LANTERN_TRACEBACK="1")

    assert done.returncode == 1
    assert SECRET in done.stderr


@pytest.mark.parametrize(
    "words", [["plan", "2026-Q2", "--partnership", "nowhere"], ["intake", "--partnership", "no-name"]]
)
def test_a_refusal_is_told_in_our_own_words(words):
    done = subprocess.run(
        [sys.executable, "-c", "from lantern import cli; cli.main()", *words],
        capture_output=True,
        text=True,
        env={},
        check=False,
        timeout=120,
    )

    assert done.returncode == 10
    assert done.stderr.startswith("Refused. ")


def test_pages_that_cannot_be_opened_do_not_end_as_if_they_had_been(tmp_path):
    """Whoever starts them by the clock, or after one another, sees by the exit code alone that nobody can read them."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", "from lantern import cli; cli.main()", "dashboard", "--port", port],
            capture_output=True,
            text=True,
            env={"LANTERN_HOME": str(tmp_path), "PATH": os.environ["PATH"]},
            check=False,
            timeout=120,
        )

    assert done.returncode == 1
    assert "is not available" in done.stdout + done.stderr
