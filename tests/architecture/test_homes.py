"""Each heavy library has one home, each file is small, and each says what it is."""

import ast
import re
import subprocess

import pytest

from lantern.home import PROJECT

HOMES = {
    "opendp": ["src/lantern/privacy/mechanism.py", "benchmarks/peers/opendp_polars.py"],
    "great_expectations": ["expectations", "src/lantern/quality", "benchmarks"],
    "airflow": ["dags", "src/lantern/intake/channel.py"],
    "streamlit": ["dashboard", "benchmarks"],
    "dbt": ["src/lantern/pipeline/dbt_process.py"],
    "duckdb": ["src/lantern/warehouse.py", "dashboard/released.py", "benchmarks"],
    "sqlalchemy": [
        "src/lantern/housekeeping",  # a backup holds the ledger's rows, whichever database they come from
        "src/lantern/release/ledger.py",
        "src/lantern/release/ledger_store.py",
        "src/lantern/release/migrations",
    ],
    "alembic": ["src/lantern/release/ledger_store.py", "src/lantern/release/migrations"],
    "splink": ["src/lantern/linkage/likelihood.py"],
    "structlog": ["src/lantern/watching/journal.py"],
    "prometheus_client": ["src/lantern/watching/metric.py"],
    "openlineage": ["src/lantern/watching/lineage.py"],
    "lantern": ["src/lantern", "dags", "expectations", "benchmarks", "packaging"],
}
LONGEST = 300


def tracked(*patterns: str) -> list[str]:
    found = subprocess.run(["git", "ls-files", *patterns], cwd=PROJECT, capture_output=True, text=True, check=True)
    return found.stdout.splitlines()


def python_files() -> list[str]:
    return [path for path in tracked("*.py") if not path.startswith("tests/")]


def imports_of(path: str) -> set[str]:
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


def test_there_are_files_to_look_at():
    assert len(python_files()) > 60


@pytest.mark.parametrize(("library", "homes"), HOMES.items())
def test_a_library_is_imported_only_at_home(library, homes):
    """A page that imports the package, or a DAG that imports OpenDP, fails here."""
    users = [path for path in python_files() if library in imports_of(path)]
    strays = [path for path in users if not any(path == home or path.startswith(f"{home}/") for home in homes)]

    assert users
    assert strays == []


@pytest.mark.parametrize("path", tracked("*.py", "*.sql"))
def test_a_file_fits_in_a_readers_head(path):
    assert len((PROJECT / path).read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", python_files())
def test_a_module_begins_with_one_sentence_that_says_what_it_is(path):
    first = (ast.get_docstring(ast.parse((PROJECT / path).read_text(encoding="utf-8"))) or "").split("\n")[0]

    assert re.fullmatch(r"[A-Z`].{10,160}[.`]", first)


def test_no_seed_and_no_other_source_of_chance_touches_a_figure():
    """OpenDP alone draws; a seed would make noise that can be taken off again."""
    for path in python_files():
        if path.startswith(("src/lantern/privacy", "src/lantern/release", "src/lantern/pipeline")):
            text = (PROJECT / path).read_text(encoding="utf-8")
            assert not re.search(r"import random|np\.random|\bseed\(|default_rng", text), path


def test_after_the_mechanism_nothing_reads_a_restricted_table():
    """Figures, words and pages are made from noised sums: these modules open no store."""
    core = [path for path in python_files() if path.startswith("src/lantern/privacy/")]
    handed_tables = {f"src/lantern/privacy/{name}.py" for name in ("answer", "bounding", "neighbour")}

    assert len(core) > 15
    for path in set(core) - handed_tables:
        assert not imports_of(path) & {"duckdb", "sqlalchemy", "pyarrow"}, path
    for name in ("cell", "wording", "statement"):
        assert "warehouse" not in (PROJECT / f"src/lantern/release/{name}.py").read_text(encoding="utf-8")


def test_the_tree_names_no_machine_and_no_package_index():
    # Spelt apart, so that this file does not find itself.
    unwanted = re.compile(
        "|".join(
            [
                r"(?<!\w)/wo" + "rk/",
                "/ro" + "ot/",
                "pypi" + r"\.org",
                "files\\." + "pythonhosted",
                "/tmp/bash" + "_jobs",
            ]
        )
    )
    for path in tracked():
        full = PROJECT / path
        if (
            full.suffix in (".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".sql", ".csv", ".cfg", "")
            and full.is_file()
        ):
            assert not unwanted.search(full.read_text(encoding="utf-8")), path
