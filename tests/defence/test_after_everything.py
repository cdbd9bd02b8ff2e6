"""After all that is done to a hub by hand: no name, no token and no key outside the encrypted stores and the keys' folder."""

import os
import subprocess
import sys

import pytest
from tests.conftest import empty_hub
from tests.housekeeping.invented_persons import PERSONS, local_key, police_events, request_of, send, tokens
from tests.intake.sending import CANARY
from tests.leak import Search, found_in
from typer.testing import CliRunner

from lantern import secret
from lantern.cli import app, serve
from lantern.housekeeping import erasure
from lantern.pipeline import intake

COMMANDS = [
    "quarantine",
    "linkage",
    "status",
    "doctor",
    "metrics",
    "keys",
    "ledger show",
    "ledger anchor",
    "ledger verify",
    "housekeeping --clock-is-right",
    "plan summer",
    "query show-tables",
]
"""What is looked at and done by hand, and two that are refused. Build, plan and release are the demo's, in tests/end_to_end."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A hub that has accepted, held and refused, been looked at and tidied, lost a person and been backed up; and all it said."""
    folder = tmp_path_factory.mktemp("lived")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(folder / "home"))
        hub = empty_hub()
        assert send(hub) == ["accepted", "accepted"]
        hub.deliver(
            [*police_events(hub), *police_events(hub)],
            partner="riverton_police",
            partner_type=CANARY,
            source_format="police_notice",
        )
        said = [run("intake", 11)]
        said += [run(command) for command in COMMANDS]
        erasure.erase(
            hub.home, hub.partnership, request_of([7]), by="Invented Privacy Officer", reason="the person asked for it"
        )
        intake.load(hub.home)
        said += [
            run(f"backup-key --out {folder}/backup.key", 0),
            run(f"backup --to {folder}/copy --key-file {folder}/backup.key", 0),
        ]
    return hub, folder, "\n".join(said)


def run(command: str, code: int | None = None) -> str:
    done = CliRunner().invoke(app, command.split())
    assert code is None or getattr(done.exception, "exit_code", done.exit_code) == code, (command, done.output)
    return f"{done.output}\n{done.exception}"


def sought() -> set[str]:
    """The words of a refused manifest, and everything partners sent of persons."""
    sent = {token for person in PERSONS for token in tokens(person).values()}
    return {CANARY} | sent | {local_key(partner, person) for partner in ("council", "police") for person in PERSONS}


def test_no_name_and_no_token_is_in_any_file_or_was_said(lived):
    hub, folder, said = lived
    made = {path.name for path in hub.home.base.iterdir()}

    assert {"secure", "logs", "erasure", "ledger", "inbox", "secrets"} <= made
    assert len(said) > 3000
    assert len(sought()) > 250
    assert found_in(folder, sought()) == []
    assert not Search(sought()).is_in(said.encode())


def test_a_name_or_a_token_that_was_left_in_any_of_the_folders_would_be_found(lived):
    """The twin."""
    hub, folder, _ = lived
    places = [hub.home.base / name for name in ("logs", "erasure", "ledger", "secure/reports", "secure/accepted")]
    planted = [place / "left.txt" for place in places]
    try:
        for path in planted:
            path.write_text(f"of {CANARY}" if path.parent.name == "logs" else local_key("police", 7))
        found = found_in(folder, sought())
    finally:
        for path in planted:
            path.unlink(missing_ok=True)

    assert sorted(found) == sorted(str(path.relative_to(folder)) for path in planted)


def test_no_key_is_in_any_file_but_its_own_or_was_said(lived):
    hub, folder, said = lived
    keys = {secret.key(hub.home, name).hex() for name in secret.KEYS}

    found = found_in(folder, keys)

    # The folder's own: which is also the twin, of the search.
    assert {name.rpartition("/")[2] for name in found} == {f"{name}.key" for name in secret.KEYS}
    assert not Search(keys).is_in(said.encode())


def test_the_boards_process_is_given_no_secret_of_the_hub(lived, monkeypatch):
    """As `lantern dashboard` starts it, from an account that has all of them at hand."""
    hub = lived[0]
    key = secret.key(hub.home, "hub").hex()
    names = [
        "LANTERN_HUB_KEY_FILE",
        "LANTERN_LEDGER_URL",
        "DBT_ENV_SECRET_WAREHOUSE_KEY",
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW_CONN_POLICE",
        "AWS_SECRET_ACCESS_KEY",
        "PGPASSWORD",
        "SMTP_TOKEN",
    ]
    for name in names:
        monkeypatch.setenv(name, key)

    given = environment_of(serve.boards_environment(hub.home))

    assert key not in given
    assert str(hub.home.secrets) not in given
    assert environment_of(dict(os.environ)).count(key) == len(names)  # the twin: it would have inherited them


def environment_of(environment: dict[str, str]) -> str:
    """What a process that is given it finds in it."""
    code = "import os; print(*os.environ.items(), sep='\\n')"
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout
