"""The figures for Prometheus: read back by its own parser, equal to what is in the hub, and never on the board's side."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from lantern.cli import app
from lantern.home import PROJECT
from lantern.partnership import read_partnership
from lantern.watching import metric
from lantern.watching.examination import examine


def figures(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Metric to labels (without the partnership's) to value."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(value for name, value in sorted(sample.labels.items()) if name != "partnership")
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


@pytest.fixture
def written(home):
    done = CliRunner().invoke(app, ["metrics"])
    assert done.exit_code == 0, done.output
    return Path(done.stdout.strip())


def test_the_file_says_what_is_in_the_hub(home, written):
    found = figures(written.read_text())

    reports = list(home.reports.rglob("*-accepted.json"))
    assert set(found) == set(metric.MEANING) - {"lantern_days_late"}  # nobody agreed to a rhythm
    assert found["lantern_deliveries"] == {("accepted", "riverton_council"): len(reports)}
    assert found["lantern_ledger_lines"] == {(): 20}
    assert found["lantern_releases"] == {(): 4}
    # One part of 20,000 and one of 5,000 at most over any four quarters.
    assert found["lantern_allowance_micro"] == {("spent",): 25_000, ("left",): 75_000}
    assert set(found["lantern_check"].values()) == {0}
    age = datetime.now(UTC).timestamp() - found["lantern_last_delivery_timestamp_seconds"][("riverton_council",)]
    assert 0 < age < 3600
    assert found["lantern_build_timestamp_seconds"][()] == pytest.approx((home.dbt / "passed").stat().st_mtime)


def test_what_is_not_known_is_left_out_and_what_is_wrong_is_two(home):
    (home.dbt / "passed").unlink()
    home.ledger.unlink()
    now = datetime.now(UTC)

    path = metric.write(home, read_partnership("demo"), examine("demo", now), now)

    found = figures(path.read_text())
    assert not {"lantern_ledger_lines", "lantern_allowance_micro", "lantern_build_timestamp_seconds"} & set(found)
    assert found["lantern_check"][("ledger",)] == 2
    assert found["lantern_check"][("build",)] == 1


def test_days_late_are_counted_for_whoever_agreed_to_a_rhythm(home):
    partnership = read_partnership("demo")
    council = partnership.partners[0].model_copy(update={"every_days": 7})
    partnership = partnership.model_copy(update={"partners": (council, *partnership.partners[1:])})
    later = datetime.now(UTC) + timedelta(days=12)

    path = metric.write(home, partnership, [], later)

    assert figures(path.read_text())["lantern_days_late"] == {("riverton_council",): 5}


def test_the_file_goes_where_monitoring_looks_if_told_to(home, tmp_path):
    (tmp_path / "collector").mkdir()
    target = tmp_path / "collector" / "hub.prom"

    CliRunner().invoke(app, ["metrics", "--to", str(target)])

    assert "lantern_ledger_lines" in target.read_text()
    assert not list((home.base / "watching").glob("*.prom"))


def board_s_reach(home, written) -> list[str]:
    """What of the figures lies where the board's side can read: the folder of its one file, in every form."""
    names = [str(path) for path in home.released.parent.rglob("*")]
    return [
        name
        for name in names
        if Path(name).is_file()
        and ("lantern_" in Path(name).read_text(errors="replace") or Path(name).name == written.name)
    ]


def test_the_board_s_volume_does_not_have_the_figures(home, written):
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    mounted = [each["source"] for each in compose["services"]["dashboard"]["volumes"]]

    assert mounted == ["released"]
    assert home.released.parent not in written.parents
    assert list(home.released.parent.iterdir())
    assert board_s_reach(home, written) == []


def test_figures_that_were_written_there_would_be_noticed(home, written):
    """The twin."""
    target = home.released.parent / "more.prom"
    CliRunner().invoke(app, ["metrics", "--to", str(target)])

    assert board_s_reach(home, written) == [str(target)]


def test_the_board_s_environment_has_nothing_to_make_them_with():
    board = (PROJECT / "requirements" / "dashboard.txt").read_text()
    pages = subprocess.run(
        ["grep", "-rlE", "prometheus_client|lantern.watching|lantern_deliveries", "dashboard", "--include=*.py"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "streamlit==" in board
    assert not {"prometheus-client", "prometheus_client", "structlog", "openlineage"} & {
        line.split("==")[0] for line in board.splitlines()
    }
    assert pages.stdout == ""
