"""`lantern allowance`, and what has been asked of one table: the same question again is the same answer, another is charged."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lantern.errors import BudgetExhausted, ConfigRefused, LedgerRefused

app = typer.Typer()
MICRO = 1_000_000
_MOST = 100  # rho
_FORM = 1
_PATIENCE_SECONDS = 120
_MAKE = f"""
create table allowance (
    only integer primary key check (only = 1),
    micro integer not null check (micro > 0)
) strict;
create table charge (
    number integer primary key,
    request text not null,
    micro integer not null check (micro > 0),
    at text not null,
    answers text
) strict;
pragma user_version = {_FORM};
"""


@app.command()
def allowance(
    table: Annotated[Path, typer.Argument(help="A Parquet table of events.")],
    of: Annotated[
        float | None, typer.Option(help="What all answers of it may cost together, as rho: said once.")
    ] = None,
) -> None:
    """
    Set what may be asked of a table, or see what is left of it: for whoever keeps the table, not for whoever asks.

    Nothing is answered of a table without an allowance.
    """
    kept = Allowance.beside(table)
    if of is not None:
        if not 1 / MICRO <= of <= _MOST:
            raise ConfigRefused("--of: a rho from 0.000001 to 100 is needed. Nothing was allowed.")
        if not table.is_file():
            raise ConfigRefused(f"{table.name}: there is no such table. Nothing was allowed. Name one that is there.")
        kept.allow(round(of * MICRO))
    allowed, spent, charges = kept.standing()
    Console(soft_wrap=True).print(
        f"{table.name}: {allowed / MICRO:g} rho in all, {spent / MICRO:g} spent in {charges} draws, "
        f"{max(allowed - spent, 0) / MICRO:g} left.",
        markup=False,
        highlight=False,
    )


class Allowance:
    """
    The allowance of one table, in a file of SQLite. It is made by `allow` alone: without it nothing is charged or answered.

    `allowance` has one row: `micro`, what all answers together may cost, in micro-rho. `charge` has one row a draw: `request`
    (SHA-256 of what was asked, at which price, of a table written when), `micro`, `at` (UTC), and `answers` as JSON, null while nothing was shown.

    Args:
        path: The file.

    Privacy: costs add up (Bun and Steinke 2016), whatever is asked next in the light of what was answered. It holds as long as whoever
        asks can write neither this file nor another copy of the table: docs/answers.md.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def beside(cls, table: Path) -> "Allowance":
        """The one beside a table: of the file itself, whatever name or link it is called by."""
        real = table.resolve()
        return cls(real.with_name(f"{real.name}.allowance"))

    def allow(self, micro: int) -> None:
        """
        Make the file, for this user alone, and say what the table allows in all, in micro-rho. Said again it changes nothing.

        Raises:
            ConfigRefused: The file was made for another sum.
        """
        with self._writing(is_new=True) as connection:
            connection.execute("insert or ignore into allowance values (1, ?)", (micro,))
            (of,) = connection.execute("select micro from allowance").fetchone()
        if micro != of:
            raise ConfigRefused(
                f"--of: {self._path.name} was made for {of / MICRO:g} rho in all, which stays. Nothing was changed. What was "
                "promised of the persons in a table is not raised later."
            )

    def standing(self) -> tuple[int, int, int]:
        """What is allowed in all and what is spent, in micro-rho, and the number of charges."""
        with self._writing() as connection:
            (charges,) = connection.execute("select count(*) from charge").fetchone()
            return *self._state(connection), int(charges)

    def answered(self, request: str) -> str | None:
        """The answers to this very request, if it was asked before; None if it was not, or was never answered."""
        with self._writing() as connection:
            found = connection.execute(
                "select answers from charge where request = ? and answers is not null order by number", (request,)
            ).fetchone()
        return None if found is None else str(found[0])

    def check(self, micro: int) -> int:
        """
        What is left before a price is paid, in micro-rho. Nothing is written.

        Raises:
            BudgetExhausted: It is less than the price.
        """
        with self._writing() as connection:
            return self._afforded(*self._state(connection), micro)

    def charge(self, request: str, micro: int) -> int:
        """
        Write down a price, durably: whatever happens next, it is spent.

        Returns:
            The number of the charge, which `keep` needs.

        Raises:
            BudgetExhausted: It is more than is left.
        """
        with self._writing() as connection:
            self._afforded(*self._state(connection), micro)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            row = connection.execute(
                "insert into charge (request, micro, at) values (?, ?, ?) returning number", (request, micro, now)
            ).fetchone()
            return int(row[0])

    def keep(self, number: int, answers: str) -> None:
        """Keep what was answered for a charge, before anybody is shown it."""
        with self._writing() as connection:
            connection.execute("update charge set answers = ? where number = ?", (answers, number))

    def _state(self, connection: sqlite3.Connection) -> tuple[int, int]:
        """What is allowed in all and what is spent."""
        (of,) = connection.execute("select micro from allowance").fetchone()
        (spent,) = connection.execute("select coalesce(sum(micro), 0) from charge").fetchone()
        return int(of), int(spent)

    def _afforded(self, of: int, spent: int, micro: int) -> int:
        if micro > of - spent:
            raise BudgetExhausted(
                f"{self._path.name}: these answers cost {micro / MICRO:g} rho, and of {of / MICRO:g} in all "
                f"{max(of - spent, 0) / MICRO:g} is left. Nothing was charged or drawn. Ask what was asked before at no price, "
                "or for less."
            )
        return of - spent

    @contextmanager
    def _writing(self, *, is_new: bool = False) -> Iterator[sqlite3.Connection]:
        """
        One transaction that nobody else reads or writes beside, on the disk when it ends; undone if anything in it fails.

        Raises:
            BudgetExhausted: The table has no allowance, and this is not to make one.
            LedgerRefused: The file cannot be read or written, or is none of ours.
        """
        try:
            if is_new:
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            with closing(self._connected()) as connection:
                connection.execute("pragma synchronous = extra")
                connection.execute("begin immediate")
                try:
                    self._known(connection, is_new=is_new)
                    yield connection
                except BaseException:
                    connection.execute("rollback")
                    raise
                connection.execute("commit")
        except (sqlite3.Error, OSError):
            raise LedgerRefused(
                f"{self._path.name}: the allowance cannot be read or written. Nothing was drawn. See that the folder can be "
                "written; a damaged file is restored from its backup, never removed: what was spent would be forgotten."
            ) from None

    def _connected(self) -> sqlite3.Connection:
        """To a file that is there: SQLite would make one."""
        if not self._path.exists():
            raise self._unset()
        where = f"{self._path.absolute().as_uri()}?mode=rw"
        return sqlite3.connect(where, uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None)

    def _known(self, connection: sqlite3.Connection, *, is_new: bool) -> None:
        """The file is one of ours, or is made one."""
        (form,) = connection.execute("pragma user_version").fetchone()
        if form == 0 and not is_new:
            raise self._unset()
        if form == 0:
            for statement in _MAKE.split(";"):
                connection.execute(statement)
        elif form != _FORM:
            raise sqlite3.DatabaseError

    def _unset(self) -> BudgetExhausted:
        return BudgetExhausted(
            f"{self._path.name}: this table has no allowance, so it answers nothing. Nothing was charged or drawn. Whoever keeps "
            "the table sets one with 'lantern allowance TABLE --of RHO'."
        )
