"""The container files as Python values, and the rules each of them must keep: a rule returns what breaks it."""

import re
import shlex
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
AIRFLOW = ("airflow-init", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "airflow-api-server")
STORES = {"hub-home", "ledger", "inbox", "airflow-metadata"}
_VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)")
_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")

Document = dict[str, Any]


def compose() -> Document:
    return yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))


def compose_variables() -> set[str]:
    return set(_VARIABLE.findall((PROJECT / "docker-compose.yml").read_text(encoding="utf-8")))


def dockerfile() -> str:
    return (PROJECT / "Dockerfile").read_text(encoding="utf-8")


def mounts(service: Document) -> list[Document]:
    """Each volume of a service as `source`, `target` and `read_only`, however it is written."""
    found = []
    for volume in service.get("volumes", []):
        if isinstance(volume, dict):
            found.append({"read_only": False, **volume})
        else:
            # A target may hold ${NAME:?words}; only colons outside braces part the fields.
            source, target, *mode = re.split(r":(?![^{]*\})", volume)
            found.append({"source": source, "target": target, "read_only": mode == ["ro"]})
    return found


def secrets_of(service: Document) -> set[str]:
    return {secret if isinstance(secret, str) else secret["source"] for secret in service.get("secrets", [])}


def dashboard_reach(document: Document) -> list[str]:
    """What the dashboard could reach beyond the released volume, read-only, on a network of its own."""
    board = document["services"]["dashboard"]
    others = [service for name, service in document["services"].items() if name not in ("dashboard", "board-proxy")]
    networks_of_others = {network for service in others for network in service["networks"]}
    found = [
        f"volume {each['source']}" for each in mounts(board) if each["source"] != "released" or not each["read_only"]
    ]
    found += [f"network {network}" for network in board["networks"] if network in networks_of_others]
    found += [f"secret {secret}" for secret in secrets_of(board)]
    found += [f"after {service}" for service in board.get("depends_on", {})]
    return found


def unconfined(document: Document) -> list[str]:
    """Services that lack one of the protections every container here has."""
    expected = {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "ulimits": {"core": 0},
    }
    limits = ("cpus", "mem_limit", "pids_limit")
    found = [
        f"{name}: {setting}"
        for name, service in document["services"].items()
        for setting, value in expected.items()
        if service.get(setting) != value
    ]
    found += [
        f"{name}: {limit}"
        for name, service in document["services"].items()
        for limit in limits
        if not service.get(limit)
    ]
    found += [f"{name}: root" for name, service in document["services"].items() if not _has_own_user(service)]
    return found


def _has_own_user(service: Document) -> bool:
    return re.fullmatch(r"[1-9]\d*:[1-9]\d*", service.get("user", "")) is not None


def published(document: Document) -> list[str]:
    """Ports of the host and whom they lead to, with the variables left out that may say otherwise."""
    return [
        f"{name} {_DEFAULT.sub(lambda found: found[1], str(port))}"
        for name, service in document["services"].items()
        for port in service.get("ports", [])
    ]


def networks_in_common(document: Document) -> set[tuple[str, str, str]]:
    """Pairs of services that can reach each other, and by which network."""
    services = sorted(document["services"].items())
    return {
        (one, other, network)
        for place, (one, first) in enumerate(services)
        for other, second in services[place + 1 :]
        for network in set(first["networks"]) & set(second["networks"])
    }


def holders(document: Document, names: set[str]) -> dict[str, set[str]]:
    """Which services hold any of these volumes or secrets, and which ones."""
    held = {
        name: names & ({each["source"] for each in mounts(service)} | secrets_of(service))
        for name, service in document["services"].items()
    }
    return {name: found for name, found in held.items() if found}


def commands(document: Document) -> list[list[str]]:
    """Every command line that a service or a health check runs, a shell's lines one by one."""
    lines = []
    for service in document["services"].values():
        for line in (service.get("command"), service.get("healthcheck", {}).get("test")):
            lines += _lines_of(line) if line else []
    return lines


def _lines_of(line: list[str]) -> list[list[str]]:
    match line:
        case ["sh", "-ec", script]:
            words = [shlex.split(each) for each in script.splitlines() if each.strip()]
            return [each[1:] if each[0] == "exec" else each for each in words]
        case ["CMD-SHELL", script]:
            return [shlex.split(script)]
        case ["CMD", *words]:
            return [words]
        case _:
            return [line]


def stage(text: str, name: str) -> str:
    """One stage of the Dockerfile, continued lines joined and comments left out."""
    joined = re.sub(r"\\\n\s*", "", "\n".join(each for each in text.splitlines() if not each.startswith("#")))
    for each in re.split(r"(?m)^(?=FROM )", joined):
        if re.match(rf"FROM \S+ AS {name}$", each.splitlines()[0]):
            return each
    raise LookupError(name)


def unhashed_installs(text: str) -> list[str]:
    """Installs that could bring in anything but the hashed wheels of a lock."""
    joined = re.sub(r"\\\n\s*", "", text)
    installs = [each.strip() for each in re.findall(r"\S*pip3? install[^&\n]*", joined)]
    fetches = re.findall(r"(?:apt-get|apt|curl|wget|uv|npm|conda)\s+[^&\n]*|^ADD .*", joined, flags=re.MULTILINE)
    guarded = ("--require-hashes", "--no-deps", "--only-binary :all:", "-r /locks/")
    return [each for each in installs if not all(guard in each for guard in guarded)] + fetches


def copied(text: str) -> list[str]:
    """What a stage copies out of the checkout."""
    sources = []
    for line in text.splitlines():
        words = [word for word in line.split()[1:] if not word.startswith("--")]
        if line.startswith("COPY") and "--from=" not in line and not words[0].startswith("<<"):
            sources += words[:-1]
    return sources
