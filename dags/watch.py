"""Look at the hub each hour: tell by e-mail or webhook what is new, and renew the figures for monitoring."""

from airflow.sdk import dag

from lantern.partnership import Partnership, read_partnerships
from orchestration.alerting import look_at_hub
from orchestration.naming import declared


def watch_dag(partnership: Partnership) -> None:
    """One DAG for one partnership; it changes nothing that any other step reads."""

    @dag(**declared(partnership, "watch", __doc__), schedule="@hourly", max_active_runs=1)
    def watch() -> None:
        look_at_hub(partnership)

    watch()


for each in read_partnerships():
    watch_dag(each)
