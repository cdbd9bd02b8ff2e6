"""Open Airflow's own pages and scheduler on a home: `python -m orchestration.serve`."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from lantern.partnership import read_partnerships
from orchestration.environment import airflow_environment
from orchestration.naming import POOL


def main() -> None:
    """
    Replace this process by `airflow standalone`, on this machine alone.

    With no password; with `AIRFLOW_LOGIN=1` the approvers log in by name, and can approve on Airflow's pages.
    """
    root = Path(os.environ.get("LANTERN_HOME", "var")).resolve()
    port = os.environ.get("AIRFLOW_PORT", "8080")
    settings = airflow_environment(root / "airflow") | {
        "LANTERN_HOME": str(root),
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        # Made for this sitting: Airflow's own is shorter than it should be.
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(64),
    }
    print(f"Airflow's pages will be at http://127.0.0.1:{port} in about a minute (Ctrl-C ends them)", flush=True)  # noqa: T201
    settings |= _login(root / "airflow") if os.environ.get("AIRFLOW_LOGIN") else _no_login()
    # On a fresh home there is no pool yet, and without one nothing is loaded.
    for command in (("db", "migrate"), ("pools", "set", POOL, "1", "DuckDB has one writer")):
        subprocess.run(
            [sys.executable, "-m", "airflow", *command],
            env=os.environ | settings,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    os.execve(sys.executable, [sys.executable, "-m", "airflow", "standalone"], os.environ | settings)  # noqa: S606


def _no_login() -> dict[str, str]:
    # Open to whoever sits at this machine; production uses a real login (docker-compose.yml).
    return {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True"}


def _login(airflow: Path) -> dict[str, str]:
    """Every approver as a user of that name; their passwords are made once, in a file for this user alone."""
    names = sorted({name for each in read_partnerships() for name in each.release.approvers})
    path = airflow / "passwords.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    airflow.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps({name: known.get(name) or secrets.token_urlsafe() for name in names}), encoding="utf-8")
    print(f"Approvers log in by name; passwords are in {path}", flush=True)  # noqa: T201
    return {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:admin" for name in names),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(path),
    }


if __name__ == "__main__":
    main()
