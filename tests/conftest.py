"""What the tests share: a hub of their own in a temporary folder, deliveries made for it, and who runs with whom."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lantern import contract, secret
from lantern.contract import Manifest
from lantern.home import Home
from lantern.partnership import Partnership, read_partnership

EXTRACT = "00000000-0000-0000-0000-000000000001"
CHECK = "c" * 64
CANARY_VALUE = "d" * 64

THOROUGH = os.environ.get("LANTERN_THOROUGH") == "1"
"""Every case of the tests that take a part of theirs in `make test`: each says which part."""

SHARING = (
    "tests/end_to_end",
    "tests/oracle",
    "tests/spec",
    "tests/synthetic",
    "tests/pack",
    "tests/housekeeping",
    "tests/defence",
)
"""Folders whose files share something that takes long to build: one process runs all of each."""

LONGEST_FIRST = (
    *SHARING,
    "tests/intake/test_any_order.py",
    "tests/papers/test_first_day.py",
    "tests/dashboard/test_dashboard_browser.py",
    "tests/dashboard/test_dashboard_access_process.py",
    "tests/intake/test_killed_intake.py",
    "tests/release/test_killed_release.py",
    "tests/dags/test_approving_live.py",
    "tests/dags/test_again.py",
    "tests/intake/test_remote_inbox.py",
    "tests/dbt/test_dbt_project.py",
    "tests/linkage/test_links_of_an_invented_partnership.py",
    "tests/release/test_ledger_chain.py",
)
"""What is started first, so that no process is left alone with one of these at the end."""


def group_of(nodeid: str) -> str:
    """What one process runs as a whole: a file, or a folder of those above."""
    file = nodeid.split("::", maxsplit=1)[0]
    return next((folder for folder in SHARING if file.startswith(f"{folder}/")), file)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest groups first."""
    places = {group: place for place, group in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(group_of(item.nodeid), len(places)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out whole groups, in the order given: xdist 3.8 loses the groups of `--dist loadgroup` under pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    config.option.loadscopereorder = False
    return Groups(config, log)


def keyed(*parts: object) -> str:
    """A pseudonym as a partner would send it."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


@dataclass
class Hub:
    """One partnership's hub, empty, with its keys made."""

    home: Home
    partnership: Partnership
    sent: int = field(default=0)

    def event(self, event_type: str, *, person: object, source: object, at: str, **more: str) -> dict[str, str | None]:
        """One event with everything it must have; `source` names its record at the partner."""
        cells: dict[str, str | None] = dict.fromkeys(contract.COLUMNS)
        cells |= {
            "contract_version": contract.VERSION,
            "extract_id": EXTRACT,
            "partner_org": "riverton_council",
            "partner_type": "csc",
            "event_key": keyed("event", event_type, source),
            "record_status": "active",
            "event_type": event_type,
            "event_at": at,
            "event_time_precision": "minute" if "T" in at else "day",
            "local_person_key": keyed("person", person),
            "episode_key": keyed("episode", source),
            "is_unborn": "false",
            "responsible_la": self.partnership.responsible_la,
            "birth_month": "2015-05",
        }
        return cells | more

    def deliver(
        self,
        events: list[dict[str, str | None]],
        *,
        partner: str = "riverton_council",
        partner_type: str = "csc",
        source_format: str = "ssd",
        snapshot_at: str = "2026-09-30T23:59:59+01:00",
        change_table: Callable[[pa.Table], pa.Table] | None = None,
        **manifest: Any,
    ) -> Path:
        """Put a delivery into the partner's inbox and return its folder."""
        self.sent += 1
        folder = self.home.inbox / partner / f"sent-{self.sent}"
        folder.mkdir(parents=True)
        schema = pa.schema([(name, pa.string()) for name in contract.COLUMNS])
        table = pa.Table.from_pylist(events, schema=schema)
        if change_table:
            table = change_table(table)
        pq.write_table(table, folder / contract.EVENTS_PARQUET)
        entries: dict[str, Any] = {
            "partner": partner,
            "partner_type": partner_type,
            "source_format": source_format,
            "mapping_version": f"{source_format}-1",
            "extract_id": EXTRACT,
            "period_from": "2023-07-01",
            "period_to": "2026-09-30",
            "snapshot_at": snapshot_at,
            "mode": "full",
            "includes_open": True,
            "events_file": contract.EVENTS_PARQUET,
            "rows": table.num_rows,
            "sha256": contract.sha256_of(folder / contract.EVENTS_PARQUET),
            "key_id": "test",
            "key_check": CHECK,
            "canary": CANARY_VALUE,
        }
        Manifest(**(entries | manifest)).write(folder)
        return folder

    def contact(self, number: int, **more: str) -> dict[str, str | None]:
        """A contact received on a day of its own."""
        at = f"2026-0{1 + number % 6}-1{number % 9}"
        return self.event("CONTACT_RECEIVED", person=number, source=f"c{number}", at=at, source_category="6", **more)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """An empty hub of the demo partnership under a temporary `LANTERN_HOME`."""
    monkeypatch.setenv("LANTERN_HOME", str(tmp_path / "home"))
    return empty_hub()


def empty_hub() -> Hub:
    """A hub with its keys, where `LANTERN_HOME` says."""
    home = Home.of("demo")
    secret.make_keys(home)
    secret.trust(home, f"test={CHECK}.{CANARY_VALUE}")
    return Hub(home, read_partnership("demo"))
