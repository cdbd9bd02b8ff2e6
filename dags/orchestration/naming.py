"""Names that tie the DAGs together: assets, the pool, and how a DAG is declared."""

from datetime import timedelta

import pendulum
from airflow.sdk import Asset

from lantern.partnership import Partnership

POOL = "warehouse"
"""One slot: DuckDB has one writer, and a task that waits is better than one that fails."""

START = pendulum.datetime(2024, 1, 1, tz="Europe/London")

RETRIES = {"retries": 2, "retry_delay": timedelta(minutes=5)}

SOON = {
    "retries": 2,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=2),
}
"""For a server that does not answer: others wait for its last try, and the next run is an hour away."""


def asset(partnership: Partnership, layer: str) -> Asset:
    """What one DAG makes and the next waits for: `demo.events`, `demo.release_inputs`, `demo.released`."""
    return Asset(name=f"{partnership.name}.{layer}", uri=f"x-lantern://{partnership.name}/{layer}")
