"""The production shape: docker-compose.yml, its settings and who reaches what."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import jsonschema
import pytest
from container_files import (
    AIRFLOW,
    HERE,
    PROJECT,
    commands,
    compose,
    compose_variables,
    mounts,
    secrets_of,
)

DIFFERS = {
    "AIRFLOW_HOME": "a folder in memory: the database is PostgreSQL and logs have a volume",
    "AIRFLOW__API__HOST": "the container's own address; the host publishes it on 127.0.0.1",
    "PATH": "the image sets it: its environment is /opt/venv",
    "PYTHONPATH": "the package runs from src/ beside the DAGs",
}
"""Settings of environment.py that production sets otherwise, and why."""


@pytest.fixture
def document():
    return compose()


@pytest.fixture(scope="module")
def shared_settings():
    """What every Airflow process of ours runs in, as a process of its own says it, paths as in the image."""
    code = (
        "import json, pathlib; from orchestration.environment import airflow_environment; "
        "print(json.dumps(airflow_environment(pathlib.Path('/var/lib/airflow'))))"
    )
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT / "dags")}
    told = subprocess.run([sys.executable, "-c", code], env=clean, check=True, capture_output=True, text=True)
    found = json.loads(told.stdout)
    assert len(found) > 10
    return {name: value.replace(str(PROJECT), "/opt/lantern") for name, value in found.items()}


def schema_errors(document):
    schema = json.loads((HERE / "compose-spec.json").read_text(encoding="utf-8"))
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(document)]


def test_the_compose_file_is_a_compose_file(document):
    assert schema_errors(document) == []


def test_a_misspelt_compose_file_is_noticed(document):
    document["services"]["dashboard"]["read_olny"] = True

    assert schema_errors(document) != []


def test_whatever_a_service_names_is_declared(document):
    declared = {kind: set(document[kind]) for kind in ("volumes", "secrets", "networks", "configs")}

    for service in document["services"].values():
        assert {each["source"] for each in mounts(service)} <= declared["volumes"]
        assert secrets_of(service) <= declared["secrets"]
        assert {each["source"] for each in service.get("configs", [])} <= declared["configs"]
        assert set(service["networks"]) <= declared["networks"]
        assert set(service.get("depends_on", {})) <= set(document["services"])


@pytest.mark.parametrize("service", AIRFLOW)
def test_every_airflow_process_runs_with_the_settings_of_the_dags(document, shared_settings, service):
    given = document["services"][service]["environment"]

    missing = {
        name: value for name, value in shared_settings.items() if name not in DIFFERS and given.get(name) != value
    }

    assert missing == {}


def test_a_setting_that_production_forgets_is_noticed(document, shared_settings):
    given = document["services"]["airflow-scheduler"]["environment"]
    del given["GX_ANALYTICS_ENABLED"]

    assert [name for name in shared_settings if name not in DIFFERS and name not in given] == ["GX_ANALYTICS_ENABLED"]


def test_a_difference_from_the_dags_settings_is_one_that_exists(shared_settings):
    assert set(DIFFERS) <= set(shared_settings)


def test_airflow_reads_its_secrets_from_commands_it_honours(document):
    """Airflow runs `..._CMD` for options it holds to be secret, and ignores it for others."""
    import yaml

    options = yaml.safe_load(
        (Path(find_spec("airflow").origin).parent / "config_templates" / "config.yml").read_text(encoding="utf-8")
    )
    given = document["services"]["airflow-scheduler"]["environment"]
    asked = [name.removesuffix("_CMD").split("__")[1:] for name in given if name.endswith("_CMD")]
    assert len(asked) == 4

    for section, option in asked:
        assert options[section.lower()]["options"][option.lower()]["sensitive"] is True


def test_airflow_asks_who_is_there(document):
    for service in AIRFLOW:
        given = document["services"][service]["environment"]

        assert given["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "False"
        assert given["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


def test_the_hub_writes_what_the_dashboard_reads_where_the_code_expects_it(document, monkeypatch):
    from lantern.home import Home

    monkeypatch.setenv("LANTERN_HOME", "/var/lib/lantern")
    home = Home.of("demo")
    targets = {
        each["source"]: each["target"].replace("${LANTERN_PARTNERSHIP:?see .env.example}", "demo")
        for each in mounts(document["services"]["airflow-scheduler"])
    }

    assert targets["hub-home"] == str(home.root)
    assert targets["released"] == str(home.released.parent)
    assert targets["inbox"] == str(home.inbox)


def test_every_setting_of_ours_is_one_that_the_code_reads(document):
    """A name misspelt here would be a setting that nobody gives."""
    read = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("src", "dags", "dashboard")
        for path in (PROJECT / folder).rglob("*.py")
    )
    given = {
        name
        for service in document["services"].values()
        for name in service.get("environment", {})
        if name.startswith("LANTERN_")
    }
    # Put together in the code: a key's from its name, those of signing in and the ledger's file from what stands before.
    parts = {"LANTERN_LEDGER_URL_FILE": ("{URL_NAMED}_FILE", 'URL_NAMED = "LANTERN_LEDGER_URL"')}
    for name in given:
        if name.startswith("LANTERN_OIDC_"):
            parts[name] = (f'{"{PREFIX}"}{name.removeprefix("LANTERN_OIDC_")}"', 'PREFIX = "LANTERN_OIDC_"')
    keys = {f"LANTERN_{name}_KEY_FILE" for name in ("HUB", "WAREHOUSE", "LEDGER")}
    assert keys < given
    assert len(given) >= 12

    unread = {name for name in given - keys if not all(part in read for part in parts.get(name, (f'"{name}"',)))}
    assert unread == set()


def test_the_keys_of_the_hub_are_named_to_the_code_that_reads_them(document):
    from lantern import secret

    given = document["services"]["airflow-scheduler"]["environment"]

    for name in secret.KEYS:
        assert given[f"LANTERN_{name.upper()}_KEY_FILE"] == f"/run/secrets/lantern_{name}_key"


def test_every_lasting_service_starts_again_and_says_whether_it_is_well(document):
    for name, service in document["services"].items():
        if name != "airflow-init":
            assert service["restart"] == "unless-stopped"
            assert service["healthcheck"]["test"]


@pytest.fixture(scope="module")
def airflow_commands(tmp_path_factory):
    """Airflow's commands with their subcommands, asked in a process and a home of their own."""
    code = (
        "import json; from airflow.cli import cli_parser; "
        "print(json.dumps({name: [each.name for each in getattr(command, 'subcommands', ())] "
        "for name, command in cli_parser.ALL_COMMANDS_DICT.items()}))"
    )
    own = os.environ | {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow"))}
    told = subprocess.run([sys.executable, "-c", code], env=own, check=True, capture_output=True, text=True)
    return json.loads(told.stdout.splitlines()[-1])


def unknown_commands(document, airflow_commands):
    """Command lines that no program of the images answers to."""
    found = []
    for program, *words in commands(document):
        match program, *words:
            case "airflow", command, *rest:
                below = airflow_commands.get(command)
                is_known = below is not None and (not below or rest[0] in below)
            case "python", "-m", module, *_:
                is_known = find_spec(module) is not None
            case "python", script, *_ if script.endswith(".py"):
                is_known = (PROJECT / "dashboard" / script).is_file()  # the folder the image starts in
            case "python", "-c", code:
                is_known = compile(code, "docker-compose.yml", "exec") is not None
            case _:
                is_known = program in ("install", "pg_isready", "curl")
        found += [] if is_known else [[program, *words]]
    return found


def test_every_command_is_one_that_exists(document, airflow_commands):
    assert len(commands(document)) >= 14
    assert unknown_commands(document, airflow_commands) == []


@pytest.mark.parametrize(
    "command",
    [
        ["airflow", "webserver"],
        ["airflow", "db", "init"],
        ["python", "-m", "streamlitt"],
        ["python", "servr.py"],
        ["lantern-hub"],
    ],
)
def test_a_command_that_does_not_exist_is_noticed(document, airflow_commands, command):
    document["services"]["airflow-scheduler"]["command"] = command

    assert unknown_commands(document, airflow_commands) == [command]


def test_the_pool_the_dags_wait_for_is_made(document):
    naming = (PROJECT / "dags" / "orchestration" / "naming.py").read_text(encoding="utf-8")
    made = [line for line in commands(document) if line[:3] == ["airflow", "pools", "set"]]

    assert [line[4] for line in made] == ["1"]
    assert f'POOL = "{made[0][3]}"' in naming


def test_every_variable_is_named_in_the_example_and_has_no_value_there():
    lines = (PROJECT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = [line.partition("=") for line in lines if line and not line.startswith("#")]

    assert {name for name, _, _ in named} == compose_variables()
    assert [value for _, _, value in named if value] == []


def test_every_secret_is_made_in_the_manual(document):
    """Each file that Compose mounts is one that docs/production.md says how to make."""
    manual = (PROJECT / "docs" / "production.md").read_text(encoding="utf-8")
    made = manual[manual.index("umask 077") : manual.index("chown 10001")]

    assert len(document["secrets"]) >= 15
    assert [name for name in document["secrets"] if name not in made] == []
    assert {each["file"].rsplit("/", 1)[1] for each in document["secrets"].values()} == set(document["secrets"])


def test_no_secret_is_written_into_the_compose_file(document):
    for service in document["services"].values():
        for name, value in service.get("environment", {}).items():
            if any(word in name for word in ("PASSWORD", "SECRET", "KEY", "SQL_ALCHEMY_CONN")):
                assert "/run/secrets/" in str(value) or str(value).startswith("/tmp/")
        assert "configs" not in service or all("secret" not in each["source"] for each in service["configs"])
    assert all(list(secret) == ["file"] for secret in document["secrets"].values())
