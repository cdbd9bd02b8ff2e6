"""Deliveries are waited for by Airflow's triggerer: no worker is held, and intake begins seconds after one is whole."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from lantern.home import Home
from lantern.partnership import Partnership
from orchestration.naming import ZONE, asset

COME = "come"
"""All that is ever told."""

LOOKS_APART = 5.0
"""Seconds between two looks: each lists a few names, and checking what has come takes longer."""

Seen = Counter[tuple[str, float | None]]
"""How many whole deliveries wait, by partner and by when the folder of each was last changed, in seconds since 1970."""


class DeliveryTrigger(BaseEventTrigger):
    """
    Fires when a delivery is whole in one of the hub's own inboxes.

    At its start it fires if anything waits, for what came while no triggerer ran, and then once for each that comes. What lies
    there because it cannot be taken is not told of again: the clock comes back to it.

    Args:
        partnership: Whose inboxes; they lie under the triggerer's own `LANTERN_HOME`.
        partners: Those who put their deliveries there.
        poke_interval: Seconds between two looks.

    Privacy: it lists names and opens no file. What it tells is that something has come: not what, from whom, or how much.
    """

    def __init__(self, partnership: str, partners: list[str], poke_interval: float = LOOKS_APART) -> None:
        super().__init__()
        self.partnership = partnership
        self.partners = partners
        self.poke_interval = poke_interval
        self._closed: set[str] = set()

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What Airflow keeps of it, to make it again in the triggerer: names."""
        about = {"partnership": self.partnership, "partners": self.partners, "poke_interval": self.poke_interval}
        return "orchestration.awaiting.DeliveryTrigger", about

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look, and tell of what was not there at the look before; for ever."""
        before = Seen()
        while True:
            # In a thread: the triggerer waits for everything else in this one, and a disk may be slow.
            now = await asyncio.to_thread(self._look)
            if now - before:
                yield TriggerEvent(COME)
            before = now
            await asyncio.sleep(self.poke_interval)

    def _look(self) -> Seen:
        home, found = Home.of(self.partnership), Seen()
        for partner in self.partners:
            try:
                found += lying(home, partner)
            except OSError as trouble:
                if partner not in self._closed:
                    self.log.warning(
                        "%s: the inbox of %s cannot be listed (%s). Its deliveries wait for the clock. Let the triggerer list it.",
                        self.partnership,
                        partner,
                        type(trouble).__name__,
                    )
                self._closed.add(partner)
            else:
                self._closed.discard(partner)
        return found


def lying(home: Home, partner: str) -> Seen:
    """
    The whole deliveries that wait in a partner's inbox.

    Told apart by a time and not by a name: an intake gives each a name of its own, and the time stays what it was.

    Raises:
        OSError: the inbox is there and cannot be listed.
    """
    from lantern.intake.inbox import has_manifest
    from lantern.intake.store import Folder

    there, found = Folder(home.inbox / partner), Seen()
    with suppress(FileNotFoundError):  # nobody has put anything there yet
        for entry in there.entries(""):
            # What is closed to the triggerer, or has just been taken away, is left to the clock.
            with suppress(OSError):
                if entry.is_folder and has_manifest(there.entries(entry.name)):
                    found[partner, entry.changed_at] += 1
    return found


def arrivals(partnership: Partnership) -> Asset | None:
    """
    The asset `<name>.inbox`, which is made from outside: by whoever puts a delivery there, as its watcher sees.

    None where nobody does, or the partnership's file says not to watch. Inboxes on partners' own servers are left to the clock:
    to look into those the triggerer would need the partners' accounts.
    """
    partners = [partner.name for partner in partnership.partners if not partner.inbox]
    if not (partners and partnership.schedule.watch):
        return None
    watcher = AssetWatcher(name=f"{partnership.name}.inbox", trigger=DeliveryTrigger(partnership.name, partners))
    return asset(partnership, "inbox", watcher)


def clock_or_arrival(partnership: Partnership) -> str | AssetOrTimeSchedule:
    """When intake begins: by the partnership's clock, and as soon as something has come."""
    clock, arrived = partnership.schedule.intake, arrivals(partnership)
    if arrived is None:
        return clock
    return AssetOrTimeSchedule(timetable=CronTriggerTimetable(clock, timezone=ZONE), assets=[arrived])
