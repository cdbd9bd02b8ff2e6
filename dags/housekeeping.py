"""Remove, once a day, what may be kept no longer. Nothing that was released or spent is touched."""

from airflow.sdk import dag, task

from lantern.partnership import Partnership, read_partnership, read_partnerships
from orchestration.naming import LONG, POOL, RETRIES, declared
from orchestration.quiet import quiet


def housekeeping_dag(partnership: Partnership) -> None:
    """One DAG for one partnership; what is removed, and when, is the partnership's file's to say."""
    name = partnership.name

    @dag(
        **declared(partnership, "housekeeping", __doc__), schedule=partnership.schedule.housekeeping, max_active_runs=1
    )
    def housekeeping() -> None:
        @task(pool=POOL, execution_timeout=LONG, **RETRIES)
        @quiet
        def remove_what_is_over() -> bool:
            """
            Remove events whose months are over, held rows whose days are, and what stopped runs left about.

            True if the warehouse was made anew for it. Run again, nothing is left to remove.
            """
            from lantern.home import Home
            from lantern.housekeeping import retention
            from orchestration.telling import tell

            swept = retention.run(Home.of(name), read_partnership(name))
            for line in swept.lines:
                tell(f"{name}: {line}")
            return swept.is_rebuilt

        remove_what_is_over()

    housekeeping()


for each in read_partnerships():
    housekeeping_dag(each)
