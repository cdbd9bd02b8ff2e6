"""Airflow's settings, in one place for the demo, the scheduler, the tests and compose."""

import os
import sys
from pathlib import Path

DAGS = Path(__file__).resolve().parents[1]

NOBODY_IS_ASKED = "LANTERN_NOBODY_IS_ASKED"
"""Set where nobody can answer, as in one process without a scheduler: the human step skips what is not decided."""


def airflow_environment(airflow_home: Path) -> dict[str, str]:
    """
    The environment every Airflow process of ours runs in.

    Args:
        airflow_home: Where its metadata and logs live; another database may be named by
            `AIRFLOW__DATABASE__SQL_ALCHEMY_CONN`, which then stays as it is.
    """
    return {
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        # The XCom backend is needed before Airflow puts the DAGs folder on the path.
        "PYTHONPATH": os.pathsep.join([str(DAGS), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "AIRFLOW__CORE__XCOM_BACKEND": "orchestration.xcom.PlainXCom",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__LAZY_LOAD_PLUGINS": "True",
        # A machine that is starting, or busy building, is slow to answer its own tasks: they wait, in seconds, and ask again.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "10",
        # No telemetry, from Airflow or from anything it brings.
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        # Nobody outside this machine reads task logs; a viewer does not see the settings.
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_HOST": "127.0.0.1",
        "AIRFLOW__API__EXPOSE_CONFIG": "False",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__WORKERS": "1",
    }
