"""The warehouse made anew from the accepted deliveries: lost, damaged or not."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lantern import warehouse
from lantern.errors import ContractBroken
from lantern.home import Home, private
from lantern.intake import acceptance
from lantern.partnership import Partnership
from lantern.pipeline import build


@dataclass(frozen=True)
class Rebuilt:
    """
    What was done, in counts.

    `deliveries` and `rows` are those loaded; `passed` the models, seeds and tests that passed. `aside` are the files
    of the warehouse as it was, empty if there was none.
    """

    deliveries: int
    rows: int
    passed: int
    aside: tuple[Path, ...]


def rebuild(home: Home, partnership: Partnership) -> Rebuilt:
    """
    Make the warehouse and the analysts' file anew; ledger, spends and releases are not touched.

    Killed in between it is run again, and ends the same.

    Raises:
        StoreBusy: Another process has the warehouse open.
        ConfigRefused: The key is missing or another one.
        ContractBroken: An accepted delivery cannot be read, or the build does not pass.
    """
    moved, loaded = reload(home)
    built = build.build(home, partnership)
    build.publish_to_analysts(home)
    return Rebuilt(len(loaded), sum(loaded.values()), built.succeeded, moved)


def reload(home: Home) -> tuple[tuple[Path, ...], dict[str, int]]:
    """Move the warehouse aside and load every accepted delivery; the files moved, and rows by delivery id."""
    _check_not_in_use(home)
    moved = _move_aside(home)
    return moved, acceptance.load(home)


def _check_not_in_use(home: Home) -> None:
    if not home.warehouse.exists():
        return
    try:
        with warehouse.opened(home):
            pass
    except ContractBroken:
        # Damaged: the reason to be here. One that is open elsewhere, or a key that is wrong, is told instead.
        return


def _move_aside(home: Home) -> tuple[Path, ...]:
    """Nothing of it is thrown away: someone may want to know why it broke."""
    log = home.warehouse.with_name(f"{home.warehouse.name}.wal")
    found = [path for path in (home.warehouse, log) if path.exists()]
    if not found:
        return ()
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    folder = private(home.warehouse.parent / "aside" / stamp)
    # The log first: one without its warehouse would be taken for that of the next.
    moved = tuple(path.rename(folder / path.name) for path in reversed(found))
    warehouse.sync(folder)
    warehouse.sync(home.warehouse.parent)
    return moved
