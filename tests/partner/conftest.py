"""Fixtures of the partner tests: a key, and a council whose tables are drawn."""

from collections.abc import Callable
from pathlib import Path

import pytest
from partner_drawing import SINCE, SNAPSHOT, write_drawn

from lantern.contract import LONDON
from lantern.partner import mapped
from lantern.partner.account import Outcome
from lantern.partner.delivery import deliver
from lantern.partner.happening import Happening
from lantern.partner.key import new_key
from lantern.partner.mapping_file import read_mapping


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


SNAPSHOT_IN_LONDON = SNAPSHOT.replace(tzinfo=LONDON)


@pytest.fixture
def read(tmp_path):
    """Read a drawn table by a mapping: happenings, then (reason, row) of what was refused and of what was left out."""

    def reading(toml, drawing):
        (tmp_path / "own.toml").write_text(toml)
        path = drawing if hasattr(drawing, "suffix") else write_drawn(tmp_path / "own.csv", drawing)
        source = mapped.source(read_mapping(str(tmp_path / "own.toml")), [path], SNAPSHOT_IN_LONDON)
        told = list(source.happenings)
        happened = [each for each in told if isinstance(each, Happening)]
        others = [each for each in told if not isinstance(each, Happening)]
        dropped = [(each.reason, int(each.where.split()[-1])) for each in others if not each.is_kept]
        return happened, dropped, [(each.reason, int(each.where.split()[-1])) for each in others if each.is_kept]

    return reading
