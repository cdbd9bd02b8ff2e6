"""The three images: what is installed in them, what is copied, and who runs them."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig

import pytest
from container_files import PROJECT, copied, dockerfile, stage, unhashed_installs

IMAGES = ("hub", "dashboard", "partner")


def test_every_image_installs_only_wheels_of_its_own_hashed_lock():
    assert unhashed_installs(dockerfile()) == []
    assert dockerfile().count("pip install") == 3

    for name in IMAGES:
        assert copied(stage(dockerfile(), f"{name}-libraries")) == [f"requirements/{name}.txt"]
        assert re.findall(r"--from=(\S+)", stage(dockerfile(), name)) == [f"{name}-libraries"]


@pytest.mark.parametrize(
    "line",
    [
        "RUN pip install streamlit",
        "RUN pip install --no-deps --only-binary :all: -r /locks/hub.txt",
        "RUN pip install \\\n    --require-hashes -r /locks/hub.txt",
        "RUN apt-get update && apt-get install -y git",
        "ADD tool.tar.gz /opt",
    ],
)
def test_an_install_without_hashes_is_noticed(line):
    assert unhashed_installs(f"{dockerfile()}\n{line}\n") != []


def test_every_requirement_of_an_image_has_a_hash():
    text = dockerfile()
    locks = [(PROJECT / path).read_text(encoding="utf-8") for path in re.findall(r"requirements/\w+\.txt", text)]
    assert len(locks) == 3

    for lock in locks:
        requirements = re.findall(r"(?m)^([\w.-]+)==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", lock)
        assert len(requirements) == len(re.findall(r"(?m)^[\w.-]+(?:\[[\w,]+\])?\s*[=<>~@!]", lock)) > 0


def test_the_dashboard_holds_its_pages_and_nothing_of_the_hub():
    text = stage(dockerfile(), "dashboard")

    assert copied(text) == ["dashboard/"]


def test_the_lock_of_the_dashboard_has_no_library_of_the_hub():
    lock = (PROJECT / "requirements" / "dashboard.txt").read_text(encoding="utf-8")
    names = set(re.findall(r"(?m)^([\w.-]+)==", lock))

    assert {"streamlit", "duckdb"} <= names
    assert not {name for name in names if name.startswith(("apache-airflow", "dbt-", "opendp", "great-expectations"))}


def test_the_hub_holds_what_its_code_looks_for_beside_it():
    text = stage(dockerfile(), "hub")

    assert copied(text) == ["src/", "dags/", "dbt_project/", "expectations/", "partnerships/${PARTNERSHIP}.toml"]
    assert "PYTHONPATH=/opt/lantern/dags:/opt/lantern/src" in text


@pytest.mark.parametrize(("name", "user"), [("hub", "10001"), ("dashboard", "10002"), ("partner", "10005")])
def test_an_image_runs_as_a_user_of_its_own(name, user):
    text = stage(dockerfile(), name)

    assert re.findall(r"(?m)^USER (\S+)", text) == [f"{user}:{user}"]
    assert f"useradd --uid {user} --gid {user}" in text


WITH_ITS_LOCK_ALONE = """
import importlib.abc, importlib.metadata, json, sys
locked, homes = set(json.loads(sys.argv[1])), importlib.metadata.packages_distributions()
plain = lambda name: name.lower().replace("_", "-")
class NotInTheImage(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        found = {{plain(each) for each in homes.get(name, [])}} - {{"lantern-safeguarding"}}
        if "." not in name and found and not found & locked:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, NotInTheImage())
{code}
"""


def ran(name, folder, path, code):
    """The end of a process that has, beside Python, what an image has: its files of ours and the packages of its lock."""
    given = [
        sys.executable,
        "-S",
        "-W",
        "ignore",
        "-c",
        WITH_ITS_LOCK_ALONE.format(code=code),
        json.dumps(sorted(locked(name))),
    ]
    site = sysconfig.get_paths()["purelib"]  # without -S the checkout itself would be on the path
    return subprocess.run(
        given,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(folder / path), site]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def locked(name):
    text = (PROJECT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return {each.lower().replace("_", "-") for each in re.findall(r"(?m)^([\w.-]+)(?:\[[\w,]+\])?==", text)}


def image_of(name, folder):
    """What the image has of the checkout, laid where it lays it: a folder of the copied files alone."""
    for path in copied(stage(dockerfile(), name)):
        source, target = PROJECT / path, folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=ignored) if source.is_dir() else shutil.copy(source, target)
    return folder


PARTNER = """
from lantern.partner import cli
from typer.testing import CliRunner
told = CliRunner().invoke(cli.app, ["deliver", "--help"])
assert told.exit_code == 0 and "--key-file" in told.output, told.output
from lantern.codelist import codes
assert len(codes("event_type")) > 10
import pyarrow, openpyxl
"""
DASHBOARD = """
import access, released, server, streamlit.web.cli, streamlit.testing.v1, altair, authlib, docx, typst, vl_convert
"""


@pytest.mark.parametrize(("name", "path", "code"), [("partner", "src", PARTNER), ("dashboard", "dashboard", DASHBOARD)])
def test_an_image_has_the_files_and_the_libraries_that_its_code_needs(tmp_path, name, path, code):
    done = ran(name, image_of(name, tmp_path), path, code)

    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("name", "path", "code"),
    [
        ("partner", "src", "import duckdb"),
        ("partner", "src", "import lantern.warehouse"),
        ("dashboard", "dashboard", "import sqlalchemy"),
        ("dashboard", "dashboard", "import lantern.warehouse"),
    ],
)
def test_what_an_image_does_not_have_would_be_missed(tmp_path, name, path, code):
    """The twin: each is there in the checkout, where every other test runs."""
    done = ran(name, image_of(name, tmp_path), path, code)

    assert "ModuleNotFoundError" in done.stderr


def test_the_image_of_the_dashboard_says_whether_it_is_well():
    assert "/_stcore/health" in stage(dockerfile(), "dashboard")


def test_every_stage_builds_on_one_base():
    bases = re.findall(r"(?m)^FROM (\S+) AS (\S+)$", dockerfile())

    assert {name: base for base, name in bases} == {
        "base": "${PYTHON}",
        "hub-libraries": "base",
        "dashboard-libraries": "base",
        "dashboard": "base",
        "partner-libraries": "base",
        "partner": "base",
        "hub": "base",
    }


def test_no_image_is_told_a_secret():
    assert re.findall(r"(?im)^\s*(?:ENV|ARG)?\s*\w*(?:SECRET|PASSWORD|TOKEN|_KEY)\w*=", dockerfile()) == []
    assert "secrets" not in [path.split("/")[0] for path in copied(dockerfile())]


def test_the_builder_is_given_what_is_copied_and_nothing_else():
    lines = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    needed = {path.rstrip("/") for path in copied(dockerfile())}
    uses = {path: [part for part in let_in if f"{path}/".startswith(f"{part}/")] for path in needed}

    assert rules[0] == "*"
    assert [path for path, parts in uses.items() if not parts] == []
    assert {part for parts in uses.values() for part in parts} == let_in
    assert [path for path in let_in if not (PROJECT / path).exists()] == []
