"""The two images: what is installed in them, what is copied, and who runs them."""

import re

import pytest
from container_files import PROJECT, copied, dockerfile, stage, unhashed_installs


def test_both_images_install_only_wheels_of_hashed_locks():
    assert unhashed_installs(dockerfile()) == []
    assert dockerfile().count("pip install") == 2


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
    assert len(locks) == 2

    for lock in locks:
        requirements = re.findall(r"(?m)^([\w.-]+)==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", lock)
        assert len(requirements) == len(re.findall(r"(?m)^[\w.-]+(?:\[[\w,]+\])?\s*[=<>~@!]", lock)) > 0


def test_the_dashboard_holds_its_pages_and_nothing_of_the_hub():
    text = stage(dockerfile(), "dashboard")

    assert copied(text) == ["dashboard/"]
    assert re.findall(r"--from=(\S+)", text) == ["dashboard-libraries"]
    assert copied(stage(dockerfile(), "dashboard-libraries")) == ["requirements/dashboard.txt"]


def test_the_lock_of_the_dashboard_has_no_library_of_the_hub():
    lock = (PROJECT / "requirements" / "dashboard.txt").read_text(encoding="utf-8")
    names = set(re.findall(r"(?m)^([\w.-]+)==", lock))

    assert {"streamlit", "duckdb"} <= names
    assert not {name for name in names if name.startswith(("apache-airflow", "dbt-", "opendp", "great-expectations"))}


def test_the_hub_holds_what_its_code_looks_for_beside_it():
    text = stage(dockerfile(), "hub")

    assert copied(text) == ["src/", "dags/", "dbt_project/", "expectations/", "partnerships/${PARTNERSHIP}.toml"]
    assert "PYTHONPATH=/opt/lantern/dags:/opt/lantern/src" in text


@pytest.mark.parametrize(("name", "user"), [("hub", "10001"), ("dashboard", "10002")])
def test_an_image_runs_as_a_user_of_its_own(name, user):
    text = stage(dockerfile(), name)

    assert re.findall(r"(?m)^USER (\S+)", text) == [f"{user}:{user}"]
    assert f"useradd --uid {user} --gid {user}" in text


def test_the_image_of_the_dashboard_says_whether_it_is_well():
    assert "/_stcore/health" in stage(dockerfile(), "dashboard")


def test_every_stage_builds_on_one_base():
    bases = re.findall(r"(?m)^FROM (\S+) AS (\S+)$", dockerfile())

    assert {name: base for base, name in bases} == {
        "base": "${PYTHON}",
        "hub-libraries": "base",
        "dashboard-libraries": "base",
        "dashboard": "base",
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

    assert rules[0] == "*"
    assert let_in == {"partnerships" if path.startswith("partnerships/") else path for path in needed}
    assert [path for path in let_in if not (PROJECT / path).exists()] == []
