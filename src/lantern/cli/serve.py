"""Opens the board's pages as a process of their own, which imports nothing of the hub."""

import os
import subprocess
import sys

import typer

from lantern.errors import ConfigRefused
from lantern.home import PROJECT, Home

_HUBS = ("LANTERN_", "AIRFLOW_", "DBT_")
_ACCESS = ("LANTERN_OIDC_", "LANTERN_DASHBOARD_")


def boards_environment(home: Home) -> dict[str, str]:
    """What a process of the board's side is given: the released file's path, and no key, place or setting of the hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_HUBS)}
    return kept | {"LANTERN_RELEASED": str(home.released)}


def serve_dashboard(home: Home, port: int) -> None:
    """
    Run the pages until they are stopped; they are given the released file's path and who may read.

    Raises:
        typer.Exit: the pages were refused a start; they have said why.
    """
    access = {name: value for name, value in os.environ.items() if name.startswith(_ACCESS)}
    command = [sys.executable, "server.py", "--port", str(port)]
    with subprocess.Popen(command, cwd=PROJECT / "dashboard", env=boards_environment(home) | access) as pages:
        try:
            code = pages.wait()
        except KeyboardInterrupt:
            pages.wait()  # the same Ctrl-C reached it, and it clears its secrets away first
            print("Closed.")  # noqa: T201
            return
    if code == ConfigRefused.exit_code:
        raise typer.Exit(code)
