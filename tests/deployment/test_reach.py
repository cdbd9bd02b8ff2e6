"""Who reaches what: volumes, networks, ports and the protections of every container."""

import copy
import re

import pytest
from container_files import (
    AIRFLOW,
    STORES,
    compose,
    dashboard_reach,
    dockerfile,
    holders,
    mounts,
    published_beyond_this_machine,
    stage,
    unconfined,
)

KEYS = {"lantern_hub_key", "lantern_warehouse_key", "lantern_ledger_key"}


@pytest.fixture
def document():
    return compose()


def test_the_dashboard_reaches_the_released_volume_and_nothing_else(document):
    assert dashboard_reach(document) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("volumes", ["released:/released"]),
        ("volumes", ["hub-home:/home:ro"]),
        ("networks", ["board", "hub"]),
        ("secrets", ["lantern_ledger_key"]),
    ],
)
def test_a_dashboard_that_reaches_further_is_noticed(document, setting, value):
    document["services"]["dashboard"][setting] = value

    assert dashboard_reach(document) != []


def test_the_dashboard_is_told_of_the_released_file_alone(document):
    board = document["services"]["dashboard"]

    assert board["environment"] == {"LANTERN_RELEASED": "/released/released.duckdb"}
    assert [each["target"] for each in mounts(board)] == ["/released"]


def told_to_stay_silent(words):
    """Streamlit is given its name, so that it asks nobody, and counts no visits."""
    line = " ".join(words).replace("=", " ")
    return bool(re.search(r"--browser\.serverAddress \S", line)) and "--browser.gatherUsageStats false" in line


def test_the_dashboard_calls_nobody(document):
    """On 0.0.0.0 and with no name of its own, Streamlit asks a service on the internet for its address."""
    in_image = stage(dockerfile(), "dashboard").split("CMD [", 1)[1].split("]", 1)[0].replace('"', "").split(", ")

    assert told_to_stay_silent(document["services"]["dashboard"]["command"])
    assert told_to_stay_silent(in_image)
    assert not told_to_stay_silent([word for word in in_image if word != "--browser.serverAddress"])


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
