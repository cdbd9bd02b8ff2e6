"""Lets a task fail without its library's words: those can quote a row. And notes in the hub's journal how it ended."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from lantern.errors import ConfigRefused, LanternError, kind_and_place
from lantern.home import Home
from lantern.watching.undertaking import recorded
from orchestration.telling import tell

P = ParamSpec("P")
R = TypeVar("R")


class StepFailed(Exception):  # a step failed; that is its name
    """A task failed: our own words, or where it happened and of what kind."""


def quiet(step: Callable[P, R]) -> Callable[P, R]:
    """
    Wrap a task's body so that only a refusal of ours, or a kind and a place, reaches a log.

    A message of `errors.py` never holds a value from a row, so it is passed on whole.
    Anything else is named by its class and line.
    """

    @functools.wraps(step)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with _noted(kwargs):
                return step(*args, **kwargs)
        except AirflowException:
            raise  # skips and reschedules; their texts are written here
        except LanternError as refusal:
            # What is wrongly configured is no better in a minute; a wrong password, tried again, locks an account.
            kind = AirflowFailException if isinstance(refusal, ConfigRefused) else StepFailed
            failed: Exception = kind(f"exit code {refusal.exit_code}: {refusal}")
        except Exception as error:  # noqa: BLE001  # whatever it is, its text stays here
            failed = StepFailed(kind_and_place(error))
            del error
            # Outside the except block, so that the cause is not chained and logged.
        tell(f"{step.__name__} failed. {failed}")
        raise failed from None

    return inner


@contextmanager
def _noted(given: dict[str, Any]) -> Iterator[None]:
    """The step in the journal of its partnership, with the delivery it is given; outside of a run, nowhere."""
    try:
        ti = get_current_context()["ti"]
    except RuntimeError:
        yield
        return
    partnership = ti.dag_id.split(".")[0]
    delivery = given.get("delivery") or {}
    about = {
        "dag": ti.dag_id,
        "task": ti.task_id,
        "airflow_run": ti.run_id,
        "partner": given.get("partner") or delivery.get("partner"),
        "ticket": delivery.get("ticket"),
    }
    with recorded(Home.of(partnership), "step", ti.task_id, **about):
        yield
