"""Opens the board's pages as a process of their own, which imports nothing of the hub."""

import os
import subprocess
import sys

from lantern.home import PROJECT, Home


def boards_environment(home: Home) -> dict[str, str]:
    """What a process of the board's side is given: the released file's path, and no key, place or setting of the hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LANTERN_", "AIRFLOW_", "DBT_"))}
    return kept | {"LANTERN_RELEASED": str(home.released)}


def serve_dashboard(home: Home, port: int) -> None:
    """Run Streamlit until it is stopped; it is given the released file's path and nothing else of the hub."""
    folder = PROJECT / "dashboard"
    command = [
        *(sys.executable, "-m", "streamlit", "run", "app.py"),
        *("--server.address", "127.0.0.1", "--server.port", str(port), "--server.headless", "true"),
        *("--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"),
    ]
    print(f"The board's pages: http://127.0.0.1:{port}  (Ctrl-C ends them)", flush=True)  # noqa: T201
    try:
        subprocess.run(command, cwd=folder, env=boards_environment(home), check=False)
    except KeyboardInterrupt:
        print("Closed.")  # noqa: T201
