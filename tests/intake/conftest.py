"""What tests of inboxes elsewhere share: servers, and an inbox by each scheme."""

import pytest
from tests.intake.fetching import PLACES
from tests.servers import s3, sftp

from lantern.intake import collection

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
