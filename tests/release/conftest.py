"""A hub whose release inputs are written by hand, so that release rules are tested without a build."""

import numpy as np
import pyarrow as pa
import pytest
from tests.conftest import Hub
from tests.release import postgres as server

from lantern import warehouse
from lantern.home import private
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
