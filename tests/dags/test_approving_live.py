"""
The shape of production: Airflow's own scheduler and pages, its metadata and the ledger in PostgreSQL.

A delivery that lay there before Airflow did goes from its inbox to the release DAG, a person approves over the API and another quarter by the command line,
and then every task of every run is cleared. The demo's home under SQLite is in tests/end_to_end/test_scheduler.py.
"""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass

import psycopg2
import pytest
from tests.airflow_server import Airflow, could_carry_a_row, serving, wait_for
from tests.conftest import Hub
from tests.intake.sending import contacts
from tests.release import postgres as server
from tests.release.conftest import OFFICER, write_release_inputs

from lantern import warehouse
from lantern.release.ledger import Ledger

REASON = "Approved over Airflow's own interface, as a test."
ENDED = ("success", "failed")
DAGS = ("demo.intake", "demo.transform", "demo.release", "demo.publish")
LANTERN = (sys.executable, "-W", "ignore", "-c", "from lantern.cli import main; main()")


@dataclass(frozen=True)
class Production:
    """A hub, the Airflow that works for it, and the environment both run in."""

    hub: Hub
    airflow: Airflow
    metadata: str
    environment: dict[str, str]

    def ledger(self) -> list[tuple[str, str, str]]:
        """The ledger's lines: kind, quarter and reason."""
        ledger = Ledger(self.hub.home, self.hub.partnership)
        try:
            return [(each.kind, each.period, str(each.body.get("reason", ""))) for each in ledger.entries()]
        finally:
            ledger.close()

    def between_tasks(self) -> list:
        """What Airflow's PostgreSQL holds of what tasks gave each other."""
        with contextlib.closing(psycopg2.connect(self.metadata.replace("+psycopg2", ""))) as connection:
            cursor = connection.cursor()
            cursor.execute("select value::text from xcom")
            return [json.loads(value) for (value,) in cursor.fetchall()]

    def ended(self, dag: str) -> list[str]:
        """The runs of a DAG once there are any and all have ended; they are asserted to have ended well."""
        found = self.airflow.runs(dag)
        if not found or any(each["state"] not in ENDED for each in found):
            return []
        assert {each["state"] for each in found} == {"success"}, dag
        return [each["dag_run_id"] for each in found]

    def clear(self, dag: str) -> None:
        """Clear every task of every run of a DAG, as a person may on the pages, and wait until each has run again."""
        runs = wait_for(lambda: self.ended(dag))
        before = {each: self.airflow.tries(dag, each) for each in runs}
        assert all(self.airflow.clear(dag, each) == len(before[each]) > 0 for each in runs)
        wait_for(lambda: self.ended(dag))
        after = {each: self.airflow.tries(dag, each) for each in runs}
        # A step with nothing before it to wait for, as one that is mapped over nothing, is skipped without a try.
        assert any(after[each][task] > before[each][task] for each in runs for task in before[each])


@pytest.fixture
def production(hub, tmp_path, monkeypatch):
    with server.running() as databases:
        # A database to each, as docker-compose.yml has it.
        with contextlib.closing(psycopg2.connect(databases.url)) as connection:
            connection.autocommit = True
            connection.cursor().execute("create database airflow")
        metadata = databases.url.replace("postgresql:", "postgresql+psycopg2:").removesuffix("postgres") + "airflow"
        monkeypatch.setenv("LANTERN_LEDGER_URL", databases.url)
        more = {
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
            "AIRFLOW_LOGIN": "1",
            "LANTERN_GLANCE_SECONDS": "30",
            "HOME": str(tmp_path),
        }
        hub.deliver(contacts(hub, 40))
        with serving(os.environ | more, tmp_path / "screen.txt") as airflow:
            passwords = json.loads((hub.home.airflow / "passwords.json").read_text())
            assert sorted(passwords) == [OFFICER]
            airflow.log_in(OFFICER, passwords[OFFICER])
            wait_for(lambda: {each["dag_id"] for each in airflow.dags()} >= set(DAGS))
            yield Production(hub, airflow, metadata, os.environ | more)


def tables(hub: Hub, *schemas: str) -> dict[str, str]:
    """Each table of these schemas of the warehouse: how many rows and a digest of them, in no order."""
    found = {}
    with warehouse.opened(hub.home, read_only=True) as connection:
        for schema, table in connection.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' order by all"
        ).fetchall():
            if schema in schemas:
                rows = connection.execute(f'select count(*), bit_xor(hash(every)) from {schema}."{table}" as every')
                found[f"{schema}.{table}"] = str(rows.fetchone())
    return found


def released(hub: Hub) -> dict[str, str]:
    return {
        str(path.relative_to(hub.home.releases)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(hub.home.releases.rglob("*"))
        if path.is_file()
    }


def two_due(hub: Hub) -> None:
    """Two quarters are due, 2026-Q1 and 2026-Q2: the history begins a year before the first of them."""
    write_release_inputs(hub, periods=("2026-Q1", "2026-Q2"))
    with warehouse.opened(hub.home) as connection:
        connection.execute("update intermediate.int_histories set history_from_on = date '2025-01-01'")
        # Whoever is laid by hand is in no delivery: where links are, a release asks that those who paid still are known.
        connection.execute("drop table linkage.person_link")


def answer_both(production: Production) -> None:
    """
    Two quarters wait. The first is answered in Airflow, once with no reason and then with one; the second by hand.

    2026-Q1   Approve, no reason   not recorded, asked again
              Approve, a reason    recorded under the Airflow user's name
    2026-Q2   lantern approve      the waiting step sees it and goes on
    """
    airflow = production.airflow
    asked = wait_for(lambda: len(found := airflow.questions()) == 2 and found)
    assert "1 January to 31 March 2026" in asked[0]["subject"]
    assert "What it costs" in asked[0]["body"]
    assert [user["name"] for user in asked[0]["assigned_users"]] == [OFFICER]

    airflow.answer(asked[0], "  ")
    wait_for(lambda: airflow.questions().get(0))
    assert production.ledger() == []

    def answered():
        if question := airflow.questions().get(0):
            airflow.answer(question, REASON)
        return production.ledger()

    wait_for(answered)
    by_hand = [*LANTERN, "approve", "2026-Q2", "--by", OFFICER, "--reason", "by hand"]
    run = {"env": production.environment, "capture_output": True}
    wait_for(lambda: subprocess.run(by_hand, check=False, **run).returncode == 0)


@pytest.mark.timeout(1800)
def test_a_delivery_goes_to_the_release_dag_and_an_answer_to_the_board_and_clearing_all_changes_nothing(production):
    """
    The triggerer finds a delivery and intake loads it, and assets carry it on; transform is cleared and builds the same tables of it.

    Then release inputs for two quarters are laid by hand, approved and published, and the other three DAGs are cleared.
    """
    hub, airflow = production.hub, production.airflow
    wait_for(lambda: production.ended("demo.transform") and production.ended("demo.release"))
    assert {each["run_type"] for dag in ("demo.transform", "demo.release") for each in airflow.runs(dag)} == {
        "asset_triggered"
    }
    built = tables(hub, "raw", "intermediate", "marts", "release_inputs")
    assert built["raw.partner_event"].startswith("(40, ")
    assert len(built) > 30
    production.clear("demo.transform")
    assert tables(hub, "raw", "intermediate", "marts", "release_inputs") == built
    assert production.ledger() == []

    wait_for(lambda: production.ended("demo.release"))
    two_due(hub)
    airflow.trigger("demo.release")
    answer_both(production)
    wait_for(lambda: production.ended("demo.release") and production.ended("demo.publish"))
    lines, folders, inputs = production.ledger(), released(hub), tables(hub, "raw", "release_inputs")
    assert [line for line in lines if line[0] == "approve"] == [
        ("approve", "2026-Q1", REASON),
        ("approve", "2026-Q2", "by hand"),
    ]
    assert [kind for kind, _, _ in lines] == ["approve", "approve", *("spend", "answer", "publish") * 2]
    assert {name.split("/")[0] for name in folders} == {"2026-Q1-1", "2026-Q2-1"}

    for dag in ("demo.release", "demo.publish", "demo.intake"):
        production.clear(dag)

    wait_for(lambda: all(production.ended(dag) for dag in DAGS))
    assert production.ledger() == lines
    assert released(hub) == folders
    assert tables(hub, "raw", "release_inputs") == inputs
    assert not hub.home.ledger.exists()
    passed = production.between_tasks()
    assert len(passed) >= 10
    assert [each for each in passed if could_carry_a_row(each)] == []
