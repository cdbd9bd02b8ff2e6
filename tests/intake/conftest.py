"""What tests of inboxes elsewhere share: servers, and an inbox by each scheme."""

import shutil
from pathlib import Path

import pytest
from tests.conftest import Hub, empty_hub
from tests.intake.fetching import PLACES
from tests.intake.sending import verdicts, with_two_bad
from tests.intake.staged import compiled
from tests.servers import s3, sftp

from lantern.intake import collection
from lantern.pipeline import intake

__all__ = ["place", "s3", "sftp", "unhurried"]


@pytest.fixture
def place(request, hub, tmp_path, monkeypatch):
    """The council's own inbox, by the scheme the test asks for."""
    monkeypatch.setenv("AIRFLOW_HOME", str(hub.home.airflow))  # else it would be set for the tests that follow, too
    monkeypatch.setenv("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
    return PLACES[request.param](request, hub, tmp_path, monkeypatch)


@pytest.fixture
def unhurried(monkeypatch):
    """Nothing grows in most of these tests, so nothing is waited for."""
    monkeypatch.setattr(collection, "SETTLE_SECONDS", 0.0)


@pytest.fixture(scope="session")
def held(tmp_path_factory) -> Path:
    """The home of a hub that has accepted one delivery and held two of its rows, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(tmp_path_factory.mktemp("held") / "home"))
        hub = empty_hub()
    hub.deliver(with_two_bad(hub))
    (verdict,) = verdicts(hub)
    assert verdict.held == 2
    intake.load(hub.home)
    return hub.home.root


@pytest.fixture
def holding(held, hub) -> Hub:
    """The same for one test, which may change it."""
    shutil.copytree(held, hub.home.root, dirs_exist_ok=True)
    hub.sent = 1
    return hub


@pytest.fixture(scope="session")
def staging(tmp_path_factory) -> dict[str, str]:
    """The SQL of staging, compiled once."""
    return compiled(tmp_path_factory.mktemp("compiled"))
