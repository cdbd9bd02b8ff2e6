"""What has been asked of one table and answered: the same question again is the same answer, and another is charged."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from lantern.errors import BudgetExhausted, ConfigRefused, LedgerRefused

MICRO = 1_000_000
USUAL = 100_000
"""Micro-rho a table allows in all unless its keeper says otherwise: what a partnership promises for a year."""
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


class Allowance:
    """
    The allowance of one table, in a file of SQLite.

    `allowance` has one row: `micro`, what all answers together may cost, in micro-rho. `charge` has one row a draw: `request`
    (SHA-256 of what was asked of which table at which price), `micro`, `at` (UTC), and `answers` as JSON, null while nothing was shown.

    Args:
        path: The file; made with the first charge.
        of: What the table allows in all, in micro-rho. None: what the file says, or `USUAL` if there is none.

    Privacy: costs add up (Bun and Steinke 2016), whatever is asked next in the light of what was answered. It holds as long as whoever
        asks can write neither this file nor another copy of the table: docs/answers.md.
    """

    def __init__(self, path: Path, of: int | None = None) -> None:
        self._path = path
        self._of = of

    def answered(self, request: str) -> str | None:
        """The answers to this very request, if it was asked before; None if it was not, or was never answered."""
        if not self._path.exists():
            return None
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
        if not self._path.exists():
            return self._afforded(self._of or USUAL, 0, micro)
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
        """What is allowed in all and what is spent; a new file is told what is allowed."""
        connection.execute("insert or ignore into allowance values (1, ?)", (self._of or USUAL,))
        (of,) = connection.execute("select micro from allowance").fetchone()
        if self._of not in {None, of}:
            raise ConfigRefused(
                f"--of: {self._path.name} was made for {of / MICRO:g} rho in all. Nothing was charged or drawn. Leave --of "
                "out; only whoever keeps the table may allow it another sum, in another file."
            )
        (spent,) = connection.execute("select coalesce(sum(micro), 0) from charge").fetchone()
        return int(of), int(spent)

    def _afforded(self, of: int, spent: int, micro: int) -> int:
        if micro > of - spent:
            raise BudgetExhausted(
                f"{self._path.name}: these answers cost {micro / MICRO:g} rho, and of {of / MICRO:g} in all "
                f"{max(of - spent, 0) / MICRO:g} is left. Nothing was charged or drawn. Ask what was asked before at no price, "
                "or for less; what a new file allows in all is said with --of."
            )
        return of - spent

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """
        One transaction that nobody else reads or writes beside, on the disk when it ends; undone if anything in it fails.

        Raises:
            LedgerRefused: The file cannot be read or written, or is none of ours.
        """
        try:
            with closing(sqlite3.connect(self._path, timeout=_PATIENCE_SECONDS, isolation_level=None)) as connection:
                connection.execute("pragma synchronous = extra")
                connection.execute("begin immediate")
                try:
                    _make(connection)
                    yield connection
                except BaseException:
                    connection.execute("rollback")
                    raise
                connection.execute("commit")
        except sqlite3.Error:
            raise LedgerRefused(
                f"{self._path.name}: the allowance cannot be read or written. Nothing was drawn. See that the folder can be "
                "written, or name a file in one that can with --allowance; a damaged file is restored from its backup, "
                "never removed: what was spent would be forgotten."
            ) from None


def _make(connection: sqlite3.Connection) -> None:
    (form,) = connection.execute("pragma user_version").fetchone()
    if form == 0:
        for statement in _MAKE.split(";"):
            connection.execute(statement)
    elif form != _FORM:
        raise sqlite3.DatabaseError
