"""The tasks of an intake DAG that reach partners' own inboxes; each is mapped over those partners."""

from datetime import timedelta

from airflow.sdk import task
from airflow.sdk.definitions.xcom_arg import XComArg

from lantern.partnership import read_partnership
from orchestration.naming import SOON
from orchestration.quiet import quiet

PATIENCE = timedelta(minutes=30)
"""For one inbox: a server that never ends a file must not hold up the other partners for longer."""

COLLECTED = "Fetch a partner's deliveries. Run again, what was fetched once is known by its digest and changes nothing."
RETURNED = "Bring a partner the reports that it has not had. Run again, there is none that it has not had."
"""Of tasks that are mapped, which Airflow does not take from their functions."""


def collect_inboxes(name: str, partners: list[str]) -> XComArg:
    """Fetch what waits there into the hub's own inboxes; each task ends well or fails by itself."""

    @task(map_index_template="{{ partner }}", doc_md=COLLECTED, execution_timeout=PATIENCE, **SOON)
    @quiet
    def collect_inbox(partner: str) -> int:
        from airflow.sdk import get_current_context

        from lantern.home import Home
        from lantern.intake import collection

        get_current_context()["partner"] = partner  # type: ignore[typeddict-unknown-key]
        return collection.collect(Home.of(name), read_partnership(name), partner)

    return collect_inbox.expand(partner=partners)


def report_dead_inboxes() -> XComArg:
    """Fail if any could not be collected from: the run goes on without it, and so would seem to end well."""

    @task(trigger_rule="one_failed")
    @quiet
    def report_dead_inbox() -> None:
        """Fail where an inbox could not be collected from."""
        from airflow.sdk.exceptions import AirflowFailException

        raise AirflowFailException("an inbox could not be collected from; its task says why")

    return report_dead_inbox()


def return_all_reports(name: str, partners: list[str]) -> XComArg:
    """Bring each partner its reports; where that fails the task is skipped, for no delivery depends on it."""

    @task(map_index_template="{{ partner }}", doc_md=RETURNED, execution_timeout=PATIENCE, trigger_rule="all_done")
    @quiet
    def return_reports(partner: str) -> int:
        from airflow.sdk import get_current_context
        from airflow.sdk.exceptions import AirflowSkipException

        from lantern.errors import LanternError
        from lantern.home import Home
        from lantern.intake import collection
        from orchestration.telling import tell

        get_current_context()["partner"] = partner  # type: ignore[typeddict-unknown-key]
        try:
            return collection.return_reports(Home.of(name), read_partnership(name), partner)
        except LanternError as refusal:
            tell(f"no report was brought. {refusal}")
        raise AirflowSkipException("reports stay at the hub; the next intake tries again")

    return return_reports.expand(partner=partners)
