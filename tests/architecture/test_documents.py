"""What the documents say is what the code does: numbers, commands, columns, codes."""

import re

import duckdb
import pytest
from typer.main import get_command

from lantern import catalogue
from lantern.cli import app
from lantern.errors import LanternError
from lantern.home import PROJECT
from lantern.partnership import read_partnership
from lantern.privacy import mechanism

README = PROJECT / "README.md"


def text_of(path: str) -> str:
    return (PROJECT / path).read_text(encoding="utf-8")


def test_every_column_of_the_released_file_is_described():
    """docs/released-schema.md has a line for each column of each table, and none for another."""
    with duckdb.connect() as connection:
        connection.execute(text_of("src/lantern/release/released_schema.sql"))
        columns = connection.execute("select table_name, column_name from information_schema.columns").fetchall()
    described, table = set(), ""
    for line in text_of("docs/released-schema.md").splitlines():
        if heading := re.match(r"## `(\w+)`", line):
            table = heading[1]
        if row := re.match(r"\| `(\w+)` \|", line):
            described.add((table, row[1]))

    assert described == set(columns)


def commands(command, prefix=()):
    for name, each in sorted(command.commands.items()):
        if hasattr(each, "commands"):
            yield from commands(each, (*prefix, name))
        else:
            yield " ".join((*prefix, name))


def test_every_command_is_in_the_readme():
    readme = README.read_text(encoding="utf-8")
    found = list(commands(get_command(app)))

    assert len(found) >= 14
    for command in found:
        assert f"lantern {command}" in readme, command


def test_every_exit_code_is_in_the_readme():
    for kind in LanternError.__subclasses__():
        assert re.search(rf"\| {kind.exit_code} \|", README.read_text(encoding="utf-8")), kind


def test_every_make_target_the_readme_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", README.read_text(encoding="utf-8") + text_of("CONTRIBUTING.md")))

    assert {"demo", "test"} <= named <= targets


def test_cleaning_takes_no_home_with_it():
    """`var/` is where a home is unless LANTERN_HOME says otherwise: nothing brings its keys and ledger back."""
    recipe = re.search(r"^clean:\n((?:\t.*\n?)+)", text_of("Makefile"), flags=re.MULTILINE)

    assert recipe is not None
    assert "var" not in recipe[1].split()


def test_the_readme_says_how_many_measures_there_are_and_how_many_are_released():
    told = re.search(r"Of (\d+) measures, (\d+) are released", README.read_text(encoding="utf-8"))

    assert told is not None
    assert tuple(map(int, told.groups())) == (len(catalogue.measures()), len(catalogue.released()))


def test_the_promise_in_the_documents_is_the_one_in_the_configuration():
    privacy = read_partnership("demo").privacy
    year = f"{mechanism.epsilon(privacy.definition, privacy.micro_per_year, privacy.delta):.2f}"

    for path in ("README.md", "docs/mechanism.md"):
        text = text_of(path)
        assert f"{privacy.micro_per_year:,}" in text
        assert f"({year}, 1e-06)" in text


@pytest.mark.parametrize("measure", catalogue.released(), ids=lambda measure: measure.id)
def test_a_released_measure_is_whole(measure):
    """Every entry that is released can be worked out: its limit ends a bin, its words are said."""
    assert len(measure.definition) > 100
    assert "report" not in catalogue.shown(measure).what
    table = catalogue.base_table(catalogue.shown(measure).base_table)
    if measure.kind == "time" and table.answering(measure.id) is None:
        catalogue.last_bin_within(table.name, measure.limit)


def test_the_map_in_the_readme_is_the_tree():
    """Each top-level folder it names exists, and each that exists is named."""
    named = set(re.findall(r"^\| `([a-z_]+)/` \|", README.read_text(encoding="utf-8"), flags=re.MULTILINE))
    there = {path.name for path in PROJECT.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}

    assert named == there - {"var", "build", "dist"}


def test_links_in_the_documents_lead_somewhere():
    pages = [README, *PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
