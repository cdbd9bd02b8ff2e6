"""What the hub's own people are told of deliveries, on a screen: held rows, refusals, trusted keys; and nothing left on the disk."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.conftest import CANARY_VALUE, CHECK
from tests.intake.sending import CANARY, contacts, verdicts
from tests.intake.travelling import drawn, sender
from typer.testing import CliRunner

from lantern import contract
from lantern.cli import app, status
from lantern.errors import ContractBroken
from lantern.intake import report


def test_an_accepted_delivery_that_cannot_be_read_keeps_no_verdict_from_being_told(hub):
    """The refusal to load ends the command; what became of the delivery that waited is told before it."""
    hub.deliver(contacts(hub, 20))
    assert [each.outcome for each in verdicts(hub)] == ["accepted"]
    (kept,) = hub.home.accepted.glob("*.duckdb")
    kept.write_bytes(kept.read_bytes()[:5000])
    hub.deliver([hub.contact(number) for number in range(50, 54)], mode="delta")

    done = CliRunner().invoke(app, ["intake"])

    assert isinstance(done.exception, ContractBroken)
    assert "riverton_council ssd" in done.stdout
    assert ": accepted, 4 events" in done.stdout
    assert "1 deliveries looked at. Reports" in done.stdout


def typed(*words: str) -> str:
    done = CliRunner().invoke(app, [*words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


@pytest.fixture
def no_build(monkeypatch):
    """Nothing is built in these tests: what is due is not asked for."""
    monkeypatch.setattr(status.pipeline, "due", lambda *_: [])
    monkeypatch.setattr(status.build, "months_missing", lambda _: [])


def test_the_status_of_a_hub_with_nothing_says_nothing_of_held_rows_or_refusals(hub, no_build):
    """The twin of the next."""
    page = typed("status")

    assert "deliveries         none yet" in page
    assert "rows held" not in page
    assert "refused lately" not in page


def test_the_status_says_how_many_rows_are_held_how_long_and_where_the_report_of_a_refusal_lies(holding, no_build):
    broken = holding.deliver(contacts(holding))
    (broken / contract.MANIFEST).write_text(CANARY)
    verdicts(holding)

    page, found = typed("status"), json.loads(typed("status", "--json"))

    assert "rows held          2 of 1 deliveries, 28 days left to the first; 'lantern quarantine' lists them" in page
    assert found["held"] == {"rows": 2, "deliveries": 1, "days_left": 28}
    (refused,) = found["refused_lately"]
    assert refused["partner"] == "riverton_council"
    assert f"refused lately     riverton_council, {refused['at']} UTC: {refused['report']}" in page
    assert "This delivery was refused" in Path(refused["report"]).read_text(encoding="utf-8")
    assert CANARY not in page


def test_a_refusal_of_long_ago_is_not_lately(hub):
    (hub.deliver(contacts(hub)) / contract.MANIFEST).write_text(CANARY)
    verdicts(hub)
    now = datetime.now(UTC)

    assert len(report.refusals(hub.home, now - timedelta(minutes=5))) == 1
    assert report.refusals(hub.home, now + timedelta(minutes=5)) == []


def test_init_prints_the_whole_line_that_a_partner_compares_its_key_with(hub):
    line = f"test={CHECK}.{CANARY_VALUE}"
    other = f"other={CHECK[:32]}.{CANARY_VALUE[:32]}"

    page = typed("init", "--trust", other)

    assert page.splitlines()[1:] == [other, line]
    assert typed("init").splitlines()[1:] == [other, line]


def test_a_row_the_hub_holds_is_found_in_the_senders_own_table(hub, tmp_path):
    """By the file the tool keeps beside the delivery, whose name and numbers are those the report speaks of."""
    council = sender(hub, tmp_path, "riverton_council")
    rows = [f"C{number} | P{number} | 2026-05-{10 + number} 09:30:00 | 6" for number in range(1, 11)]
    table = "\n".join(["cont_contact_id | cont_person_id | cont_contact_date | cont_contact_source_code", *rows])
    people = "pers_person_id\n" + "\n".join(f"P{number}" for number in range(1, 11))
    made = council.deliver("ssd", {"ssd_person.csv": people, "ssd_contacts.csv": table}, "2026-06-30T20:00:00+01:00")
    spoil(made, place=4)
    shutil.copytree(made, hub.home.inbox / "riverton_council" / made.name)

    (verdict,) = verdicts(hub)

    (held,) = [breach.rows for breach in verdict.breaches if breach.severity == "warning"]
    kept = (made.parent / f"{made.name}-rows.csv").read_text(encoding="utf-8").splitlines()
    (found,) = [line.split(",") for line in kept if line.startswith(f"{held[0]},")]
    assert found[1] == "ssd_contacts"
    assert day_of(made, place=4) in drawn(table).splitlines()[int(found[2]) - 1]
    told = report.text(verdict)
    assert "a file that ends in -rows.csv" in told
    assert "a file that ends in -rows.csv" in report.page(verdict, "20260630T200000000000Z")


def day_of(folder, place: int) -> str:
    return parquet.read_table(folder / contract.EVENTS_PARQUET)["event_at"][place].as_py()[:10]


def spoil(folder, place: int) -> None:
    """Give one event a source that no list has, and make the manifest true again."""
    table = parquet.read_table(folder / contract.EVENTS_PARQUET)
    cells = table["source_category"].to_pylist()
    cells[place] = "99"
    changed = table.set_column(table.schema.get_field_index("source_category"), "source_category", [cells])
    parquet.write_table(changed, folder / contract.EVENTS_PARQUET)
    manifest = json.loads((folder / contract.MANIFEST).read_text(encoding="utf-8"))
    manifest["sha256"] = contract.sha256_of(folder / contract.EVENTS_PARQUET)
    (folder / contract.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


JUDGE = """
import sys
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.pipeline import intake

home, partnership = Home.of("demo"), read_partnership("demo")
print([intake.receive(home, partnership, each).outcome for each in intake.waiting(home, partnership)])
"""


def test_the_checks_leave_nothing_in_the_temporary_folder(hub, tmp_path):
    """Neither the private copy of a delivery, nor the folder that Great Expectations once made for pages of its own."""
    hub.deliver(contacts(hub))
    (tmp_path / "temporary").mkdir()

    done = subprocess.run(
        [sys.executable, "-c", JUDGE],
        env=os.environ | {"TMPDIR": str(tmp_path / "temporary")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "['accepted']"
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(("key", "code"), [("k" * 64, 11), (None, 0)], ids=["one refused", "none refused"])
def test_intake_by_hand_ends_with_a_code_that_says_a_delivery_was_refused(hub, key, code):
    """A timer that starts it has nothing else to go by; what was good is loaded all the same."""
    hub.deliver([hub.contact(number) for number in range(20)])
    other = [hub.contact(100 + number) for number in range(5)]
    other[0]["local_person_key"] = key or other[0]["local_person_key"]
    hub.deliver(other)

    done = CliRunner().invoke(app, ["intake"])

    assert done.exit_code == code, done.output
    assert "loaded" in done.output
