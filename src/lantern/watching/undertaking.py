"""One command, or one step of a DAG, from its beginning to its end: its lines in the journal, its events of lineage."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from lantern.errors import LanternError
from lantern.home import Home
from lantern.watching import journal
from lantern.watching.lineage import Run, State

Kind = Literal["command", "step"]

_OTHERWISE = {
    "AirflowSkipException": "skipped",
    "TaskDeferred": "waits",
    "TaskAwaitingInput": "waits",
    "AirflowRescheduleException": "waits",
}
"""Ways in which Airflow's steps end that are no failure, by their class: its home is not here."""


@contextmanager
def recorded(home: Home, kind: Kind, step: str, **about: Any) -> Iterator[None]:
    """
    Note that a block begins and how it ends, as what and after how long; what it raises goes on.

    Args:
        home: Whose.
        kind: A command, or a step of a DAG.
        step: Its name, by which its lineage is known.
        about: More to note, such as `partner` and `ticket`; only what `journal.FORMS` lets through is.

    Privacy: of what is raised the class alone is noted.
    """
    about |= {"run": secrets.token_hex(8)}
    run, began = Run(home.partnership, step), time.monotonic()
    journal.told(home, f"{kind}.began", **about)
    _trace(home, run, "START", about)
    try:
        yield
    except BaseException as raised:
        outcome = _outcome(raised)
        state: State = "FAIL" if outcome in ("failed", "refused") else "COMPLETE" if outcome == "done" else "ABORT"
        event = f"{kind}.failed" if state == "FAIL" else f"{kind}.ended"
        more = {"outcome": outcome, "error": type(raised).__name__, "exit_code": getattr(raised, "exit_code", None)}
        journal.told(home, event, seconds=_since(began), **about, **more)
        _trace(home, run, state, about)
        raise
    journal.told(home, f"{kind}.ended", outcome="done", seconds=_since(began), **about)
    _trace(home, run, "COMPLETE", about)


def _outcome(raised: BaseException) -> str:
    if isinstance(raised, LanternError):
        return "refused"
    if getattr(raised, "exit_code", None) == 0:  # how the command line ends early, and well
        return "done"
    return _OTHERWISE.get(type(raised).__name__, "failed")


def _trace(home: Home, run: Run, state: State, about: dict[str, Any]) -> None:
    if not run.tell(state):
        journal.told(home, "lineage.unsent", **about)


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)
