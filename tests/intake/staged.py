"""What a build starts from, without a build: dbt's own SQL of staging, compiled once and run over a hub's warehouse."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa

from lantern import codelist, warehouse
from lantern.home import PROJECT, Home
from lantern.pipeline import build

MODELS = ("stg_partner__deliveries", "stg_partner__events")
EVENTS = f"staging.{MODELS[1]}"


def compiled(target: Path) -> dict[str, str]:
    """The SQL of staging as dbt compiles it: the very models the hub builds."""
    project = PROJECT / "dbt_project"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "lantern.pipeline.dbt_process", "compile", "--no-introspect", "--quiet"),
            *("--select", *MODELS, "--project-dir", str(project), "--profiles-dir", str(project)),
            *("--target-path", str(target), "--log-path", str(target), "--log-level-file", "none"),
        ],
        env=os.environ
        | {"LANTERN_WAREHOUSE": ":memory:", "LANTERN_SPILL": "/nonexistent", "DBT_ENV_SECRET_WAREHOUSE_KEY": "none"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    return {name: next(target.rglob(f"{name}.sql")).read_text(encoding="utf-8") for name in MODELS}


def rows(home: Home, staging: dict[str, str], *queries: str) -> list[list[tuple]]:
    """Link persons, make the staging models, and answer each query."""
    build.link(home)
    with warehouse.opened(home) as connection:
        for schema in ("partnership", "staging", "reference"):
            connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            "create or replace table partnership.agreed_format as "
            "select 'riverton_council' as partner, 'ssd' as source_format, 1 as position"
        )
        connection.register("formats", pa.Table.from_pylist(list(codelist.rows("codelist__source_format"))))
        connection.execute(
            "create or replace table reference.codelist__source_format as "
            "select * replace (carries_contact_decisions = 'true' as carries_contact_decisions) from formats"
        )
        for name in MODELS:
            connection.execute(f"create or replace view staging.{name} as {staging[name]}")
        return [connection.execute(query).fetchall() for query in queries]
