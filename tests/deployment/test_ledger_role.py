"""The ledger's own database and role, made by the script that the image of PostgreSQL runs, in a real server."""

import os
import subprocess

import psycopg2
import pytest
from container_files import PROJECT
from tests.release import postgres as server
from tests.release.ledger_line import answer, approve, spend

from lantern.release.ledger import Ledger

PASSWORD = "it's-a-word-of-the-tests"
"""With a quote in it: a password is no piece of SQL."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A server on which the script has run, as its superuser."""
    folder = tmp_path_factory.mktemp("role")
    (folder / "password").write_text(PASSWORD)
    script = (PROJECT / "packaging" / "deployment" / "ledger.sql").read_text(encoding="utf-8")
    assert script.count("/run/secrets/ledger_password") == 1
    with server.running() as found:
        command = [server.program("psql"), "--quiet", "-v", "ON_ERROR_STOP=1", "--no-psqlrc", found.url]
        subprocess.run(
            command,
            input=script.replace("/run/secrets/ledger_password", str(folder / "password")),
            env=os.environ | {"PGPASSWORD": server.PASSWORD},
            text=True,
            check=True,
            timeout=60,
        )
        yield found


def url(made, database):
    return f"postgresql://ledger:it%27s-a-word-of-the-tests@127.0.0.1:{made.port}/{database}"


def test_the_role_keeps_a_ledger_and_is_no_superuser(made, hub, monkeypatch):
    monkeypatch.setenv("LANTERN_LEDGER_URL", url(made, "ledger"))

    ledger = Ledger(hub.home, hub.partnership)
    approve(ledger)
    answer(ledger, spend(ledger))
    kinds = [entry.kind for entry in ledger.entries()]
    ledger.close()

    assert kinds == ["approve", "spend", "answer"]
    assert made.run(
        "select rolsuper, rolcreaterole, rolcreatedb, rolreplication from pg_roles where rolname = 'ledger'"
    ) == [(False, False, False, False)]


def test_another_role_does_not_get_into_the_ledgers_database(made):
    """Nor would one that a mistake gave to Airflow."""
    made.run("create role airflow login password 'x'")

    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(f"postgresql://airflow:x@127.0.0.1:{made.port}/ledger").close()
    psycopg2.connect(f"postgresql://airflow:x@127.0.0.1:{made.port}/postgres").close()
