"""The hub's keys after a whole run: in their own folder and in no other file, argument or environment but one."""

import subprocess
import sys

import duckdb
import pytest
from tests.end_to_end.test_demo import hub_folders, identifiers
from tests.leak import Search, found_in

from lantern import contract, secret, warehouse

DBT = "lantern.pipeline.dbt_process"


def keys(run) -> list[str]:
    return [secret.key(run.home, name).hex() for name in secret.KEYS]


def everywhere(run, texts) -> list[str]:
    """Files of the hub, of Airflow and of temporary folders in which any of the texts is; the keys' own folder is left out."""
    folders = [folder for folder in hub_folders(run) if folder != run.home.secrets]
    there = {folder.name for folder in folders}
    assert {"logs", "secure", "inbox", "ledger", "anchor", "released", "analyst", "airflow", "tmp"} <= there
    return [hit for folder in folders for hit in found_in(folder, texts)]


def raw_in(folder, sought: list[bytes]) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 100
    return [path.name for path in files if any(each in path.read_bytes() for each in sought)]


def test_the_hubs_keys_are_in_no_file_but_their_own(run):
    """
    Stores, journal, logs, Airflow's tables, dbt's artefacts, reports, ledger, releases, temporary files, the screen.

    With its twin, as each look takes seconds: one is planted in each place where a careless line would put it, and those are found.
    """
    sought, key = keys(run), keys(run)[1]
    places = [run.home.base / "logs", run.home.airflow / "logs", run.home.dbt / "target", run.folder / "tmp"]
    planted = [place / f"planted-{number}.txt" for number, place in enumerate(places)]
    in_bytes = places[0] / "planted.bin"
    try:
        for path in planted:
            path.write_text(f"attach 'warehouse.duckdb' (encryption_key '{key}')")
        in_bytes.write_bytes(b"..." + bytes.fromhex(key))
        found, raw = everywhere(run, sought), raw_in(run.home.root, [bytes.fromhex(each) for each in sought])
    finally:
        for path in [*planted, in_bytes]:
            path.unlink(missing_ok=True)

    assert sorted(name.rpartition("/")[2] for name in found) == [path.name for path in planted]
    assert raw == [in_bytes.name]
    assert [each for each in sought if each in run.said] == []


def test_no_process_was_started_with_a_key_among_its_words(run):
    started, search = run.children(), Search(keys(run))

    assert len(started) >= 10
    assert [each["words"] for each in started if search.is_in("\n".join(each["words"]).encode())] == []


def test_dbts_process_alone_is_given_a_key_in_its_environment_and_it_is_the_warehouses(run):
    """dbt takes a secret in no other way, and SECURITY.md says so; dbt asks the system's `uname` what machine this is."""
    search = Search(keys(run))
    told = [
        (name, value, " ".join(each["words"]))
        for each in run.children()
        for name, value in each["environment"].items()
        if search.is_in(value.encode())
    ]

    assert {(name, value) for name, value, _ in told} == {
        ("DBT_ENV_SECRET_WAREHOUSE_KEY", secret.key(run.home, "warehouse").hex())
    }
    assert {words for _, _, words in told if DBT not in words} <= {"uname -p"}


def test_the_watch_on_processes_is_not_blind(run):
    """The twin: a key among the words of a process, or in its environment, is noted."""
    log = run.sockets.parent / "children.jsonl"
    before, key = log.read_text(), keys(run)[0]
    code = f"import subprocess; subprocess.run(['true', {key!r}]); subprocess.run(['true'], env={{'HUB': {key!r}}})"
    try:
        subprocess.run([sys.executable, "-c", code], env=run.environment, check=True)
        noted = run.children()[len(before.splitlines()) :]
    finally:
        log.write_text(before)

    assert [each["words"] for each in noted] == [["true", key], ["true"]]
    assert noted[1]["environment"] == {"HUB": key}


def statistics(path) -> tuple[int, bytes]:
    """How many columns the analysts' file has, and all DuckDB keeps beside their rows: least, greatest, views, comments."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = [name for (name,) in connection.execute("show tables").fetchall()]
        told = [
            row for table in tables for row in connection.execute(f"from pragma_storage_info('{table}')").fetchall()
        ]
        told += connection.execute("select sql, comment from duckdb_views()").fetchall()
        columns = connection.execute("select data_type, comment, column_default from duckdb_columns()").fetchall()
    return len(columns), str([told, columns]).encode()


@pytest.fixture(scope="module")
def tokens(run):
    """Greatest and least of each key of the events, as DuckDB's statistics would have them: by their first eight letters."""
    with warehouse.opened(run.home, read_only=True) as connection:
        sought = ", ".join(f"min({name}), max({name})" for name in contract.KEYED)
        found = connection.execute(f"select {sought} from raw.partner_event").fetchone()
    return [key[:8] for key in found if key]


def test_what_duckdb_keeps_beside_the_analysts_rows_holds_no_token_and_no_identifier(run, tokens):
    columns, told = statistics(run.home.analyst)
    partners = [text[:8] for text in identifiers(run)]

    assert columns > 100
    assert len(tokens) > 5
    assert len(partners) > 300
    assert b"Min: " in told
    assert [text for text in [*tokens, *partners] if text.encode() in told] == []


def test_a_token_in_the_analysts_file_would_be_in_its_statistics(run, tokens, tmp_path):
    """The twin."""
    with duckdb.connect(str(tmp_path / "analyst.duckdb")) as connection:
        connection.execute("create table planted as select unnest(?) as token", [tokens])

    assert any(token.encode() in statistics(tmp_path / "analyst.duckdb")[1] for token in tokens)
