"""Progress a person can follow: one line for each step, with its time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

_CONSOLE = Console(stderr=True, soft_wrap=True)


@contextmanager
def steps(title: str) -> Iterator[Callable[[str], None]]:
    """Announce a piece of work, let it report what it is at, and say how long it took."""
    started = time.monotonic()
    _CONSOLE.print(f"{title} ...", markup=False, highlight=False)

    def tick(text: str) -> None:
        _CONSOLE.print(f"    {text}", style="dim", markup=False, highlight=False)

    yield tick
    _CONSOLE.print(f"{title}: done in {time.monotonic() - started:.0f} s", markup=False, highlight=False)
