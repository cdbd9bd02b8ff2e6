"""Alarms through a real mail server and a real webhook on this machine: received, once, with no number and no cause."""

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from tests.servers import free_port, set_connection

from lantern.home import PROJECT, Home
from lantern.partnership import Alerts, read_partnership
from lantern.watching.announcement import News, Told, remembered
from lantern.watching.finding import Finding

CANARY = "Zebedee Quillfeather"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATE = Finding(
    "late-partner", "warn", "riverton_police: last delivery 2026-11-01, 12345 days late", "", "riverton_police"
)
LEDGER = Finding("ledger", "wrong", "demo, ledger: line 12345 is not what was written.")


@pytest.fixture
def alerting(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT / "dags"))
    from orchestration import alerting

    return alerting


@pytest.fixture
def letters(monkeypatch):
    """What a mail server on this machine was given."""

    class Box:
        def __init__(self) -> None:
            self.letters: list[str] = []

        async def handle_DATA(self, server, session, envelope):  # noqa: N802
            letter = message_from_bytes(envelope.content, policy=policy.default)
            (body,) = letter.iter_parts()
            self.letters.append(f"To: {letter['to']}\n{letter['subject']}\n{body.get_content()}")
            return "250 OK"

    box = Box()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    about = {"from_email": "hub@riverton.invalid", "disable_ssl": True, "disable_tls": True, "retry_limit": 0}
    set_connection(monkeypatch, "post", conn_type="smtp", host="127.0.0.1", port=server.port, extra=about)
    yield box.letters
    server.stop()


@pytest.fixture
def calls(monkeypatch):
    """What a web server on this machine was called with."""
    found: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    set_connection(monkeypatch, "chat", conn_type="http", host=f"http://127.0.0.1:{server.server_port}/hook")
    yield found
    server.shutdown()
    server.server_close()


def telling(**alerts):
    return read_partnership("demo").model_copy(update={"alerts": Alerts(**alerts)})


BOTH = {"email_connection": "post", "email_to": ["officer@riverton.invalid"], "webhook_connection": "chat"}


def test_an_alarm_reaches_both_with_its_name_and_its_page_and_no_number(hub, alerting, letters, calls):
    with remembered(hub.home) as known:
        known.news([LATE], NOW)  # a warning is told when it is found a second time

    alerting.tell_news(telling(**BOTH), [LATE, LEDGER])

    assert "12345" in LATE.said + LEDGER.said
    assert (len(letters), len(calls)) == (1, 1)
    for told in (letters[0], calls[0]["text"]):
        assert "late-partner riverton_police" in told
        assert "docs/operations/alarms/ledger.md" in told
        assert "12345" not in told
        assert "2026-11-01" not in told
    assert "To: officer@riverton.invalid" in letters[0]
    assert calls[0]["partnership"] == "demo"
    assert [each["alarm"] for each in calls[0]["raised"]] == ["late-partner", "ledger"]


def test_the_same_alarm_is_told_once_and_its_end_once(hub, alerting, letters, calls):
    partnership = telling(**BOTH)
    for found in ([LEDGER], [LEDGER], [LEDGER], [], []):
        alerting.tell_news(partnership, found)

    assert [(len(call["raised"]), call["over"]) for call in calls] == [(1, []), (0, ["ledger"])]
    assert len(letters) == 2
    assert "over: ledger" in letters[1]


def test_one_dead_server_keeps_the_other_from_nothing_and_fails_no_step(hub, alerting, calls, monkeypatch, capsys):
    set_connection(monkeypatch, "post", conn_type="smtp", host="127.0.0.1", port=free_port(), password=CANARY)

    alerting.tell_news(telling(**BOTH), [LEDGER])
    alerting.tell_news(telling(**BOTH), [LEDGER])

    assert len(calls) == 1
    told = capsys.readouterr().out
    assert "could not be told by e-mail" in told
    assert CANARY not in told


def test_what_nobody_took_is_told_again_at_the_next_look(hub, alerting, monkeypatch, request):
    partnership = telling(webhook_connection="chat")
    set_connection(monkeypatch, "chat", conn_type="http", host=f"http://127.0.0.1:{free_port()}")
    alerting.tell_news(partnership, [LEDGER])
    calls = request.getfixturevalue("calls")

    alerting.tell_news(partnership, [LEDGER])

    assert [[each["name"] for each in call["raised"]] for call in calls] == [["ledger"]]


def test_a_step_that_failed_is_told_by_name_with_no_word_of_its_error(hub, alerting, letters, calls):
    callback = alerting.told_of(telling(**BOTH))["on_failure_callback"]
    failed = {"ti": SimpleNamespace(dag_id="demo.intake", task_id="load_accepted"), "exception": ValueError(CANARY)}

    callback(failed)
    callback(failed)

    assert (len(letters), len(calls)) == (1, 1)
    assert "step-failed demo.intake.load_accepted" in letters[0]
    assert "docs/operations/alarms/step-failed.md" in letters[0]
    assert CANARY not in letters[0] + json.dumps(calls)


def test_a_callback_never_fails_itself(alerting, monkeypatch, tmp_path, capsys):
    """Not even where the home cannot be written."""
    (tmp_path / "home").write_text("no folder")
    monkeypatch.setenv("LANTERN_HOME", str(tmp_path / "home"))

    alerting.told_of(telling())["on_failure_callback"]({"ti": SimpleNamespace(dag_id="demo.intake", task_id="x")})

    assert "could not be told (" in capsys.readouterr().out


def test_the_hourly_look_tells_what_is_wrong_with_a_hub(home, alerting, calls):
    """The step as the DAG runs it, on a hub whose board's file is gone."""
    from airflow.sdk import DAG

    with DAG("of_a_test", schedule=None) as dag:
        alerting.look_at_hub(telling(webhook_connection="chat"))
    home.released.unlink()

    verdicts = [dag.task_dict["look"].python_callable() for _ in range(2)]

    assert verdicts == ["wrong", "wrong"]
    assert [[each["name"] for each in call["raised"]] for call in calls] == [["board-file"]]


LOOKS = """
found at each look, wrong in capitals | told at each look
LEDGER  LEDGER  -       -             | +ledger  .      -ledger  .
build   build   build   -             | .        +build .        -build
build   -       build   -             | .        .      .        .
build   BUILD   build   -             | .        +build .        -build
LEDGER  -       LEDGER  LEDGER        | +ledger  -ledger +ledger .
"""


@pytest.mark.parametrize("row", LOOKS.strip().splitlines()[1:])
def test_what_is_wrong_is_told_at_once_and_a_warning_when_it_stays(row):
    looks, expected = (side.split() for side in row.split("|"))
    known, told = Told(), []

    for hour, look in enumerate(looks):
        found = [Finding(look.lower(), "wrong" if look.isupper() else "warn", "")] if look != "-" else []
        news = known.news(found, NOW + timedelta(hours=hour))
        known.mark(news)
        told.append("".join([f"+{name}" for name in news.raised] + [f"-{name}" for name in news.over]) or ".")

    assert told == expected


def test_a_failed_step_is_told_again_after_a_day_and_is_never_said_to_be_over():
    known, told = Told(), []

    for hours in (0, 1, 23, 25, 26):
        news = known.failure("demo.intake.load_accepted", NOW + timedelta(hours=hours))
        known.mark(news)
        assert not known.news([], NOW + timedelta(hours=hours)).over
        told.append(bool(news))

    assert told == [True, False, False, True, False]


def test_what_was_told_is_kept_from_run_to_run_and_a_damaged_file_counts_as_nothing(hub):
    with remembered(hub.home) as known:
        known.mark(known.news([LEDGER], NOW))
    with remembered(hub.home) as known:
        again = known.news([LEDGER], NOW)
    (hub.home.base / "watching" / "told.json").write_text("[1")
    with remembered(hub.home) as known:
        after_damage = known.news([LEDGER], NOW)

    assert again == News()
    assert after_damage == News(("ledger",))
    assert oct((hub.home.base / "watching").stat().st_mode & 0o777) == "0o700"


def test_a_home_of_another_partnership_remembers_by_itself(hub):
    with remembered(hub.home) as known:
        known.mark(known.news([LEDGER], NOW))
    with remembered(Home.of("other")) as known:
        assert known.news([LEDGER], NOW) == News(("ledger",))


def test_airflow_itself_tells_of_every_step_that_fails(home, calls):
    """Every task of every DAG has the callback, and Airflow calls it: a build without its key, then an hourly look."""
    (home.secrets / "warehouse.key").unlink()

    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("failing_run.py")), "demo.transform", "demo.watch"],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "dags")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    told = [line.split() for line in done.stdout.splitlines() if line.startswith(("demo.", *"123456789"))]
    dags, tasks, with_callback = map(int, told[0])
    assert dags >= 5
    assert tasks == with_callback > 10
    assert told[1:] == [["demo.transform", "failed"], ["demo.watch", "success"]]
    names = [{each["name"] for each in call["raised"]} for call in calls]
    assert names == [{"step-failed demo.transform.build_models"}, {"keys", "stores"}]
    assert sorted(path.name for path in (home.base / "watching").iterdir()) == ["lantern_demo.prom", "told.json"]
    steps = [json.loads(line) for line in (home.base / "logs" / "lantern.jsonl").read_text().splitlines()]
    assert [(each["dag"], each["event"]) for each in steps] == [
        ("demo.transform", "step.began"),
        ("demo.transform", "step.failed"),
        ("demo.watch", "step.began"),
        ("demo.watch", "step.ended"),
    ]
