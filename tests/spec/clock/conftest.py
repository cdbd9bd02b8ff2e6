"""The clocks of the warehouse, compiled once for all their tests."""

import pytest
from compiled_clocks import FIVE_DAYS, Clocks, compiled


@pytest.fixture(scope="session")
def compiled_clocks(tmp_path_factory):
    return Clocks(compiled(tmp_path_factory.mktemp("clocks")))


@pytest.fixture
def clocks(compiled_clocks):
    """The clocks of a hub that is open five days a week."""
    compiled_clocks.set_hours(FIVE_DAYS)
    return compiled_clocks
