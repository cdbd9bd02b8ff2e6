"""The human step asks an approver, and only what the ledger holds counts."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from tests.release.conftest import OFFICER, PERIOD, write_release_inputs

from lantern import warehouse
from lantern.home import PROJECT
from lantern.partnership import read_partnership
from lantern.pipeline import release
from lantern.release import planning
from lantern.release.ledger import Ledger

REASON = "The ranges are narrow enough to be of use."


@pytest.fixture
def approving(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT / "dags"))
    from orchestration import approving

    return approving


@pytest.fixture
def ledger(hub):
    write_release_inputs(hub)
    opened = Ledger(hub.home, hub.partnership)
    yield opened
    opened.close()


@pytest.fixture
def step(approving):
    """The step for 2026-Q2, as the release DAG makes it."""
    from airflow.sdk import Param

    return approving.AskApprover(
        task_id="ask_approver",
        partnership="demo",
        period=str(PERIOD),
        plan_digest=digest(),
        subject="",
        options=[approving.APPROVE, approving.REJECT],
        params={"reason": Param("", type="string")},
        response_timeout=approving.GLANCE,
    )


def answer(option, *, by=OFFICER, reason=REASON):
    """What Airflow gives the step when a person has answered."""
    return {
        "chosen_options": [option],
        "params_input": {"reason": reason},
        "responded_at": datetime.now(UTC),
        "responded_by_user": {"id": by, "name": by},
        "timedout": False,
    }


TIMED_OUT = {"error": "nobody answered", "error_type": "timeout"}


def run_of(age: timedelta):
    return {"dag_run": SimpleNamespace(run_after=datetime.now(UTC) - age)}


def digest():
    return planning.plan_for(read_partnership("demo"), PERIOD).digest


def decide(hub, ledger, *, approved=True):
    release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="by hand", approved=approved)


def kinds(ledger):
    return [entry.kind for entry in ledger.entries()]


def test_a_plan_that_is_approved_already_is_not_asked_about(hub, ledger, step):
    decide(hub, ledger)

    assert step.execute({}) == "2026-Q2"


def test_a_plan_that_was_refused_is_skipped(hub, ledger, step):
    from airflow.sdk.exceptions import AirflowSkipException

    decide(hub, ledger, approved=False)

    with pytest.raises(AirflowSkipException, match="refused by an approver"):
        step.execute({})


def test_where_nobody_can_answer_nobody_is_asked(ledger, step, monkeypatch):
    """A run in one process, as the demo's: it must end."""
    from airflow.sdk.exceptions import AirflowSkipException

    monkeypatch.setenv("LANTERN_NOBODY_IS_ASKED", "1")

    with pytest.raises(AirflowSkipException, match="Run 'lantern approve 2026-Q2'"):
        step.execute({})


@pytest.mark.parametrize(("option", "kind"), [("Approve", "approve"), ("Reject", "refuse")])
def test_an_answer_is_written_into_the_ledger_under_the_persons_name(ledger, step, option, kind):
    from airflow.sdk.exceptions import AirflowSkipException

    try:
        assert step.execute_complete({}, answer(option), plan_digest=digest()) == "2026-Q2"
    except AirflowSkipException:
        assert option == "Reject"

    (entry,) = ledger.entries()
    assert (entry.kind, entry.plan_digest) == (kind, digest())
    assert (entry.body["by"], entry.body["reason"]) == (OFFICER, REASON)


def test_an_answer_to_a_plan_that_was_altered_meanwhile_is_not_recorded(ledger, step):
    """The person saw another plan: what they agreed to is not what would be released."""
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="altered while it was decided on"):
        step.execute_complete({}, answer("Approve"), plan_digest="0" * 64)

    assert ledger.entries() == []


def test_without_the_digest_the_altered_plan_would_be_approved(ledger, step, monkeypatch):
    """The twin: the pipeline is not told which plan the person saw."""
    kept = release.approve
    monkeypatch.setattr(release, "approve", lambda *given, **named: kept(*given, **(named | {"plan_digest": None})))

    step.execute_complete({}, answer("Approve"), plan_digest="0" * 64)

    assert kinds(ledger) == ["approve"]


def test_a_partnership_file_edited_after_the_approval_is_refused(hub, ledger, step):
    """The approval was of a plan under another year's promise."""
    from lantern.errors import ReleaseRefused

    step.execute_complete({}, answer("Approve"), plan_digest=digest())
    privacy = hub.partnership.privacy.model_copy(update={"micro_per_year": hub.partnership.privacy.micro_per_year // 2})
    edited = hub.partnership.model_copy(update={"privacy": privacy})

    with pytest.raises(ReleaseRefused, match="altered since"):
        release.release(hub.home, edited, ledger, PERIOD)

    assert kinds(ledger) == ["approve"]


def test_a_decision_by_the_command_line_lets_a_waiting_step_go_on(hub, ledger, step):
    decide(hub, ledger)

    assert step.execute_complete(run_of(timedelta(hours=1)), TIMED_OUT, plan_digest=digest(), seen=0) == "2026-Q2"


def test_while_nobody_has_decided_the_step_waits_on_and_keeps_what_it_asked_about(ledger, step, approving):
    from airflow.sdk.exceptions import TaskAwaitingInput

    with pytest.raises(TaskAwaitingInput) as waiting:
        step.execute_complete(run_of(timedelta(hours=1)), TIMED_OUT, plan_digest="a" * 64, seen=3)

    assert waiting.value.timeout == approving.GLANCE
    assert waiting.value.kwargs == {"plan_digest": "a" * 64, "seen": 3}


def test_a_decision_from_before_the_step_asked_does_not_answer_it(hub, ledger, step):
    """It was on an earlier plan, or there would have been nothing to ask."""
    from airflow.sdk.exceptions import TaskAwaitingInput

    decide(hub, ledger)

    with pytest.raises(TaskAwaitingInput):
        step.execute_complete(run_of(timedelta(hours=1)), TIMED_OUT, plan_digest=digest(), seen=1)


def test_after_two_weeks_the_step_lets_the_run_end(ledger, step):
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="nobody decided in 14 days"):
        step.execute_complete(run_of(timedelta(days=14, minutes=1)), TIMED_OUT, plan_digest=digest(), seen=0)


def approve_another(hub, ledger):
    """The quarter before is approved, and not drawn yet."""
    ledger.decide(period="2026-Q1", plan_digest="b" * 64, approved=True, by=OFFICER, reason="by hand")


@pytest.mark.parametrize(
    ("run", "approved", "ends"),
    [
        (timedelta(days=1, minutes=1), timedelta(hours=23), False),
        (timedelta(hours=23), timedelta(days=3), False),
        (timedelta(days=1, minutes=1), timedelta(days=1, minutes=1), True),
        (timedelta(days=13), None, False),
    ],
)
def test_a_quarter_nobody_decides_holds_up_an_approved_one_for_a_day_and_no_longer(
    hub, ledger, step, approving, monkeypatch, run, approved, ends
):
    """
    the run has waited     another quarter was approved     the step
    a day                  23 hours ago                     waits on: both may still come out in order
    23 hours               three days ago                   waits on
    a day                  a day ago                        lets the run go on without it
    13 days                never                            waits on: it holds up nothing
    """
    from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput

    if approved is not None:
        with time_machine.travel(datetime.now(UTC) - approved, tick=False):
            approve_another(hub, ledger)
    expected = AirflowSkipException if ends else TaskAwaitingInput

    with pytest.raises(expected):
        step.execute_complete(run_of(run), TIMED_OUT, plan_digest=digest(), seen=0)

    # The twin: without the look the approved quarter would wait as long as nobody decides the other.
    monkeypatch.setattr(approving, "held_up_since", lambda *_: None)
    with pytest.raises(TaskAwaitingInput):
        step.execute_complete(run_of(run), TIMED_OUT, plan_digest=digest(), seen=0)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"id": "7", "name": OFFICER}, OFFICER),
        ({"id": OFFICER, "name": "IPO"}, OFFICER),
        ({"id": "Anonymous", "name": "Anonymous"}, "Anonymous"),
        (None, ""),
    ],
)
def test_an_approver_is_known_by_the_name_of_the_airflow_user(approving, user, name):
    assert approving.name_of(user, read_partnership("demo")) == name


def test_what_the_approver_reads_holds_no_count_of_ours(hub, ledger, step, monkeypatch):
    """Expected ranges, cost and warnings: a function of public numbers, so it works with every store shut."""
    import duckdb

    from lantern.release import briefing

    monkeypatch.setattr(duckdb, "connect", lambda *_, **__: pytest.fail("a store was opened"))

    read = briefing.briefing(hub.partnership, planning.plan_for(hub.partnership, PERIOD))

    assert read.count("give or take") >= 4
    assert "0% or 100% are marked" in " ".join(read.split())
    assert digest() in read


ONE_PROCESS = """
import os, sys
from pathlib import Path
from orchestration.environment import NOBODY_IS_ASKED, airflow_environment
os.environ.update(airflow_environment(Path(sys.argv[1])) | {NOBODY_IS_ASKED: "1", "AIRFLOW__LOGGING__LOGGING_LEVEL": "CRITICAL"})
from orchestration.run import _dags, _ran
dags = _dags("demo")
print("ended", _ran("demo.release", dags["demo.release"]))
"""


def test_the_release_dag_ends_in_one_process_and_publishes_what_is_approved_and_nothing_else(hub, tmp_path):
    """
    Without a scheduler nobody can answer, so nobody is asked and nothing hangs.

    2026-Q1   nobody decided   skipped
    2026-Q2   approved         released
    """
    write_release_inputs(hub, periods=("2026-Q1", "2026-Q2"))
    with warehouse.opened(hub.home) as connection:
        connection.execute("update intermediate.int_histories set history_from_on = date '2025-01-01'")
    ledger = Ledger(hub.home, hub.partnership)
    decide(hub, ledger)
    hub.home.packs.mkdir(parents=True)
    (hub.home.packs / "board-pack-2026-Q2-1.pdf").touch()  # printing has tests of its own

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ONE_PROCESS, str(tmp_path / "airflow")],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "dags"), "AIRFLOW_HOME": str(tmp_path / "airflow")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert "ended True" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
    assert "2 skipped, 3 success" in done.stdout
    assert [path.name for path in hub.home.releases.glob("20*")] == ["2026-Q2-1"]
    assert kinds(ledger) == ["approve", "spend", "answer", "publish"]
    ledger.close()
