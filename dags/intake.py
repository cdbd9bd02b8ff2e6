"""
Bring what waits in a partnership's inboxes into its warehouse, one task for each delivery.

Deliveries that wait in a partner's own inbox are fetched first, one task for each such partner, and it
is brought its reports last.
"""

from airflow.sdk import dag, task

from lantern.partnership import Partnership, read_partnership, read_partnerships
from orchestration.awaiting import clock_or_arrival
from orchestration.collecting import collect_inboxes, report_dead_inboxes, return_all_reports
from orchestration.naming import POOL, RETRIES, SOON, asset, declared
from orchestration.quiet import quiet

RECEIVED = "Accept or refuse one delivery. Run again, the delivery is gone from the inbox and nothing changes."
"""Of a task that is mapped, which Airflow does not take from the function."""


def intake_dag(partnership: Partnership) -> None:
    """One DAG for one partnership; one bad delivery holds up no other."""
    name = partnership.name
    remote = [partner.name for partner in partnership.partners if partner.inbox]

    @dag(**declared(partnership, "intake", __doc__), schedule=clock_or_arrival(partnership), max_active_runs=1)
    def intake() -> None:
        # Whatever became of one partner's server, what the others sent is looked at.
        @task(trigger_rule="all_done", **SOON)
        @quiet
        def list_deliveries() -> list[dict[str, str]]:
            """Look into every inbox of the hub, and remove what a killed run left. Run again, it lists what still waits."""
            from lantern.home import Home
            from lantern.pipeline import intake as pipeline

            waiting = pipeline.waiting(Home.of(name), read_partnership(name))
            return [{"partner": each.partner, "ticket": each.ticket} for each in waiting]

        @task(map_index_template="{{ partner }}", doc_md=RECEIVED, **SOON)
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
            """Load what was accepted and is not in the warehouse yet. Run again, there is nothing new and it is skipped."""
            from airflow.sdk.exceptions import AirflowSkipException

            from lantern.home import Home
            from lantern.pipeline import intake as pipeline

            loaded = pipeline.load(Home.of(name))
            if not loaded:
                raise AirflowSkipException("nothing new was accepted, so nothing is built anew")
            return len(loaded)

        deliveries = list_deliveries()
        received = receive_delivery.expand(delivery=deliveries)
        received >> load_accepted()
        if remote:
            collected = collect_inboxes(name, remote)
            collected >> [deliveries, report_dead_inboxes()]
            received >> return_all_reports(name, remote)

    intake()


for each in read_partnerships():
    intake_dag(each)
