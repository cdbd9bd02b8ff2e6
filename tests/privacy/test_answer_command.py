"""`lantern answer`: what it tells before it draws, writes and refuses."""

import json
import re
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from inquired import INQUIRY, SMALL, charges, events, kept, run, written

from lantern.cli import handout
from lantern.errors import ConfigRefused


def test_the_price_and_the_error_are_told_and_nothing_is_read_when_only_the_plan_is_asked_for(tmp_path):
    said = run(tmp_path / "absent.parquet", "--workload", written(tmp_path, INQUIRY), "--epsilon", "1", "--plan")

    assert said.exit_code == 0, said.output
    assert "epsilon 1.000 at delta 1e-06" in said.output
    assert "Expected before anything is drawn" in said.output
    assert said.output.rstrip().endswith("Nothing was drawn.")


def test_answers_are_written_as_parquet(tmp_path):
    table = kept(tmp_path / "events.parquet", of=2)

    said = run(
        *(table, "--workload", written(tmp_path, INQUIRY)),
        *("--epsilon", "2", "--delta", "0", "--out", tmp_path / "answers.parquet"),
    )

    assert said.exit_code == 0, said.output
    found = pq.read_table(tmp_path / "answers.parquet")
    assert found.num_rows == 12
    assert found.column_names == ["agency", "question", "ask", "value", "lower", "upper", "half_width", "grade"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "either --rho or --epsilon"),
        (("--rho", "0.1", "--epsilon", "1"), "either --rho or --epsilon"),
        (("--rho", "0"), "a price from"),
        (("--epsilon", "nan"), "a price from"),
        (("--epsilon", "1", "--delta", "1"), "--delta"),
        (("--rho", "0.1", "--out", "answers.csv"), ".json or .parquet"),
    ],
)
def test_a_price_that_is_none_is_refused(tmp_path, arguments, said):
    result = run(tmp_path / "absent.parquet", "--workload", written(tmp_path, INQUIRY), *arguments)

    assert isinstance(result.exception, ConfigRefused)
    assert said in str(result.exception)


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("absent/answers.json", "Name a folder that is there"),
        ("folder.json", "Name a folder that is there"),
        ("events.parquet", "that is the table itself"),
        ("link.parquet", "that is the table itself"),
        ("answers.parquet", "a column grade of their own"),
    ],
)
def test_answers_that_could_not_be_written_are_not_paid_for(tmp_path, out, said):
    """And the table is not written over."""
    table = kept(tmp_path / "events.parquet", events().rename_columns(["child", "grade", "is_repeat", "days"]))
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "link.parquet").symlink_to(table)
    before = table.read_bytes()
    asked = written(tmp_path, SMALL.replace("agency", "grade"))

    result = run(table, "--workload", asked, "--rho", "0.05", "--out", tmp_path / out)

    assert isinstance(result.exception, ConfigRefused)
    assert said in str(result.exception)
    assert (charges(table), table.read_bytes() == before) == ([], True)


@pytest.fixture
def unreached(tmp_path):
    """A table in which nothing has ended yet: its median is no day, and its range has no end."""
    table = events()
    return kept(tmp_path / "events.parquet", table.set_column(3, "days", pa.nulls(len(table), pa.int64())))


def refuse(name):
    raise ValueError(f"{name} is no JSON")


def answered(table, *more):
    return run(table, "--workload", "-", "--rho", "0.05", *more, given=INQUIRY)


def test_a_day_that_is_not_reached_is_null_in_strict_json_and_in_parquet(unreached):
    printed = answered(unreached, "--json")
    files = [unreached.with_name(name) for name in ("answers.json", "answers.parquet")]
    for each in files:
        assert answered(unreached, "--out", each).exit_code == 0

    found = json.loads(printed.stdout, parse_constant=refuse)
    median = found["answers"][-1]
    assert (median["ask"], median["value"], median["upper"]) == ("median", None, None)
    assert json.loads(files[0].read_text(), parse_constant=refuse) == found
    kept_median = pq.read_table(files[1]).to_pylist()[-1]
    assert {name: kept_median[name] for name in ("value", "upper")} == {"value": None, "upper": None}
    assert pq.read_schema(files[1]).field("value").type == pa.float64()
    assert "not reached" in answered(unreached).stdout


def test_a_number_that_is_none_in_json_would_not_be_kept(unreached, monkeypatch):
    """The twin."""
    monkeypatch.setattr(handout, "_finite", float)

    said = answered(unreached, "--json")

    assert isinstance(said.exception, ValueError)
    assert said.stdout == ""


def test_all_answers_are_on_standard_output_and_all_else_is_not(unreached):
    said = answered(unreached, "--json")

    assert len(json.loads(said.stdout)["answers"]) == 12
    assert [each in said.stderr for each in ("Price of these answers", "Expected before", "Charged: 0.05 rho")] == [
        True
    ] * 3


def test_an_inquiry_on_standard_input_is_that_of_the_file(unreached, tmp_path):
    first = answered(unreached, "--json")
    again = run(unreached, "--workload", written(tmp_path, INQUIRY), "--rho", "0.05", "--json")

    assert again.stdout == first.stdout
    assert "at no further price" in again.stderr


DOOR = Path(__file__).resolve().parents[2] / "docs" / "answers.md"


@pytest.fixture
def door(tmp_path):
    """The script of the documents, where `lantern` says by which words it was called, and nobody waits for the minute."""
    script = re.search(r"```sh\n(.*?)```", DOOR.read_text(encoding="utf-8"), re.DOTALL).group(1)
    command = tmp_path / "lantern"
    command.write_text('#!/bin/sh\nprintf "%s|" "$@"\ncat\necho words >&2\nexit 13\n')
    command.chmod(0o700)
    for said, instead in (("/srv/lantern/.venv/bin/lantern", str(command)), ("sleep", ": sleep")):
        assert said in script
        script = script.replace(said, instead)
    (tmp_path / "door").write_text(script)
    return lambda *said: subprocess.run(
        ["sh", tmp_path / "door", *said], input="an inquiry", capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("said", "more"), [(("0.01",), ""), (("0.01", "plan"), "--plan|")])
def test_the_door_of_the_documents_names_the_table_and_hands_on_the_price_and_the_inquiry(door, said, more):
    done = door(*said)

    table = "answer|/srv/lantern/asked/referrals.parquet|--workload|-|--json|--rho|0.01|"
    assert (done.returncode, done.stdout, done.stderr) == (13, f"{table}{more}an inquiry", "words\n")


@pytest.mark.parametrize(
    "said",
    [
        (),
        ("",),
        ("--help",),
        ("0.01 --out x.json",),
        ("0.01", "--out"),
        ("0.01", "plan", "--out"),
        ("0.01", ""),
        ("1e-3",),
        ("$(id)",),
    ],
)
def test_the_door_of_the_documents_takes_no_other_word(door, said):
    done = door(*said)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "lantern-answer RHO [plan] < inquiry.toml\n"
