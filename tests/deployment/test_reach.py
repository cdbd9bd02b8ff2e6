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
    networks_in_common,
    published,
    stage,
    unconfined,
)

KEYS = {"lantern_hub_key", "lantern_warehouse_key", "lantern_ledger_key"}
SIGN_IN = ["secret board_client", "secret board_cookie"]
"""What the dashboard needs to ask people who they are, and no other service holds."""


WATCHES = ("airflow-triggerer", "airflow-scheduler")
"""Who sees what has come, and who takes it."""


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
    """LocalExecutor runs the tasks inside the scheduler; the triggerer lists the inbox; the pages of Airflow need neither."""
    assert holders(document, STORES | KEYS) == {
        "postgres": {"airflow-metadata"},
        "ledger": {"ledger"},
        "airflow-scheduler": {"hub-home", "inbox"} | KEYS,
        "airflow-triggerer": {"inbox"},
    }


def written_by(document, volume):
    """The services that may write to a volume."""
    return [
        name
        for name, service in document["services"].items()
        for each in mounts(service)
        if each["source"] == volume and not each.get("read_only")
    ]


def test_the_triggerer_cannot_change_what_a_partner_sent_and_speaks_with_nobody_but_airflow(document):
    """It sees the inbox where the scheduler's code has it, has no port and no network that leads further."""
    seen, taken = ({each["source"]: each["target"] for each in mounts(document["services"][name])} for name in WATCHES)

    assert written_by(document, "inbox") == ["airflow-scheduler"]
    assert seen["inbox"] == taken["inbox"]
    assert seen.keys() == {"airflow-logs", "inbox"}
    assert document["services"]["airflow-triggerer"]["networks"] == ["hub"]


def test_an_inbox_that_the_triggerer_could_write_would_be_noticed(document):
    """The twin: a delivery could be altered on its way."""
    (inbox,) = [each for each in mounts(document["services"]["airflow-triggerer"]) if each["source"] == "inbox"]
    document["services"]["airflow-triggerer"]["volumes"] = [f"inbox:{inbox['target']}"]

    assert written_by(document, "inbox") == ["airflow-scheduler", "airflow-triggerer"]


def test_each_secret_is_mounted_where_it_is_needed_and_nowhere_else(document):
    """What opens a database or a proxy is held by its two ends; Airflow's own four by all of Airflow."""
    held = {name: sorted(holders(document, {name})) for name in document["secrets"]}
    airflow = sorted(AIRFLOW)

    assert held == {
        "postgres_password": ["postgres"],
        "airflow_database": airflow,
        "airflow_fernet_key": airflow,
        "airflow_jwt_secret": airflow,
        "airflow_api_secret_key": airflow,
        "airflow_passwords": ["airflow-api-server"],
        **{key: ["airflow-scheduler"] for key in sorted(KEYS)},
        "ledger_superuser_password": ["ledger"],
        "ledger_password": ["ledger"],
        "ledger_url": ["airflow-scheduler"],
        "board_client": ["dashboard"],
        "board_cookie": ["dashboard"],
        "board_certificate": ["board-proxy"],
        "board_certificate_key": ["board-proxy"],
        "officers_certificate": ["officers-proxy"],
        "officers_certificate_key": ["officers-proxy"],
    }


def test_the_host_publishes_the_two_proxies_and_nothing_else(document):
    """The officers' on this machine alone, unless they say otherwise."""
    assert published(document) == ["board-proxy 0.0.0.0:443:8443", "officers-proxy 127.0.0.1:8443:8443"]


def test_a_service_that_is_published_past_its_proxy_is_noticed(document):
    document["services"]["dashboard"]["ports"] = ["8501:8501"]

    assert "dashboard 8501:8501" in published(document)


def test_networks_that_services_share_have_no_way_out(document):
    """The three that are not internal have one service each: to publish a port, or to ask who signs in."""
    used = {name: [] for name in document["networks"]}
    for name, service in document["services"].items():
        for network in service["networks"]:
            used[network].append(name)

    assert used == {
        "hub": ["postgres", *AIRFLOW],
        "ledger": ["ledger", "airflow-scheduler"],
        "officers": ["airflow-api-server", "officers-proxy"],
        "board": ["dashboard", "board-proxy"],
        "officers-front": ["officers-proxy"],
        "board-front": ["board-proxy"],
        "identity": ["dashboard"],
    }
    assert {name for name, about in document["networks"].items() if about == {"internal": True}} == {
        "hub",
        "ledger",
        "officers",
        "board",
    }


def test_nothing_of_the_board_can_reach_anything_of_the_hub(document):
    board = {"dashboard", "board-proxy"}
    pairs = networks_in_common(document)
    assert ("board-proxy", "dashboard", "board") in pairs

    assert [pair for pair in pairs if len(board & set(pair[:2])) == 1] == []


def test_one_proxy_for_both_sides_would_be_noticed(document):
    """The twin: it would be a bridge between them."""
    document["services"]["board-proxy"]["networks"] += ["officers"]

    assert ("airflow-api-server", "board-proxy", "officers") in networks_in_common(document)


def test_every_container_is_confined(document):
    assert unconfined(document) == []


@pytest.mark.parametrize(
    "setting", ["read_only", "cap_drop", "security_opt", "ulimits", "user", "cpus", "mem_limit", "pids_limit"]
)
def test_a_container_that_is_not_confined_is_noticed(document, setting):
    loose = copy.deepcopy(document["services"]["dashboard"])
    del loose[setting]

    assert len(unconfined({"services": {"dashboard": loose}})) == 1


def test_each_side_has_users_of_its_own(document):
    users = {name: service["user"] for name, service in document["services"].items()}

    assert users == dict.fromkeys(AIRFLOW, "10001:10001") | {
        "dashboard": "10002:10002",
        "board-proxy": "10003:10003",
        "officers-proxy": "10004:10004",
        "postgres": "999:999",
        "ledger": "999:999",
    }
