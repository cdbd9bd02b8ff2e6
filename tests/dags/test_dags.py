"""The DAGs of each partnership: read without network or I/O, tied by assets, described, quiet when they fail."""

import json
import logging
import os
import subprocess
import sys

import pytest

from lantern.errors import ConfigRefused, DeliveryRefused, InboxUnreachable
from lantern.home import PROJECT
from lantern.partnership import read_partnerships

DAGS = PROJECT / "dags"
CANARY = "Zebedee Quillfeather"

PARSE = """
import json, os, sys
from orchestration.environment import airflow_environment
os.environ.update(airflow_environment(__import__("pathlib").Path(sys.argv[1])))
import airflow.sdk, airflow.dag_processing.dagbag, airflow.sdk.bases.sensor  # Airflow's own imports are not ours
from airflow.dag_processing.dagbag import DagBag
touched = []
def watch(event, arguments):
    if not watching: return
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "sqlite3.connect"):
        touched.append(event)
    if event == "open" and isinstance(arguments[0], str):
        name, mode = arguments[0], str(arguments[1])
        ours = "/dags/" in name or "/partnerships/" in name or "/site-packages/" in name or "/lib/python" in name
        if not ours and not name.endswith((".py", ".pyc", ".so")) and ("w" in mode or "duckdb" in name or "/secrets/" in name):
            touched.append(f"{event} {name}")
    if event == "import" and arguments[0] in ("duckdb", "opendp", "great_expectations", "dbt"):
        touched.append(f"import {arguments[0]}")
watching = False
sys.addaudithook(watch)
from airflow.utils.db import initdb
initdb()
watching = True
bag = DagBag(sys.argv[2])
watching = False
ours = [each for each in touched if "airflow.db" not in each and each != "sqlite3.connect"]
print("errors", len(bag.import_errors))
print("dags", *sorted(bag.dags))
print("touched", *ours)
for dag in bag.dags.values():
    for task in dag.tasks:
        print("task", dag.dag_id, task.task_id, task.pool, *sorted(outlet.uri for outlet in task.outlets))
        about = {"dag": dag.dag_id, "task": task.task_id, "pool": task.pool, "owner": task.owner, "doc": task.doc_md,
            "minutes": task.execution_timeout and task.execution_timeout.total_seconds() / 60, "retries": task.retries}
        print("about " + json.dumps(about))
    clock, condition = getattr(dag.schedule, "timetable", None), getattr(dag.timetable, "asset_condition", None)
    about = {"clock": f"{clock.expression} {clock.timezone}" if clock else str(dag.schedule),
        "watched": [watcher.name for each in (condition.objects if condition else ()) for watcher in each.watchers]}
    about |= {"dag": dag.dag_id, "doc": dag.doc_md, "tags": sorted(dag.tags), "catchup": dag.catchup,
        "tells": all(task.on_failure_callback for task in dag.tasks), "runs": dag.max_active_runs, "zone": str(dag.timezone)}
    print("declared " + json.dumps(about))
print("order", *__import__("orchestration.run", fromlist=["x"]).in_asset_order(dict(bag.dags)))
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory):
    """The DAGs folder read by Airflow in a process of its own, watched."""
    home = tmp_path_factory.mktemp("airflow")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "LANTERN"))}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PARSE, str(home), str(DAGS)],
        env=environment
        | {"PYTHONPATH": str(DAGS), "AIRFLOW__LOGGING__LOGGING_LEVEL": "CRITICAL", "AIRFLOW_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [line.split() for line in done.stdout.splitlines()]


def lines(parsed, word):
    return [line[1:] for line in parsed if line[0] == word]


def facts(parsed, word):
    return [json.loads(" ".join(line)) for line in lines(parsed, word)]


STAGES = sorted(path.stem for path in DAGS.glob("*.py"))
"""One file for each."""


def test_each_partnership_has_a_dag_for_each_stage_and_no_other(parsed):
    expected = [f"{each.name}.{stage}" for each in read_partnerships() for stage in STAGES]

    assert lines(parsed, "errors") == [["0"]]
    assert lines(parsed, "dags") == [sorted(expected)]
    assert {"housekeeping", "intake", "publish", "release", "transform"} <= set(STAGES)


def test_every_dag_says_what_it_is_and_makes_up_for_no_time_it_missed(parsed):
    """
    Words, tags to find it by, Europe/London, no catching up, somebody told when a step fails.

    All but publish, which only waits, have one run at a time.
    """
    found = facts(parsed, "declared")
    assert len(found) == len(STAGES) * len(read_partnerships())

    for dag in found:
        partnership, stage = dag["dag"].split(".")
        assert dag["doc"].strip().endswith(".")
        assert dag["tags"] == sorted([partnership, stage])
        assert (dag["catchup"], dag["zone"], dag["tells"]) == (False, "Europe/London", True)
        assert dag["runs"] == 1 or stage == "publish"


def test_the_clock_of_a_dag_is_the_partnerships_to_set(parsed):
    (partnership,) = read_partnerships()
    clocks = {dag["dag"]: dag["clock"] for dag in facts(parsed, "declared")}

    assert clocks["demo.intake"] == f"{partnership.schedule.intake} Europe/London" == "0 * * * * Europe/London"
    assert clocks["demo.housekeeping"] == partnership.schedule.housekeeping == "30 3 * * *"


def test_intake_begins_by_its_clock_or_when_something_has_come_and_nothing_else_is_watched(parsed):
    watched = {dag["dag"]: dag["watched"] for dag in facts(parsed, "declared") if dag["watched"]}

    assert watched == {"demo.intake": ["demo.inbox"]}


@pytest.mark.parametrize("cron", ["@hourly", "99 * * * *", "0 * * *", "every hour", "0 3 * * * *"])
def test_a_clock_that_no_cron_reads_is_refused_with_the_file(cron):
    from pydantic import ValidationError

    from lantern.partnership import Schedule

    with pytest.raises(ValidationError):
        Schedule(intake=cron)
    assert Schedule(intake="*/30 6-20 * * 1-5").housekeeping == "30 3 * * *"


def undescribed(tasks):
    """Tasks that lack what a person on Airflow's pages needs, and what is missing."""
    needed = {
        "doc": lambda task: (task["doc"] or "").strip().endswith("."),
        "owner": lambda task: task["owner"] == task["dag"].split(".")[0],
        "minutes": lambda task: 0 < (task["minutes"] or 0) <= 360,
        "pool": lambda task: task["pool"] in ("warehouse", "default_pool"),
    }
    return [
        (task["dag"], task["task"], name) for task in tasks for name, is_there in needed.items() if not is_there(task)
    ]


def test_every_task_says_what_it_does_and_how_long_it_may_take_and_has_an_owner_and_a_pool(parsed):
    tasks = facts(parsed, "about")
    assert len(tasks) == len(lines(parsed, "task")) >= 13

    assert undescribed(tasks) == []


@pytest.mark.parametrize("fact", ["doc", "owner", "minutes", "pool"])
def test_a_task_that_is_not_described_is_noticed(parsed, fact):
    task = facts(parsed, "about")[0] | {fact: None}

    assert undescribed([task]) == [(task["dag"], task["task"], fact)]


def test_reading_the_dags_opens_no_socket_no_store_and_imports_nothing_heavy(parsed):
    assert lines(parsed, "touched") == [[]]


def test_assets_give_the_order_intake_transform_release_publish(parsed):
    assert lines(parsed, "order") == [["demo.intake", "demo.transform", "demo.release", "demo.publish"]]


def test_every_task_that_opens_the_warehouse_takes_its_one_slot(parsed):
    """
    All but looking into the inbox and judging one delivery, and printing from what is released. A step that waits for a
    person or for an instant holds no slot.
    """
    free = {task[1] for task in lines(parsed, "task") if task[2] != "warehouse"}

    assert free == {"list_deliveries", "receive_delivery", "print_pack", "at_its_time.wait", "at_its_time.print_pack"}


def test_the_release_dag_asks_a_person_before_it_publishes(parsed):
    assert [task[1] for task in lines(parsed, "task") if task[0] == "demo.release"] == [
        "plan_due_quarters",
        "ask_approver",
        "publish_approved",
        "print_pack",
    ]


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.syspath_prepend(str(DAGS))
    from orchestration.quiet import quiet

    return quiet


def failing_deep_inside():
    raise ValueError(CANARY)


def chained():
    try:
        failing_deep_inside()
    except ValueError as error:
        raise RuntimeError(CANARY) from error


@pytest.mark.parametrize("step", [failing_deep_inside, chained])
def test_a_failing_step_tells_its_kind_and_place_and_nothing_of_its_message(quiet, step, capsys):
    """Not in the exception, not in what it came from, not on the screen."""
    with pytest.raises(
        Exception, match=r"unexpected (ValueError|RuntimeError) at (failing_deep_inside|chained):\d+"
    ) as failure:
        quiet(step)()

    assert CANARY not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None
    assert CANARY not in capsys.readouterr().out


def test_without_the_wrapper_the_message_would_be_logged(capsys):
    """The twin: Python's own traceback holds the value."""
    try:
        chained()
    except RuntimeError:
        logging.getLogger("twin").exception("failed")
    with pytest.raises(RuntimeError, match=CANARY):
        chained()


def test_a_refusal_of_ours_is_told_whole_with_its_exit_code(quiet):
    def refuse():
        raise DeliveryRefused("events.parquet: too short. Nothing was loaded.")

    with pytest.raises(Exception, match=r"exit code 11: events.parquet: too short"):
        quiet(refuse)()


def test_what_is_wrongly_configured_is_not_tried_again_and_what_does_not_answer_is(quiet):
    """A wrong password, tried three times an hour, locks an account."""
    from airflow.sdk.exceptions import AirflowFailException

    def refused():
        raise ConfigRefused("inbox of riverton_police: the server does not let the account in.")

    def silent():
        raise InboxUnreachable("inbox of riverton_police: it does not answer.")

    with pytest.raises(AirflowFailException, match=r"^exit code 10: inbox of riverton_police"):
        quiet(refused)()
    with pytest.raises(Exception, match=r"^exit code 15: inbox of riverton_police") as silence:
        quiet(silent)()
    assert not isinstance(silence.value, AirflowFailException)


@pytest.mark.parametrize(
    "value",
    [1.5, b"bytes", CANARY, "x" * 81, ["ok", CANARY], {"child": CANARY}, [[["deep"]]], object()],
)
def test_what_could_carry_a_row_may_not_pass_between_tasks(monkeypatch, value):
    monkeypatch.syspath_prepend(str(DAGS))
    from orchestration.xcom import PlainXCom

    with pytest.raises(TypeError, match="may not pass between tasks") as refusal:
        PlainXCom.serialize_value(value)

    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize(
    "value", [None, 3, True, "2026-Q2", ["2026-Q2"], [{"partner": "riverton_police", "ticket": "delivery-0f"}]]
)
def test_names_ids_and_counts_may_pass(monkeypatch, value):
    monkeypatch.syspath_prepend(str(DAGS))
    from orchestration.xcom import PlainXCom

    PlainXCom.serialize_value(value)
