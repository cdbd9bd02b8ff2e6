"""Lineage: START and the end of intake, build and release, to a file, read back; off unless asked for."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml
from tests.conftest import keyed
from tests.intake.sending import contacts
from tests.leak import found_in
from tests.servers import free_port
from typer.testing import CliRunner

from lantern.cli import app
from lantern.errors import ContractBroken
from lantern.home import PROJECT
from lantern.watching import journal, lineage
from lantern.watching.undertaking import recorded

MODELS = PROJECT / "dbt_project" / "models"


@pytest.fixture
def events(tmp_path, monkeypatch):
    """What is in the file so far."""
    path = tmp_path / "lineage" / "events.jsonl"
    path.parent.mkdir()
    monkeypatch.setenv(lineage.NAMED, str(path))
    return lambda: [json.loads(line) for line in path.read_text().splitlines()]


def tables(datasets: list[dict]) -> list[str]:
    return [f"{each['namespace'].removeprefix('lantern://')}/{each['name']}" for each in datasets]


def test_an_intake_is_told_from_its_start_to_its_end(hub, events, tmp_path):
    sent = contacts(hub)
    hub.deliver(sent)

    done = CliRunner().invoke(app, ["intake"])

    start, complete = events()
    assert done.exit_code == 0, done.output
    assert [start["eventType"], complete["eventType"]] == ["START", "COMPLETE"]
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert start["job"] == complete["job"] == {"namespace": "lantern.demo", "name": "intake", "facets": {}}
    assert tables(complete["inputs"]) == ["demo/inbox/delivery"]
    assert "demo/warehouse/raw.partner_event" in tables(complete["outputs"])
    assert found_in(tmp_path / "lineage", [str(each["local_person_key"]) for each in sent]) == []
    assert keyed("person", 1) in {each["local_person_key"] for each in sent}


def named_in_dbt(schema: str) -> set[str]:
    """Its models as dbt's own descriptions list them, which is another list than the files' names."""
    pages = [yaml.safe_load(path.read_text()) for path in (MODELS / schema).rglob("*.yml")]
    return {model["name"] for page in pages for model in page.get("models", [])}


@pytest.mark.parametrize(
    ("step", "job", "read", "written"),
    [
        ("build", "build", "demo/warehouse/raw.delivery", "demo/analyst/"),
        ("build_models", "build", "demo/warehouse/raw.partner_event", "demo/warehouse/release_inputs.ri_contacts"),
        ("release", "release", "demo/warehouse/release_inputs.ri_contacts", "demo/ledger/entry"),
        ("publish_approved", "release", "demo/spent/spend", "demo/released/cell"),
    ],
)
def test_a_build_and_a_release_are_told_by_command_and_by_task_alike(hub, events, step, job, read, written):
    with recorded(hub.home, "step", step):
        pass

    start, complete = events()
    assert (start["eventType"], complete["eventType"], complete["job"]["name"]) == ("START", "COMPLETE", job)
    assert read in tables(complete["inputs"])
    assert any(each.startswith(written) for each in tables(complete["outputs"]))


@pytest.mark.parametrize("schema", ["marts", "release_inputs"])
def test_every_model_is_told_and_no_other(schema):
    told = {table.removeprefix(f"{schema}.") for store, table in lineage.flow_of("build").outputs if schema in table}

    assert len(told) > 2
    assert told == named_in_dbt(schema)


def test_a_step_that_fails_is_told_as_failed(hub, events):
    with pytest.raises(ContractBroken), recorded(hub.home, "command", "build"):
        raise ContractBroken("a model did not pass")

    assert [each["eventType"] for each in events()] == ["START", "FAIL"]
    assert "did not pass" not in json.dumps(events())


def test_off_unless_asked_for_and_for_what_moves_no_rows(hub, events, monkeypatch, tmp_path):
    with recorded(hub.home, "command", "status"):
        pass
    monkeypatch.delenv(lineage.NAMED)
    with recorded(hub.home, "command", "build"):
        pass

    assert list((tmp_path / "lineage").iterdir()) == []


def test_an_address_is_told_too_and_one_that_is_dead_stops_no_work(hub, monkeypatch):
    found = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv(lineage.NAMED, f"http://127.0.0.1:{server.server_port}")
    with recorded(hub.home, "command", "build"):
        pass
    server.shutdown()
    server.server_close()
    monkeypatch.setenv(lineage.NAMED, f"http://127.0.0.1:{free_port()}")
    with recorded(hub.home, "command", "build"):
        worked = True

    assert found == ["/api/v1/lineage"] * 2
    assert worked
    text = (journal.folder(hub.home) / journal.FILE).read_text()
    assert text.count("lineage.unsent") == 2
