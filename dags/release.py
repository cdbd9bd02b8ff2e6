"""Publish each due quarter: wait for a named person's approval, spend, draw, publish."""

from datetime import timedelta

from airflow.sdk import dag, task
from airflow.sdk.bases.sensor import PokeReturnValue

from lantern.partnership import Partnership, read_partnerships
from orchestration.naming import POOL, RETRIES, START, asset
from orchestration.quiet import quiet

PATIENCE = timedelta(days=14)


def release_dag(partnership: Partnership) -> None:
    """One DAG for one partnership; nothing here knows what a measure is."""
    name = partnership.name

    @dag(
        dag_id=f"{name}.release",
        schedule=[asset(partnership, "release_inputs")],
        start_date=START,
        catchup=False,
        max_active_runs=1,
        doc_md=__doc__,
    )
    def release() -> None:
        @task(pool=POOL, **RETRIES)
        @quiet
        def plan_due_quarters() -> list[str]:
            from lantern.cli.opened import opened_ledger
            from lantern.pipeline import release as pipeline
            from orchestration.telling import tell

            with opened_ledger(name) as (home, found, ledger):
                due = [str(period) for period in pipeline.due(home, found, ledger)]
            tell(f"{name}: {len(due)} quarters due. Approve each with 'lantern approve PERIOD'.")
            return due

        @task.sensor(poke_interval=30, timeout=PATIENCE.total_seconds(), mode="reschedule", soft_fail=True)
        @quiet
        def wait_for_approval(period: str) -> PokeReturnValue:
            from airflow.sdk.exceptions import AirflowSkipException

            from lantern.cli.opened import opened_ledger
            from lantern.period import Quarter
            from lantern.release import planning

            with opened_ledger(name) as (_, found, ledger):
                decided = ledger.decision(planning.plan_for(found, Quarter.parse(period)).digest)
            if decided and decided.kind == "refuse":
                raise AirflowSkipException("the plan was refused by its approver")
            return PokeReturnValue(is_done=decided is not None, xcom_value=period)

        @task(pool=POOL, outlets=[asset(partnership, "released")], trigger_rule="none_failed", **RETRIES)
        @quiet
        def publish_approved(periods: list[str]) -> int:
            from lantern.cli.opened import opened_ledger
            from lantern.period import Quarter
            from lantern.pipeline import release as pipeline
            from orchestration.telling import tell

            # In order of time: each quarter is compared with the one a year before it.
            with opened_ledger(name) as (home, found, ledger):
                approved = sorted(Quarter.parse(period) for period in periods if period)
                for period in approved:
                    done = pipeline.release(home, found, ledger, period)
                    tell(f"{name}: release {done.release_id}, {done.micro_rho:,} micro-rho")
                pipeline.refresh(home, found, ledger)
            return len(approved)

        publish_approved(wait_for_approval.expand(period=plan_due_quarters()))

    release()


for each in read_partnerships():
    release_dag(each)
