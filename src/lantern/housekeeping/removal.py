"""What was erased, or may no longer be kept, taken out of deliveries and spends."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from lantern import warehouse
from lantern.home import Home, locked, private
from lantern.intake import departure, inbox, rewriting, suppression
from lantern.intake.memory import folder as memory_of
from lantern.intake.rewriting import Choose
from lantern.release import spent


@dataclass(frozen=True)
class Removed:
    """
    What went, in counts: `events` of `deliveries` that were accepted, `held` rows that were held, `spends` rows of what
    persons had spent, `files` that went whole.
    """

    events: int = 0
    deliveries: int = 0
    held: int = 0
    spends: int = 0
    files: int = 0

    @property
    def is_something(self) -> bool:
        """Whether the warehouse holds what has gone."""
        return bool(self.events or self.files)

    def __add__(self, other: "Removed") -> "Removed":
        """Both together."""
        mine, others = vars(self), vars(other)
        return Removed(**{name: mine[name] + others[name] for name in mine})


def carry_out(home: Home) -> Removed:
    """
    Take who is on the list of erased persons, and which partners have left, out of deliveries and spends.

    It rests on the lists alone: run again, it goes on where it was stopped, and after a restore it does the same.

    Privacy: the spends go with the person. Nothing of the person can be in a later release, so nothing more can be spent on
        them; kept, they would be a record of who was in which release.
    """
    removed = _without_departed(home)
    if suppression.listed(home).num_rows:
        removed += without(home, rewriting.choose_erased(home)) + _without_spends(home)
    return removed


def without(home: Home, choose: Choose) -> Removed:
    """Write every delivery again without the chosen events; no delivery is accepted meanwhile."""
    with locked(private(home.accepted)):
        gone = [rewriting.without(home, path, choose) for path in deliveries(home)]
        held = [rewriting.without(home, path, choose) for path in sorted(home.quarantine.glob("*.duckdb"))]
    return Removed(events=sum(gone), deliveries=sum(map(bool, gone)), held=sum(held))


def _without_departed(home: Home) -> Removed:
    left = departure.departed(home)
    if not left:
        return Removed()
    with locked(private(home.accepted)):
        theirs = [path for path in deliveries(home) if partner_of(home, path) in left]
        keys = {key for path in theirs for key in local_keys(home, path)}
        held = [path for path in sorted(home.quarantine.glob("*.duckdb")) if partner_of(home, path) in left]
        spends = forget(home, keys)  # first: once the files are gone nobody knows whose keys they were
        for path in (*theirs, *held):
            path.unlink(missing_ok=True)
    for name in left:
        inbox.empty(home, name)
        shutil.rmtree(memory_of(home, name), ignore_errors=True)
    return Removed(deliveries=len(theirs), spends=spends, files=len(theirs) + len(held))


def deliveries(home: Home) -> list[Path]:
    """The files of accepted deliveries."""
    return sorted(home.accepted.glob("*.duckdb"))


def partner_of(home: Home, path: Path) -> str:
    """Whose delivery a file holds."""
    with warehouse.encrypted(home, path, read_only=True) as store:
        (name,) = store.execute("select partner from delivery").fetchone() or ("",)
    return str(name)


def local_keys(home: Home, path: Path, where: str = "true") -> set[str]:
    """The partner's own records that a delivery tells of, or those of its events that meet a condition."""
    with warehouse.encrypted(home, path, read_only=True) as store:
        rows = store.execute(f"select distinct local_person_key from partner_event where {where}").fetchall()
    return {key for (key,) in rows}


def _without_spends(home: Home) -> Removed:
    if not home.spent.exists():
        return Removed()
    with warehouse.encrypted(home, home.spent, read_only=True) as store:
        keys = store.execute("select distinct local_person_key from record").to_arrow_table()["local_person_key"]
    told = suppression.listed_locals(home, keys.combine_chunks())
    return Removed(spends=forget(home, set(told.to_pylist())))


def forget(home: Home, keys: set[str]) -> int:
    """
    Forget what was spent by persons of whom no record is left, and write the store anew; how many rows there were.

    Stopped between the two, the rows are still in the old file's bytes: a mark says so, and the next run writes it.
    """
    stale = home.spent.with_suffix(".stale")
    if keys and home.spent.exists():
        stale.touch(mode=0o600)
        warehouse.sync(stale.parent)
    count = spent.forget(home, sorted(keys)) if keys else 0
    if stale.exists():
        rewriting.copy_all(home, home.spent)
        stale.unlink()
    return count
