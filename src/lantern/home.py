"""Where Lantern's own files and a partnership's files live on this machine."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout: dags/, dbt_project/, expectations/, dashboard/ and partnerships/ are under it."""


def private(folder: Path) -> Path:
    """Make a folder, and those above it that are missing, for this user alone."""
    if not folder.exists():
        private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@contextmanager
def locked(path: Path, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a folder or a file against other processes; the system lets go of it however this one ends."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def log_of(store: Path) -> Path:
    """Where DuckDB keeps what is not in a store's own file yet."""
    return store.with_name(f"{store.name}.wal")


@dataclass(frozen=True)
class Home:
    """
    The folders of one partnership under `LANTERN_HOME` (default `./var`).

    Five stores, five owners: `warehouse`, `spent`, `analyst`, `ledger`, `released`.
    """

    root: Path
    partnership: str

    @classmethod
    def of(cls, partnership: str) -> "Home":
        """The home of a partnership, where `LANTERN_HOME` says."""
        root = Path(os.environ.get("LANTERN_HOME", "var")).resolve()
        return cls(root=root, partnership=partnership)

    @property
    def base(self) -> Path:
        """Everything of this partnership."""
        return self.root / self.partnership

    @contextmanager
    def between_releases(self) -> Iterator[None]:
        """Hold it against releases and publications; whoever else changes what persons have spent waits for one that runs."""
        with locked(private(self.base)):
            yield

    @property
    def secrets(self) -> Path:
        """Keys of the hub; folder 700, files 600."""
        return self.base / "secrets"

    @property
    def inbox(self) -> Path:
        """One folder per partner; a delivery is a folder inside it."""
        return self.base / "inbox"

    @property
    def work(self) -> Path:
        """Private copies being checked; emptied at the start of each intake."""
        return self.base / "secure" / "work"

    @property
    def accepted(self) -> Path:
        """Accepted deliveries, re-keyed and encrypted: the warehouse is rebuilt from them."""
        return self.base / "secure" / "accepted"

    @property
    def quarantine(self) -> Path:
        """Rows of accepted deliveries that were held back, re-keyed and encrypted, for some days."""
        return self.base / "secure" / "quarantine"

    @property
    def warehouse(self) -> Path:
        """The encrypted warehouse: a cache, one writer."""
        return self.base / "secure" / "warehouse.duckdb"

    @property
    def spent(self) -> Path:
        """What each person has spent of the year's promise, encrypted; no cache: without it nothing more may be drawn."""
        return self.base / "secure" / "spent.duckdb"

    @property
    def spill(self) -> Path:
        """Where DuckDB spills; encrypted, and emptied by every build."""
        return self.base / "secure" / "spill"

    @property
    def dbt(self) -> Path:
        """Dbt's target and logs: artefacts of the secure zone."""
        return self.base / "secure" / "dbt"

    @property
    def reports(self) -> Path:
        """What was accepted or refused and why, by partner: rules and counts, never values."""
        return self.base / "secure" / "reports"

    @property
    def analyst(self) -> Path:
        """Copies of the marts for analysts, read-only."""
        return self.base / "analyst" / "analyst.duckdb"

    @property
    def ledger(self) -> Path:
        """Every decision and every spend of privacy allowance."""
        return self.base / "ledger" / "ledger.sqlite"

    @property
    def releases(self) -> Path:
        """One folder per release."""
        return self.base / "released" / "releases"

    @property
    def embargo(self) -> Path:
        """Release folders whose time has not come: for this user alone, and never on the board's side."""
        return self.base / "embargo"

    @property
    def packs(self) -> Path:
        """Board packs, as printed."""
        return self.base / "released" / "packs"

    @property
    def released(self) -> Path:
        """What the dashboard reads, and nothing else does it read."""
        return self.base / "released" / "released.duckdb"

    @property
    def airflow(self) -> Path:
        """Airflow's own home: its metadata and logs, shared by all partnerships."""
        return self.root / "airflow"
