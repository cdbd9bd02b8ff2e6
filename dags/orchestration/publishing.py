"""What waits for its time is waited for without a worker, published, and printed for the board."""

import os

from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
from airflow.sdk import task, task_group
from airflow.sdk.definitions.xcom_arg import XComArg
from airflow.sdk.exceptions import AirflowSkipException

from lantern.partnership import Partnership
from orchestration.environment import NOBODY_IS_ASKED
from orchestration.naming import POOL, RETRIES, asset
from orchestration.quiet import quiet
from orchestration.telling import tell

INSTANT = "%Y%m%dT%H%M%SZ"
"""How an instant passes between tasks: letters and figures, in UTC."""


def list_embargoes(name: str) -> XComArg:
    """The instants at which something that was drawn is to be published, each once."""

    @task(task_id="list_embargoes", pool=POOL, **RETRIES)
    @quiet
    def list_them() -> list[str]:
        """Name each instant for which something waits, from the ledger. Run again, it names those that still do."""
        from datetime import UTC

        from lantern.cli.opened import opened_ledger
        from lantern.pipeline import publication
        from lantern.release.embargo import publish_at

        with opened_ledger(name) as (_, _, ledger):
            waiting = publication.awaited(ledger.entries())
        instants = sorted({publish_at(each).astimezone(UTC).strftime(INSTANT) for each in waiting})
        if instants and os.environ.get(NOBODY_IS_ASKED):
            tell(f"{name}: {len(instants)} embargoes are not waited for here. Run 'lantern publish' when they end.")
            return []
        return instants

    return list_them()


def publish_each(partnership: Partnership, instants: XComArg) -> None:
    """For each instant: wait for it, publish what is due, print it. One instant keeps no other waiting."""
    name = partnership.name

    @task_group
    def at_its_time(instant: str) -> None:
        @task(pool=POOL, outlets=[asset(partnership, "released")], **RETRIES)
        @quiet
        def publish_due() -> int:
            """Publish what is due, from what the ledger holds. Run again, it is published already and nothing changes."""
            from lantern.cli.opened import opened_ledger
            from lantern.pipeline import publication

            with opened_ledger(name) as (home, found, ledger):
                done = publication.publish(home, found, ledger)
            tell(f"{name}: {len(done)} releases were due and are published.")
            return len(done)

        # Held by Airflow's triggerer: no worker waits, and a restart loses nothing.
        waited = DateTimeSensorAsync(
            task_id="wait", target_time=instant, doc_md="Wait for the instant, held by the triggerer."
        )
        waited >> publish_due() >> print_pack(name)

    at_its_time.expand(instant=instants)


def print_pack(name: str) -> XComArg:
    """Print the newest quarter's pack, unless it lies there already."""

    @task(task_id="print_pack", trigger_rule="none_failed", **RETRIES)
    @quiet
    def print_it() -> str:
        """Print the pack of the newest published quarter, unless it lies there already or nothing prints here."""
        from importlib.util import find_spec

        from lantern.cli.opened import opened_ledger
        from lantern.cli.pack import print_pack as printed
        from lantern.home import PROJECT
        from lantern.period import Quarter
        from lantern.pipeline import publication

        if find_spec("typst") is None or not (PROJECT / "dashboard" / "pack").is_dir():
            raise AirflowSkipException("packs are not printed on this machine, but on the board's side")
        with opened_ledger(name) as (home, _, ledger):
            newest = publication.newest_published(ledger.entries())
        if newest is None or (home.packs / f"board-pack-{newest.body['release_id']}.pdf").exists():
            raise AirflowSkipException("there is no pack to be printed")
        return printed(home, Quarter.parse(newest.period), home.packs)[0].stem

    return print_it()
