"""Bring what waits in a partnership's inboxes into its warehouse, one task for each delivery."""

from airflow.sdk import dag, task

from lantern.partnership import Partnership, read_partnership, read_partnerships
from orchestration.naming import POOL, RETRIES, START, asset
from orchestration.quiet import quiet


def intake_dag(partnership: Partnership) -> None:
    """One DAG for one partnership; one bad delivery holds up no other."""
    name = partnership.name

    @dag(
        dag_id=f"{name}.intake", schedule="@hourly", start_date=START, catchup=False, max_active_runs=1, doc_md=__doc__
    )
    def intake() -> None:
        @task
        @quiet
        def list_deliveries() -> list[dict[str, str]]:
            from lantern.home import Home
            from lantern.pipeline import intake as pipeline

            waiting = pipeline.waiting(Home.of(name), read_partnership(name))
            return [{"partner": each.partner, "ticket": each.ticket} for each in waiting]

        @task(map_index_template="{{ partner }}")
        @quiet
        def receive_delivery(delivery: dict[str, str]) -> str:
            from airflow.sdk import get_current_context

            from lantern.home import Home
            from lantern.intake.inbox import Waiting
            from lantern.pipeline import intake as pipeline
            from orchestration.telling import tell

            get_current_context()["partner"] = delivery["partner"]  # type: ignore[typeddict-unknown-key]
            verdict = pipeline.receive(Home.of(name), read_partnership(name), Waiting(**delivery))
            tell(verdict.line_without_counts)
            return verdict.outcome

        @task(pool=POOL, outlets=[asset(partnership, "events")], trigger_rule="all_done", **RETRIES)
        @quiet
        def load_accepted() -> int:
            from airflow.sdk.exceptions import AirflowSkipException

            from lantern.home import Home
            from lantern.pipeline import intake as pipeline

            loaded = pipeline.load(Home.of(name))
            if not loaded:
                raise AirflowSkipException("nothing new was accepted, so nothing is built anew")
            return len(loaded)

        receive_delivery.expand(delivery=list_deliveries()) >> load_accepted()

    intake()


for each in read_partnerships():
    intake_dag(each)
