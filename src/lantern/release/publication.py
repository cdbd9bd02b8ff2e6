"""Writes a release: one folder that explains itself, and the file the dashboard reads."""

import csv
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lantern import catalogue, codelist, warehouse
from lantern.catalogue import Measure, shown
from lantern.errors import ReleaseRefused
from lantern.home import Home
from lantern.partnership import Partnership
from lantern.period import Quarter
from lantern.privacy import mechanism, workload
from lantern.privacy.plan import Plan
from lantern.release.cell import Cell, table_of
from lantern.release.planning import due_on
from lantern.release.wording import day_label

_SCHEMA = Path(__file__).with_name("released_schema.sql")
_CARD = "release.json"
_DIGESTS = "digests.json"


@dataclass(frozen=True)
class Card:
    """What a release says of itself; the columns of `release` in released_schema.sql."""

    release_id: str
    period: str
    published_on: str
    approved_by: str
    approval_reason: str
    micro_rho_spent: int
    epsilon: float
    year_micro_rho_spent: int
    plan_digest: str
    ledger_mark: str
    statement: str


def write_folder(home: Home, plan: Plan, card: Card, cells: Sequence[Cell]) -> Path:
    """
    Write the release folder beside its place and rename it in.

    `cells.csv` and `cells.parquet` are the figures, `definitions.json` what they mean,
    `plan.json` what was drawn, `statement.md` what it promises, `digests.json` the SHA-256 of each.
    """
    target = home.releases / card.release_id
    part = home.releases / f".{card.release_id}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    table = table_of(list(cells))
    pq.write_table(table, part / "cells.parquet")
    _write_csv(table, part / "cells.csv")
    measures = [measure.model_dump(mode="json") for measure in catalogue.released()]
    (part / "definitions.json").write_text(json.dumps(measures, indent=2) + "\n", encoding="utf-8")
    (part / "plan.json").write_text(plan.text + "\n", encoding="utf-8")
    (part / "statement.md").write_text(card.statement, encoding="utf-8")
    (part / _CARD).write_text(json.dumps(vars(card), indent=2) + "\n", encoding="utf-8")
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(part.iterdir())}
    (part / _DIGESTS).write_text(json.dumps(digests, indent=2) + "\n", encoding="utf-8")
    part.replace(target)
    return target


def read_card(home: Home, release_id: str) -> Card | None:
    """The card of a release whose folder exists; None if it does not."""
    path = home.releases / release_id / _CARD
    return Card(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def folder_digest(home: Home, release_id: str) -> str:
    """The SHA-256 of a release's list of digests: what the ledger keeps of the whole folder."""
    return hashlib.sha256((home.releases / release_id / _DIGESTS).read_bytes()).hexdigest()


def refresh(home: Home, partnership: Partnership, published: dict[str, str]) -> int:
    """
    Write `released.duckdb` new from the published releases and swap it in by rename.

    Args:
        home: Whose releases.
        partnership: Its file.
        published: Release id to the folder digest the ledger holds. A folder that is not
            in the ledger is not a release, whatever it says of itself.

    Returns:
        How many releases it holds.

    Raises:
        ReleaseRefused: a folder is not what was published; the old file stays in place.
    """
    folders = [home.releases / release_id for release_id in sorted(published)]
    for folder in folders:
        _check_digests(folder, published[folder.name])
    cards = [Card(**json.loads((folder / _CARD).read_text(encoding="utf-8"))) for folder in folders]
    home.released.parent.mkdir(parents=True, exist_ok=True)
    part = home.released.with_suffix(".part")
    part.unlink(missing_ok=True)
    with warehouse.plain(part) as connection:
        connection.execute(_SCHEMA.read_text(encoding="utf-8"))
        tables = {
            "partnership": [_partnership_row(partnership, cards)],
            "release": [_release_row(card) for card in cards],
            "measure": [_measure_row(measure) for measure in catalogue.released()],
            "category": _category_rows(),
        }
        for name, rows in tables.items():
            _insert(connection, name, pa.Table.from_pylist(rows) if rows else None)
        for folder in folders:
            _insert(connection, "cell", pq.read_table(folder / "cells.parquet"))
    part.replace(home.released)
    return len(folders)


def _insert(connection: Any, name: str, rows: pa.Table | None) -> None:
    if rows is not None:
        connection.register("incoming", rows)
        connection.execute(f"insert into {name} by name select * from incoming")  # our own names
        connection.unregister("incoming")


def _check_digests(folder: Path, published: str) -> None:
    listed = folder / _DIGESTS
    whole = listed.is_file() and hashlib.sha256(listed.read_bytes()).hexdigest() == published
    expected = json.loads(listed.read_text(encoding="utf-8")) if whole else {_DIGESTS: published}
    for name, digest in expected.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise ReleaseRefused(
                f"release {folder.name}: '{name}' is not what was published. The dashboard keeps the releases it has. "
                "Restore the folder from its backup."
            )


def _write_csv(table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table.column_names)
        # A spreadsheet takes a cell that starts so for a formula.
        writer.writerows(
            ["'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell for cell in row.values()]
            for row in table.to_pylist()
        )


def _partnership_row(partnership: Partnership, cards: Sequence[Card]) -> dict[str, object]:
    privacy = partnership.privacy
    latest = max((Quarter.parse(card.period) for card in cards), default=None)
    upcoming = latest.plus(1) if latest else partnership.release.first
    return {
        "name": partnership.name,
        "title": partnership.title,
        "basis": partnership.basis,
        "unit": privacy.unit,
        "micro_rho_per_quarter": privacy.micro_rho_per_quarter,
        "micro_rho_per_year": privacy.micro_rho_per_year,
        "epsilon_per_year": mechanism.epsilon(privacy.micro_rho_per_year, privacy.delta),
        "delta": privacy.delta,
        "next_due_on": due_on(upcoming, partnership.release.embargo_days),
    }


def _release_row(card: Card) -> dict[str, object]:
    period = Quarter.parse(card.period)
    shown = {name: value for name, value in vars(card).items() if name != "ledger_mark"}
    return shown | {
        "period_from": period.first_day,
        "period_to": period.last_day,
        "period_words": period.words,
        "published_on": date.fromisoformat(card.published_on),
    }


def _measure_row(measure: Measure) -> dict[str, object]:
    """What a reader of releases needs of an entry; the columns of `measure` in released_schema.sql."""
    one, many = measure.unit
    words = shown(measure).model_dump(exclude={"base_table", "breakdowns"})
    return words | {
        "measure_id": measure.id,
        "version": measure.version,
        "title": measure.title,
        "board_question": measure.question,
        "definition": measure.definition,
        "unit_one": one,
        "unit_many": many,
        "clock": measure.clock,
        "limit_value": measure.limit,
        "caveat": measure.caveat,
        "source": measure.follows,
    }


def _category_rows() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [
        {"breakdown": workload.ALL, "category": workload.ALL, "label": "All sources", "position": 0}
    ]
    for place, (code, label) in enumerate(codelist.labels("published_source").items(), start=1):
        rows.append({"breakdown": "source_group", "category": code, "label": label, "position": place})
    days = sorted({day for table in workload.tables() for day in workload.days_shown(table.name)})
    for place, day in enumerate(days, start=1):
        rows.append({"breakdown": "by_day", "category": str(day), "label": day_label(day), "position": place})
    return rows
