"""Where a ledger lies, and how an old one comes to today's form. In either store, and no password is ever told."""

import json
import shutil
import sqlite3
import subprocess
import sys

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from tests.release.ledger_line import approve, filled, spend
from typer.testing import CliRunner

from lantern.cli import app
from lantern.errors import ConfigRefused, LedgerRefused
from lantern.period import Quarter
from lantern.release import chain, ledger_store
from lantern.release.entry import spent_in
from lantern.release.ledger import Ledger

FIRST_TABLE = """
create table entry (
    seq integer not null, kind varchar not null, period varchar not null, plan_digest varchar not null,
    request_digest varchar not null, micro_rho integer not null, body varchar not null, at varchar not null,
    mac varchar not null, primary key (seq)
)
"""
OLD_LINES = [
    ("approve", "2026-Q1", "", 0, {"by": "Invented Privacy Officer", "reason": "r"}),
    ("spend", "2026-Q1", "q", 25_000, {}),
    ("answer", "2026-Q1", "q", 0, {"meaning": "m", "answers": {"contacts.days": [1, -2]}}),
    ("publish", "2026-Q1", "q", 0, {"release_id": "2026-Q1-1", "published_on": "2026-08-01", "folder_digest": "f"}),
    ("approve", "2026-Q2", "", 0, {"by": "Invented Privacy Officer", "reason": "r"}),
    ("spend", "2026-Q2", "s", 25_000, {}),
]


def old_rows(hub):
    """Lines as they were first written: marked over the same values in the same order, under a column's old name."""
    marks = chain.Chain(bytes.fromhex((hub.home.secrets / "ledger.key").read_text()), "demo")
    previous, found = marks.start, []
    for seq, (kind, period, request, micro, body) in enumerate(OLD_LINES, start=1):
        values = (seq, kind, period, "a" * 64, request, micro, json.dumps(body, sort_keys=True), "2026-08-01T09:00:00")
        previous = marks.mark(previous, dict(zip(chain.CHAINED, values, strict=True)))
        found.append((*values, previous))
    return found


@pytest.fixture
def old(hub, store, request):
    """A ledger as the first version of Lantern left it."""
    if store == "sqlite":
        hub.home.ledger.parent.mkdir(parents=True)
        with sqlite3.connect(hub.home.ledger) as connection:
            connection.execute(FIRST_TABLE)
            connection.executemany(f"insert into entry values ({', '.join('?' * 9)})", old_rows(hub))
        connection.close()
        return hub
    server = request.getfixturevalue("in_postgres")
    lines = [" , ".join(f"'{value}'" for value in row) for row in old_rows(hub)]
    server.run(
        "create schema lantern_demo",
        "set search_path = lantern_demo",
        FIRST_TABLE,
        *(f"insert into entry values ({line})" for line in lines),
    )
    return hub


def test_a_ledger_of_the_first_version_is_taken_over_line_by_line(old):
    """Each old spend is a part of its own: it adds up, as it did then."""
    ledger = Ledger(old.home, old.partnership)

    found = ledger.entries()
    approve(ledger)
    spend(ledger, charges={"contacts": 50_000})

    assert [(each.kind, each.micro) for each in found] == [(line[0], line[3]) for line in OLD_LINES]
    assert spent_in(ledger.entries(), Quarter.parse("2025-Q3")) == 100_000
    ledger.close()
    again = Ledger(old.home, old.partnership)
    assert len(again.entries()) == 8
    again.close()


def test_an_old_ledger_that_was_tampered_with_is_found_out_when_it_is_taken_over(old, store, request):
    if store == "sqlite":
        with sqlite3.connect(old.home.ledger) as connection:
            connection.execute("update entry set micro_rho = 1 where seq = 2")
        connection.close()
    else:
        request.getfixturevalue("in_postgres").run("update lantern_demo.entry set micro_rho = 1 where seq = 2")

    with pytest.raises(LedgerRefused, match="line 2 is not what was written"):
        Ledger(old.home, old.partnership)


def test_the_code_knows_every_migration_and_no_other():
    config = Config()
    config.set_main_option("script_location", str(ledger_store.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    known = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]

    assert tuple(reversed(known)) == ledger_store.SCHEMAS


def test_a_ledger_of_a_newer_version_is_refused(hub, store, request):
    ledger = Ledger(hub.home, hub.partnership)
    ledger.close()
    newer = "update {}alembic_version set version_num = '9999'"
    if store == "sqlite":
        with sqlite3.connect(hub.home.ledger) as connection:
            connection.execute(newer.format(""))
        connection.close()
    else:
        request.getfixturevalue("in_postgres").run(newer.format("lantern_demo."))

    with pytest.raises(LedgerRefused, match="a newer Lantern has written it"):
        Ledger(hub.home, hub.partnership)


def test_two_partnerships_have_a_ledger_each_in_one_server(hub, in_postgres):
    """Each in a schema of its own: neither sees what the other spent."""
    ledger = Ledger(hub.home, hub.partnership)
    filled(ledger)
    other_home = type(hub.home)(root=hub.home.root, partnership="elsewhere")
    shutil.copytree(hub.home.secrets, other_home.secrets)
    other = Ledger(other_home, hub.partnership.model_copy(update={"name": "elsewhere"}))

    assert (len(ledger.entries()), len(other.entries())) == (16, 0)
    assert in_postgres.run("select count(*) from lantern_demo.entry") == [(16,)]
    ledger.close()
    other.close()


def test_a_url_may_be_in_a_file(hub, postgres, monkeypatch, tmp_path):
    postgres.clear()
    (tmp_path / "url").write_text(postgres.url + "\n")
    monkeypatch.setenv("LANTERN_LEDGER_URL_FILE", str(tmp_path / "url"))

    ledger = Ledger(hub.home, hub.partnership)
    approve(ledger)
    ledger.close()

    assert postgres.run("select count(*) from lantern_demo.entry") == [(1,)]
    assert not hub.home.ledger.exists()


@pytest.mark.parametrize(
    "url", ["no url", "mysql://user:hidden@host/db", "postgresql://user:hidden@host", "sqlite:///x"]
)
def test_a_url_that_cannot_be_used_is_refused_and_not_repeated(hub, monkeypatch, url):
    monkeypatch.setenv("LANTERN_LEDGER_URL", url)

    with pytest.raises(ConfigRefused, match="LANTERN_LEDGER_URL") as refusal:
        Ledger(hub.home, hub.partnership)

    assert "hidden" not in str(refusal.value)


def test_a_server_that_does_not_answer_is_refused_without_its_password(hub, monkeypatch):
    monkeypatch.setenv("LANTERN_LEDGER_URL", "postgresql://user:hidden@127.0.0.1:9/db")

    done = CliRunner().invoke(app, ["ledger", "show"])

    assert isinstance(done.exception, LedgerRefused)
    assert "see that the server answers" in str(done.exception)
    assert "hidden" not in str(done.exception) + done.output
    assert done.exception.__cause__ is None


def test_a_wrong_password_is_refused_and_not_repeated(hub, postgres, monkeypatch):
    monkeypatch.setenv("LANTERN_LEDGER_URL", postgres.url.replace("not-a-secret", "wrong-one"))

    with pytest.raises(LedgerRefused) as refusal:
        Ledger(hub.home, hub.partnership)

    assert "wrong-one" not in str(refusal.value)


def test_opening_a_ledger_that_is_up_to_date_does_not_load_the_migrations(hub):
    """Every command opens the ledger; Alembic is slow to import, and is only for a change."""
    Ledger(hub.home, hub.partnership).close()
    code = (
        "import sys; from lantern.home import Home; from lantern.partnership import read_partnership; "
        "from lantern.release.ledger import Ledger; Ledger(Home.of('demo'), read_partnership('demo')).close(); "
        "print('alembic' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.fixture
def shown(hub, store):
    ledger = Ledger(hub.home, hub.partnership)
    filled(ledger)
    ledger.close()
    return lambda *words: CliRunner().invoke(app, ["ledger", *words])


def test_the_ledger_is_shown_with_what_each_part_was_charged_and_without_answers(shown):
    told = shown("show", "--json")

    lines = json.loads(told.output)
    assert len(lines) == 16
    assert lines[1]["body"]["charges"] == {"contacts": 20_000, "contacts.lost": 5_000}
    assert [name for line in lines for name in line["body"] if name in ("answers", "plan")] == []
    assert "2025-Q3" in shown("show").output


def test_a_head_that_was_printed_and_kept_is_held_against_the_ledger(shown, hub, tmp_path):
    kept = shown("anchor", "--out", str(tmp_path / "head.txt")).output.strip()
    ledger = Ledger(hub.home, hub.partnership)
    approve(ledger)
    ledger.close()

    told = shown("verify", "--against", kept)

    assert (tmp_path / "head.txt").read_text().strip() == kept
    assert told.exit_code == 0
    assert "17 lines hold together" in told.output
    assert "It holds the head that was kept elsewhere" in told.output
    other = shown("verify", "--against", f"16:{'0' * 64}")
    assert isinstance(other.exception, LedgerRefused)
