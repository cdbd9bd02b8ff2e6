"""
Starts the board's pages: `python server.py --port 8501`, in this folder, with LANTERN_RELEASED set.

Without access configured it listens to this machine alone. With it, Streamlit is handed its secrets in a file of
a private folder, which is gone when the server ends; no secret is on a command line, in the environment or in a log.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from access import Access, AccessRefused, is_loopback

REFUSED = 10
"""Exit code of settings that cannot be used, as the `lantern` command has it."""
SHORTEST = 32
"""Letters of the secret that signs cookies."""


def main() -> int:
    """Check who may open the pages, then serve them until stopped."""
    parser = argparse.ArgumentParser(description="Serve the board's pages.")
    parser.add_argument("--address", default=os.environ.get("LANTERN_DASHBOARD_ADDRESS") or "127.0.0.1")
    parser.add_argument("--port", type=int, default=8501)
    asked = parser.parse_args()
    try:
        access = Access.of(os.environ)
        check_open(asked.address, access)
        secrets = secrets_text(access) if access else ""
    except AccessRefused as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201
        return REFUSED
    with tempfile.TemporaryDirectory(prefix="lantern-") as folder:  # made with mode 700
        more = ["--secrets.files", str(write_private(Path(folder), secrets))] if access else []
        named = access.url if access else f"http://{asked.address}:{asked.port}"
        preload()
        print(f"The board's pages: {named}  (Ctrl-C ends them)", flush=True)  # noqa: T201
        serve([*arguments(asked.address, asked.port, access), *more])
    return 0


def check_open(address: str, access: Access | None) -> None:
    """Refuse to be reached from other machines while nobody is asked who they are."""
    if access is None and not is_loopback(address):
        raise AccessRefused(
            f"access to the board's pages: none is configured, so they open on this machine alone, not on {address}. "
            "The pages were not opened. Leave the address out, or set what docs/operations/access.md lists."
        )


def arguments(address: str, port: int, access: Access | None) -> list[str]:
    """Streamlit's own; without the name people type, it would ask a service on the internet for one."""
    name = urlsplit(access.url).hostname if access else address
    return [
        *("run", str(Path(__file__).with_name("app.py"))),
        *("--server.address", address, "--server.port", str(port), "--server.headless", "true"),
        *("--browser.serverAddress", str(name), "--browser.gatherUsageStats", "false"),
        *("--server.fileWatcherType", "none", "--server.enableXsrfProtection", "true"),
        *("--client.showErrorDetails", "none", "--logger.level", "error"),
    ]


def secrets_text(access: Access) -> str:
    """
    Streamlit's secrets as TOML.

    Raises:
        AccessRefused: a secret's file is missing, empty or too short.
    """
    entries = {
        "redirect_uri": f"{access.url}/oauth2callback",
        "cookie_secret": _secret("LANTERN_OIDC_COOKIE_SECRET_FILE", access.cookie_secret_file, SHORTEST),
        "client_id": access.client_id,
        "client_secret": _secret("LANTERN_OIDC_CLIENT_SECRET_FILE", access.client_secret_file, 1),
        "server_metadata_url": access.metadata_url,
    }
    # A JSON string of printable letters is a TOML string too.
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in entries.items()]
    return "\n".join(["[auth]", *lines, "[auth.client_kwargs]", f"scope = {json.dumps(access.scope)}", ""])


def _secret(name: str, path: str, shortest: int) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    if len(text) < shortest or not text.isprintable():
        raise AccessRefused(
            f"access to the board's pages: the file of {name} cannot be read, or holds fewer than {shortest} letters or "
            "more than one line. The pages were not opened. Put the secret there, for this user alone to read."
        )
    return text


def write_private(folder: Path, text: str) -> Path:
    """Write `secrets.toml` for this user alone."""
    path = folder / ".streamlit" / "secrets.toml"
    path.parent.mkdir(mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path


def preload() -> None:
    """Load what pages are drawn with, and draw once, before anyone asks: else the first reader waits for it."""
    from altair.utils import schemapi

    import charts
    import download  # noqa: F401 - loaded, not used

    # A drawing is compared with the library's schema wherever tests draw it. No reader waits for that.
    schemapi.DEBUG_MODE = False
    charts.demo([0], 0, 1, 2).to_json()
    gc.freeze()  # what was loaded until here stays, so nobody need look whether it can go


def serve(words: Sequence[str]) -> None:
    """Run Streamlit in this process until it is told to end; it sees to the signals itself."""
    from streamlit.web import cli

    cli.main(args=list(words), prog_name="streamlit", standalone_mode=False)


if __name__ == "__main__":
    sys.exit(main())
