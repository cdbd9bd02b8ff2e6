"""Notes in the hub's journal that a command began and how it ended."""

import functools
from collections.abc import Callable
from typing import Any

import typer

from lantern.home import Home


def journaled(app: typer.Typer, leave_out: str, group: str = "") -> None:
    """
    Wrap every command that is of one partnership's hub; what a partner runs is none.

    Args:
        app: With its commands and groups of commands registered.
        leave_out: A group that has no hub.
        group: The words before the commands' own names.
    """
    for command in app.registered_commands:
        if command.callback is not None:
            name = command.name or command.callback.__name__.replace("_", "-")
            command.callback = _noted(command.callback, f"{group} {name}".strip())
    for each in app.registered_groups:
        if each.typer_instance is not None and each.name != leave_out:
            journaled(each.typer_instance, leave_out, str(each.name))


def _noted(callback: Callable[..., Any], name: str) -> Callable[..., Any]:
    @functools.wraps(callback)
    def inner(*args: Any, **kwargs: Any) -> Any:
        partnership = kwargs.get("partnership")
        if not isinstance(partnership, str):
            return callback(*args, **kwargs)
        from lantern.watching.undertaking import recorded

        about = {"command": name, "period": kwargs.get("period")}
        with recorded(Home.of(partnership), "command", name, **about):
            return callback(*args, **kwargs)

    return inner
