"""Airflow runs tasks again: a retry, a cleared run, a back-fill. Stores and spends stay what one run made them."""

import ast
import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess
import sys

import pytest
from tests.airflow_server import could_carry_a_row
from tests.intake.sending import contacts, verdicts
from tests.release.conftest import OFFICER, PERIOD, write_release_inputs
from tests.release.ledger_line import spend

from lantern import warehouse
from lantern.home import PROJECT
from lantern.pipeline import intake, publication, release
from lantern.release import planning
from lantern.release.ledger import Ledger

TIMES = 20
DAGS = ("demo.intake", "demo.release", "demo.publish", "demo.housekeeping")
"""All but transform, which builds every table anew: it is cleared under the scheduler, in `test_approving_live.py`."""

AGAIN = """
import json, os, sys, warnings
from pathlib import Path
from types import SimpleNamespace
from orchestration.environment import DAGS, NOBODY_IS_ASKED, airflow_environment
os.environ.update(airflow_environment(Path(sys.argv[1])) | {NOBODY_IS_ASKED: "1", "AIRFLOW__LOGGING__LOGGING_LEVEL": "CRITICAL"})
warnings.simplefilter("ignore")
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.execution_time.context import set_current_context
from orchestration import run
run._dags("demo")
from airflow.dag_processing.dagbag import DagBag
dags = DagBag(str(DAGS)).dags
asked, ended = json.loads(sys.argv[2]), {}
def count(*words):
    ended[" ".join(words)] = ended.get(" ".join(words), 0) + 1
for name in asked["dags"]:
    for each in dags[name].test().get_task_instances():
        count(name, each.task_id, str(each.state))
for name, task, given in asked["bodies"] * asked["times"]:
    step = dags[name].get_task(task)
    body = getattr(step, "python_callable", None) or step.partial_kwargs["python_callable"]
    with set_current_context({"ti": SimpleNamespace(dag_id=name, task_id=task, run_id="again")}):
        try:
            body(*given)
            count(name, task, "again")
        except AirflowSkipException:
            count(name, task, "again")
        except Exception as refusal:
            count(name, task, type(refusal).__name__, str(refusal))
print("RAN", json.dumps(ended))
"""
BODIES = [
    ["demo.intake", "list_deliveries", []],
    ["demo.intake", "receive_delivery", [{"partner": "riverton_council", "ticket": "delivery-0123456789abcdef"}]],
    ["demo.intake", "load_accepted", []],
    ["demo.release", "plan_due_quarters", []],
    ["demo.release", "publish_approved", [[str(PERIOD)]]],
    ["demo.release", "print_pack", []],
    ["demo.publish", "list_embargoes", []],
    ["demo.publish", "at_its_time.publish_due", []],
    ["demo.publish", "at_its_time.print_pack", []],
    ["demo.housekeeping", "remove_what_is_over", []],
]


def ran(tmp_path, *, dags=(), bodies=(), times=1):
    """DAGs run as Airflow runs them, then the bodies of tasks by themselves; how often each ended in which way."""
    asked = json.dumps({"dags": dags, "bodies": bodies, "times": times})
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AGAIN, str(tmp_path / "airflow"), asked],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "dags"), "AIRFLOW_HOME": str(tmp_path / "airflow")},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("RAN ")]
    return json.loads(line.removeprefix("RAN "))


def stores(hub):
    """A digest of each table of the warehouse, of each line of the ledger and of each byte that was accepted or released."""
    found = {}
    with warehouse.opened(hub.home, read_only=True) as connection:
        for schema, table in connection.execute(
            "select table_schema, table_name from information_schema.tables order by all"
        ).fetchall():
            rows = connection.execute(f'select count(*), bit_xor(hash(every)) from {schema}."{table}" as every')
            found[f"{schema}.{table}"] = str(rows.fetchone())
    found |= {f"ledger {number} {kind}": mac for number, kind, mac in ledger_lines(hub)}
    for folder in (hub.home.releases, hub.home.accepted):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                found[str(path.relative_to(hub.home.base))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def ledger_lines(hub):
    ledger = Ledger(hub.home, hub.partnership)
    try:
        return [(each.seq, each.kind, each.mac) for each in ledger.entries()]
    finally:
        ledger.close()


def between_tasks(tmp_path):
    """What Airflow's SQLite holds of what tasks gave each other."""
    with contextlib.closing(sqlite3.connect(tmp_path / "airflow" / "airflow.db")) as connection:
        rows = connection.execute("select value from xcom").fetchall()
    return [json.loads(str(value)) for (value,) in rows]


@pytest.mark.parametrize("value", [0.5, "Zebedee Quillfeather", ["2026-Q2", "a b"], {"child": [1.5]}, "x" * 81])
def test_what_should_not_pass_between_tasks_would_be_noticed(value):
    assert could_carry_a_row(value)
    assert not could_carry_a_row([{"partner": "riverton_police", "waiting": 3, "is_late": None}])


def approve(hub):
    ledger = Ledger(hub.home, hub.partnership)
    release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="a test")
    return ledger


@pytest.fixture
def done(hub):
    """A delivery is loaded and a quarter approved and published; its pack lies there (printing has tests of its own)."""
    hub.deliver(contacts(hub, 40))
    assert [each.outcome for each in verdicts(hub)] == ["accepted"]
    intake.load(hub.home)
    write_release_inputs(hub)
    ledger = approve(hub)
    release.release(hub.home, hub.partnership, ledger, PERIOD)
    publication.publish(hub.home, hub.partnership, ledger)
    ledger.close()
    hub.home.packs.mkdir(parents=True)
    (hub.home.packs / f"board-pack-{PERIOD}-1.pdf").touch()
    return hub


def test_every_task_run_twenty_times_more_leaves_what_one_run_left(done, tmp_path):
    """What was done by hand, each DAG as Airflow runs it, and then the body of each of its tasks, finds done."""
    once = stores(done)
    assert "raw.partner_event" in once
    kinds = [name.split(" ")[2] for name in once if name.startswith("ledger ")]
    assert kinds == ["approve", "spend", "answer", "publish"]

    again = ran(tmp_path, dags=DAGS, bodies=BODIES, times=TIMES)

    assert {name: times for name, times in again.items() if name.endswith(" again")} == {
        f"{dag} {task} again": TIMES for dag, task, _ in BODIES
    }
    assert {name.rsplit(" ", 1)[1] for name in again} == {"again", "success", "skipped"}
    assert stores(done) == once
    passed = between_tasks(tmp_path)
    assert len(passed) >= 3
    assert [each for each in passed if could_carry_a_row(each)] == []


def test_a_try_that_follows_one_killed_between_spend_and_draw_spends_nothing(hub, tmp_path):
    """One approval pays for one spend: what the killed try spent is lost, and a person is asked once more."""
    write_release_inputs(hub)
    ledger = approve(hub)
    spend(ledger, period=str(PERIOD), plan=planning.plan_for(hub.partnership, PERIOD).digest)
    ledger.close()

    again = ran(tmp_path, bodies=[each for each in BODIES if each[1] == "publish_approved"], times=3)

    assert [kind for _, kind, _ in ledger_lines(hub)] == ["approve", "spend"]
    ((told, times),) = again.items()
    assert times == 3
    assert told.startswith("demo.release publish_approved StepFailed exit code")
    assert "approv" in told


def functions_that_release(text):
    """Functions of a file that call the pipeline's `release`, innermost: what may spend."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            inner = {each for child in node.body for each in ast.walk(child)}
            nested = {
                each
                for child in ast.walk(node)
                if isinstance(child, ast.FunctionDef) and child is not node
                for each in ast.walk(child)
            }
            calls = [each.func for each in inner - nested if isinstance(each, ast.Call)]
            if any(isinstance(each, ast.Attribute) and each.attr in ("release", "spend") for each in calls):
                found.append(node.name)
    return found


def test_one_task_can_spend(tmp_path):
    """The one of the test above; whatever else learns to spend has to be looked at as it was."""
    files = sorted((PROJECT / "dags").rglob("*.py"))
    assert len(files) > 10

    assert [name for path in files for name in functions_that_release(path.read_text(encoding="utf-8"))] == [
        "publish_approved"
    ]
    assert functions_that_release("def outer():\n def task():\n  ledger.spend(period=1)") == ["task"]
