"""What a plan says of the code that makes its rows: an approval outlives no change of it, and whatever changes no row."""

import hashlib
from pathlib import Path

import pytest

from lantern.release import planning

MADE = ("models/marts/fct_one.sql", "macros/two.sql", "seeds/codelists/three.csv")
MODULES = ("linkage/person.py", *planning._BOUNDING)


@pytest.fixture
def project(tmp_path) -> Path:
    """As much of a checkout as is looked at."""
    for name in (*(f"dbt_project/{each}" for each in MADE), *(f"src/lantern/{each}" for each in MODULES)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"-- {name}\n", encoding="utf-8")
    return tmp_path


def digest(project: Path) -> str:
    return planning.models_digest.__wrapped__(project)


@pytest.mark.parametrize(
    "name", [*(f"dbt_project/{each}" for each in MADE), *(f"src/lantern/{each}" for each in MODULES)]
)
def test_whatever_makes_links_or_bounds_rows_is_in_it(project, name):
    assert len(MODULES) == 5
    before = digest(project)

    (project / name).write_text("-- something else\n", encoding="utf-8")

    assert digest(project) != before


def compile_models(project: Path) -> None:
    """What dbt leaves in its folder, as `dbt compile` does."""
    for name in ("target/compiled/lantern/models/marts/fct_one.sql", "dbt_packages/some/one.sql", "logs/dbt.log"):
        (project / "dbt_project" / name).parent.mkdir(parents=True, exist_ok=True)
        (project / "dbt_project" / name).write_text("select 1\n", encoding="utf-8")


def test_what_dbt_leaves_in_its_folder_is_not(project):
    before = digest(project)
    compile_models(project)

    assert digest(project) == before


def join(models: Path) -> None:
    """Two files made one that holds the other's name and text."""
    (models / "a.sql").write_text("select 1b.sqlselect 2", encoding="utf-8")
    (models / "b.sql").unlink()


MOVES = {
    "to another folder": lambda made: (made / "models/marts/fct_one.sql").rename(made / "models/fct_one.sql"),
    "from models to macros": lambda made: (made / "models/marts/fct_one.sql").rename(made / "macros/fct_one.sql"),
    "two files made one": lambda made: join(made / "models"),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_where_a_file_is_and_where_it_ends_count(project, move):
    for name, text in (("a.sql", "select 1"), ("b.sql", "select 2")):
        (project / "dbt_project/models" / name).write_text(text, encoding="utf-8")
    before, plain = digest(project), names_and_bytes(project)

    move(project / "dbt_project")

    assert digest(project) != before
    assert names_and_bytes(project) == plain


def test_names_and_bytes_of_the_whole_folder_would_have_changed_with_what_dbt_leaves(project):
    """The twin of the test above: everything under dbt's folder that is SQL."""
    before = names_and_bytes(project)
    compile_models(project)

    assert names_and_bytes(project) != before


def names_and_bytes(project: Path) -> str:
    """The twin: of every `.sql` and `.csv` under dbt's folder its name and bytes, with neither its folder nor its length."""
    found = hashlib.sha256()
    files = [path for path in (project / "dbt_project").rglob("*") if path.suffix in (".sql", ".csv")]
    for path in sorted(files, key=lambda each: each.name):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()
