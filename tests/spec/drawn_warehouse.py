"""The SQL of the marts as dbt compiles it, run on a drawn table of events instead of a delivery."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from drawing import events
from duckdb_extensions import import_extension
from event import PREFERRED, Event, happened_on, instant, is_timed

from lantern.home import PROJECT

KEY = "0" * 64
_EVENT = {
    "delivery_id": "varchar", "event_key": "varchar", "event_type": "varchar", "partner_type": "varchar",
    "local_person_key": "varchar", "episode_key": "varchar", "parent_event_key": "varchar", "incident_key": "varchar",
    "household_key": "varchar", "supersedes_event_key": "varchar", "record_status": "varchar", "event_on": "date",
    "event_at": "timestamp", "event_time_precision": "varchar", "source_category": "varchar",
    "outcome_code": "varchar", "priority": "varchar", "priority_prev": "varchar", "closure_code": "varchar",
    "need_code": "varchar", "abuse_codes": "varchar", "factor_codes": "varchar", "risk_types": "varchar",
    "risk_source": "varchar", "risk_location": "varchar", "risk_outcome": "varchar", "wishes_outcome": "varchar",
    "capacity": "varchar", "flag_not_required": "boolean", "flag_transfer_in": "boolean",
    "n_previous_plans": "smallint", "open_case": "varchar", "channel": "varchar", "birth_month": "varchar",
    "expected_birth_month": "varchar", "is_unborn": "boolean", "sex": "varchar", "ethnic_group": "varchar",
    "disability": "varchar",
}  # fmt: skip
_DELIVERY = {
    "delivery_id": "varchar", "partner": "varchar", "partner_type": "varchar", "source_format": "varchar",
    "period_from": "date", "period_to": "date", "snapshot_on": "date", "snapshot_at": "timestamp", "mode": "varchar",
    "includes_open": "boolean", "not_carried": "varchar",
}  # fmt: skip
_LINK = {"local_person_key": "varchar", "person_key": "varchar", "person_key_without_weakest": "varchar"}
_FORMAT = {"partner": "varchar", "source_format": "varchar", "position": "bigint"}


@dataclass
class DrawnWarehouse:
    """A warehouse with the code lists and nothing else, into which drawn tables are put one after the other."""

    folder: Path

    def __post_init__(self) -> None:
        self._dbt("seed")
        self._dbt("compile")
        self.store = duckdb.connect()
        import_extension("httpfs")
        self.store.execute("load httpfs")
        self.store.execute(f"attach '{self.folder / 'warehouse.duckdb'}' as wh (encryption_key '{KEY}')")
        self.store.execute("use wh")
        for schema in ("raw", "linkage", "partnership", "staging", "intermediate", "marts", "release_inputs"):
            self.store.execute(f"create schema if not exists {schema}")

    def rows(self, drawing: str, model: str, query: str, without: str = "") -> list[tuple]:
        """
        What a query finds in a model that was built, with all it rests on, of a drawn table alone.

        `without`: a person whose events were never there, though the deliveries they came with were.
        """
        self._draw(events(drawing), without)
        for name in self._needed(model):
            node = self._models[name]
            where = f"{node['schema']}.{name}"
            self.store.execute(f"create or replace table {where} as {self._compiled(node)}")
        return self.store.execute(query).fetchall()

    def _draw(self, told: list[Event], without: str) -> None:
        deliveries = sorted({_delivery(event) for event in told})
        drawn = [event for event in told if event["person"] != without]
        people = sorted({str(event["person"]) for event in drawn})
        formats = sorted({(each[1], each[3]) for each in deliveries})
        self._table("raw.partner_event", _EVENT, [_row(event) for event in drawn])
        self._table(
            "raw.delivery",
            _DELIVERY,
            [
                dict(zip(_DELIVERY, (*each, f"{each[-1]} 23:59:59", "delta", True, ""), strict=True))
                for each in deliveries
            ],
        )
        self._table("linkage.person_link", _LINK, [dict.fromkeys(_LINK, person) for person in people])
        self._table(
            "partnership.agreed_format",
            _FORMAT,
            [
                {"partner": partner, "source_format": name, "position": 1 + PREFERRED.index(name)}
                for partner, name in formats
                if name in PREFERRED
            ],
        )

    def _table(self, name: str, columns: dict[str, str], rows: list[dict[str, Any]]) -> None:
        drawn = pa.table({column: pa.array([row.get(column) for row in rows]) for column in columns})
        self.store.register("drawn", drawn)
        listed = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in columns.items())
        self.store.execute(f"create or replace table {name} as select {listed} from drawn")
        self.store.unregister("drawn")

    def _needed(self, model: str) -> list[str]:
        """A model and all models it rests on, each after those it reads."""
        found: list[str] = []
        for key in self._models[model]["depends_on"]["nodes"]:
            if key.startswith("model."):
                found += [each for each in self._needed(key.split(".")[-1]) if each not in found]
        return [*found, model]

    @cached_property
    def _models(self) -> dict[str, dict]:
        manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return {each["name"]: each for each in manifest["nodes"].values() if each["resource_type"] == "model"}

    def _compiled(self, node: dict) -> str:
        path = self.folder / "compiled" / "lantern" / node["original_file_path"]
        return path.read_text(encoding="utf-8")

    def _dbt(self, command: str) -> None:
        project = str(PROJECT / "dbt_project")
        store = {
            "LANTERN_WAREHOUSE": str(self.folder / "warehouse.duckdb"),
            "LANTERN_SPILL": str(self.folder),
            "DBT_ENV_SECRET_WAREHOUSE_KEY": KEY,
            "DO_NOT_TRACK": "1",
        }
        arguments = [command, "--quiet", "--log-path", str(self.folder), "--target-path", str(self.folder)]
        where = ["--project-dir", project, "--profiles-dir", project, "--no-send-anonymous-usage-stats"]
        process = [sys.executable, "-m", "lantern.pipeline.dbt_process", *arguments, *where]
        subprocess.run(process, env=os.environ | store, check=True, capture_output=True)


def _delivery(event: Event) -> tuple[str, ...]:
    """The delivery an event came with: its id and what its manifest says."""
    told = tuple(
        str(event[column])
        for column in ("partner", "partner_type", "source_format", "period_from", "period_to", "snapshot_on")
    )
    return (" ".join(told), *told)


def _row(event: Event) -> dict[str, Any]:
    """An event as intake keeps it: the local day, and the instant in UTC where it is known."""
    at = instant(event) if is_timed(event) else None
    return event | {
        "delivery_id": _delivery(event)[0],
        "local_person_key": event["person"],
        "event_on": happened_on(event).isoformat(),
        "event_at": f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else None,
        "event_time_precision": "minute" if at else "day",
    }
