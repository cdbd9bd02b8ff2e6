"""Lines of JSON on what the hub's commands and steps did: from a closed list of entries, each in a form of its own."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lantern.home import Home, locked, private

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor

ON_SCREEN = "LANTERN_LOG"
"""Set to `json`, the lines go to standard error too."""

FILE = "lantern.jsonl"
_FILE_BYTES = 5_000_000
_FILES = 5

_NAME = r"[a-z][a-z0-9_]{0,79}"
FORMS: dict[str, re.Pattern[str]] = {
    "event": re.compile(r"(command|step|lineage)\.(began|ended|failed|unsent)"),
    "run": re.compile(r"[0-9a-f]{16}"),
    "airflow_run": re.compile(r"(manual|scheduled|backfill|asset_triggered)__[0-9T:.+\-]{10,40}(_[A-Za-z0-9]{1,12})?"),
    "partnership": re.compile(_NAME),
    "partner": re.compile(_NAME),
    "command": re.compile(r"[a-z]+([ \-][a-z]+){0,3}"),
    "dag": re.compile(rf"{_NAME}\.{_NAME}"),
    "task": re.compile(rf"{_NAME}(\.{_NAME})?"),
    "ticket": re.compile(r"delivery-[0-9a-f]{16}"),
    "period": re.compile(r"20\d\d-Q[1-4]"),
    "outcome": re.compile(r"done|failed|refused|skipped|waits"),
    "error": re.compile(r"[A-Z][A-Za-z]{1,40}"),
    "exit_code": re.compile(r"\d{1,3}"),
    "seconds": re.compile(r"\d{1,6}(\.\d)?"),
    "level": re.compile(r"info|error"),
    "at": re.compile(r"[0-9T:.\-]{20,32}Z"),
}
"""Every entry a line may have and all it may say: what is not here cannot be logged, whoever tries."""


def told(home: Home, event: str, **about: Any) -> None:
    """
    Write one line, in the home's `logs` and, if asked for, on standard error.

    A home that is not there is not made. A disk that is full loses the line, not the work.

    Privacy: of `about`, entries that `FORMS` does not know are dropped, and so is what has not the form it gives.
    """
    import structlog

    with suppress(OSError), _handlers(home) as handlers:
        sink = logging.Logger("lantern.journal")  # noqa: LOG001  # of no tree: Airflow's handlers never see it
        sink.addHandler(logging.NullHandler())  # where no home is, Python would print the line as its last resort
        for each in handlers:
            each.setFormatter(logging.Formatter("%(message)s"))
            sink.addHandler(each)
        processors: list[Processor] = [
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ]
        # Of its own settings: the process may be Airflow's, which has structlog to itself.
        log = structlog.wrap_logger(sink, processors=processors, wrapper_class=structlog.stdlib.BoundLogger)
        say = log.error if event.endswith((".failed", ".unsent")) else log.info
        say(event, partnership=home.partnership, **about)


def allowed(_logger: object, _method: str, line: "EventDict") -> "EventDict":
    """Of a line, what may be in it."""
    return {
        name: value
        for name, value in line.items()
        if name in FORMS and isinstance(value, str | int | float) and FORMS[name].fullmatch(str(value))
    }


def folder(home: Home) -> Path:
    """Where the lines are."""
    return home.base / "logs"


@contextmanager
def _handlers(home: Home) -> Iterator[list[logging.Handler]]:
    """Opened for one line: two tasks write at a time, and neither may write into a file that the other has put aside."""
    found: list[logging.Handler] = []
    if os.environ.get(ON_SCREEN) == "json":
        found.append(logging.StreamHandler(sys.stderr))
    if not home.base.is_dir():
        yield found
        return
    with locked(private(folder(home))):
        file = RotatingFileHandler(
            folder(home) / FILE, maxBytes=_FILE_BYTES, backupCount=_FILES, encoding="utf-8", delay=True
        )
        try:
            yield [*found, file]
        finally:
            file.close()
