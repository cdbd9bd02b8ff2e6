"""A partnership with its home and ledger, for one command."""

from collections.abc import Iterator
from contextlib import contextmanager

from lantern.home import Home
from lantern.partnership import Partnership, read_partnership
from lantern.release.ledger import Ledger


@contextmanager
def opened_ledger(name: str) -> Iterator[tuple[Home, Partnership, Ledger]]:
    """Home, partnership and ledger; the ledger is let go at the end."""
    home, partnership = Home.of(name), read_partnership(name)
    ledger = Ledger(home, partnership)
    try:
        yield home, partnership, ledger
    finally:
        ledger.close()
