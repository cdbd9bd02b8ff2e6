"""A hub whose release inputs are written by hand, so that release rules are tested without a build."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from tests.conftest import Hub, empty_hub
from tests.release import postgres as server

from lantern import warehouse
from lantern.contract import LONDON
from lantern.home import Home, private
from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.release.ledger import Ledger

OFFICER = "Invented Privacy Officer"
PERIOD = Quarter(2026, 2)


def write_release_inputs(hub: Hub, *, rows: int = 900, seed: int = 1, periods: tuple[str, ...] = ("2026-Q2",)) -> None:
    """One row per person, categories drawn at random; enough for every rule of a release."""
    from lantern.privacy import workload

    rng = np.random.default_rng(seed)
    private(hub.home.dbt)
    (hub.home.dbt / "passed").touch()
    with warehouse.opened(hub.home) as connection:
        connection.execute("create schema if not exists release_inputs")
        connection.execute("create schema if not exists intermediate")
        connection.execute(
            "create or replace table intermediate.int_histories as "
            "select unnest(['contacts', 'referrals', 'partners', 'adults']) as told_by, "
            "date '2023-07-01' as history_from_on, date '2026-09-30' as reaches_to"
        )
        for table in workload.tables():
            columns = {
                "row_key": [f"{period}-{place}" for period in periods for place in range(rows)],
                "period": [period for period in periods for _ in range(rows)],
                # Nobody is in the tables of two populations: whoever were would be counted in one alone.
                "person_key": [f"{table.population}-{place}" for _ in periods for place in range(rows)],
            }
            for axis in table.grid.axes:
                columns[axis.name] = rng.choice(axis.categories, rows * len(periods))
            connection.register("incoming", pa.table(columns))
            connection.execute(f"create or replace table release_inputs.ri_{table.name} as select * from incoming")
            connection.unregister("incoming")


@pytest.fixture(scope="session")
def postgres():
    """A running PostgreSQL server."""
    with server.running() as found:
        yield found


@pytest.fixture
def in_postgres(postgres, hub, monkeypatch):
    """The hub's ledger is in PostgreSQL, and empty."""
    postgres.clear()
    monkeypatch.setenv("LANTERN_LEDGER_URL", postgres.url)
    return postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request):
    """Either store: what holds of a ledger holds in both."""
    if request.param == "postgresql":
        request.getfixturevalue("in_postgres")
    return request.param


@pytest.fixture
def ledger(hub):
    opened = Ledger(hub.home, hub.partnership)
    yield opened
    opened.close()


@pytest.fixture
def ready(hub, ledger):
    """A hub with one quarter due and approved."""
    from lantern.pipeline import release

    write_release_inputs(hub)
    release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="a test")
    return hub


@dataclass
class Held:
    """A hub with a quarter drawn and under embargo."""

    hub: Hub
    ledger: Ledger
    until: datetime

    def publish(self, now: datetime) -> list[str]:
        from lantern.pipeline import publication

        return publication.publish(self.hub.home, self.hub.partnership, self.ledger, now)

    def shown(self) -> tuple[list[str], int]:
        """What the board's file has: releases, and how many cells."""
        if not self.hub.home.released.exists():
            return [], 0
        with duckdb.connect(str(self.hub.home.released), read_only=True) as connection:
            releases = [row[0] for row in connection.execute("select release_id from release").fetchall()]
            (cells,) = connection.execute("select count(*) from cell").fetchone()
        return releases, cells

    def kinds(self) -> list[str]:
        return [each.kind for each in self.ledger.entries()]


@pytest.fixture(scope="session")
def under_embargo(tmp_path_factory):
    """A quarter drawn with an embargo of ten days: made once, never changed, each test takes a copy."""
    from lantern.pipeline import release

    root = tmp_path_factory.mktemp("drawn") / "home"
    until = (datetime.now(UTC) + timedelta(days=10)).replace(microsecond=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(root))
        hub = empty_hub()
        write_release_inputs(hub)
        ledger = Ledger(hub.home, hub.partnership)
        release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="a test")
        done = release.release(
            hub.home,
            hub.partnership,
            ledger,
            PERIOD,
            publish_at=until.astimezone(LONDON).replace(tzinfo=None).isoformat(),
        )
        release.refresh(hub.home, hub.partnership, ledger)
        ledger.close()
    assert done.embargo == until
    return root, until


@pytest.fixture
def held(under_embargo, tmp_path, monkeypatch):
    root, until = under_embargo
    home = Home(shutil.copytree(root, tmp_path / "home"), "demo")
    monkeypatch.setenv("LANTERN_HOME", str(home.root))
    hub = Hub(home, read_partnership("demo"))
    ledger = Ledger(home, hub.partnership)
    yield Held(hub, ledger, until)
    ledger.close()
