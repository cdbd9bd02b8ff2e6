"""The drawn tables are run through the oracle, which lives beside them, and through the SQL."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "oracle"))


@pytest.fixture(scope="session", autouse=True)
def _place_of_the_drawn_warehouse(tmp_path_factory: pytest.TempPathFactory) -> None:
    import worked

    worked.Place.folder = tmp_path_factory.mktemp("drawn")
