"""
The places at which a step of the hub can die, each with a name: what it was about to do, or had just done, and to what.

A name says the kind of side effect and what of the home it touches, with what is different in each run folded: `rename
secure/accepted/<delivery>.duckdb`, `insert raw.partner_event`. It never holds a value of a row.
"""

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy import event
from sqlalchemy.engine import Engine

from lantern.home import Home

_EFFECTS = {
    "os.rename": "rename",
    "os.remove": "remove",
    "os.mkdir": "mkdir",
    "os.rmdir": "rmdir",
    "os.link": "link",
    "os.symlink": "symlink",
    "os.truncate": "truncate",
    "shutil.rmtree": "remove all of",
}
_TO = {"os.rename", "os.link", "os.symlink"}
"""Whose second word says what becomes of it."""
_WITHIN = _TO | {"os.remove", "os.mkdir", "os.rmdir"}
"""Whose last word is the folder their path may be within."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_LOOKS = ("select", "set", "load", "with", "describe", "use", "pragma", "from")
_OBJECT = re.compile(
    r"(?:^(?:insert\s+into|delete\s+from|update|attach|detach|checkpoint)|\b(?:table|view|schema|index|type|macro))\s+"
    r"(?:if\s+(?:not\s+)?exists\s+)?(?:'([^']*)'|([^\s(;]+))"
)
_FOLDED = (
    # What is different in each run, or from one partner, quarter or delivery to another.
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b"), "<id>"),
    (re.compile(r"\b\d{8}T\d+Z?"), "<time>"),
    (re.compile(r"\b\d{4}-Q\d(?:-\d+)?"), "<release>"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b"), "<id>"),
    (re.compile(r"\btmp\w{6,}"), "<temporary>"),
    (re.compile(r"\briverton_[a-z_]+"), "<partner>"),
    (re.compile(r"(?<![\w<])\d+(?![\w>])|(?<=_)\d+\b|(?<=-)\d+\b"), "<n>"),
    (re.compile(r"\bsecure[/]work[/]<id>"), "<private copy>"),
)


def folded(words: str) -> str:
    """A place with what differs from run to run folded."""
    for pattern, word in _FOLDED:
        words = pattern.sub(word, words)
    return words


def statement(sql: object) -> str:
    """What a statement does and to which table, file or schema; empty if it only looks."""
    words = " ".join(re.sub(r"--[^\n]*", "", str(sql)).split()).lower()
    if words.startswith(_LOOKS):
        return ""
    verb = words.split(maxsplit=1)[0].rstrip(";") if words else ""
    found = _OBJECT.search(words)
    what = (found[1] and Path(found[1]).name) or found[2] if found else ""
    return folded(f"{verb} {what}".strip())


class Bomb:
    """
    Hears of side effects and kills its own process before one of them.

    Args:
        at: Before which, from 1 on; 0 never does.
        home: Whose files.
        told: A file that is given the name of each as it comes: what was written is there after a kill.
    """

    def __init__(self, at: int, home: Home, told: Path | None = None) -> None:
        self.at, self.root, self.base = at, str(home.root), str(home.base)
        self.names: list[str] = []
        self._told = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if told else None

    def listen(self) -> None:
        """Hear what Python does to the home's files, which processes it starts, and each statement that changes a store."""
        sys.addaudithook(self._heard)
        connect = duckdb.connect
        duckdb.connect = lambda *given, **named: _Watched(connect(*given, **named), self)  # type: ignore[assignment]
        event.listen(Engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: self.change(sql))
        event.listen(Engine, "after_cursor_execute", lambda _c, _cursor, sql, *_: self.change(sql))
        event.listen(Engine, "commit", lambda _: self.tick("commit ledger"))

    def _heard(self, name: str, given: tuple[Any, ...]) -> None:
        if name == "subprocess.Popen":
            self.tick(f"start {_program(given[1])}")
        elif name in _EFFECTS or (name == "open" and given[2] & _WRITES):
            path = _path(given[1] if name in _TO else given[0], given[-1] if name in _WITHIN else None)
            if path.startswith(self.root):
                self.tick(f"{_EFFECTS.get(name, 'write')} {folded(os.path.relpath(path, self.base))}")

    def change(self, sql: object) -> None:
        """One statement is about to run, or has run; those that only look change nothing and do not count."""
        if name := statement(sql):
            self.tick(name)

    def tick(self, name: str) -> None:
        """One side effect is about to happen, or has just happened."""
        self.names.append(name)
        if self._told is not None:
            os.write(self._told, f"{name}\n".encode())
        if len(self.names) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def _path(named: object, folder: object) -> str:
    """A path as it is from the root: what is removed with its folder is named within that folder's descriptor."""
    if not isinstance(named, str | bytes | os.PathLike):
        return ""
    path = Path(os.fsdecode(named))
    if not path.is_absolute() and isinstance(folder, int) and folder > 0:
        path = Path(f"/proc/self/fd/{folder}").readlink() / path
    return str(path)


def _program(words: Any) -> str:
    """What is started: of Python, its module."""
    words = [os.fsdecode(each) for each in words]
    return words[words.index("-m") + 1] if "-m" in words else Path(words[0]).name


class _Watched:
    """A connection whose statements count, before and after."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, bomb: Bomb) -> None:
        self._connection, self._bomb = connection, bomb

    def execute(self, *given: Any, **named: Any) -> Any:
        self._bomb.change(given[0])
        found = self._connection.execute(*given, **named)
        self._bomb.change(given[0])
        return found

    def __enter__(self) -> "_Watched":  # noqa: PYI034
        self._connection.__enter__()
        return self

    def __exit__(self, *given: object) -> None:
        self._connection.__exit__(*given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
