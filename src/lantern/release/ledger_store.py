"""Where a partnership's ledger lies: a file of SQLite, or PostgreSQL by URL; one writer at a time in either."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from lantern.errors import ConfigRefused, LedgerRefused
from lantern.home import Home, private

URL_NAMED = "LANTERN_LEDGER_URL"
"""The variable that holds the URL; with `_FILE` behind it, the one that names a file with it."""
MIGRATIONS = Path(__file__).with_name("migrations")
SCHEMAS = ("0001", "0002")
"""The migrations this code knows, oldest first."""
_PATIENCE_SECONDS = 120


class LedgerStore:
    """
    The store of one ledger.

    Each use is one transaction that holds the ledger alone: SQLite's immediate one, or in PostgreSQL an advisory
    lock, in a schema named after the partnership. Whoever waits too long is refused.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._schema = f"lantern_{home.partnership}"
        self._engine = _engine(home, self._schema)

    @property
    def place(self) -> str:
        """Where it is, for people: a path, or a URL without its password."""
        return str(self._home.ledger) if self._is_file else self._engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """
        One transaction that nobody else reads or writes beside; undone if anything in it fails.

        Raises:
            LedgerRefused: it cannot be read or written, or another held it for too long.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, UnicodeError):
            # What a driver says may hold the host and the user, or a line of the ledger. A damaged file is not even
            # text where SQLite looks for its own words.
            raise LedgerRefused(
                f"{self._home.partnership}, ledger: it cannot be read or written. Nothing was spent or released. "
                "If another release is running, wait; if it is in PostgreSQL, see that the server answers; else restore "
                "the ledger from its own backup."
            ) from None

    def migrate(self) -> None:
        """
        Bring the tables to the form this code knows; inside the same lock as everything else.

        Raises:
            LedgerRefused: a newer Lantern has written it.
        """
        with self.writing() as connection:
            if not self._is_file:
                connection.execute(text(f"create schema if not exists {self._schema}"))
            found = _schema_of(connection)
            if found is not None and found not in SCHEMAS:
                raise LedgerRefused(
                    f"{self._home.partnership}, ledger: a newer Lantern has written it. Nothing was spent or released. "
                    "Use that version; there is no way back to this one."
                )
            if found != SCHEMAS[-1]:
                _upgrade(connection)

    @property
    def _is_file(self) -> bool:
        return self._engine.dialect.name == "sqlite"


def _engine(home: Home, schema: str) -> Engine:
    url = _given_url()
    if url is None:
        private(home.ledger.parent)
        engine = create_engine(f"sqlite:///{home.ledger}", connect_args={"timeout": _PATIENCE_SECONDS})
        # SQLite's driver would begin late and let two spenders read the same balance.
        event.listen(engine, "connect", _leave_transactions_to_us)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    settings = {"search_path": schema, "lock_timeout": f"{_PATIENCE_SECONDS}s", "synchronous_commit": "on"}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg2"), connect_args={"options": options, "connect_timeout": 10}
        )
    except ModuleNotFoundError:
        raise ConfigRefused(
            f"{URL_NAMED}: PostgreSQL is asked for and its driver is not installed. Nothing was opened. "
            "Install Lantern with its extra 'postgres'."
        ) from None
    event.listen(engine, "begin", _take_advisory_lock)
    return engine


def _given_url() -> URL | None:
    """The URL from the environment or the file it names; None for the file of SQLite."""
    given, named = os.environ.get(URL_NAMED), os.environ.get(f"{URL_NAMED}_FILE")
    if not given and not named:
        return None
    try:
        found = make_url((given or Path(str(named)).read_text(encoding="utf-8")).strip())
    except (OSError, UnicodeDecodeError, ArgumentError, ValueError):
        found = None
    if found is None or found.get_backend_name() != "postgresql" or not found.database:
        # Never the URL itself: it holds a password.
        raise ConfigRefused(
            f"{URL_NAMED}: it is not a URL such as postgresql://user:password@host/database, or its file cannot be read. "
            "Nothing was opened. Mend it, or leave it out for a ledger in a file."
        )
    return found


def _schema_of(connection: Connection) -> str | None:
    """The last migration it has had; None before the first, or before there were any."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("select version_num from alembic_version")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


def _leave_transactions_to_us(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("pragma synchronous = full")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("begin immediate")


def _take_advisory_lock(connection: Connection) -> None:
    # Let go of at the transaction's end, however it ends. What is read after it, others have committed.
    connection.exec_driver_sql("select pg_advisory_xact_lock(hashtext(current_setting('search_path')))")
