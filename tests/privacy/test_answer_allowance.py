"""A table's allowance: what was asked before costs nothing, what is new is charged before it is drawn, and no more than allowed."""

import hashlib
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pyarrow.parquet as pq
import pytest
from inquired import SMALL, ask, charges, events, keep, kept, run, written

from lantern.cli.allowance import Allowance
from lantern.cli.answer import _Request, answer
from lantern.errors import BudgetExhausted, ConfigRefused, LedgerRefused


@pytest.fixture
def table(tmp_path):
    return kept(tmp_path / "events.parquet")


def test_the_same_question_again_is_the_same_answer_and_costs_nothing(table):
    first, said = ask(table, "--rho", "0.04")
    again, said_again = ask(table, "--rho", "0.04", inquiry="# In the summer.\n" + SMALL)

    assert len(first["answers"]) == 5
    assert again == first
    assert charges(table) == [(40_000, 1)]
    assert "Charged: 0.04 rho. Left of the table's allowance: 0.06." in said
    assert "at no further price" in said_again


def test_without_its_allowance_a_question_asked_twice_would_have_two_answers_to_average(table):
    """The twin: what the file is there for."""
    first, _ = ask(table, "--rho", "0.04")
    table.with_name("events.parquet.allowance").unlink()
    Allowance.beside(table).allow(100_000)

    assert ask(table, "--rho", "0.04")[0] != first


def test_another_price_another_inquiry_and_another_table_are_each_charged(table):
    ask(table, "--rho", "0.01")
    ask(table, "--rho", "0.02")
    ask(table, "--rho", "0.02", inquiry=SMALL.replace("rows = 4000", "rows = 4001"))
    pq.write_table(events(seed=6), table)
    ask(table, "--rho", "0.02")

    assert [micro for micro, _ in charges(table)] == [10_000, 20_000, 20_000, 20_000]


def test_beyond_what_the_table_allows_nothing_is_charged_and_old_answers_stay_free(tmp_path):
    table = kept(tmp_path / "events.parquet", of=0.5)
    first, _ = ask(table, "--rho", "0.3")

    with pytest.raises(BudgetExhausted, match=r"0\.2 is left\. Nothing was charged or drawn"):
        ask(table, "--rho", "0.200001")

    assert charges(table) == [(300_000, 1)]
    assert ask(table, "--rho", "0.3")[0] == first
    ask(table, "--rho", "0.2")
    with pytest.raises(BudgetExhausted):
        ask(table, "--rho", "0.00001")


def test_of_a_table_without_an_allowance_nothing_is_answered_and_none_is_made(table):
    path = table.with_name("events.parquet.allowance")
    for left in ("nothing", "the file of a keeper who was stopped"):
        path.unlink()
        if left != "nothing":
            path.touch()

        with pytest.raises(BudgetExhausted, match="has no allowance, so it answers nothing"):
            ask(table, "--rho", "0.04")

        assert (path.stat().st_size if path.exists() else 0) == 0
        Allowance.beside(table).allow(100_000)
        assert ask(table, "--rho", "0.04")


def told_of_one_written_again(table):
    """What whoever asks is told of a table that was written again, first as it was, then with one child less."""
    said = []
    for count in (4000, 3999):
        pq.write_table(events().slice(0, count), table)
        answers, words = ask(table, "--rho", "0.01")
        said.append(([each["keys"] for each in answers["answers"]], words.split("Left of")[0]))
    return said


def test_whether_a_table_that_was_written_again_has_changed_is_told_to_nobody(table):
    """Else whoever asks each day would learn for nothing that nobody came."""
    ask(table, "--rho", "0.01")

    unchanged, changed = told_of_one_written_again(table)

    assert unchanged == changed
    assert unchanged[1].endswith("Charged: 0.01 rho. ")
    assert charges(table) == [(10_000, 1)] * 3


def test_a_request_that_went_by_the_bytes_of_the_table_would_tell(table, monkeypatch):
    """The twin."""

    def by_bytes(self, table):
        table.seek(0)
        return hashlib.sha256(table.read()).hexdigest()

    monkeypatch.setattr(_Request, "digest", by_bytes)
    ask(table, "--rho", "0.01")

    unchanged, changed = told_of_one_written_again(table)

    assert ("at no further price" in unchanged[1], "at no further price" in changed[1]) == (True, False)
    assert charges(table) == [(10_000, 1)] * 2


def test_an_epsilon_without_delta_is_charged_half_its_square(table):
    ask(table, "--epsilon", "0.4", "--delta", "0")

    assert charges(table) == [(80_000, 1)]


KILLED = """
import os, signal, sys
import pyarrow.parquet
from lantern.cli.answer import app

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

pyarrow.parquet.read_table = killed
if sys.argv[1] == "charged late":
    from lantern.cli.allowance import Allowance
    Allowance.charge = lambda *_: 1
app(sys.argv[2:])
"""


def killed_at_the_first_row(table, fault=""):
    arguments = [table, "--workload", written(table.parent, SMALL), "--rho", "0.04"]
    done = subprocess.run([sys.executable, "-c", KILLED, fault, *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return charges(table)


def test_the_price_is_spent_before_a_row_is_read_and_asking_again_is_a_new_charge(table):
    assert killed_at_the_first_row(table) == [(40_000, 0)]

    ask(table, "--rho", "0.04")
    assert charges(table) == [(40_000, 0), (40_000, 1)]


def test_a_charge_that_waited_for_the_rows_would_be_found_missing(table):
    """The twin."""
    assert killed_at_the_first_row(table, "charged late") == []


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
    paid.allow(100_000)

    def spend(number):
        try:
            return paid.charge(f"request {number}", 30_000)
        except BudgetExhausted:
            return None

    with ThreadPoolExecutor(8) as together:
        found = list(together.map(spend, range(8)))

    assert sorted(each for each in found if each) == [1, 2, 3]


def asked_at_once(table):
    """The answers that two get who ask the same at one time."""
    workload = written(table.parent, SMALL)

    def answers(number):
        out = table.with_name(f"{number}.json")
        answer(table, workload, rho=0.04, out=out)
        return out.read_text()

    with ThreadPoolExecutor(2) as together:
        return list(together.map(answers, range(2)))


def test_two_who_ask_the_same_at_once_get_one_answer_at_one_price(table):
    one, other = asked_at_once(table)

    assert one == other
    assert charges(table) == [(40_000, 1)]


def test_two_who_need_not_wait_for_one_another_would_get_two(table, monkeypatch):
    """The twin."""
    monkeypatch.setattr(sys.modules["lantern.cli.answer"], "locked", lambda _: nullcontext())

    one, other = asked_at_once(table)

    assert one != other


def test_a_sum_once_allowed_is_neither_raised_nor_lowered(table):
    again = keep(table, "--of", "0.1")
    refusals = [keep(table, "--of", of).exception for of in ("5", "0.05")]

    assert again.output == "events.parquet: 0.1 rho in all, 0 spent in 0 draws, 0.1 left.\n"
    assert [type(each) for each in refusals] == [ConfigRefused] * 2
    assert "made for 0.1 rho in all, which stays" in str(refusals[0])
    assert keep(table).output == again.output


def test_the_keeper_is_told_what_was_spent(table):
    ask(table, "--rho", "0.04")

    assert keep(table).output == "events.parquet: 0.1 rho in all, 0.04 spent in 1 draws, 0.06 left.\n"


def test_an_allowance_is_for_its_keeper_alone_and_of_a_table_that_is_there(table):
    told = keep(table.with_name("absent.parquet"), "--of", "1")

    assert isinstance(told.exception, ConfigRefused)
    assert [each.name for each in table.parent.iterdir()] == ["events.parquet", "events.parquet.allowance"]
    assert table.with_name("events.parquet.allowance").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("of", ["0", "-1", "nan", "101", "0.0000001"])
def test_a_sum_that_is_none_is_refused(table, of):
    assert "Nothing was allowed" in str(keep(table, "--of", of).exception)


@pytest.mark.parametrize("option", ["--of", "--allowance"])
def test_whoever_asks_has_no_word_on_the_sum_or_on_where_it_is_kept(table, option):
    said = run(table, "--workload", written(table.parent, SMALL), "--rho", "0.04", option, "9")

    assert said.exit_code == 2
    assert "No such option" in said.output
    assert charges(table) == []


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
    assert charges(table) == []


def test_what_an_earlier_version_kept_is_handed_out_without_numbers_that_are_none(table):
    first, _ = ask(table, "--rho", "0.04")
    path = table.with_name("events.parquet.allowance")
    with sqlite3.connect(path) as connection:
        connection.execute(
            'update charge set answers = replace(answers, \'"grade"\', \'"half_width": Infinity, "grade"\')'
        )

    again, _ = ask(table, "--rho", "0.04")

    assert [each["half_width"] for each in again["answers"]] == [None] * len(first["answers"])
