"""dbt on a warehouse in which nothing is, and a small hub that was built: made once for a file of tests."""

import json
import os
import subprocess
import sys

import pytest
from tests.conftest import empty_hub
from tests.intake.sending import contacts, verdicts

from lantern.home import PROJECT
from lantern.pipeline import build, intake

PLACES = ["--project-dir", str(PROJECT / "dbt_project"), "--profiles-dir", str(PROJECT / "dbt_project")]


def dbt(target, environment, *arguments) -> str:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "lantern.pipeline.dbt_process",
            *arguments,
            *PLACES,
            "--target-path",
            str(target),
            "--log-path",
            str(target),
            "--log-level-file",
            "none",
            "--no-use-colors",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """dbt on a warehouse in which nothing is: where its files are, and its environment."""
    folder = tmp_path_factory.mktemp("empty")
    places = {"LANTERN_WAREHOUSE": f"{folder}/empty.duckdb", "LANTERN_SPILL": f"{folder}/spill"}
    return folder / "target", os.environ | places | {"DBT_ENV_SECRET_WAREHOUSE_KEY": "none"}


@pytest.fixture(scope="module")
def manifest(empty):
    target, environment = empty
    dbt(target, environment, "docs", "generate")
    return json.loads((target / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A hub with forty contacts, built once for all tests here: none of them changes what was delivered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(tmp_path_factory.mktemp("hub") / "home"))
        hub = empty_hub()
        hub.deliver(contacts(hub, 40))
        assert [each.outcome for each in verdicts(hub)] == ["accepted"]
        intake.load(hub.home)
        build.build(hub.home, hub.partnership)
        yield hub


def models(manifest):
    found = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert len(found) > 60
    return found
