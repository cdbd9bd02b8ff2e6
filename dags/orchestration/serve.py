"""Open Airflow's own pages and scheduler on a home: `python -m orchestration.serve`."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from orchestration.environment import airflow_environment
from orchestration.naming import POOL


def main() -> None:
    """Replace this process by `airflow standalone`, on this machine alone, with no password."""
    root = Path(os.environ.get("LANTERN_HOME", "var")).resolve()
    port = os.environ.get("AIRFLOW_PORT", "8080")
    settings = airflow_environment(root / "airflow") | {
        "LANTERN_HOME": str(root),
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        # Open to whoever sits at this machine; production uses a real login (docker-compose.yml).
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        # Made for this sitting: Airflow's own is shorter than it should be.
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),
    }
    print(f"Airflow's pages will be at http://127.0.0.1:{port} in about a minute (Ctrl-C ends them)", flush=True)  # noqa: T201
    # On a fresh home there is no pool yet, and without one nothing is loaded.
    for command in (("db", "migrate"), ("pools", "set", POOL, "1", "DuckDB has one writer")):
        subprocess.run(
            [sys.executable, "-m", "airflow", *command],
            env=os.environ | settings,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    os.execve(sys.executable, [sys.executable, "-m", "airflow", "standalone"], os.environ | settings)  # noqa: S606


if __name__ == "__main__":
    main()
