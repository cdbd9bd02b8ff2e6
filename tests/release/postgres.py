"""A real PostgreSQL server on a loopback port, made for the tests and thrown away after them: Debian's own."""

import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from tests.servers import free_port

PASSWORD = "not-a-secret-5e1f"  # of a server that lives as long as the tests


@dataclass
class Postgres:
    """A running server; `url` is its one database, as its superuser."""

    port: int

    @property
    def url(self) -> str:
        return f"postgresql://lantern:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def run(self, *statements: str) -> list[tuple]:
        """Run statements in one transaction; the rows of the last."""
        connection = psycopg2.connect(self.url)
        try:
            with connection, connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def clear(self) -> None:
        """Take every partnership's ledger away."""
        self.run("drop schema if exists lantern_demo cascade", "drop schema if exists lantern_elsewhere cascade")


def program(name: str) -> str:
    """Where Debian keeps a program of PostgreSQL; the test fails without it."""
    folders = [*map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), os.environ.get("PATH", "")]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if not found:
        pytest.fail(f"{name} is not installed, and the ledger's tests need a real server: apt install postgresql")
    return found


def as_owner(command: Sequence[str]) -> list[str]:
    """PostgreSQL refuses to run as root: then it runs as Debian's user for it."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


@contextmanager
def running() -> Iterator[Postgres]:
    """A server in a folder of its own; pytest's own folders are closed to other users."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="lantern-postgres-") as name:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        owner = pwd.getpwnam("postgres" if os.geteuid() == 0 else getpass.getuser())
        for path in (folder, folder / "password"):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        data, log = str(folder / "data"), str(folder / "log")
        made = ["-D", data, "-U", "lantern", "-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "--no-sync"]
        settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        control = [program("pg_ctl"), "-D", data, "-w", "-s"]
        quiet: dict[str, Any] = {
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
            "cwd": name,
            "timeout": 120,
        }
        subprocess.run(as_owner([program("initdb"), *made]), check=True, **quiet)
        subprocess.run(as_owner([*control, "-l", log, "-o", settings, "start"]), check=True, **quiet)
        try:
            yield Postgres(port)
        finally:
            subprocess.run(as_owner([*control, "-m", "immediate", "stop"]), check=True, **quiet)
