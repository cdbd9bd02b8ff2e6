"""Sending to a hub of the tests, what it answers, and what it keeps."""

from pathlib import Path

import pyarrow as pa
from pyarrow import parquet
from tests.conftest import Hub

from lantern import contract, warehouse
from lantern.intake import parsing
from lantern.intake.arrival import Arrival
from lantern.intake.report import Verdict
from lantern.pipeline import intake

CANARY = "Zebedee Quillfeather"


def verdicts(hub: Hub) -> list[Verdict]:
    return [intake.receive(hub.home, hub.partnership, each) for each in intake.waiting(hub.home, hub.partnership)]


def received(hub: Hub) -> list[str]:
    return [verdict.line for verdict in verdicts(hub)]


def contacts(hub: Hub, count: int = 20) -> list[dict]:
    return [hub.contact(number) for number in range(count)]


def arrival_of(events: list[dict], folder: Path) -> Arrival:
    """Events as the confined process would have read them, without a hub."""
    schema = pa.schema([(name, pa.string()) for name in contract.COLUMNS])
    parquet.write_table(pa.Table.from_pylist(events, schema=schema), folder / contract.EVENTS_PARQUET)
    parsing.parse(folder / contract.EVENTS_PARQUET, folder / parsing.TABLE)
    return Arrival(folder / parsing.TABLE, len(events))


def kept_cells(hub: Hub) -> set[str]:
    """Every cell of every table the hub keeps of deliveries, accepted and held, decrypted."""
    cells = set()
    for folder in (hub.home.accepted, hub.home.quarantine):
        for path in folder.glob("*.duckdb"):
            with warehouse.encrypted(hub.home, path, read_only=True) as connection:
                for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
                    for row in connection.execute(f"select * from {table}").fetchall():
                        cells.update(str(cell) for cell in row)
    return cells


def with_two_bad(hub) -> list[dict]:
    events = contacts(hub)
    events[4]["outcome_code"] = CANARY
    events[4]["birth_month"] = "May 2015"
    events[9]["event_at"] = "2026-02-31"
    return events
