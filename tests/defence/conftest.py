"""A hub with an analysts' file of two small marts, made once; and a file beside it that no statement may tell of."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import Hub, empty_hub

from lantern import warehouse
from lantern.pipeline import build

MARK = "ZQCANARY"
"""Stands in a file, in a variable and in a setting that are not the analysts'."""


@dataclass(frozen=True)
class Door:
    """A hub whose analysts' file may be asked, and a folder with what must not be told."""

    hub: Hub
    outside: Path


@pytest.fixture(scope="session")
def door(tmp_path_factory) -> Door:
    folder = tmp_path_factory.mktemp("door")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(folder / "home"))
        hub = empty_hub()
    with warehouse.opened(hub.home) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.dim_persons as select 'p' || i as person_key from range(100) r(i)")
        connection.execute(
            "create table marts.fct_contacts as select 'p' || i as person_key, date '2026-01-01' + i::int as received_on, "
            "'need-' || i % 3 as need_code, i % 5 = 0 as is_referred from range(100) r(i)"
        )
    build.publish_to_analysts(hub.home)
    outside = folder / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text(f"name,number\n{MARK},7\n")
    (outside / "secret.json").write_text(f'[{{"name": "{MARK}"}}]\n')
    (outside / "schema.sql").write_text(f"create temp table {MARK} as select 1;\n")
    (outside / "load.sql").write_text("select 1;\n")
    return Door(hub, outside)
