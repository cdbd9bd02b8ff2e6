"""An invented released file: round numbers, known grades, every kind of change and reason."""

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from invented_figure import (
    CALENDAR_DAYS,
    DAYS,
    HEADLINES,
    MORE_DAYS,
    MORE_HEADLINES,
    NO_FIGURE,
    QUARTERS,
    cells_of,
    codes,
    day_label,
)

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "dashboard"
TOPICS = (
    "at_a_glance",
    "speed",
    "assessment",
    "coming_back",
    "right_help",
    "waiting",
    "across",
    "by_source",
    "adults",
    "how_sure",
    "definitions",
)
QUESTIONS = ("speed", "assessment", "coming_back", "right_help", "waiting", "across", "adults")
SCHEMA = ROOT / "src" / "lantern" / "release" / "released_schema.sql"
CATALOGUE = ROOT / "dbt_project" / "catalogue"


@dataclass
class Plan:
    """What the invented file should hold."""

    quarters: int = 8
    measures: tuple[str, ...] = tuple(HEADLINES)
    latest_not_shown: tuple[str, ...] = ()
    reason: str = "too_uncertain"
    planted: dict[str, object] = field(default_factory=dict)
    skipped: tuple[tuple[int, int], ...] = ()
    revised: bool = False
    withdrawn: tuple[tuple[int, int], ...] = ()
    # Counts, days, years, sources and waits in every quarter, as a release has them; else the headlines only.
    is_whole: bool = False
    is_hidden: bool = False


def whole(**more: object) -> Plan:
    """Plan a file with everything that a partnership can release."""
    return Plan(**{"measures": (*HEADLINES, *MORE_HEADLINES), "is_whole": True} | more)


def write(path: Path, plan: Plan) -> Path:
    """Build the file from the schema that every release uses."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA.read_text(encoding="utf-8"))
        columns = connection.table("measure").columns
        entries = _measures(plan)
        measures = [{name: row[name] for name in columns if name in row} for row in entries]
        quarters = [quarter for quarter in QUARTERS[len(QUARTERS) - plan.quarters :] if quarter not in plan.skipped]
        releases = [
            (quarter, _release(quarter, plan, 2 if plan.revised and quarter == quarters[-1] else 1))
            for quarter in quarters
        ]
        cells = [
            cell
            for quarter, release in releases
            if release["withdrawn_on"] is None
            for cell in cells_of(release, quarter, entries, plan)
        ]
        if plan.is_hidden:
            cells = [cell | NO_FIGURE for cell in cells]
        _insert(connection, "partnership", [_partnership()])
        _insert(connection, "measure", measures)
        _insert(connection, "category", _categories())
        _insert(connection, "release", [release for _, release in releases])
        _insert(connection, "cell", cells)
    return path


def _insert(connection, table, rows):
    if rows:
        # All columns of all rows, so that one which only some rows name is not lost.
        names = list(dict.fromkeys(name for row in rows for name in row))
        connection.register("incoming", pa.table({name: [row.get(name) for row in rows] for name in names}))
        connection.execute(f"insert into {table} by name select * from incoming")
        connection.unregister("incoming")


def _partnership():
    return {
        "name": "demo",
        "title": "Demonstration <partnership>",
        "basis": "Every child in it is invented.",
        "unit": "child",
        "family": "zcdp",
        "micro_per_year": 100_000,
        "epsilon_per_year": 2.14,
        "delta": 1e-6,
        "next_due_on": date(2026, 10, 20),
    }


def _release(quarter, plan, revision):
    year, number = quarter
    first = date(year, number * 3 - 2, 1)
    last = (first + timedelta(days=95)).replace(day=1) - timedelta(days=1)
    published = last + timedelta(days=19 + revision)
    is_withdrawn = quarter in plan.withdrawn
    return {
        "release_id": f"{year}-Q{number}-{revision}",
        "period": f"{year}-Q{number}",
        "period_from": first,
        "period_to": last,
        "period_words": f"1 {first:%B} to {last.day} {last:%B} {year}",
        "revision": revision - 1,
        "publish_at": datetime.combine(published, time(9, 30)),
        "published_on": published,
        "approved_by": "the board's officer",
        "approval_reason": "agreed",
        "revised_note": "Revised on 21 July 2026: late records came. It replaces the figures of 20 July 2026."
        if revision > 1
        else "",
        "withdrawn_on": date(2026, 8, 3) if is_withdrawn else None,
        "withdrawn_reason": "a partner sent other months" if is_withdrawn else "",
        "micro": 18_500,
        "epsilon": 0.93,
        "year_micro": 74_000,
        "plan_digest": "0" * 16,
        "statement": "What was asked: three questions.\nWhat was protected: one child.",
    }


def _measures(plan):
    """The catalogue's own entries, in the columns a reader may see."""
    found, populations = [], {}
    for path in sorted(CATALOGUE.glob("*.toml")):
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        populations |= {table["name"]: table.get("population", "children") for table in entries.get("base_table", [])}
        found += [_shown(entry) for entry in entries.get("measure", []) if entry["id"] in plan.measures]
    for row in found:
        row["population"] = populations[row["base_table"]]
    return sorted(found, key=lambda row: row["position"])


def _shown(entry):
    return (
        {"count_words": "", "at_quarter_end": False}
        | entry["release"]
        | {name: entry[name] for name in ("version", "title", "clock", "caveat")}
        | {"definition": entry["release"].get("definition") or entry["definition"]}
        | {"measure_id": entry["id"], "board_question": entry["question"], "source": entry["follows"]}
        | {"unit_one": entry["unit"][0], "unit_many": entry["unit"][1]}
        | {"limit_value": entry.get("limit", entry.get("lookback_months", 0))}
    )


def _categories():
    found = [("all", "all", "All sources")]
    found += [("source_group", code, label) for code, label in codes("published_source")]
    days = sorted({day for days in (*DAYS.values(), *MORE_DAYS.values()) for day in days})
    found += [("by_day", str(day), day_label(day, "working day")) for day in days]
    found += [("by_calendar_day", str(day), day_label(day, "day")) for days in CALENDAR_DAYS.values() for day in days]
    found += [("waiting_group", code, label) for code, label in codes("waiting_group")]
    return [
        {"breakdown": breakdown, "category": code, "label": label, "position": place}
        for place, (breakdown, code, label) in enumerate(found)
    ]
