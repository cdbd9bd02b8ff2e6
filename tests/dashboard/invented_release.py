"""An invented released file: round numbers, known grades, every kind of change and reason."""

import csv
import tomllib
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "dashboard"
TOPICS = ("at_a_glance", "speed", "assessment", "coming_back", "how_sure")
SCHEMA = ROOT / "src" / "lantern" / "release" / "released_schema.sql"
CATALOGUE = ROOT / "dbt_project" / "catalogue"
SOURCES = ROOT / "dbt_project" / "seeds" / "codelists" / "codelist__source_group.csv"
DAYS = {"T_CONTACT_DECISION": (0, 1, 2, 3, 5, 10), "T_ASSESS45": (15, 25, 35, 40, 45, 50)}
QUARTERS = [(2024, 3), (2024, 4), (2025, 1), (2025, 2), (2025, 3), (2025, 4), (2026, 1), (2026, 2)]
HEADLINES = {
    "T_CONTACT_DECISION": [72, 74, 71, 75, 77, 80, 81, 84],
    "T_ASSESS45": [61, 63, 60, 62, None, 64, 62, 63],
    "R_REREF_DFE": [21, 23, 22, 24, 22, 21, 23, 22],
}
CHANGES = {"T_CONTACT_DECISION": "up", "T_ASSESS45": "flat", "R_REREF_DFE": "unknown"}
BY_DAY = {"T_CONTACT_DECISION": [57, 84, 88, 92, 95, 97], "T_ASSESS45": [12, 24, 41, 55, 63, 70]}
# In code-list order: None is not shown, a pair is used with care.
BY_SOURCE = {
    "T_CONTACT_DECISION": [91, 82, 86, 78, 74, None, (66, 20), 79],
    "T_ASSESS45": [66, 58, 64, 70, 59, None, None, (61, 18)],
    "R_REREF_DFE": [25, 19, 21, 28, 18, None, None, 20],
}


@dataclass
class Plan:
    """What the invented file should hold."""

    quarters: int = 8
    measures: tuple[str, ...] = ("T_CONTACT_DECISION", "T_ASSESS45", "R_REREF_DFE")
    latest_not_shown: tuple[str, ...] = ()
    reason: str = "too_uncertain"
    planted: dict[str, object] = field(default_factory=dict)
    skipped: tuple[tuple[int, int], ...] = ()
    revised: bool = False


def write(path: Path, plan: Plan) -> Path:
    """Build the file from the schema that every release uses."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA.read_text(encoding="utf-8"))
        _insert(connection, "partnership", [_partnership()])
        _insert(connection, "measure", _measures(plan))
        _insert(connection, "category", _categories())
        quarters = [quarter for quarter in QUARTERS[len(QUARTERS) - plan.quarters :] if quarter not in plan.skipped]
        revisions = [(quarter, 1) for quarter in quarters]
        if plan.revised:
            revisions.append((quarters[-1], 2))
        for quarter, revision in revisions:
            release = _release(quarter, revision)
            _insert(connection, "release", [release])
            _insert(connection, "cell", _cells(release, quarter, plan, revision))
    return path


def _insert(connection, table, rows):
    if not rows:
        return
    names = ", ".join(rows[0])
    marks = ", ".join("?" for _ in rows[0])
    connection.executemany(f"insert into {table} ({names}) values ({marks})", [list(row.values()) for row in rows])


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


def _release(quarter, revision):
    year, number = quarter
    first = date(year, number * 3 - 2, 1)
    last = (first + timedelta(days=95)).replace(day=1) - timedelta(days=1)
    return {
        "release_id": f"{year}-Q{number}-{revision}",
        "period": f"{year}-Q{number}",
        "period_from": first,
        "period_to": last,
        "period_words": f"1 {first:%B} to {last.day} {last:%B} {year}",
        "published_on": last + timedelta(days=19 + revision),
        "approved_by": "the board's officer",
        "approval_reason": "agreed",
        "micro": 18_500,
        "epsilon": 0.93,
        "year_micro": 74_000,
        "plan_digest": "0" * 16,
        "statement": "What was asked: three questions.\nWhat was protected: one child.",
    }


def _measures(plan):
    """The catalogue's own entries, in the columns a reader may see."""
    found = []
    for path in sorted(CATALOGUE.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("measure", []):
            if entry["id"] in plan.measures:
                words = {
                    name: cell for name, cell in entry["release"].items() if name not in {"base_table", "breakdowns"}
                }
                found.append(
                    words
                    | {name: entry[name] for name in ("version", "title", "definition", "clock", "caveat")}
                    | {"measure_id": entry["id"], "board_question": entry["question"], "source": entry["follows"]}
                    | {"unit_one": entry["unit"][0], "unit_many": entry["unit"][1], "limit_value": entry["limit"]}
                )
    return sorted(found, key=lambda row: row["position"])


def _categories():
    with SOURCES.open(encoding="utf-8", newline="") as file:
        sources = [("source_group", row["code"], row["label"]) for row in csv.DictReader(file)]
    days = [("by_day", "0", "The same day"), ("by_day", "1", "Within 1 day")]
    days += [
        ("by_day", str(day), f"Within {day} days")
        for day in sorted({*DAYS["T_CONTACT_DECISION"], *DAYS["T_ASSESS45"]} - {0, 1})
    ]
    found = [("all", "all", "All"), *sources, *days]
    return [
        {"breakdown": breakdown, "category": code, "label": label, "position": place}
        for place, (breakdown, code, label) in enumerate(found)
    ]


def _cells(release, quarter, plan, revision):
    place = QUARTERS.index(quarter)
    cells = []
    for measure in _measures(plan):
        name = measure["measure_id"]
        value = HEADLINES[name][place]
        is_latest = quarter == QUARTERS[-1]
        if is_latest and name in plan.latest_not_shown:
            value = None
        if is_latest and revision > 1 and value is not None:
            value += 1
        change = CHANGES[name] if plan.quarters >= 5 else "unknown"
        cells.append(_cell(release, measure, ("all", "all"), value, change=change, plan=plan))
        if is_latest:
            for day, share in zip(DAYS.get(name, ()), BY_DAY.get(name, ()), strict=True):
                shown = None if name in plan.latest_not_shown else share
                cells.append(_cell(release, measure, ("by_day", str(day)), shown, change="unknown", plan=plan))
            with SOURCES.open(encoding="utf-8", newline="") as file:
                groups = [row["code"] for row in csv.DictReader(file)]
            for group, share in zip(groups, BY_SOURCE[name], strict=True):
                shown = None if name in plan.latest_not_shown else share
                cells.append(_cell(release, measure, ("source_group", group), shown, change="flat", plan=plan))
    return cells


def _cell(release, measure, key, value, *, change, plan):
    breakdown, category = key
    half, grade = 4, "use"
    if isinstance(value, tuple):
        (value, half), grade = value, "care"
    row = {
        "release_id": release["release_id"],
        "measure_id": measure["measure_id"],
        "period": release["period"],
        "span": "quarter",
        "breakdown": breakdown,
        "category": category,
        "statistic": "curve" if breakdown == "by_day" else "share",
        "value": None,
        "lower": None,
        "upper": None,
        "grade": "none",
        "change": "unknown",
        "reason": plan.reason,
        "figure_text": "",
        "lower_text": "",
        "upper_text": "",
        "sentence": "",
        "change_sentence": "",
    }
    if value is None:
        return row | plan.planted
    lower, upper = max(0, value - half), min(100, value + half)
    then = value - 9
    return row | {
        "value": float(value),
        "lower": float(lower),
        "upper": float(upper),
        "grade": grade,
        "change": change,
        "reason": "no_year_before" if change == "unknown" else "",
        "figure_text": f"{value}%",
        "lower_text": f"{lower}%",
        "upper_text": f"{upper}%",
        "sentence": f"About {value}% of {measure['what']}. The likely range is {lower}% to {upper}%.",
        "change_sentence": {
            "up": f"That is up from about {then}% a year ago.",
            "flat": "There is no clear change since a year ago. "
            "The difference is small enough to be chance or added noise.",
        }.get(change, ""),
    }
