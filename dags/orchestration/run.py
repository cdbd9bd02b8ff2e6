"""Run a partnership's DAGs once, in the order their assets give, in this one process: `python -m orchestration.run`."""

import argparse
import os
import sys
import time
import warnings

from lantern.cli.opened import opened_ledger
from lantern.home import Home
from orchestration.environment import DAGS, NOBODY_IS_ASKED, airflow_environment


def main() -> int:
    """Run intake, transform and release; with `--approve-as`, that person approves what is due in between."""
    asked = _arguments()
    home = Home.of(asked.partnership)
    os.environ.update(airflow_environment(home.airflow) | {NOBODY_IS_ASKED: "1"})
    # A failing task would print its traceback; this runner tells what failed itself.
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "CRITICAL"
    warnings.simplefilter("ignore")
    started = time.monotonic()
    print("  starting Airflow on its embedded store", flush=True)  # noqa: T201
    dags = _dags(asked.partnership)
    print(f"  Airflow is up after {time.monotonic() - started:.0f} s: {', '.join(dags)}", flush=True)  # noqa: T201
    for dag_id, dag in dags.items():
        if dag_id.endswith(".release") and asked.approve_as:
            _approve(asked.partnership, asked.approve_as, asked.reason)
        if not _ran(dag_id, dag):
            return 1
    _forget_queued_assets()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partnership", default="demo")
    parser.add_argument("--approve-as", default="", help="a name among the partnership's approvers")
    parser.add_argument("--reason", default="")
    return parser.parse_args()


def _dags(partnership: str) -> dict:  # type: ignore[type-arg]
    """The partnership's DAGs by id, each after those that make the assets it waits for."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.pool import Pool
    from airflow.utils.db import initdb

    from orchestration.naming import POOL

    initdb()
    Pool.create_or_update_pool(POOL, 1, "DuckDB has one writer", include_deferred=False)
    bag = DagBag(str(DAGS))
    if bag.import_errors:
        sys.exit(f"DAGs that cannot be read: {', '.join(sorted(bag.import_errors))}")
    return in_asset_order({name: dag for name, dag in bag.dags.items() if name.split(".")[0] == partnership})


def in_asset_order(dags: dict) -> dict:  # type: ignore[type-arg]
    """
    Order DAGs as the scheduler would: a DAG runs once what it waits for has been made.

    Those that assets tie to nothing, as housekeeping, are left to the clock.
    """
    ordered, made = {}, set()
    waiting = {name: dag for name, dag in dags.items() if _makes(dag) | _waits_for(dag)}
    while waiting:
        ready = [name for name, dag in waiting.items() if _waits_for(dag) <= made]
        if not ready:
            sys.exit(f"DAGs wait for assets that none makes: {', '.join(sorted(waiting))}")
        for name in sorted(ready):
            ordered[name] = waiting.pop(name)
            made |= _makes(ordered[name])
    return ordered


def _makes(dag) -> set[str]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return {outlet.uri for task in dag.tasks for outlet in task.outlets}


def _waits_for(dag) -> set[str]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    condition = getattr(dag.timetable, "asset_condition", None)
    # What a watcher waits for comes from outside: here it has come, or the run finds nothing.
    return {each.uri for each in condition.objects if not each.watchers} if condition else set()


def _ran(dag_id: str, dag) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001
    started = time.monotonic()
    print(f"  {dag_id} ...", flush=True)  # noqa: T201
    for task in dag.tasks:
        task.retries = 0  # a person is watching: say at once what failed, and wait for nobody
    run = dag.test()
    states: dict[str, int] = {}
    for each in run.get_task_instances():
        states[str(each.state)] = states.get(str(each.state), 0) + 1
        if each.state in ("failed", "upstream_failed"):
            print(f"  {dag_id}: task {each.task_id} {each.state}", flush=True)  # noqa: T201
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    print(f"  {dag_id}: {run.state} in {time.monotonic() - started:.0f} s (tasks: {told})", flush=True)  # noqa: T201
    return str(run.state) == "success"


def _approve(partnership: str, by: str, reason: str) -> None:
    from lantern.pipeline import release as pipeline
    from lantern.release import planning

    with opened_ledger(partnership) as (home, found, ledger):
        for period in pipeline.due(home, found, ledger):
            decided = ledger.decision(planning.plan_for(found, period, home=home).digest)
            if decided and decided.kind == "approve":
                continue
            entry = pipeline.approve(home, found, ledger, period, by=by, reason=reason)
            print(f"  {period}: plan {entry.plan_digest[:12]} approved by {by}", flush=True)  # noqa: T201


def _forget_queued_assets() -> None:
    # Assets queue the DAGs after them for a scheduler. They have run: one that is started
    # later on this home must not find them waiting.
    from airflow.models.asset import AssetDagRunQueue
    from airflow.utils.session import create_session

    with create_session() as session:
        session.query(AssetDagRunQueue).delete()


if __name__ == "__main__":
    sys.exit(main())
