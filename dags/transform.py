"""Link persons, build and test the models, and renew the analysts' file, when new events are in."""

from airflow.sdk import dag, task

from lantern.partnership import Partnership, read_partnership, read_partnerships
from orchestration.naming import LONG, POOL, RETRIES, asset, declared
from orchestration.quiet import quiet


def transform_dag(partnership: Partnership) -> None:
    """One DAG for one partnership; nothing here knows what a model is."""
    name = partnership.name

    @dag(
        **declared(partnership, "transform", __doc__),
        schedule=[asset(partnership, "events")],
        max_active_runs=1,
    )
    def transform() -> None:
        @task(pool=POOL, outlets=[asset(partnership, "release_inputs")], execution_timeout=LONG, **RETRIES)
        @quiet
        def build_models() -> int:
            """Link persons and run `dbt build`, tests and all. Run again, it makes the same tables of the same events."""
            from lantern.home import Home
            from lantern.pipeline import build

            return build.build(Home.of(name), read_partnership(name)).succeeded

        @task(pool=POOL, **RETRIES)
        @quiet
        def renew_analyst_file() -> None:
            """Write the analysts' copy of the marts new, and swap it in."""
            from lantern.home import Home
            from lantern.pipeline import build

            build.publish_to_analysts(Home.of(name))

        build_models() >> renew_analyst_file()

    transform()


for each in read_partnerships():
    transform_dag(each)
