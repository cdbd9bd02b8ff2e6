"""The SQL of the three clocks as dbt compiles it, run on waits of a test's own."""

import csv
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from lantern.home import PROJECT

LONDON, UTC = ZoneInfo("Europe/London"), ZoneInfo("UTC")
FIVE_DAYS = tuple((weekday, "08:00", "18:00") for weekday in range(1, 6))
FAR = date(2028, 12, 31)

Hours = tuple[tuple[int, str, str], ...]


def utc(local: datetime) -> datetime:
    """A time in London as the warehouse keeps it: UTC, without offset."""
    return local.replace(tzinfo=LONDON).astimezone(UTC).replace(tzinfo=None)


def compiled(folder: Path) -> dict[str, str]:
    """The three models as SQL, compiled by dbt against an empty warehouse."""
    names = ("int_days_numbered", "int_hours_numbered", "int_waits_clocked")
    arguments = ["compile", "--quiet", "--select", *names, "--log-path", str(folder), "--target-path", str(folder)]
    where = ["--project-dir", str(PROJECT / "dbt_project"), "--profiles-dir", str(PROJECT / "dbt_project")]
    store = {
        "LANTERN_WAREHOUSE": str(folder / "warehouse.duckdb"),
        "LANTERN_SPILL": str(folder),
        "DBT_ENV_SECRET_WAREHOUSE_KEY": "0" * 64,
        "DO_NOT_TRACK": "1",
    }
    command = [
        sys.executable,
        "-m",
        "lantern.pipeline.dbt_process",
        *arguments,
        *where,
        "--no-send-anonymous-usage-stats",
    ]
    subprocess.run(command, env=os.environ | store, check=True, capture_output=True)
    models = folder / "compiled" / "lantern" / "models" / "intermediate"
    return {name: (models / f"{name}.sql").read_text(encoding="utf-8") for name in names}


@dataclass
class Clocks:
    """The models over one partner's hours: `waits` are timed by all clocks at once."""

    sql: dict[str, str]

    def __post_init__(self) -> None:
        self.store = duckdb.connect()
        self.store.execute("attach ':memory:' as wh")
        for schema in ("reference", "staging", "intermediate"):
            self.store.execute(f"create schema wh.{schema}")
        with (PROJECT / "dbt_project/seeds/calendar/calendar__bank_holidays.csv").open(encoding="utf-8") as stream:
            holidays = [(row["holiday_on"],) for row in csv.DictReader(stream)]
        self._table("reference.calendar__bank_holidays", "holiday_on varchar", holidays)
        self._build("int_days_numbered")
        self._table("staging.stg_partner__deliveries", "partner varchar", [("riverton",)])
        self._table(
            "intermediate.int_requests_answered",
            "request_key varchar, person_key varchar, partner varchar, requested_on date, requested_at timestamp, "
            "returned_on date, returned_at timestamp, followed_to_on date",
            [],
        )
        self.set_hours(FIVE_DAYS)

    def set_hours(self, hours: Hours, closures: tuple[date, ...] = ()) -> None:
        """Open the hub at these weekdays and times, but for some days."""
        self._table(
            "reference.policy__opening_hours",
            "place varchar, valid_from date, weekday integer, opens varchar, closes varchar",
            [("*", "2000-01-01", *each) for each in hours],
        )
        self._table("reference.policy__closures", "place varchar, closed_on date", [("*", day) for day in closures])
        self._build("int_hours_numbered")

    def working_days(self, spans: list[tuple[date, date]]) -> list[tuple[int, int]]:
        """Of each start and end: counted from receipt, and rolled forward."""
        self._table("intermediate.spans", "place integer, begun date, ended date", list(map(_placed, enumerate(spans))))
        return self.store.execute(
            "select last.working_day_number - first.working_day_number, "
            "last.working_day_number - first.rolled_day_number "
            "from wh.intermediate.spans join wh.intermediate.int_days_numbered as first on begun = first.day_on "
            "join wh.intermediate.int_days_numbered as last on ended = last.day_on order by place"
        ).fetchall()

    def waits(
        self, spans: list[tuple[datetime, datetime | None]], followed_to: date = FAR
    ) -> list[tuple[int, int, int]]:
        """
        Working days rolled forward, elapsed and operating seconds of each start and end, both London times.

        What has no end waits to the end of a day.
        """
        rows = [
            (str(place), "child", "riverton", begun.date(), utc(begun), ended and ended.date(), ended and utc(ended))
            for place, (begun, ended) in enumerate(spans)
        ]
        self._table(
            "intermediate.int_contacts_with_first_decision",
            "contact_key varchar, person_key varchar, partner varchar, received_on date, received_at timestamp, "
            "decided_on date, decided_at timestamp",
            rows,
        )
        self._table("intermediate.int_snapshots_agreed", "censored_on date", [(followed_to,)])
        self._build("int_waits_clocked")
        return self.store.execute(
            "select working_days, elapsed_seconds, operating_seconds from wh.intermediate.int_waits_clocked "
            "order by cast(wait_key as integer)"
        ).fetchall()

    def _build(self, model: str) -> None:
        self.store.execute(f"create or replace table wh.intermediate.{model} as {self.sql[model]}")

    def _table(self, name: str, columns: str, rows: list[tuple]) -> None:
        self.store.execute(f"create or replace table wh.{name} ({columns})")
        if rows:
            marks = ", ".join("?" for _ in rows[0])
            self.store.executemany(f"insert into wh.{name} values ({marks})", rows)


def _placed(numbered: tuple[int, tuple[date, date]]) -> tuple[int, date, date]:
    place, (begun, ended) = numbered
    return place, begun, ended
