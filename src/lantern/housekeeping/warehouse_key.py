"""The warehouse's key renewed: every encrypted store written again under the new one."""

from pathlib import Path

from lantern import secret, warehouse
from lantern.errors import ConfigRefused
from lantern.home import Home, locked, log_of, private
from lantern.housekeeping import logbook, rebuild, removal
from lantern.intake import rewriting


def renew(home: Home, old: Path, *, by: str, reason: str) -> int:
    """
    Write the stores under the key that is in place now, which they were not made with. There is no warehouse after it: `rebuild` is next.

    A store is replaced as a whole. Stopped on the way, some are under either key, the others are refused by every command, and it is run
    again and goes on.

    Args:
        home: Whose hub, with its new key in place.
        old: The file with the key until now.
        by: Who decides.
        reason: Why.

    Returns:
        How many stores were written.

    Raises:
        ConfigRefused: Both keys are the same, or a store is under neither; or who or why is missing.
        StoreBusy: Another process has a store open.
    """
    logbook.check_words(by, reason)
    before, now = secret.read_key("warehouse", old), secret.key(home, "warehouse")
    if before == now:
        raise ConfigRefused(
            "warehouse key: the old and the new one are the same. Nothing was written. Put the new key in place of the old first, and "
            "name the file you kept the old one in."
        )
    _destroy_warehouse(home, before)
    with locked(private(home.accepted)):
        stores = [*removal.deliveries(home), *sorted(home.quarantine.glob("*.duckdb")), home.spent]
        left = [path for path in stores if path.exists() and not _opens(home, path)]
        for path in left:
            rewriting.copy_all(home, path, from_key=before)
    logbook.note(home, "renew warehouse key", "done", by=by, reason=reason, stores=len(left))
    return len(left)


def _opens(home: Home, path: Path) -> bool:
    """Whether a store is under the new key already."""
    try:
        with warehouse.encrypted(home, path, read_only=True):
            return True
    except ConfigRefused:
        return False


def _destroy_warehouse(home: Home, before: bytes) -> None:
    """Under whichever key it is, it is a cache; one that another process has open is left, and refused."""
    if home.warehouse.exists() and not _opens(home, home.warehouse):
        with warehouse.encrypted(home, home.warehouse, key=before):
            pass
        log_of(home.warehouse).unlink(missing_ok=True)
        home.warehouse.unlink()
    rebuild.destroy(home)
