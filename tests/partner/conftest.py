"""Fixtures of the partner tests: a key, and a council whose tables are drawn."""

from collections.abc import Callable
from pathlib import Path

import pytest
from partner_drawing import SINCE, SNAPSHOT, write_drawn

from lantern.partner.account import Outcome
from lantern.partner.delivery import deliver
from lantern.partner.key import new_key


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    new_key(tmp_path / "key.toml", "demo", "E06999999", "demo-2026")
    return tmp_path / "key.toml"


@pytest.fixture
def council(tmp_path: Path, key_file: Path) -> Callable[..., Outcome]:
    """Deliver drawn SSD tables, given by name; a person table is added if none is drawn."""

    def make(**tables: str) -> Outcome:
        people = {"ssd_person": "pers_person_id\n---\nP1\nP2"}
        for name, drawing in (people | tables).items():
            write_drawn(tmp_path / "ssd" / f"{name}.csv", drawing)
        files, out = [tmp_path / "ssd"], tmp_path / "out"
        return deliver(files, "ssd", "riverton_council", key_file, out, snapshot_at=SNAPSHOT, period_from=SINCE)

    return make
