"""The warehouse made anew from the accepted deliveries: lost, damaged or not."""

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from lantern import warehouse
from lantern.errors import ContractBroken
from lantern.home import Home, log_of, private
from lantern.housekeeping import removal
from lantern.intake import acceptance, inbox
from lantern.partnership import Partnership
from lantern.pipeline import build

_STAMP = "%Y%m%dT%H%M%S%fZ"


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
    if not loaded:
        return Rebuilt(0, 0, 0, moved)  # no delivery is kept, of anybody: there is nothing to make
    built = build.build(home, partnership)
    build.publish_to_analysts(home)
    return Rebuilt(len(loaded), sum(loaded.values()), built.succeeded, moved)


def destroy(home: Home) -> None:
    """Remove warehouse, analysts' file, what dbt made, spill, private copies and half-written files."""
    check_not_in_use(home)
    (home.dbt / "passed").unlink(missing_ok=True)
    for path in (home.warehouse, home.analyst):
        for each in (log_of(path), path, path.with_suffix(".part")):
            each.unlink(missing_ok=True)
    shutil.rmtree(home.dbt, ignore_errors=True)
    destroy_aside(home)
    warehouse.clear_spill(home)
    inbox.clear_work(home)
    acceptance.clear_parts(home)
    warehouse.sync(home.warehouse.parent)


def destroy_aside(home: Home) -> None:
    """Remove warehouses that a rebuild moved aside."""
    shutil.rmtree(aside(home), ignore_errors=True)


def reload(home: Home) -> tuple[tuple[Path, ...], dict[str, int]]:
    """
    Move the warehouse aside and load every accepted delivery; the files moved, and rows by delivery id.

    Who was erased is taken out of the deliveries first: someone may have put files of an older backup among them.
    """
    check_not_in_use(home)
    with home.between_releases():
        removal.carry_out(home)
    moved = _move_aside(home)
    return moved, acceptance.load(home)


def check_not_in_use(home: Home) -> None:
    """
    Refuse while another process has the warehouse open.

    Raises:
        StoreBusy: One has.
        ConfigRefused: The key is missing or another one.
    """
    if not home.warehouse.exists():
        return
    try:
        with warehouse.opened(home):
            pass
    except ContractBroken:
        # Damaged: the reason to be here. One that is open elsewhere, or a key that is wrong, is told instead.
        return


def aside(home: Home) -> Path:
    """Where warehouses lie that were moved aside, each in a folder named by when; encrypted like any other."""
    return home.warehouse.parent / "aside"


def moved_on(folder: Path) -> date:
    """The day a folder of them was made, by its name; by its last change, if somebody named it otherwise."""
    try:
        return datetime.strptime(folder.name, _STAMP).replace(tzinfo=UTC).date()
    except ValueError:
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC).date()


def _move_aside(home: Home) -> tuple[Path, ...]:
    """Nothing of it is thrown away: someone may want to know why it broke."""
    log = log_of(home.warehouse)
    found = [path for path in (home.warehouse, log) if path.exists()]
    if not found:
        return ()
    folder = private(aside(home) / datetime.now(UTC).strftime(_STAMP))
    # The log first: one without its warehouse would be taken for that of the next.
    moved = tuple(path.rename(folder / path.name) for path in reversed(found))
    warehouse.sync(folder)
    warehouse.sync(home.warehouse.parent)
    return moved
