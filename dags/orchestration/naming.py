"""Names that tie the DAGs together: assets, the pool, and how a DAG is declared."""

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, AssetWatcher

from lantern.partnership import Partnership

POOL = "warehouse"
"""One slot: DuckDB has one writer, and a task that waits is better than one that fails."""

ZONE = "Europe/London"
"""Whose clock is meant, summer time included."""

START = pendulum.datetime(2024, 1, 1, tz=ZONE)

RETRIES = {"retries": 2, "retry_delay": timedelta(minutes=5)}

LIMIT = timedelta(hours=2)
"""For one try of a task, unless it says otherwise; waiting for a person or an instant is no part of it."""

LONG = timedelta(hours=6)
"""For one try of a task that may build every table anew."""

SOON = {
    "retries": 2,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=2),
}
"""For what others wait for, such as a server that does not answer; the next run may be an hour away."""


def declared(partnership: Partnership, stage: str, doc: str | None) -> dict[str, Any]:
    """
    What every DAG is declared with.

    Its id is `<partnership>.<stage>`, its clock Europe/London's, its owner and tags are what Airflow's pages sort by, and what
    was missed while Airflow stood still is not made up for: the next run does it. A step that failed for good is told of.
    """
    from orchestration.alerting import told_of  # which knows the names above

    return {
        "dag_id": f"{partnership.name}.{stage}",
        "start_date": START,
        "catchup": False,
        "doc_md": doc,
        "tags": [partnership.name, stage],
        "default_args": {"owner": partnership.name, "execution_timeout": LIMIT} | told_of(partnership),
    }


def asset(partnership: Partnership, layer: str, *watchers: AssetWatcher) -> Asset:
    """What one DAG makes and the next waits for: `demo.events`, `demo.released`; with a watcher, what comes from outside."""
    return Asset(
        name=f"{partnership.name}.{layer}", uri=f"x-lantern://{partnership.name}/{layer}", watchers=list(watchers)
    )
