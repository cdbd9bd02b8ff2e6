"""Publish what was drawn and waits for its time: wait without a worker, publish, print."""

from airflow.sdk import dag

from lantern.partnership import Partnership, read_partnerships
from orchestration.naming import asset, declared
from orchestration.publishing import list_embargoes, publish_each


def publish_dag(partnership: Partnership) -> None:
    """One DAG for one partnership; several runs may wait at a time, and what one has published the next finds done."""
    name = partnership.name

    @dag(
        **declared(partnership, "publish", __doc__),
        schedule=[asset(partnership, "drawn")],
    )
    def publish() -> None:
        publish_each(partnership, list_embargoes(name))

    publish()


for each in read_partnerships():
    publish_dag(each)
