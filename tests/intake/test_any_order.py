"""Deliveries come late, twice and in any order: the warehouse is the same in the end, and each counts once."""

import json
import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from tests.conftest import THOROUGH, Hub, empty_hub, keyed
from tests.intake.staged import EVENTS, rows

from lantern import contract
from lantern.contract import Manifest
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.pipeline import build, intake

ORDERS = 200 if THOROUGH else 25
POLICE = {"partner": "riverton_police", "partner_type": "police", "source_format": "police_notice"}


@dataclass
class Sent:
    """A hub that has accepted every delivery once, and the files it keeps of them."""

    home: Home
    files: list[Path]
    folders: list[Path]


def contact(hub: Hub, number: int, at: str, **more: str) -> dict[str, str | None]:
    return hub.event("CONTACT_RECEIVED", person=number, source=f"c{number}", at=at, source_category="6", **more)


def notice(hub: Hub, number: int, at: str, **more: str) -> dict[str, str | None]:
    about = {"partner_org": POLICE["partner"], "partner_type": "police", "token_nhs": keyed("nhs", number)}
    event = hub.event("PARTNER_NOTIFICATION", person=f"p{number}", source=f"n{number}", at=at, source_category="6")
    return event | about | more


@pytest.fixture(scope="module")
def accepted(tmp_path_factory) -> Sent:
    """Eight deliveries of two partners: wholes, changes, a correction, a cancellation, a gap, one of the same day."""
    folder = tmp_path_factory.mktemp("accepted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(folder / "home"))
        hub = empty_hub()
    nhs = {number: {"token_nhs": keyed("nhs", number)} for number in range(1, 12)}
    spring = [contact(hub, number, f"2026-05-{10 + number}", **nhs[number]) for number in range(1, 7)]
    summer = [contact(hub, number, f"2026-05-{10 + number}", **nhs[number]) for number in (1, 2, 3, 4, 5, 7)]
    corrected = contact(hub, 44, "2026-05-30", supersedes_event_key=keyed("event", "CONTACT_RECEIVED", "c4"), **nhs[4])
    corrected["local_person_key"] = keyed("person", 4)
    changes = [
        contact(hub, 2, "2026-05-12", record_status="cancelled", **nhs[2]),
        contact(hub, 3, "2026-05-29", **nhs[3]),
        corrected,
    ]
    merge = hub.event("PERSON_MERGED", person=5, source="m", at="2026-09-01", related_person_key=keyed("person", 7))
    at = {"spring": "2026-06-30T20:00:00+01:00", "summer": "2026-09-30T09:00:00+01:00"}
    hub.deliver(spring, snapshot_at=at["spring"], period_from="2026-04-01", period_to="2026-06-30")
    hub.deliver(summer, snapshot_at=at["summer"], period_from="2026-04-01", period_to="2026-09-30")
    # Later the same day, the same period: the second extract of a day counts, not the second to arrive.
    hub.deliver(summer[:5], snapshot_at="2026-09-30T18:00:00+01:00", period_from="2026-04-01", period_to="2026-09-30")
    hub.deliver(
        changes, mode="delta", snapshot_at="2026-10-02T10:00:00+01:00", period_from="2026-05-01", period_to="2026-05-31"
    )
    hub.deliver(
        [contact(hub, 8, "2026-06-20"), merge],
        mode="delta",
        snapshot_at="2026-10-03T10:00:00+01:00",
        period_from="2026-06-01",
        period_to="2026-09-30",
    )
    for month, numbers in ((4, (1, 2)), (6, (3, 9)), (7, (5, 10))):
        hub.deliver(
            [notice(hub, number, f"2026-0{month}-1{number % 9}") for number in numbers],
            period_from=f"2026-0{month}-01",
            period_to=f"2026-0{month}-30",
            snapshot_at=f"2026-0{month}-30T23:00:00+01:00",
            **POLICE,
        )
    folders = [
        shutil.copytree(each, folder / "sent" / f"{number}")
        for number, each in enumerate(sorted(hub.home.inbox.glob("*/*")))
    ]
    assert receive_all(hub.home) == ["accepted"] * 8 == ["accepted"] * len(folders)
    return Sent(hub.home, sorted(hub.home.accepted.glob("*.duckdb")), folders)


@pytest.fixture
def sent(accepted, hub, tmp_path) -> Sent:
    """The same for one test, which may write to it."""
    shutil.copytree(accepted.home.root, hub.home.root, dirs_exist_ok=True)
    folders = [shutil.copytree(each, tmp_path / "sent" / each.name) for each in accepted.folders]
    return Sent(hub.home, sorted(hub.home.accepted.glob("*.duckdb")), folders)


def receive_all(home: Home) -> list[str]:
    partnership = read_partnership("demo")
    return [intake.receive(home, partnership, each).outcome for each in intake.waiting(home, partnership)]


def fresh(home: Home, root: Path) -> Home:
    """Another hub with the same keys and nothing else."""
    other = Home(root=root, partnership=home.partnership)
    shutil.copytree(home.secrets, other.secrets)
    other.accepted.mkdir(parents=True)
    return other


def outcome(home: Home, staging: dict[str, str]) -> dict[str, list[tuple]]:
    """What a build would start from: the raw rows, who is one person, and the events in force."""
    tables = ("raw.delivery", "raw.partner_event", "linkage.person_link", EVENTS)
    return dict(
        zip(tables, rows(home, staging, *(f"select * from {name} order by all" for name in tables)), strict=True)
    )


def test_any_order_and_any_grouping_of_the_same_deliveries_gives_the_same_warehouse(sent, staging, tmp_path):
    """Twenty-five orders, and two hundred with `LANTERN_THOROUGH=1`; between loads a build may run or not."""
    chance = random.Random(20261122)
    expected, seen = None, set()
    for number in range(ORDERS):
        home = fresh(sent.home, tmp_path / str(number))
        order = chance.sample(sent.files, len(sent.files))
        seen.add(tuple(order))
        for place, file in enumerate(order, start=1):
            os.link(file, home.accepted / file.name)
            if place == len(order) or chance.random() < 0.35:
                intake.load(home)
                if chance.random() < 0.3:
                    build.link(home)
        found = outcome(home, staging)
        expected = expected or found
        assert found == expected
        shutil.rmtree(home.root)

    assert len(seen) > ORDERS * 0.99
    assert expected
    in_force = {row[:1] for row in expected[EVENTS]}
    # Contacts 1, 3, 5 as they are, 4 under its new id, 8 of the changes; 2 cancelled, 6 and 7 gone from the whole; the
    # merge; six notices.
    assert len(in_force) == len(expected[EVENTS]) == 5 + 1 + 6


def test_the_order_of_the_inbox_itself_does_not_matter(sent, staging, tmp_path):
    """The same through every check: the deliveries arrive one by one, each with an intake of its own."""
    expected = outcome_of(sent, staging, tmp_path)
    for number, order in enumerate((sent.folders, sent.folders[::-1])):
        home = fresh(sent.home, tmp_path / f"inbox {number}")
        for folder in order:
            send(home, folder)
            assert receive_all(home) == ["accepted"]
            intake.load(home)

        assert outcome(home, staging) == expected


def outcome_of(sent: Sent, staging: dict[str, str], tmp_path: Path) -> dict[str, list[tuple]]:
    home = fresh(sent.home, tmp_path / "once")
    for file in sent.files:
        os.link(file, home.accepted / file.name)
    intake.load(home)
    return outcome(home, staging)


def send(home: Home, folder: Path) -> None:
    manifest = Manifest.read(folder)
    shutil.copytree(folder, home.inbox / manifest.partner / f"again-{folder.name}")


def recoded_as_csv(folder: Path) -> None:
    """The same events as CSV with other line ends, rows turned round, under a manifest that says so."""
    manifest = json.loads((folder / contract.MANIFEST).read_text(encoding="utf-8"))
    table = pq.read_table(folder / contract.EVENTS_PARQUET)
    pacsv.write_csv(table.take(list(range(table.num_rows))[::-1]), folder / contract.EVENTS_CSV)
    text = (folder / contract.EVENTS_CSV).read_text(encoding="utf-8").replace("\n", "\r\n")
    (folder / contract.EVENTS_CSV).write_bytes(text.encode())
    (folder / contract.EVENTS_PARQUET).unlink()
    manifest |= {"events_file": contract.EVENTS_CSV, "sha256": contract.sha256_of(folder / contract.EVENTS_CSV)}
    (folder / contract.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def repacked(folder: Path) -> None:
    """The same Parquet with another compression: other bytes, the same events."""
    manifest = json.loads((folder / contract.MANIFEST).read_text(encoding="utf-8"))
    table = pq.read_table(folder / contract.EVENTS_PARQUET)
    pq.write_table(table, folder / contract.EVENTS_PARQUET, compression="gzip")
    manifest["sha256"] = contract.sha256_of(folder / contract.EVENTS_PARQUET)
    (folder / contract.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize("change", [lambda folder: None, repacked, recoded_as_csv], ids=["renamed", "repacked", "csv"])
def test_a_copy_of_a_delivery_changes_nothing_however_it_is_encoded(sent, staging, hub, tmp_path, change):
    before = outcome_of(sent, staging, tmp_path)
    intake.load(hub.home)
    for folder in sent.folders:
        change(folder)
        send(hub.home, folder)

    assert receive_all(hub.home) == ["already_accepted"] * 8
    assert intake.load(hub.home) == {}
    assert outcome(hub.home, staging) == before


def test_a_change_of_one_cell_is_another_delivery(sent, hub):
    """The twin: what tells copies apart is the content and nothing else."""
    folder = sent.folders[0]
    manifest = json.loads((folder / contract.MANIFEST).read_text(encoding="utf-8"))
    table = pq.read_table(folder / contract.EVENTS_PARQUET)
    days = table["event_at"].to_pylist()
    column = table.schema.get_field_index("event_at")
    changed = table.set_column(column, "event_at", [["2026-05-09", *days[1:]]])
    pq.write_table(changed, folder / contract.EVENTS_PARQUET)
    manifest["sha256"] = contract.sha256_of(folder / contract.EVENTS_PARQUET)
    (folder / contract.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    send(hub.home, folder)

    assert receive_all(hub.home) == ["accepted"]
