"""What is under embargo is waited for without a worker, each instant for itself, then published and printed."""

import importlib
import os
from datetime import UTC, datetime

import pytest
from tests.release.ledger_line import answer, approve, plan_of, spend

from lantern.errors import ReleaseRefused
from lantern.home import PROJECT
from lantern.partnership import read_partnership
from lantern.pipeline import publication
from lantern.release.ledger import Ledger

FIRST, SECOND = datetime(2099, 7, 20, 8, 30, tzinfo=UTC), datetime(2099, 10, 25, 1, 30, tzinfo=UTC)


@pytest.fixture
def publishing(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT / "dags"))
    from orchestration import publishing

    return publishing


@pytest.fixture
def steps(publishing):
    """The tasks of a publish DAG, by name."""
    from airflow.sdk import DAG

    with DAG("of_a_test", schedule=None) as dag:
        publishing.publish_each(read_partnership("demo"), publishing.list_embargoes("demo"))
    return dag.task_dict


@pytest.fixture
def three_drawn(hub):
    """Two quarters under one embargo, a third under another; a fourth was refused since."""
    ledger = Ledger(hub.home, hub.partnership)
    for number, (period, until) in enumerate(
        [("2025-Q3", FIRST), ("2025-Q4", SECOND), ("2026-Q1", FIRST), ("2026-Q2", SECOND)]
    ):
        digest = f"{number:064d}"
        approve(ledger, period=period, plan=digest)
        paid = spend(ledger, period=period, plan=digest, request=f"{number:064x}")
        sums = {"contacts": [1, 2, -3], "contacts.lost": [0]}
        ledger.keep_answer(spend=paid, plan=plan_of(period), answers=sums, publish_at=until.isoformat())
    approve(ledger, period="2026-Q2", plan=f"{3:064d}", approved=False)
    yield ledger
    ledger.close()


def test_each_instant_is_listed_once_and_may_pass_between_tasks(steps, three_drawn):
    from orchestration.xcom import PlainXCom

    found = steps["list_embargoes"].python_callable()

    assert found == ["20990720T083000Z", "20991025T013000Z"]
    PlainXCom.serialize_value(found)


def test_an_instant_as_it_is_written_could_not_pass_and_these_are_read_as_the_same(publishing, steps):
    """The twin: with colons it is refused."""
    from airflow.providers.standard.sensors.date_time import DateTimeSensorAsync
    from airflow.sdk.exceptions import TaskDeferred

    from orchestration.xcom import PlainXCom

    with pytest.raises(TypeError, match="may not pass between tasks"):
        PlainXCom.serialize_value([FIRST.isoformat()])

    sensor = DateTimeSensorAsync(task_id="wait", target_time=FIRST.strftime(publishing.INSTANT))
    with pytest.raises(TaskDeferred) as waits:
        sensor.execute({})
    assert waits.value.trigger.moment == FIRST
    assert type(steps["at_its_time.wait"]).__name__ == "DateTimeSensorAsync"


def test_an_instant_keeps_no_other_waiting(steps):
    """Each has steps of its own: what is due first is published first."""
    order = {name: sorted(step.downstream_task_ids) for name, step in steps.items()}

    assert order == {
        "list_embargoes": ["at_its_time.wait"],
        "at_its_time.wait": ["at_its_time.publish_due"],
        "at_its_time.publish_due": ["at_its_time.print_pack"],
        "at_its_time.print_pack": [],
    }


def test_where_nobody_waits_nothing_is_waited_for(steps, three_drawn, monkeypatch):
    """A run in one process, as the demo's: it must end."""
    monkeypatch.setenv("LANTERN_NOBODY_IS_ASKED", "1")

    assert steps["list_embargoes"].python_callable() == []


def test_the_step_publishes_what_is_due_and_nothing_else(steps, hub, three_drawn):
    """None of them is; one more quarter, drawn without an embargo by a run that then ended, would be."""
    assert steps["at_its_time.publish_due"].python_callable() == 0

    approve(three_drawn, period="2025-Q2", plan="e" * 64)
    answer(three_drawn, spend(three_drawn, period="2025-Q2", plan="e" * 64, request="e" * 64))
    with pytest.raises(Exception, match=rf"^exit code {ReleaseRefused.exit_code}: release 2025-Q2-1"):
        steps["at_its_time.publish_due"].python_callable()
    assert [each.kind for each in three_drawn.entries()].count("publish") == 0


def test_without_a_published_quarter_or_a_printer_no_pack_is_printed(steps, hub, monkeypatch):
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="no pack to be printed"):
        steps["at_its_time.print_pack"].python_callable()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(AirflowSkipException, match="on the board's side"):
        steps["at_its_time.print_pack"].python_callable()


def test_the_newest_quarter_is_printed_once(steps, hub, monkeypatch):
    """And again after a revision: its pack has another name."""
    from airflow.sdk.exceptions import AirflowSkipException

    printed = []

    def printing(home, quarter, folder):
        folder.mkdir(parents=True, exist_ok=True)
        printed.append(str(quarter))
        path = folder / "board-pack-2026-Q2-1.pdf"
        path.touch()
        return [path]

    monkeypatch.setattr(importlib.import_module("lantern.cli.pack"), "print_pack", printing)
    ledger = Ledger(hub.home, hub.partnership)
    for number, period in enumerate(("2026-Q1", "2026-Q2")):
        digest = f"{number:064d}"
        approve(ledger, period=period, plan=digest)
        drawn = answer(ledger, spend(ledger, period=period, plan=digest, request=f"{number:064x}"))
        ledger.publish(answer=drawn, release_id=f"{period}-1", published_on="2026-11-23", folder_digest="f")
    assert publication.newest_published(ledger.entries()).period == "2026-Q2"
    ledger.close()

    assert steps["at_its_time.print_pack"].python_callable() == "board-pack-2026-Q2-1"
    with pytest.raises(AirflowSkipException, match="no pack to be printed"):
        steps["at_its_time.print_pack"].python_callable()
    assert printed == ["2026-Q2"]
    assert os.listdir(hub.home.packs) == ["board-pack-2026-Q2-1.pdf"]  # noqa: PTH208
