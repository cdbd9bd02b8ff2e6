"""The dbt project as a whole: its unit tests, its layers, its pages, and a measure added by one entry."""

import json
import re
import shutil
import subprocess
import sys

import jinja2
import pytest
import sqlglot
from sqlglot import ErrorLevel, exp
from tests.dbt.conftest import PLACES, dbt, models

from lantern import warehouse
from lantern.home import PROJECT
from lantern.pipeline import build, dictionary

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
    *(
        "abs",
        "exp",
        "ln",
        "round",
        "sum",
        "row_number",
        "rank",
        "lag",
        "lead",
        "first_value",
        "length",
        "lower",
        "replace",
        "trim",
    ),
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
OF_DUCKDB = {"timezone"}
"""What the macros say to DuckDB alone; each has a form for Spark."""
NEW = PROJECT / "tests" / "architecture" / "new_measure.toml"


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


def in_spark(sql: str) -> str:
    """A query as Spark is asked it: refused is what cannot be said there, and any function that is not known."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    unknown = {each.name.lower() for each in tree.find_all(exp.Anonymous)} - OF_DUCKDB
    if unknown:
        raise sqlglot.UnsupportedError(", ".join(sorted(unknown)))
    said = tree.sql("spark", unsupported_level=ErrorLevel.RAISE)
    sqlglot.parse_one(said, read="spark")
    return said


def test_every_model_can_be_said_to_spark(manifest):
    """As dbt compiled it, loops and macros worked out."""
    compiled = {node["name"]: node["compiled_code"] for node in models(manifest)}

    assert len(compiled) > 60
    assert all(in_spark(code).strip() for code in compiled.values())


@pytest.mark.parametrize("sql", ["select list_aggregate(a, 'sum')", "select product(a)", "select datesub('day', a, b)"])
def test_a_function_that_spark_has_not_is_noticed(sql):
    """The twin."""
    with pytest.raises(sqlglot.UnsupportedError):
        in_spark(sql)


def test_what_a_macro_calls_every_engine_has_unless_it_is_dispatched(manifest):
    """A macro for one engine has its name before it, and one for Spark beside it."""
    ours = {
        each["name"]: each["macro_sql"] for each in manifest["macros"].values() if each["package_name"] == "lantern"
    }
    dispatched = {name.partition("__")[2] for name in ours if "__" in name}
    for_all = {name: functions(code) - {name} - PORTABLE for name, code in ours.items() if "__" not in name}

    assert len(ours) > 25
    assert {name: calls for name, calls in for_all.items() if calls} == {}
    assert dispatched == {"utc_of_london"}
    assert {f"{engine}__{name}" for name in dispatched for engine in ("default", "duckdb", "spark")} <= set(ours)


def test_summer_time_is_said_to_spark_in_its_own_words(manifest):
    (source,) = (each["macro_sql"] for each in manifest["macros"].values() if each["name"] == "spark__utc_of_london")
    module = jinja2.Environment(autoescape=False).from_string(source).module
    said = f"select {module.spark__utc_of_london('received_at')} as received_at"

    assert sqlglot.parse_one(said, read="spark").find(exp.Anonymous) is None
    assert sqlglot.parse_one(said, read="spark").sql("duckdb") == (
        "SELECT CAST(received_at AS TIMESTAMP) AT TIME ZONE 'Europe/London' AT TIME ZONE 'UTC' AS received_at"
    )


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
