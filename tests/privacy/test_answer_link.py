"""Whose allowance is charged: the table's own, by whatever name it is asked for."""

import os

import pytest
from inquired import ask, charges, kept

from lantern.cli.allowance import Allowance
from lantern.errors import BudgetExhausted


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
    monkeypatch.setattr(Allowance, "beside", lambda path: Allowance(path.with_name(f"{path.name}.allowance")))

    ask(link, "--rho", "0.1")

    assert (charges(table), charges(link)) == ([], [(100_000, 1)])


def test_a_table_by_another_name_of_its_own_has_no_allowance(table):
    """A copy, or a second name that the file system gives: whoever keeps the table decides for each."""
    os.link(table, table.with_name("second.parquet"))

    with pytest.raises(BudgetExhausted, match=r"second\.parquet\.allowance: this table has no allowance"):
        ask(table.with_name("second.parquet"), "--rho", "0.04")
