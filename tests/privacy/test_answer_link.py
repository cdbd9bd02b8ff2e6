"""Whose allowance is charged: the table's own, by whatever name it is asked for."""

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from inquired import ask, charges, events, kept

from lantern.cli.allowance import Allowance
from lantern.errors import BudgetExhausted

RESOLVE = Path.resolve


@pytest.fixture
def table(tmp_path):
    return kept(tmp_path / "events.parquet")


def linked(table):
    """A link to the table in a folder of whoever asks, who has put a generous allowance beside it."""
    own = table.parent / "own"
    own.mkdir()
    (own / "events.parquet").symlink_to(table)
    Allowance(own / "events.parquet.allowance").allow(100_000_000)
    return own / "events.parquet"


def test_a_link_to_a_table_is_charged_to_the_tables_own_allowance(table):
    link = linked(table)

    ask(link, "--rho", "0.1")

    assert (charges(table), charges(link)) == ([(100_000, 1)], [])
    with pytest.raises(BudgetExhausted):
        ask(link, "--rho", "0.01")


def test_an_allowance_looked_for_beside_the_name_that_was_typed_would_be_the_askers_own(table, monkeypatch):
    """The twin."""
    link = linked(table)
    monkeypatch.setattr(Path, "resolve", Path.absolute)

    ask(link, "--rho", "0.1")

    assert (charges(table), charges(link)) == ([], [(100_000, 1)])


def test_a_table_by_another_name_of_its_own_has_no_allowance(table):
    """A copy, or a second name that the file system gives: whoever keeps the table decides for each."""
    os.link(table, table.with_name("second.parquet"))

    with pytest.raises(BudgetExhausted, match=r"second\.parquet\.allowance: this table has no allowance"):
        ask(table.with_name("second.parquet"), "--rho", "0.04")


def switched(table, monkeypatch):
    """A link to a table of 4,000 rows that is made a link to one of 400 as soon as it is known who pays."""
    link, other = table.with_name("now.parquet"), table.with_name("other.parquet")
    link.symlink_to(table)
    pq.write_table(events(400), other)

    def beside_and_switch(path):
        real = RESOLVE(path)
        found = Allowance(real.with_name(f"{real.name}.allowance"))
        link.unlink()
        link.symlink_to(other)
        return found

    monkeypatch.setattr(Allowance, "beside", beside_and_switch)
    return ask(link, "--rho", "0.1")[0]["answers"][0]["value"]


def test_the_table_that_pays_is_the_one_that_answers_though_a_link_is_switched_meanwhile(table, monkeypatch):
    assert switched(table, monkeypatch) == pytest.approx(4000, rel=0.2)
    assert charges(table) == [(100_000, 1)]


def test_a_link_followed_twice_would_have_one_table_pay_for_another(table, monkeypatch):
    """The twin."""
    monkeypatch.setattr(Path, "resolve", Path.absolute)

    assert switched(table, monkeypatch) == pytest.approx(400, rel=0.2)
