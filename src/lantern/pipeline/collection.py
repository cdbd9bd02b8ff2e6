"""All partners' own inboxes, one after another: the trouble of one is told and holds up no other."""

from collections.abc import Callable
from dataclasses import dataclass

from lantern.errors import LanternError
from lantern.home import Home
from lantern.intake import collection
from lantern.partnership import Partnership


@dataclass(frozen=True)
class Collected:
    """How many deliveries or reports were copied, and what was refused, one refusal for each partner in trouble."""

    count: int
    trouble: tuple[LanternError, ...]


def partners(partnership: Partnership) -> list[str]:
    """The partners whose deliveries are fetched, by name, in the order of the partnership's file."""
    return [partner.name for partner in partnership.partners if partner.inbox]


def collect(home: Home, partnership: Partnership) -> Collected:
    """Fetch what waits in every partner's own inbox into the hub's."""
    return _each(collection.collect, home, partnership)


def return_reports(home: Home, partnership: Partnership) -> Collected:
    """Bring every such partner the reports it has not been given yet."""
    return _each(collection.return_reports, home, partnership)


def _each(step: Callable[[Home, Partnership, str], int], home: Home, partnership: Partnership) -> Collected:
    count, trouble = 0, list[LanternError]()
    for partner in partners(partnership):
        try:
            count += step(home, partnership, partner)
        except LanternError as refusal:
            trouble.append(refusal)
    return Collected(count, tuple(trouble))
