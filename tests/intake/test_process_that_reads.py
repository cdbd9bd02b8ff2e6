"""What the process that reads a sender's bytes is given, and what it takes from the folder it works in: nothing."""

import json
import os
import subprocess
import sys

from tests.intake.sending import CANARY
from tests.intake.test_caps import line, text

from lantern.intake import arrival


def test_the_process_is_told_no_secret(tmp_path, monkeypatch):
    """What stands in the hub's environment, keys of other services too, does not reach what reads foreign bytes."""
    spy = tmp_path / "spy"
    spy.mkdir()
    (spy / "sitecustomize.py").write_text(
        f"import json, os; open({str(tmp_path / 'seen.json')!r}, 'w').write(json.dumps(dict(os.environ)))"
    )
    monkeypatch.setenv("PYTHONPATH", f"{spy}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    for name in ("LANTERN_HUB_KEY_FILE", "AWS_SECRET_ACCESS_KEY", "AIRFLOW_CONN_INBOX", "LANTERN_HOME"):
        monkeypatch.setenv(name, CANARY)

    arrival.read(tmp_path, text(tmp_path, line()))

    seen = json.loads((tmp_path / "seen.json").read_text())
    assert "PYTHONPATH" in seen
    assert CANARY not in json.dumps(seen)
    assert {"LANTERN_HOME", "HOME"} & set(seen) == set()


def planted(folder):
    """A module of the standard library's name in the folder the process works in: it says that it was run."""
    (folder / "csv.py").write_text(f"open({str(folder / 'was_run')!r}, 'w')\nfrom _csv import *\n")


def test_nothing_that_lies_beside_the_events_is_run(tmp_path):
    """No such file is let into the copy; were it, it would still be no module."""
    planted(tmp_path)

    assert arrival.read(tmp_path, text(tmp_path, line())).rows == 1

    assert not (tmp_path / "was_run").exists()


def test_without_the_guard_it_would_be_run(tmp_path):
    """The twin: Python looks for modules where it stands, unless it is told not to."""
    planted(tmp_path)

    subprocess.run(
        [sys.executable, "-m", "lantern.intake.parsing", tmp_path, "none"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert (tmp_path / "was_run").exists()
