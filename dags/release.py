"""
Release each due quarter: a named person approves its plan, then spend, draw, publish, print.

What was drawn and is under embargo is published by a DAG of its own: this one has one run at a time.
"""

from airflow.sdk import dag, task

from lantern.partnership import Partnership, read_partnerships
from orchestration.approving import ask_approvers
from orchestration.naming import POOL, RETRIES, asset, declared
from orchestration.publishing import print_pack
from orchestration.quiet import quiet


def release_dag(partnership: Partnership) -> None:
    """One DAG for one partnership; nothing here knows what a measure is."""
    name = partnership.name

    @dag(
        **declared(partnership, "release", __doc__),
        schedule=[asset(partnership, "release_inputs")],
        max_active_runs=1,
    )
    def release() -> None:
        @task(pool=POOL, **RETRIES)
        @quiet
        def plan_due_quarters() -> list[dict[str, str]]:
            """Name the quarters that are due, each with its plan. Run again once they are released, it names none."""
            from lantern.cli.opened import opened_ledger
            from lantern.pipeline import release as pipeline
            from lantern.release import planning
            from orchestration.telling import tell

            with opened_ledger(name) as (home, found, ledger):
                due = pipeline.due(home, found, ledger)
            tell(f"{name}: {len(due)} quarters due. Approve each here or with 'lantern approve PERIOD'.")
            plans = [planning.plan_for(found, period, home=home) for period in due]
            return [{"period": each.period, "plan_digest": each.digest} for each in plans]

        @task(pool=POOL, outlets=[asset(partnership, "drawn")], trigger_rule="none_failed", **RETRIES)
        @quiet
        def publish_approved(periods: list[str]) -> int:
            """
            Spend, draw and publish each approved quarter: the one task that spends.

            It may be tried again and cleared: what was drawn is given as it was, and a try that was killed after its spend is
            refused until a person approves once more, for one approval pays for one spend.
            """
            from airflow.sdk.exceptions import AirflowSkipException

            from lantern.cli.opened import opened_ledger
            from lantern.errors import LanternError
            from lantern.period import Quarter
            from lantern.pipeline import publication
            from lantern.pipeline import release as pipeline
            from orchestration.telling import tell

            # In order of time: each quarter is compared with the one a year before it.
            with opened_ledger(name) as (home, found, ledger):
                approved, refusals = sorted(Quarter.parse(period) for period in periods if period), []
                for period in approved:
                    try:
                        done = pipeline.release(home, found, ledger, period)
                        tell(f"{name}: release {done.release_id}, {done.micro:,} millionths of the year's promise")
                    except LanternError as refusal:
                        # A quarter that cannot be published holds up no other; one that nobody decides, for a day (`COURTESY`).
                        refusals.append(refusal)
                try:
                    publication.publish(home, found, ledger)  # and what an earlier run left behind
                except LanternError as refusal:
                    refusals.append(refusal)
            if refusals:
                raise refusals[0]
            if not approved:
                raise AirflowSkipException("no quarter was approved, so there is nothing new to wait for")
            return len(approved)

        publish_approved(ask_approvers(partnership, plan_due_quarters())) >> print_pack(name)

    release()


for each in read_partnerships():
    release_dag(each)
