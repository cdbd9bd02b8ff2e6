"""From loaded events to marts and release inputs, and the analysts' copy of the marts."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from lantern import secret, warehouse
from lantern.errors import ContractBroken, StoreBusy
from lantern.home import PROJECT, Home, locked, private
from lantern.linkage import person
from lantern.partnership import Partnership
from lantern.pipeline import dictionary

_DBT_PROJECT = PROJECT / "dbt_project"
# An exposure is only written down: nothing is done for it.
_DONE = ("success", "pass", "no-op")


@dataclass(frozen=True)
class Built:
    """What a build did: how many nodes ran, by outcome. Never a row or a value."""

    succeeded: int
    failed: tuple[str, ...]


def link(home: Home) -> int:
    """Decide who is one person; how many persons there are."""
    return person.link(home)


def build(home: Home, partnership: Partnership) -> Built:
    """
    Link persons, then run `dbt build`, tests and all, on the encrypted warehouse.

    dbt runs as a process of its own: it holds the one writer's place no longer than it
    works, and what it prints may quote a row, so it is read for outcomes and dropped.

    Raises:
        ContractBroken: a model or test failed; the names of those that did.
        StoreBusy: another build is under way.
    """
    with _alone(home):
        return _built(home, partnership)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """One build at a time: else one that has passed would vouch for the tables that the other has begun to write."""
    lock = private(home.warehouse.parent) / "build.lock"
    lock.touch(mode=0o600)
    with ExitStack() as held:
        try:
            held.enter_context(locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            raise StoreBusy(
                f"{home.partnership}, build: another process builds. Nothing was built. Wait until it has ended, then try again."
            ) from None
        yield


def _built(home: Home, partnership: Partnership) -> Built:
    # Gone until this build has passed: nothing is released from tables whose tests have not.
    _passed(home).unlink(missing_ok=True)
    link(home)
    _write_partnership_tables(home, partnership)
    private(home.dbt)
    (home.dbt / "target" / "run_results.json").unlink(missing_ok=True)
    warehouse.clear_spill(home)
    private(home.spill)
    done = subprocess.run(
        [sys.executable, "-m", "lantern.pipeline.dbt_process", *_arguments(home)],
        env=_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    built = _outcomes(home)
    if built.failed or done.returncode:
        raise ContractBroken(
            f"{home.partnership}, dbt build: {len(built.failed)} did not pass: {', '.join(built.failed[:5]) or 'dbt itself'}. "
            f"Nothing was released. The SQL of each is under {home.dbt / 'target' / 'compiled'}; what to do is in "
            "docs/operations/alarms/build.md."
        )
    _passed(home).touch(mode=0o600)
    return built


def check_passed(home: Home) -> None:
    """
    Refuse to go on from tables whose last build did not pass, or is under way.

    Raises:
        ContractBroken: it did not.
    """
    if not _passed(home).exists():
        raise ContractBroken(
            f"{home.partnership}: the last build did not pass, or none was made. Nothing was drawn. Run 'lantern build' first."
        )


def months_missing(home: Home) -> list[str]:
    """Months a later delivery has passed over, as `partner format 2026-05 (missing)`; empty before the first build."""
    with warehouse.opened(home, read_only=True) as connection:
        has_marts = connection.execute(
            "select count(*) from information_schema.tables where table_name = 'fct_delivery_months'"
        ).fetchone()
        if not has_marts or not has_marts[0]:
            return []
        rows = connection.execute(
            "select partner, source_format, strftime(month_from, '%Y-%m'), coverage from marts.fct_delivery_months "
            "where coverage in ('missing', 'in part') order by all"
        ).fetchall()
    return [f"{partner} {source_format} {month} ({coverage})" for partner, source_format, month, coverage in rows]


def _passed(home: Home) -> Path:
    return home.dbt / "passed"


def _arguments(home: Home) -> list[str]:
    return [
        # Unit tests try the SQL on drawn rows: `make test` runs them, whatever is in a warehouse.
        *("build", "--exclude-resource-type", "unit_test"),
        *("--project-dir", str(_DBT_PROJECT), "--profiles-dir", str(_DBT_PROJECT)),
        *("--target-path", str(home.dbt / "target"), "--log-path", str(home.dbt / "logs")),
        *("--log-level", "none", "--log-level-file", "none", "--quiet", "--no-use-colors"),
        "--no-send-anonymous-usage-stats",
    ]


def _environment(home: Home) -> dict[str, str]:
    return os.environ | {
        "LANTERN_WAREHOUSE": str(home.warehouse),
        "LANTERN_SPILL": str(home.spill),
        "DBT_ENV_SECRET_WAREHOUSE_KEY": secret.key(home, "warehouse").hex(),
        "DO_NOT_TRACK": "1",
    }


def _outcomes(home: Home) -> Built:
    path = home.dbt / "target" / "run_results.json"
    try:
        results = json.loads(path.read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError):
        results = []
    if not results:
        raise ContractBroken(
            f"{home.partnership}, dbt build: it did not start. Nothing was built. Run 'make check', which parses the project."
        )
    # A result's `message` may quote a row, so only names are kept, here and on disk.
    path.write_text(json.dumps({"results": [_named(each) for each in results]}, indent=2) + "\n", encoding="utf-8")
    failed = tuple(_named(each)["unique_id"] for each in results if each["status"] not in _DONE)
    return Built(succeeded=len(results) - len(failed), failed=failed)


def _named(result: dict[str, object]) -> dict[str, str]:
    return {"unique_id": str(result["unique_id"]), "status": str(result["status"])}


def _write_partnership_tables(home: Home, partnership: Partnership) -> None:
    formats = [
        {"partner": partner.name, "source_format": name, "position": place}
        for partner in partnership.partners
        for place, name in enumerate(partner.formats, start=1)
    ]
    with warehouse.opened(home) as connection:
        connection.register("formats", pa.Table.from_pylist(formats))
        connection.execute("create schema if not exists partnership")
        connection.execute("create or replace table partnership.agreed_format as select * from formats")


def publish_to_analysts(home: Home) -> None:
    """
    Write `analyst.duckdb` new from every mart, with the dictionary of measures, and swap it in by rename.

    Persons are numbered for this file alone, under a key, so it joins to nothing outside it.
    An open reader keeps the old file; the next one sees the new.

    Raises:
        StoreBusy: the disk is full, or fails otherwise; the old file stays.

    Privacy: exact and row-level. It stays inside the secure zone.
    """
    private(home.analyst.parent)
    trouble = warehouse.own_trouble(home, "the analysts' file", "The one that was there stays.")
    with trouble, _swapped(home.analyst) as part, warehouse.copying(home, part) as connection:
        connection.execute(
            "create temp table analyst_key as "
            "select person_key, row_number() over (order by sha256(concat(person_key, $key))) as person_number "
            "from wh.marts.dim_persons",
            {"key": secret.key(home, "hub").hex()},
        )
        connection.register("entries", pa.Table.from_pylist(dictionary.rows()))
        connection.execute("create table copy.measure_dictionary as select * from entries")
        for table in _marts(connection):
            columns = [row[0] for row in connection.execute(f"describe wh.marts.{table}").fetchall()]
            keyed = "person_key" in columns
            kept = ", ".join(f"mart.{name}" for name in columns if not name.endswith("_key"))
            person_number = "analyst_key.person_number, " if keyed else ""
            join = "inner join analyst_key on mart.person_key = analyst_key.person_key" if keyed else ""
            connection.execute(
                f"create table copy.{table} as select {person_number}{kept} from wh.marts.{table} as mart {join}"
            )


@contextmanager
def _swapped(target: Path) -> Iterator[Path]:
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        yield part
        warehouse.swap(part, target)
    finally:
        part.unlink(missing_ok=True)  # rows in clear


def _marts(connection: Any) -> list[str]:
    found = connection.execute(
        "select table_name from information_schema.tables where table_catalog = 'wh' and table_schema = 'marts' order by all"
    ).fetchall()
    return [row[0] for row in found]
