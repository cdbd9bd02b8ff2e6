"""The one-file tool: the same bytes each time, nothing to install, no connection, any console."""

import os
import runpy
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from partner_drawing import SNAPSHOT, write_drawn
from typer.main import get_command

from lantern import codelist
from lantern.home import PROJECT
from lantern.partner.cli import app
from lantern.partner.delivery import deliver
from lantern.partner.key import read_key

BUILDER = runpy.run_path(str(PROJECT / "packaging" / "partner_tool.py"))
# What runs the tool: whoever opens a socket, or a file of an installed package, is stopped there and then.
GUARD = """
import os, runpy, sys
def stop(event, arguments):
    if event.startswith("socket.") or (event == "open" and "site-packages" in str(arguments[0])):
        os.write(2, event.encode())
        os._exit(99)
sys.addaudithook(stop)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
ALERTS = """
    alert_no | alert_date | tenancy_ref | occupant_no | occupant_surname | occupant_forename | occupant_dob | occupant_sex | property_postcode | nhs_number
    ---------+------------+-------------+-------------+------------------+-------------------+--------------+--------------+-------------------+-----------
    9        | 03.07.2026 | TEN1        | 1           | Lovelace         | Ada               | 10.12.2015   | f            | ZX1 1AA           |
    10       | 04.07.2026 | TEN2        | 1           | Ångström         | Žofia             | 11.12.2015   | f            | ZX1 1AA           |
    11       | Łukasz     | TEN2        | 1           | Ångström         | Žofia             | 11.12.2015   | f            | ZX1 1AA           |
"""


@pytest.fixture(scope="module")
def packages() -> Path:
    """The locked libraries: `make test` has fetched them; a bare `pytest` fetches them once."""
    return BUILDER["fetched"]()


@pytest.fixture(scope="module")
def tool(packages, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tool") / "lantern-partner.pyz"
    BUILDER["build"](path, packages)
    return path


def run(tool: Path, *arguments: object, code: str = GUARD, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the tool with Python alone: no site-packages (-S), no current folder (-P), no variable of this machine."""
    needed = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    command = [sys.executable, "-S", "-P", "-c", code, tool, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, env=needed | environment)


def alerts(tmp_path: Path, key_file: Path, *more: str) -> list[object]:
    path = write_drawn(tmp_path / "alerts.csv", ALERTS)
    arguments = ["deliver", path, "--as", "housing_alert", "--partner", "riverton_housing", "--key-file", key_file]
    return [*arguments, "--out", tmp_path / "out", "--snapshot-at", "2026-09-30T23:59:59", *more]


def test_building_twice_gives_the_same_bytes_wherever_and_whenever_it_is_built(tool, packages, tmp_path):
    """Whoever is handed the tool can build it again and compare."""
    elsewhere = shutil.copytree(packages, tmp_path / "elsewhere", copy_function=shutil.copyfile)
    (elsewhere / "rich" / "__pycache__").mkdir(exist_ok=True)
    (elsewhere / "rich" / "__pycache__" / "left.cpython-311.pyc").write_bytes(b"left behind")
    (elsewhere / "rich-15.0.0.dist-info" / "RECORD").write_text("another installer's")

    BUILDER["build"](tmp_path / "again.pyz", elsewhere)

    assert (tmp_path / "again.pyz").read_bytes() == tool.read_bytes()


def test_one_changed_character_in_a_library_gives_another_tool(tool, packages, tmp_path):
    """The twin of the one above: the bytes are of the contents."""
    changed = shutil.copytree(packages, tmp_path / "changed")
    (changed / "mdurl" / "__init__.py").write_text("# changed")

    assert BUILDER["build"](tmp_path / "changed.pyz", changed) != BUILDER["build"](tmp_path / "again.pyz", packages)


def test_it_holds_our_partner_side_the_code_lists_licences_and_nothing_of_the_hub(tool):
    with zipfile.ZipFile(tool) as archive:
        names = archive.namelist()
        times = {entry.date_time for entry in archive.infolist()}

    ours = {name.split("/")[1] for name in names if name.startswith("lantern/")}
    assert ours == {"__init__.py", "codelist.py", "contract.py", "errors.py", "partner", "seeds"}
    lists = [name for name in names if name.startswith("lantern/seeds/")]
    assert len(lists) == len(list((PROJECT / "dbt_project" / "seeds" / "codelists").glob("codelist__*.csv"))) > 15
    assert names == sorted(names)
    assert times == {(1980, 1, 1, 0, 0, 0)}
    assert [name for name in names if name.endswith((".pyc", ".so", ".pyd", "RECORD", "direct_url.json"))] == []
    packages = {name.split("/")[0] for name in names if name.endswith(".dist-info/METADATA")}
    assert len(packages) == sum("==" in line for line in BUILDER["LOCK"].read_text().splitlines())


def test_a_library_with_a_compiled_part_is_not_built_in(packages, tmp_path):
    planted = shutil.copytree(packages, tmp_path / "planted")
    (planted / "rich" / "speedup.so").write_bytes(b"\x7fELF")

    with pytest.raises(SystemExit, match=r"speedup\.so: it is compiled for one kind of machine"):
        BUILDER["build"](tmp_path / "no.pyz", planted)

    assert not (tmp_path / "no.pyz").exists()


def test_the_lock_names_no_place_and_pins_every_library_by_hash():
    lines = BUILDER["LOCK"].read_text(encoding="utf-8").splitlines()
    pinned = [number for number, line in enumerate(lines) if "==" in line]

    assert len(pinned) > 10
    assert all("--hash=sha256:" in lines[number + 1] for number in pinned)
    assert not any("://" in line or "pyarrow" in line or "pydantic" in line for line in lines)


def test_without_a_command_it_shows_the_five_steps(tool):
    done = run(tool)

    assert (done.returncode, done.stderr) == (0, b"")
    page = done.stdout.decode()
    for step in ("1. Join", "2. Check", "3. Look", "4. Make", "5. Send"):
        assert f"  {step}" in page
    assert "python lantern-partner.pyz key check" in page


def test_a_key_is_made_and_checked(tool, tmp_path):
    key_file = tmp_path / "my.toml"
    made = run(tool, "key", "new", "--partnership", "demo", "--la", "E06999999", "--key-id", "d-1", "--out", key_file)
    line = made.stdout.decode().strip()

    agreed = run(tool, "key", "check", "--key-file", key_file, "--expect", line)
    differs = run(tool, "key", "check", "--key-file", key_file, "--expect", f"d-1={'0' * 32}.{'0' * 32}")

    assert (made.returncode, agreed.returncode, differs.returncode) == (0, 0, 10)
    assert line == read_key(key_file).line
    assert "They agree" in agreed.stdout.decode()
    assert "Refused. key check: they do not agree: the other side has another project key" in differs.stderr.decode()


def test_it_makes_the_very_delivery_the_installed_package_makes(tool, tmp_path, key_file):
    looked_at = run(tool, *alerts(tmp_path, key_file, "--dry-run"))
    assert (looked_at.returncode, (tmp_path / "out").exists()) == (0, False)
    assert "DRY RUN. 2 events would be made" in looked_at.stdout.decode()

    done = run(tool, *alerts(tmp_path, key_file))

    assert done.returncode == 0, done.stderr
    (folder,) = filter(Path.is_dir, (tmp_path / "out").iterdir())
    files, elsewhere = [tmp_path / "alerts.csv"], tmp_path / "installed"
    installed = deliver(
        files, "housing_alert", "riverton_housing", key_file, elsewhere, snapshot_at=SNAPSHOT, text_format=True
    ).folder
    assert folder.name == installed.name
    for name in ("events.csv", "manifest.json"):
        assert (folder / name).read_bytes() == (installed / name).read_bytes()


def test_it_writes_parquet_where_pyarrow_is_at_hand(tool, tmp_path, key_file):
    command = [sys.executable, "-P", str(tool), *map(str, alerts(tmp_path, key_file))]

    done = subprocess.run(command, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").glob("*/events.parquet"))) == 1


def commands(command, prefix=()):
    yield prefix
    for name, each in sorted(getattr(command, "commands", {}).items()):
        yield from commands(each, (*prefix, name))


@pytest.mark.parametrize("command", list(commands(get_command(app))), ids=" ".join)
def test_every_page_of_help_can_be_shown_on_a_windows_console(tool, command):
    done = run(tool, *command, "--help", PYTHONIOENCODING="cp1252")

    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.decode("cp1252")) > 200


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_report_and_a_refusal_can_be_shown_on_every_console(tool, tmp_path, key_file, encoding):
    made = run(tool, *alerts(tmp_path, key_file), PYTHONIOENCODING=encoding)
    refused = run(tool, *alerts(tmp_path, key_file, "--from", "Łukasz"), PYTHONIOENCODING=encoding)

    assert (made.returncode, refused.returncode) == (0, 10)
    assert "2 events were made" in made.stdout.decode(encoding)
    assert b"Traceback" not in made.stderr + refused.stderr
    assert refused.stderr.startswith(b"Refused. --from: it is not a date")


def test_it_knows_london_time_where_the_machine_has_no_time_zones(tool, tmp_path, key_file):
    """As on Windows."""
    done = run(tool, *alerts(tmp_path, key_file, "--csv"), PYTHONTZPATH="")

    assert done.returncode == 0, done.stderr
    assert "2026-09-30T23:59:59+01:00" in next((tmp_path / "out").glob("*/manifest.json")).read_text()


@pytest.mark.parametrize("fault", ["import socket; socket.socket()", "open({package!r}).read()"])
def test_a_tool_that_opened_a_connection_or_an_installed_library_would_be_stopped(tmp_path, fault):
    """The twin of all runs above."""
    planted = tmp_path / "planted.py"
    planted.write_text(fault.format(package=pytest.__file__))

    done = run(planted)

    assert done.returncode == 99
    assert done.stderr in (b"socket.__new__", b"open")


def test_the_code_lists_are_read_alike_from_a_checkout_and_from_the_tool(tool):
    ask = (
        "import sys; sys.path[:0] = [sys.argv[1]]; from lantern import codelist; print(codelist.codes('token_scheme'))"
    )

    assert run(tool, code=ask).stdout.decode().strip() == str(codelist.codes("token_scheme"))
