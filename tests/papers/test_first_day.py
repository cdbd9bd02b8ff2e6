"""The page "Your first partnership in a day" is followed to the letter, from an empty home, in a checkout of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from tests.servers import free_port, wait_until_open

from lantern.home import PROJECT

PAGE = PROJECT / "docs" / "operations" / "first-day.md"
PARTS = ("src", "dbt_project", "expectations", "dashboard")
"""What the commands read of a checkout. It is copied, because the page writes a partnership's file into it."""
PORT = "8501"


def blocks(page: str) -> list[str]:
    """The page's commands: every fenced block of the shell, in order."""
    return re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Day:
    """A checkout in which the page was followed, but for its last step, and what was printed."""

    checkout: Path
    environment: dict[str, str]
    said: str


def follow(checkout: Path, page: str) -> Day:
    """Run the page's commands as they stand, stopping at the first that fails; the pages at its end are served elsewhere."""
    for part in PARTS:
        shutil.copytree(PROJECT / part, checkout / part)
    (checkout / "partnerships").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LANTERN_", "AIRFLOW_"))}
    environment = {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
        "PYTHONPATH": str(checkout / "src"),
        # Small tables: threads of the linear algebra would wait for each other, and for the other tests.
        "OPENBLAS_NUM_THREADS": "1",
    }
    *before, pages = blocks(page)
    assert "lantern dashboard" in pages
    script = "\n".join(["set -eu", *before])
    done = subprocess.run(
        ["bash", "-c", script], cwd=checkout, env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return Day(checkout, environment, done.stdout)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return follow(tmp_path_factory.mktemp("first-day") / "checkout", PAGE.read_text(encoding="utf-8"))


def test_the_page_has_every_step_and_each_kind_of_command():
    commands = "\n".join(blocks(PAGE.read_text(encoding="utf-8")))

    steps = (
        "partner key new",
        "partner map",
        "partner deliver",
        "init",
        "intake",
        "build",
        "plan",
        "approve",
        "release",
    )
    for step in (*steps, "pack", "backup", "dashboard"):
        assert f"lantern {step} " in commands, step


def test_both_partners_deliveries_are_accepted_and_a_quarter_is_published(day):
    assert "example_council ssd 2023-04-01 to 2026-09-30: accepted" in day.said
    assert "example_family_centre family_support 2026-01-01 to 2026-09-30: accepted, 4 events" in day.said
    assert "refused." not in re.sub(r".*DRY RUN.*", "", day.said)
    with duckdb.connect(str(day.checkout / "var/example/released/released.duckdb"), read_only=True) as released:
        assert released.execute("select release_id from release").fetchall() == [("2026-Q2-1",)]
        assert released.execute("select count(*) from cell").fetchone()[0] > 100


def test_the_release_verifies_and_the_pack_and_both_backups_are_there(day):
    assert "It agrees with itself" in day.said
    packs = sorted(path.suffix for path in (day.checkout / "var/example/released/packs").iterdir())
    assert packs == [".docx", ".pdf"]
    assert len(list((day.checkout / "first-day/stores").iterdir())) == 1
    assert len(list((day.checkout / "first-day/ledger").iterdir())) == 1


def test_nothing_is_printed_that_names_a_child_of_the_log(day):
    """The log on the page is the partner's; its cells are in no line that any command printed."""
    cells = ("Asha", "14/05/2015", "2015-05-14", "ZX1 1AA", "C-101")

    assert all(cell in PAGE.read_text(encoding="utf-8") for cell in ("Asha", "14/05/2015", "ZX1 1AA", "C-101"))
    for cell in cells:
        assert cell not in day.said, cell


def test_the_last_step_serves_the_boards_pages(day):
    port = free_port()
    command = blocks(PAGE.read_text(encoding="utf-8"))[-1].replace(PORT, str(port)).split()
    with subprocess.Popen(command, cwd=day.checkout, env=day.environment, start_new_session=True) as pages:
        try:
            wait_until_open(port, pages)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=60) as answer:
                assert answer.read() == b"ok"
        finally:
            os.killpg(pages.pid, signal.SIGTERM)  # both of its processes, as a terminal does that is closed
            pages.wait(timeout=60)


def test_a_command_of_the_page_that_fails_would_be_noticed(tmp_path):
    """Twin: the page with one word wrong does not come through."""
    page = "```sh\nlantern no-such-command\n```\n\n```sh\nlantern dashboard\n```\n"

    with pytest.raises(AssertionError, match="No such command"):
        follow(tmp_path / "checkout", page)
