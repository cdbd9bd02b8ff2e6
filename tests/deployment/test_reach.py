"""Who reaches what: volumes, networks, ports and the protections of every container."""

import copy
import json
import subprocess
import sys

import pytest
from container_files import (
    AIRFLOW,
    PROJECT,
    STORES,
    compose,
    compose_variables,
    dashboard_reach,
    dockerfile,
    holders,
    mounts,
    published_beyond_this_machine,
    stage,
    unconfined,
)

KEYS = {"lantern_hub_key", "lantern_warehouse_key", "lantern_ledger_key"}
SIGN_IN = ["secret board_client", "secret board_cookie"]
"""What the dashboard needs to ask people who they are, and no other service holds."""


@pytest.fixture
def document():
    return compose()


def test_the_dashboard_reaches_the_released_volume_and_the_secrets_of_signing_in_and_nothing_else(document):
    assert sorted(dashboard_reach(document)) == SIGN_IN
    assert set(holders(document, {"board_client", "board_cookie"})) == {"dashboard"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("volumes", ["released:/released"]),
        ("volumes", ["hub-home:/home:ro"]),
        ("networks", ["board", "hub"]),
        ("secrets", ["board_client", "board_cookie", "lantern_ledger_key"]),
    ],
)
def test_a_dashboard_that_reaches_further_is_noticed(document, setting, value):
    document["services"]["dashboard"][setting] = value

    assert sorted(dashboard_reach(document)) != SIGN_IN


def test_the_dashboard_is_told_of_the_released_file_and_of_who_may_read(document):
    board = document["services"]["dashboard"]
    told = dict(board["environment"])

    assert told.pop("LANTERN_RELEASED") == "/released/released.duckdb"
    assert [name for name in told if not name.startswith(("LANTERN_OIDC_", "LANTERN_DASHBOARD_"))] == []
    assert [each["target"] for each in mounts(board)] == ["/released"]


def asked(code, environment):
    """What the dashboard's own code says of settings, in a process that imports nothing of the hub."""
    command = [sys.executable, "-c", f"import json, os, access, server\nprint(json.dumps({code}))"]
    clean = {"PYTHONPATH": str(PROJECT / "dashboard"), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, env=clean | environment, check=True, capture_output=True, text=True)
    return json.loads(ran.stdout)


def filled_in(value):
    """A setting of the compose file with its variables given, each as one an operator would give."""
    given = {"LANTERN_OIDC_METADATA_URL": "https://id.example/.well-known/openid-configuration"}
    for name in sorted(compose_variables(), key=len, reverse=True):
        for form in (
            f"${{{name}:?see .env.example}}",
            f"${{{name}:-roles}}",
            f"${{{name}:-openid profile}}",
            f"${{{name}:-}}",
        ):
            value = value.replace(form, given.get(name, "board.example"))
    return value


def test_the_settings_of_the_dashboard_are_complete_for_the_code_that_reads_them(document):
    told = {name: filled_in(value) for name, value in document["services"]["dashboard"]["environment"].items()}
    assert [value for value in told.values() if "$" in value] == []

    found = asked("vars(access.Access.of(os.environ)) | {'roles': list(access.Access.of(os.environ).roles)}", told)

    assert found["url"] == "https://board.example"
    assert found["client_secret_file"] == "/run/secrets/board_client"
    assert found["cookie_secret_file"] == "/run/secrets/board_cookie"


def test_a_dashboard_open_to_others_never_starts_without_access(document):
    """Compose refuses to start without the settings, the server refuses without them, and so does the image alone."""
    board = document["services"]["dashboard"]
    in_image = json.loads("[" + stage(dockerfile(), "dashboard").split("CMD [", 1)[1].split("]", 1)[0] + "]")
    needed = ("METADATA_URL", "CLIENT_ID", "ROLES")

    assert board["command"] == in_image == ["python", "server.py", "--address", "0.0.0.0", "--port", "8501"]
    assert [name for name in needed if ":?" not in board["environment"][f"LANTERN_OIDC_{name}"]] == []


def told_to_stay_silent(words):
    """Streamlit is given its name, so that it asks nobody, and counts no visits."""
    named = dict(zip(words, [*words[1:], ""], strict=True))
    return bool(named.get("--browser.serverAddress")) and named.get("--browser.gatherUsageStats") == "false"


def test_the_dashboard_calls_nobody():
    """On 0.0.0.0 and with no name of its own, Streamlit asks a service on the internet for its address."""
    words = asked("server.arguments('0.0.0.0', 8501, None)", {})

    assert told_to_stay_silent(words)
    assert not told_to_stay_silent([word for word in words if word != "--browser.serverAddress"])


def test_only_the_scheduler_holds_the_stores_and_the_keys_of_the_hub(document):
    """LocalExecutor runs the tasks inside the scheduler; the pages of Airflow need neither."""
    assert holders(document, STORES | KEYS) == {
        "postgres": {"airflow-metadata"},
        "airflow-scheduler": {"hub-home", "ledger", "inbox"} | KEYS,
    }


def test_no_port_is_open_beyond_this_machine(document):
    assert published_beyond_this_machine(document) == []
    assert sum(len(service.get("ports", [])) for service in document["services"].values()) == 2


@pytest.mark.parametrize("port", ["8501:8501", "0.0.0.0:8501:8501", 8501, {"target": 8501, "published": "8501"}])
def test_a_port_open_to_others_is_noticed(document, port):
    document["services"]["dashboard"]["ports"] = [port]

    assert published_beyond_this_machine(document) != []


def test_the_network_of_the_hub_has_no_way_out(document):
    assert document["networks"]["hub"] == {"internal": True}
    assert [name for name, service in document["services"].items() if service["networks"] == ["hub"]] == [
        "postgres",
        "airflow-init",
        "airflow-scheduler",
        "airflow-dag-processor",
        "airflow-triggerer",
    ]


def test_every_container_is_confined(document):
    assert unconfined(document) == []


@pytest.mark.parametrize("setting", ["read_only", "cap_drop", "security_opt", "ulimits", "user"])
def test_a_container_that_is_not_confined_is_noticed(document, setting):
    loose = copy.deepcopy(document["services"]["dashboard"])
    del loose[setting]

    assert len(unconfined({"services": {"dashboard": loose}})) == 1


def test_the_hub_and_the_dashboard_are_different_users(document):
    users = {document["services"][name]["user"] for name in AIRFLOW}

    assert users == {"10001:10001"}
    assert document["services"]["dashboard"]["user"] == "10002:10002"
