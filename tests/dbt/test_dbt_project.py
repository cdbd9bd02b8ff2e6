"""The dbt project as a whole: its unit tests, its layers, its pages, and a measure added by one entry."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from tests.conftest import empty_hub
from tests.intake.sending import contacts, verdicts

from lantern import warehouse
from lantern.home import PROJECT
from lantern.pipeline import build, dictionary, intake

PLACES = ["--project-dir", str(PROJECT / "dbt_project"), "--profiles-dir", str(PROJECT / "dbt_project")]
ORDER = {"staging": 0, "intermediate": 1, "marts": 2, "release_inputs": 3}
PORTABLE = {
    *(
        "avg",
        "cast",
        "coalesce",
        "concat",
        "count",
        "extract",
        "greatest",
        "least",
        "left",
        "right",
        "max",
        "min",
        "nullif",
    ),
    *("abs", "round", "sum", "row_number", "rank", "lag", "lead", "first_value", "length", "lower", "replace", "trim"),
    *(
        "and",
        "as",
        "by",
        "case",
        "from",
        "in",
        "not",
        "on",
        "or",
        "over",
        "when",
        "then",
        "where",
        "with",
        "exists",
        "select",
    ),
}
ONE_ENGINE = ("::", " qualify", "distinct on", " exclude", " asof ", " ilike ", "using (")
NEW = PROJECT / "tests" / "architecture" / "new_measure.toml"


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


def layer(node) -> int:
    return ORDER[node["path"].split("/")[0]]


def test_every_page_of_the_models_is_made_without_any_data(empty, manifest):
    target, _ = empty

    assert len(models(manifest)) > 60
    assert (target / "index.html").exists()
    assert json.loads((target / "catalog.json").read_text(encoding="utf-8"))["errors"] is None


def test_no_model_reads_a_later_layer(manifest):
    strays = [
        (node["name"], parent)
        for node in models(manifest)
        for parent in node["depends_on"]["nodes"]
        if parent.startswith("model.") and layer(manifest["nodes"][parent]) > layer(node)
    ]

    assert strays == []


def test_only_staging_and_linkage_read_what_was_delivered(manifest):
    readers = {
        node["name"]
        for node in models(manifest)
        for parent in node["depends_on"]["nodes"]
        if parent.startswith("source.lantern.raw.") and layer(node) > 0
    }

    assert readers in ({"fct_delivery_months"}, set())


def test_every_model_says_what_one_row_is_and_what_each_column_means(manifest):
    for node in models(manifest):
        assert node["description"].startswith("One row"), node["name"]
        assert node["columns"], node["name"]
        assert [name for name, column in node["columns"].items() if not column["description"]] == [], node["name"]


def test_every_mart_promises_its_columns(manifest):
    marts = [node for node in models(manifest) if layer(node) >= ORDER["marts"]]

    assert len(marts) > 25
    assert [node["name"] for node in marts if not node["contract"]["enforced"]] == []


def test_who_reads_the_marts_is_written_down(manifest):
    assert {each["name"] for each in manifest["exposures"].values()} == {
        "board_dashboard",
        "board_pack",
        "analyst_file",
    }


def functions(sql: str) -> set[str]:
    """What is called in a model beside dbt's macros, comments and strings left out."""
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|--[^\n]*|'[^']*'", " ", sql, flags=re.DOTALL)
    return set(re.findall(r"\b([a-z_0-9]+)\(", plain))


def test_models_call_what_every_engine_has_and_leave_the_rest_to_macros(manifest):
    """The same project must run on Spark one day: what engines say differently is a macro, which can be dispatched."""
    called = {name for node in models(manifest) for name in functions(node["raw_code"])}

    assert len(called) > 8
    assert called <= PORTABLE


@pytest.mark.parametrize(
    "sql", ["select strftime(a)", "select a::date", "select list_transform(a)", "select a qualify b"]
)
def test_what_only_one_engine_has_is_noticed(sql):
    """The twin of the last, and of the next."""
    assert functions(sql) - PORTABLE or any(mark in sql for mark in ONE_ENGINE)


def test_models_use_no_grammar_of_one_engine(manifest):
    for node in models(manifest):
        code = re.sub(r"--[^\n]*", "", node["raw_code"])
        assert [mark for mark in ONE_ENGINE if mark in code] == [], node["name"]


def test_every_unit_test_of_the_models_passes(built):
    target = built.home.dbt / "target"
    dbt(target, build._environment(built.home), "test", "--select", "test_type:unit", "--quiet")
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]

    assert len(results) > 100
    assert {each["status"] for each in results} == {"pass"}


def test_how_fresh_each_partner_is_can_be_asked(built):
    target = built.home.dbt / "target"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "lantern.pipeline.dbt_process",
            "source",
            "freshness",
            *PLACES,
            "--target-path",
            target,
            "--log-path",
            target,
            "--log-level-file",
            "none",
            "--quiet",
        ],
        env=build._environment(built.home),
        check=False,
        capture_output=True,
    )
    (result,) = json.loads((target / "sources.json").read_text(encoding="utf-8"))["results"]

    assert result["unique_id"] == "source.lantern.raw.delivery"
    assert result["status"] in {"pass", "warn", "error"}


def test_a_measure_is_added_by_one_entry(built, tmp_path, monkeypatch):
    """The histogram, the figure by quarter, the page and the dictionary follow from it."""
    folder = shutil.copytree(PROJECT / "dbt_project" / "catalogue", tmp_path / "catalogue")
    shutil.copy(NEW, folder)
    monkeypatch.setenv("LANTERN_CATALOGUE", str(folder))
    monkeypatch.setattr("lantern.catalogue._read", lambda: __import__("lantern.catalogue").catalogue.read(folder))

    build.build(built.home, built.partnership)
    build.publish_to_analysts(built.home)

    with warehouse.plain(built.home.analyst, read_only=True) as connection:
        ours = connection.execute(
            "select sum(row_count), sum(counted) from fct_measure_quarters where measure_id = 'R_NEW' and breakdown = 'all'"
        ).fetchone()
        counted = connection.execute(
            "select count(*), sum(is_on_open_case::int) from fct_contacts where received_on is not null"
        ).fetchone()
        told = connection.execute("select count(*) from measure_dictionary where measure_id = 'R_NEW'").fetchone()
    assert ours == counted
    assert counted[0] == 40
    assert told == (1,)
    assert "### R_NEW" in dictionary.page()
