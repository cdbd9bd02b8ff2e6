"""One whole run of the demo at a small size, through Airflow, watched; every test here looks at it."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lantern.home import Home

REFERRALS_A_YEAR = 1200
"""A small authority: quick, and large enough that the headline figures are shown."""

LANTERN = Path(sys.executable).with_name("lantern")


@dataclass(frozen=True)
class Run:
    """A home after the demo, what was printed, which addresses were tried, and which processes were started."""

    home: Home
    folder: Path
    environment: dict[str, str]
    said: str
    sockets: Path

    def beyond_this_machine(self) -> list[str]:
        """Addresses any Python process of the run tried that are not on this machine."""
        tried = [line.split(" ", 2)[2] for line in self.sockets.read_text().splitlines()]
        return [where for where in tried if not re.search(r"'(127\.\d|::1|localhost|/)|^b?'|^None|''", where)]

    def children(self) -> list[dict[str, Any]]:
        """What any Python process of the run started: the words of its command, and its environment."""
        return [json.loads(line) for line in (self.sockets.parent / "children.jsonl").read_text().splitlines()]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours on the same home."""
        return subprocess.run(
            [str(LANTERN), *arguments], env=self.environment, capture_output=True, text=True, timeout=600, check=False
        )


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The demo, run once as a person would run it, with temporary files where they can be searched."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "tmp").mkdir()
    watch = shutil.copytree(Path(__file__).parent / "watch", folder / "watch")
    sockets = watch / "sockets.log"
    sockets.touch()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LANTERN_", "AIRFLOW_"))},
        "LANTERN_HOME": str(folder / "home"),
        "PYTHONPATH": str(watch),
        "TMPDIR": str(folder / "tmp"),
        "HOME": str(folder),
    }
    found = Run(Home(folder / "home", "demo"), folder, environment, "", sockets)
    screen = folder / "screen.txt"
    with screen.open("w") as stream:
        arguments = [str(LANTERN), "demo", "--no-serve", "--referrals-a-year", str(REFERRALS_A_YEAR)]
        done = subprocess.run(arguments, env=environment, stdout=stream, stderr=stream, timeout=600, check=False)
    assert done.returncode == 0, screen.read_text()
    return Run(found.home, folder, environment, screen.read_text(), sockets)
