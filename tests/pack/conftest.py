"""Packs printed once for all tests that look at them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "dashboard"))
from invented_release import Plan, write
from printed import PERIOD, Printed, add_more


@pytest.fixture(scope="session")
def print_pack(tmp_path_factory):
    """Print the pack of an invented release; equal plans are printed once."""
    printed = {}

    def make(plan: Plan | None = None, *, more: bool = False, period: str = PERIOD) -> Printed:
        name = (str(plan), more, period)
        if name not in printed:
            path = write(tmp_path_factory.mktemp("released") / "released.duckdb", plan or Plan())
            if more:
                add_more(path)
            printed[name] = Printed(path, period)
        return printed[name]

    return make
