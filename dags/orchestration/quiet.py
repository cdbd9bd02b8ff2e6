"""Lets a task fail without its library's words: those can quote a row."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from lantern.errors import ConfigRefused, LanternError
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
            return step(*args, **kwargs)
        except AirflowException:
            raise  # skips and reschedules; their texts are written here
        except LanternError as refusal:
            # What is wrongly configured is no better in a minute; a wrong password, tried again, locks an account.
            kind = AirflowFailException if isinstance(refusal, ConfigRefused) else StepFailed
            failed: Exception = kind(f"exit code {refusal.exit_code}: {refusal}")
        except Exception as error:  # noqa: BLE001  # whatever it is, its text stays here
            trace = error.__traceback__
            while trace and trace.tb_next:
                trace = trace.tb_next
            code = trace.tb_frame.f_code if trace else None
            where = f"{code.co_qualname}:{trace.tb_lineno}" if code and trace else "an unknown place"
            failed = StepFailed(f"unexpected {type(error).__name__} at {where}")
            del error, trace, code
            # Outside the except block, so that the cause is not chained and logged.
        tell(f"{step.__name__} failed. {failed}")
        raise failed from None

    return inner
