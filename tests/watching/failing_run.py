"""A process of its own: Airflow runs one DAG of a partnership that tells a webhook of its alarms, as `dag.test` does."""

import os
import sys
import warnings

import lantern.partnership as file
from lantern.home import Home
from orchestration.environment import DAGS, airflow_environment

warnings.simplefilter("ignore")
home = Home.of("demo")
os.environ.update(airflow_environment(home.airflow) | {"AIRFLOW__LOGGING__LOGGING_LEVEL": "CRITICAL"})
told = file.read_partnership("demo").model_copy(update={"alerts": file.Alerts(webhook_connection="chat")})
file.read_partnerships = lambda: (told,)

from airflow.dag_processing.dagbag import DagBag  # noqa: E402  # reads the settings when it is imported
from airflow.models.pool import Pool  # noqa: E402
from airflow.utils.db import initdb  # noqa: E402

initdb()
Pool.create_or_update_pool("warehouse", 1, "DuckDB has one writer", include_deferred=False)
bag = DagBag(str(DAGS))
callbacks = [bool(task.on_failure_callback) for dag in bag.dags.values() for task in dag.tasks]
sys.stdout.write(f"{len(bag.dags)} {len(callbacks)} {sum(callbacks)}\n")
for name in sys.argv[1:]:
    for task in bag.dags[name].tasks:
        task.retries = 0
    sys.stdout.write(f"{name} {bag.dags[name].test().state}\n")
