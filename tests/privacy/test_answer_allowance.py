"""A table's allowance: what was asked before costs nothing, what is new is charged before it is drawn, and no more than allowed."""

import json
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow.parquet as pq
import pytest
from inquired import events, run, written

from lantern.cli.allowance import USUAL, Allowance
from lantern.errors import BudgetExhausted, ConfigRefused, ContractBroken, LedgerRefused

SMALL = """
unit_many = "referrals"
person = "child"
rows = 4000

[[columns]]
name = "agency"
keys = ["police", "schools", "health"]

[[questions]]
ask = "count"
by = ["agency"]
"""


@pytest.fixture
def table(tmp_path):
    pq.write_table(events(), tmp_path / "events.parquet")
    return tmp_path / "events.parquet"


def ask(table, *price, inquiry=SMALL):
    """The answers as they are handed out, or the refusal."""
    out = table.with_name("answers.json")
    done = run(table, "--workload", written(table.parent, inquiry), *price, "--out", out)
    if done.exception is not None:
        raise done.exception
    return json.loads(out.read_text()), done.output


def charges(table):
    with sqlite3.connect(table.with_name(f"{table.name}.allowance")) as connection:
        return connection.execute("select micro, answers is not null from charge order by number").fetchall()


def test_the_same_question_again_is_the_same_answer_and_costs_nothing(table):
    first, said = ask(table, "--rho", "0.04")
    again, said_again = ask(table, "--rho", "0.04", inquiry="# In the summer.\n" + SMALL)

    assert len(first["answers"]) == 4
    assert again == first
    assert charges(table) == [(40_000, 1)]
    assert "Charged: 0.04 rho. Left of the table's allowance: 0.06." in said
    assert "at no further price" in said_again


def test_without_its_allowance_a_question_asked_twice_would_have_two_answers_to_average(table):
    """The twin: what the file is there for."""
    first, _ = ask(table, "--rho", "0.04")
    table.with_name("events.parquet.allowance").unlink()

    assert ask(table, "--rho", "0.04")[0] != first


def test_another_price_another_inquiry_and_another_table_are_each_charged(table):
    ask(table, "--rho", "0.01")
    ask(table, "--rho", "0.02")
    ask(table, "--rho", "0.02", inquiry=SMALL.replace("rows = 4000", "rows = 4001"))
    pq.write_table(events(seed=6), table)
    ask(table, "--rho", "0.02")

    assert [micro for micro, _ in charges(table)] == [10_000, 20_000, 20_000, 20_000]


def test_beyond_what_the_table_allows_nothing_is_charged_and_old_answers_stay_free(table):
    first, _ = ask(table, "--rho", "0.3", "--of", "0.5")

    with pytest.raises(BudgetExhausted, match=r"0\.2 is left\. Nothing was charged or drawn"):
        ask(table, "--rho", "0.200001")

    assert charges(table) == [(300_000, 1)]
    assert ask(table, "--rho", "0.3")[0] == first
    ask(table, "--rho", "0.2")
    with pytest.raises(BudgetExhausted):
        ask(table, "--rho", "0.000001")


def test_a_table_of_which_nothing_is_said_allows_what_a_partnership_promises_for_a_year(table):
    with pytest.raises(BudgetExhausted, match=r"0\.1 in all"):
        ask(table, "--rho", "0.100001")

    assert USUAL == 100_000
    assert not table.with_name("events.parquet.allowance").exists()


def test_an_epsilon_without_delta_is_charged_half_its_square(table):
    ask(table, "--epsilon", "0.4", "--delta", "0")

    assert charges(table) == [(80_000, 1)]


def test_a_row_that_is_refused_costs_nothing(table):
    with pytest.raises(ContractBroken, match="Nothing was charged or drawn"):
        ask(table, "--rho", "0.04", inquiry=SMALL.replace('"health"', '"housing"'))

    assert not table.with_name("events.parquet.allowance").exists()


KILLED = """
import os, signal, sys
from lantern.cli.answer import app
from lantern.privacy import answer

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

answer.draw = killed
if sys.argv[1] == "charged late":
    from lantern.cli.allowance import Allowance
    Allowance.charge = lambda *_: 1
app(sys.argv[2:])
"""


def killed_at_the_draw(table, fault=""):
    arguments = [table, "--workload", written(table.parent, SMALL), "--rho", "0.04"]
    done = subprocess.run([sys.executable, "-c", KILLED, fault, *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return charges(table) if table.with_name("events.parquet.allowance").exists() else []


def test_killed_between_the_charge_and_the_draw_the_price_is_spent_and_asking_again_is_a_new_charge(table):
    assert killed_at_the_draw(table) == [(40_000, 0)]

    ask(table, "--rho", "0.04")
    assert charges(table) == [(40_000, 0), (40_000, 1)]


def test_a_charge_that_waited_for_the_draw_would_be_found_missing(table):
    """The twin."""
    assert killed_at_the_draw(table, "charged late") == []


def test_nothing_is_shown_that_could_not_be_kept(table, monkeypatch):
    """Else a full disk would be a way to see many draws of one question."""

    def full(self, number, answers):
        raise LedgerRefused("the disk is full")

    monkeypatch.setattr(Allowance, "keep", full)
    with pytest.raises(LedgerRefused):
        ask(table, "--rho", "0.04")

    assert not table.with_name("answers.json").exists()
    assert charges(table) == [(40_000, 0)]


def test_many_at_once_cannot_spend_more_than_there_is(tmp_path):
    paid = Allowance(tmp_path / "table.allowance")

    def spend(number):
        try:
            return paid.charge(f"request {number}", 30_000)
        except BudgetExhausted:
            return None

    with ThreadPoolExecutor(8) as together:
        found = list(together.map(spend, range(8)))

    assert sorted(each for each in found if each) == [1, 2, 3]


def test_a_sum_once_allowed_cannot_be_raised_by_whoever_asks(table):
    ask(table, "--rho", "0.04", "--of", "0.05")

    with pytest.raises(ConfigRefused, match=r"made for 0\.05 rho"):
        ask(table, "--rho", "0.05", "--of", "5")
    assert charges(table) == [(40_000, 1)]


@pytest.mark.parametrize("damage", ["not a database", "newer"])
def test_an_allowance_that_cannot_be_read_permits_nothing(table, damage):
    path = table.with_name("events.parquet.allowance")
    if damage == "newer":
        with sqlite3.connect(path) as connection:
            connection.execute("pragma user_version = 2")
    else:
        path.write_text("not a database at all, and longer than the hundred bytes of a heading " * 4)

    with pytest.raises(LedgerRefused, match="Nothing was drawn"):
        ask(table, "--rho", "0.04")


def test_foretelling_charges_nothing(table):
    said = run(table, "--workload", written(table.parent, SMALL), "--rho", "0.04", "--plan")

    assert said.output.rstrip().endswith("Nothing was drawn.")
    assert not table.with_name("events.parquet.allowance").exists()
