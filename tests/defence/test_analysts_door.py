"""What an analyst may ask by `lantern query`, and that every way out of the analysts' file is shut."""

import csv
import io
import shutil
import time
from dataclasses import replace

import duckdb
import pytest
from tests.defence.conftest import MARK
from typer.testing import CliRunner

from lantern import warehouse
from lantern.cli import app
from lantern.errors import ConfigRefused

ESCAPES = [
    # statement                                                       what it would do
    "select * from read_csv('{o}/secret.csv')",  # read another file
    "from '{o}/secret.csv'",
    "select * from read_text('{o}/secret.csv')",
    "select content from read_blob('{o}/secret.csv')",
    "select * from read_json('{o}/secret.json')",
    "select * from sniff_csv('{o}/secret.csv')",
    "select * from read_parquet('{o}/secret.parquet')",
    "select * from parquet_metadata('{o}/secret.parquet')",
    "select * from query_table('{o}/secret.csv')",
    "select * from query('from read_text(''{o}/secret.csv'')')",
    "select (select content from read_text('{o}/secret.csv')) from dim_persons",
    "summarize '{o}/secret.csv'",
    "describe '{o}/secret.csv'",
    "select * from glob('{o}/*')",  # name other files
    "select * from read_csv('/proc/self/environ')",
    "copy dim_persons to '{o}/out.csv'",  # write one
    "copy (select 1) to '{o}/out.parquet' (format parquet)",
    "copy dim_persons from '{o}/secret.csv'",
    "export database '{o}/out'",
    "import database '{o}'",
    "attach '{o}/out.duckdb' as other",
    "attach ':memory:' as other",
    "create table dim_persons_2 as select * from dim_persons",
    "create temp table kept as select * from dim_persons",
    "delete from dim_persons",
    "update fct_contacts set need_code = 'x'",
    "install httpfs",  # fetch or load code
    "force install spatial from community",
    "load httpfs",
    "select * from 'https://192.0.2.1/secret.csv'",  # reach out
    "select * from 's3://bucket/secret.csv'",
    "create secret stolen (type s3, key_id 'a', secret 'b')",
    "set enable_external_access = true",  # change what holds it
    "set global threads = 64",
    "reset lock_configuration",
    "set variable kept = 1",
    "pragma enable_profiling",
    "pragma profiling_output = '{o}/out.json'",
    "call pragma_version()",
    "set log_query_path = '{o}/out.log'",
    "select getenv('PATH')",  # learn of the machine
    "select * from planted",  # read a variable of the program
    "checkpoint",
    "use memory",
    "prepare ask as select 1",
    "select 1; from read_text('{o}/secret.csv')",  # more than one
    "",
]


def told(door, statement: str, **limit: float) -> str:
    """The answer to a statement as text, all of its rows."""
    planted = [(MARK,)]  # noqa: F841  # DuckDB takes a variable for a table where it is let
    with warehouse.asked(door.hub.home, statement.format(o=door.outside), **limit) as answer:
        return str(answer.fetchall())


def outside_of(door) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in door.outside.rglob("*") if path.is_file()}


@pytest.mark.parametrize("statement", ESCAPES)
def test_no_statement_gets_out(door, statement):
    before, file = outside_of(door), door.hub.home.analyst.read_bytes()

    with pytest.raises(ConfigRefused, match=r"Nothing was read|failed underway") as refused:
        told(door, statement)

    assert MARK not in str(refused.value)
    assert outside_of(door) == before
    assert door.hub.home.analyst.read_bytes() == file
    assert [path.name for path in door.hub.home.analyst.parent.iterdir()] == ["analyst.duckdb"]


@pytest.mark.parametrize("statement", [each for each in ESCAPES if each.startswith(("select", "from", "summarize"))])
def test_a_statement_that_reads_is_held_by_the_connection_too(door, statement, monkeypatch):
    """Were the look at the statement to miss one, DuckDB's own settings refuse it when it runs."""
    monkeypatch.setattr(warehouse, "_fault_of", lambda *_: "")

    with pytest.raises(ConfigRefused, match="failed underway"):
        told(door, statement)


def test_with_the_settings_off_they_get_out(door, tmp_path, monkeypatch):
    """The twin: plain DuckDB, as whoever starts it, reads, names and writes other files."""
    monkeypatch.setattr(warehouse, "_lock", lambda _: None)
    monkeypatch.setattr(warehouse, "_FOR_ANALYSTS", {})
    monkeypatch.setattr(warehouse, "_fault_of", lambda *_: "")
    open_door = replace(door, outside=shutil.copytree(door.outside, tmp_path / "outside"))
    local = [each for each in ESCAPES if each and not any(far in each for far in ("192.0.2.1", "s3", "install"))]

    out = [statement for statement in local if gets_out(open_door, statement)]

    assert len(out) >= 15
    assert {"out", "out.csv", "out.parquet"} <= {path.name for path in open_door.outside.iterdir()}


def gets_out(door, statement: str) -> bool:
    """Whether a statement told of a file that is not the analysts', or wrote one."""
    before = outside_of(door)
    try:
        answer = told(door, statement)
    except ConfigRefused:
        return False
    return MARK in answer or "secret" in answer or outside_of(door) != before


def test_a_question_is_answered(door):
    answer = told(door, "select need_code, count(*) from fct_contacts group by all order by all")

    assert answer == "[('need-0', 34), ('need-1', 33), ('need-2', 33)]"


@pytest.mark.parametrize("statement", ["show tables", "describe fct_contacts", "summarize fct_contacts"])
def test_what_tells_of_the_tables_is_answered(door, statement):
    assert "need_code" in told(door, statement) or "fct_contacts" in told(door, statement)


def test_of_the_machine_a_statement_learns_where_the_analysts_file_is_and_no_more(door):
    """DuckDB does not hide the path of the file it has open."""
    paths = told(door, "select path from duckdb_databases() where path is not null")
    allowed = told(door, "select value from duckdb_settings() where name like 'allowed%' and value like '%/%'")

    assert paths == f"[({str(door.hub.home.analyst)!r},)]"
    assert allowed.replace(str(door.hub.home.analyst), "").count("/") == 0


def test_a_statement_that_takes_too_long_is_ended(door):
    began = time.monotonic()

    with pytest.raises(ConfigRefused, match="took over 0 seconds"):
        told(door, "select count(*) from range(10000000) a, range(10000000) b where hash(a, b) = 1", seconds=0.3)

    assert time.monotonic() - began < 60


def test_a_failure_underway_quotes_no_row(door):
    """DuckDB's own words are passed on from before a row was read; these come after."""
    with pytest.raises(ConfigRefused, match="ConversionException") as refused:
        told(door, "select cast(need_code as integer) from fct_contacts")
    with duckdb.connect(str(door.hub.home.analyst), read_only=True) as plain, pytest.raises(duckdb.Error) as bare:
        plain.execute("select cast(need_code as integer) from fct_contacts").fetchall()

    assert "need-" not in str(refused.value)
    assert "need-" in str(bare.value)  # the twin


def test_a_misspelt_column_is_told_with_those_there_are(door):
    with pytest.raises(ConfigRefused, match="need_code"):
        told(door, "select need_coed from fct_contacts")


# The command.


def ran(door, *words, **more):
    return CliRunner().invoke(app, ["query", *words], env={"LANTERN_HOME": str(door.hub.home.root)}, **more)


def test_rows_are_printed_as_csv_for_another_program(door):
    done = ran(door, "-", "--csv", input="select need_code, is_referred from fct_contacts order by received_on")

    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[:3] == [["need_code", "is_referred"], ["need-0", "true"], ["need-1", "false"]]
    assert len(rows) == 101


def test_on_screen_the_first_rows_are_shown_and_it_says_so(door):
    done = ran(door, "from fct_contacts order by received_on")

    assert done.stdout.count("need-") == 40
    assert "first 40 rows" in done.stdout


def test_a_list_is_not_written_as_csv(door):
    done = ran(door, "select list(need_code) as needs from fct_contacts", "--csv")

    assert isinstance(done.exception, ConfigRefused)
    assert "needs" in str(done.exception)
    assert done.stdout == ""


def test_a_name_of_a_file_is_taken_for_a_statement_and_not_opened(door):
    """So an account that may run this one command as the hub's user reads no key by it, and writes over none."""
    key = door.hub.home.secrets / "hub.key"

    done = ran(door, str(key))

    assert isinstance(done.exception, ConfigRefused)
    assert key.read_text().strip() not in str(done.exception)


def test_the_journal_says_that_somebody_asked_and_not_what(door):
    ran(door, "select count(*) from fct_contacts where need_code = 'need-2'")

    told_of = (door.hub.home.base / "logs" / "lantern.jsonl").read_text()
    assert '"command": "query"' in told_of
    assert "need-2" not in told_of


def test_without_an_analysts_file_it_says_what_to_run(hub):
    with pytest.raises(ConfigRefused, match="lantern build"), warehouse.asked(hub.home, "select 1"):
        pass
