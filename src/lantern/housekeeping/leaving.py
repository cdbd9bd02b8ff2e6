"""A partner leaves the partnership: what it sent goes, what was released stays, and nothing more is taken from it."""

from dataclasses import asdict
from datetime import UTC, datetime

from lantern.errors import ConfigRefused
from lantern.home import Home
from lantern.housekeeping import logbook, rebuild, removal
from lantern.housekeeping.removal import Removed
from lantern.intake import departure
from lantern.partnership import Partnership


def leave(home: Home, partnership: Partnership, partner: str, *, by: str, reason: str) -> Removed:
    """
    Remove a partner's events, held rows and inbox, and what was spent by persons whom only it knew; refuse what it sends from now on.

    It is on the list of those that have left before anything is removed: stopped at any step, it is run again and goes on. There is no
    warehouse after it: `rebuild` comes next. Reports stay: they hold rules and counts.

    Raises:
        ConfigRefused: No partner is called so, or who or why is missing.
        StoreBusy: Another process has the warehouse open; nothing was removed.
    """
    logbook.check_words(by, reason)
    if partnership.partner(partner) is None:
        raise ConfigRefused(
            f"{home.partnership}: no partner is called so. Nothing was removed. Take its name from partnerships/{home.partnership}.toml, "
            "and leave its entry there until it has left."
        )
    rebuild.check_not_in_use(home)
    told: dict[str, str | int] = {"about": partner, "by": by, "reason": reason}
    logbook.note(home, "leave", "begun", **told)
    departure.add(home, {partner: datetime.now(UTC).date()})
    rebuild.destroy(home)
    with home.between_releases():
        removed = removal.carry_out(home)
    rebuild.destroy(home)  # an intake that ran meanwhile may have loaded what was still there
    logbook.note(home, "leave", "done", **told, **asdict(removed))
    return removed
