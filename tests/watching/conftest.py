"""A hub that has accepted a delivery and whose ledger has four quarters, made once; each test has a copy."""

import shutil
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from tests.conftest import Hub, empty_hub
from tests.intake.sending import contacts, verdicts
from tests.release.conftest import write_release_inputs
from tests.release.ledger_line import OFFICER, filled

from lantern import warehouse
from lantern.home import Home
from lantern.pipeline import intake, release
from lantern.release import spent
from lantern.release.ledger import Ledger
from lantern.release.spent import Payment
from lantern.watching.examination import examine

PUBLISHED = ("2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2")
SPENDS = pa.table({"part": ["contacts"], "person": pa.array([1], pa.int32()), "pico": [7]})
RECORDS = pa.table({"person": pa.array([1], pa.int32()), "local_person_key": ["1" * 64]})


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Hub:
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(folder))
        hub = empty_hub()
    hub.deliver(contacts(hub, 40))
    assert [each.outcome for each in verdicts(hub)] == ["accepted"]
    intake.load(hub.home)
    write_release_inputs(hub, rows=50)
    ledger = Ledger(hub.home, hub.partnership)
    filled(ledger, PUBLISHED)
    for each in release.due(hub.home, hub.partnership, ledger):
        ledger.decide(period=str(each), plan_digest="0" * 64, approved=False, by=OFFICER, reason="not of this test")
    ledger.close()
    for number, period in enumerate(PUBLISHED):
        seen = frozenset(f"{each:064x}" for each in range(number))
        spent.record(hub.home, f"{number:064x}", Payment(period, "zcdp", SPENDS, RECORDS, seen))
    hub.home.released.parent.mkdir()
    with warehouse.plain(hub.home.released) as connection:
        for table in ("release", "cell"):
            connection.execute(f"create table {table} (release_id varchar)")
            connection.executemany(f"insert into {table} values (?)", [[f"{period}-1"] for period in PUBLISHED])
    return hub


@pytest.fixture(autouse=True)
def no_settings_of_other_tests(monkeypatch) -> None:
    for name in (
        "AIRFLOW_HOME",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
        "LANTERN_LEDGER_URL",
        "LANTERN_LEDGER_URL_FILE",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def home(published, tmp_path, monkeypatch) -> Home:
    """A copy of it under `LANTERN_HOME`, to be damaged."""
    shutil.copytree(published.home.root, tmp_path / "home", symlinks=True)
    monkeypatch.setenv("LANTERN_HOME", str(tmp_path / "home"))
    return Home.of("demo")


@pytest.fixture
def seen(home):
    """Every finding as it stands, alarm to the states of its lines in order."""

    def look(now: datetime | None = None) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in examine("demo", now):
            found.setdefault(each.alarm, []).append(each.state)
        return found

    return look


def days_ago(count: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=count)
