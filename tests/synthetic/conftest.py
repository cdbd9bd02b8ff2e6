"""One small invented partnership, made once for all tests of this folder."""

from pathlib import Path

import pytest

from lantern.synthetic import Truth, invent

SMALL = 340


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    folder = tmp_path_factory.mktemp("invented")
    return folder, invent(folder, referrals_a_year=SMALL)
