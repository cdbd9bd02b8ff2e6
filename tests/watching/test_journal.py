"""The journal: what commands and steps did, in entries from a closed list, and no value from a row whoever tries."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.sending import contacts
from tests.leak import found_in
from typer.testing import CliRunner

from lantern.cli import app
from lantern.errors import DeliveryRefused
from lantern.home import PROJECT, Home
from lantern.watching import journal
from lantern.watching.undertaking import recorded

CANARY = "Zebedee Quillfeather"
TOKEN = "9f" * 32


def lines(home: Home) -> list[dict]:
    files = sorted(journal.folder(home).glob("*"))
    return [json.loads(line) for path in files for line in path.read_text().splitlines()]


def test_a_command_leaves_a_line_when_it_begins_and_one_when_it_ends(hub):
    done = CliRunner().invoke(app, ["ledger", "verify"])

    began, ended = lines(hub.home)
    assert done.exit_code == 0
    assert began.keys() == {"at", "command", "event", "level", "partnership", "run"}
    assert (began["event"], ended["event"]) == ("command.began", "command.ended")
    assert began["run"] == ended["run"]
    assert (ended["command"], ended["outcome"], ended["partnership"]) == ("ledger verify", "done", "demo")


def test_a_refusal_is_noted_by_its_kind_and_code_and_not_by_its_words(hub):
    done = CliRunner().invoke(app, ["approve", "2026-Q2", "--by", CANARY, "--reason", CANARY])

    ended = lines(hub.home)[-1]
    assert done.exit_code != 0
    assert (ended["event"], ended["outcome"], ended["period"]) == ("command.failed", "refused", "2026-Q2")
    assert (ended["error"], ended["exit_code"]) == ("ReleaseRefused", 14)
    assert found_in(journal.folder(hub.home), [CANARY]) == []


def everything_tried(home: Home) -> None:
    """Every way in which a value could get in: as an entry, as a name, in an error, nested, as a ticket that is none."""
    journal.told(home, "command.began", child=CANARY, command=CANARY, partner={"name": CANARY}, ticket=TOKEN)
    journal.told(home, CANARY, partner=[CANARY], run=TOKEN, task=f"load {CANARY}", key=TOKEN, airflow_run=CANARY)
    journal.told(home, "step.ended", **{CANARY: 1, "period": f"2026-Q2 {CANARY}", "exc_info": ValueError(CANARY)})
    for error in (ValueError(CANARY), DeliveryRefused(CANARY)):
        with pytest.raises(type(error)), recorded(home, "step", "load_accepted", partner=CANARY, ticket=CANARY):
            raise error


def test_no_value_gets_into_a_line_whoever_tries(hub):
    everything_tried(hub.home)

    assert len(lines(hub.home)) == 7
    assert found_in(journal.folder(hub.home), [CANARY, TOKEN]) == []


def test_without_the_list_they_would_be_in_it(hub, monkeypatch):
    """The twin."""
    monkeypatch.setattr(journal, "allowed", lambda _logger, _method, line: {each: str(line[each]) for each in line})

    everything_tried(hub.home)

    assert found_in(journal.folder(hub.home), [CANARY, TOKEN]) == [journal.FILE]


@given(st.dictionaries(st.text() | st.sampled_from(sorted(journal.FORMS)), st.text() | st.integers() | st.none()))
def test_what_is_let_through_has_the_form_of_its_entry(line):
    for name, value in journal.allowed(None, "", line).items():
        assert journal.FORMS[name].fullmatch(str(value))
        assert len(str(value)) <= 160


def test_no_form_has_room_for_a_token_a_name_or_a_birth_date():
    """But for names the configuration gives: letters, figures and low lines, which a token could be if it began with a letter."""
    free = {name for name, form in journal.FORMS.items() if form.fullmatch("ab" * 32)}

    assert free == {"partnership", "partner", "task", "command"}
    for text in (CANARY, TOKEN, "2015-05-17", "SW1A 1AA", "943 476 5919"):
        assert [name for name, form in journal.FORMS.items() if form.fullmatch(text)] == [], text


def test_an_intake_of_a_bad_delivery_leaves_no_value_in_the_journal(hub):
    events = contacts(hub)
    events[3] |= {"source_category": CANARY}
    hub.deliver(events)
    tokens = {str(each["local_person_key"]) for each in events}

    CliRunner().invoke(app, ["intake"])

    assert [each["command"] for each in lines(hub.home) if "command" in each] == ["intake", "intake"]
    assert found_in(journal.folder(hub.home), [CANARY, *tokens]) == []


def test_the_file_is_put_aside_when_it_is_full_and_old_ones_go(hub, monkeypatch):
    monkeypatch.setattr(journal, "_FILE_BYTES", 1000)
    for number in range(60):
        journal.told(hub.home, "command.began", command="status", seconds=number)

    names = sorted(path.name for path in journal.folder(hub.home).iterdir())
    assert names == [journal.FILE, *(f"{journal.FILE}.{number}" for number in range(1, 6))]
    assert all(path.stat().st_size <= 1000 for path in journal.folder(hub.home).iterdir())


def test_two_processes_that_write_while_files_are_put_aside_lose_no_line(hub):
    """Some are put aside: five files of 4 kB hold all of them."""
    code = (
        "import sys\nfrom lantern.home import Home\nfrom lantern.watching import journal\n"
        "journal._FILE_BYTES = 4000\n"
        "for number in range(60): journal.told(Home.of('demo'), 'command.began', command=sys.argv[1], seconds=number)"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, name]) for name in ("intake", "build")]
    assert [each.wait(60) for each in both] == [0, 0]

    assert Counter(each["command"] for each in lines(hub.home)) == {"intake": 60, "build": 60}
    assert len(list(journal.folder(hub.home).iterdir())) > 2


def test_on_a_screen_if_asked_for_and_nothing_is_made_where_no_home_is(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LANTERN_HOME", str(tmp_path / "nowhere"))
    journal.told(Home.of("demo"), "command.began", command="status")
    quiet = capsys.readouterr().err
    monkeypatch.setenv(journal.ON_SCREEN, "json")
    journal.told(Home.of("demo"), "command.began", command="status")

    assert quiet == ""
    assert json.loads(capsys.readouterr().err)["command"] == "status"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_loses_the_line_and_not_the_work(hub):
    Path(journal.folder(hub.home)).mkdir(mode=0o700)
    (journal.folder(hub.home) / journal.FILE).symlink_to("/dev/full")

    with recorded(hub.home, "command", "status"):
        worked = True

    assert worked


def test_a_step_is_noted_with_its_run_and_its_delivery(hub, monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT / "dags"))
    from orchestration import quiet

    run = "scheduled__2026-11-23T06:00:00+00:00"
    ti = SimpleNamespace(dag_id="demo.intake", task_id="receive_delivery", run_id=run)
    monkeypatch.setattr(quiet, "get_current_context", lambda: {"ti": ti})
    ticket = "delivery-0123456789abcdef"

    @quiet.quiet
    def receive_delivery(delivery):
        return delivery["partner"]

    receive_delivery(delivery={"partner": "riverton_police", "ticket": ticket})

    began, ended = lines(hub.home)
    told = {"dag": "demo.intake", "task": "receive_delivery", "airflow_run": run}
    told |= {"ticket": ticket, "partner": "riverton_police"}
    assert told.items() <= began.items()
    assert told.items() <= ended.items()


def test_the_tool_of_a_partner_writes_no_journal(tmp_path):
    """It has no hub, and no such library."""
    environment = os.environ | {"LANTERN_HOME": str(tmp_path / "home")}
    code = "import sys; sys.argv[1:] = ['partner', '--help']\nfrom lantern.cli import main\ntry: main()\nexcept SystemExit: pass\nprint('structlog' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "False"
    assert list(tmp_path.iterdir()) == []
