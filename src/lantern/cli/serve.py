"""Opens the board's pages as a process of their own, which imports nothing of the hub."""

import os
import signal
import subprocess
import sys

import typer

from lantern.home import PROJECT, Home

_GIVEN = (
    *("PATH", "HOME", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "DISPLAY", "WAYLAND_DISPLAY", "BROWSER"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
)
"""What finds programs, languages and the way to an identity provider: by these names, in either case."""
_GIVEN_PREFIXES = ("LC_", "PYTHON", "STREAMLIT_")
_ACCESS = ("LANTERN_OIDC_", "LANTERN_DASHBOARD_")


def boards_environment(home: Home) -> dict[str, str]:
    """
    What a process of the board's side is given: the released file's path, and no key, place or setting of the hub.

    Only what is known to be needed is handed on: a password or token of another program has names nobody can list.
    """
    kept = {
        name: value for name, value in os.environ.items() if name.upper() in _GIVEN or name.startswith(_GIVEN_PREFIXES)
    }
    return kept | {"LANTERN_RELEASED": str(home.released)}


def serve_dashboard(home: Home, port: int) -> None:
    """
    Run the pages until they are stopped; they are given the released file's path and who may read.

    Raises:
        typer.Exit: the pages did not start, or broke; they have said why.
    """
    access = {name: value for name, value in os.environ.items() if name.startswith(_ACCESS)}
    command = [sys.executable, "server.py", "--port", str(port)]
    with subprocess.Popen(command, cwd=PROJECT / "dashboard", env=boards_environment(home) | access) as pages:
        # Ended from outside, as a service is: the pages end too, and do not stay on the port.
        signal.signal(signal.SIGTERM, lambda *_: pages.terminate())
        try:
            code = pages.wait()
        except KeyboardInterrupt:
            pages.wait()  # the same Ctrl-C reached it, and it clears its secrets away first
            print("Closed.")  # noqa: T201
            return
    if code > 0:  # less than nothing: ended by a signal, as a service is
        raise typer.Exit(code)
