"""What a hub does with a delivery that is not what was agreed: say so, load nothing, keep nothing."""

import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from tests.conftest import CHECK
from tests.intake.sending import CANARY, contacts, received
from tests.leak import found_in

from lantern import contract, warehouse
from lantern.errors import ConfigRefused
from lantern.intake import scan
from lantern.pipeline import intake


def cut_short(folder: Path) -> None:
    path = folder / contract.EVENTS_PARQUET
    path.write_bytes(path.read_bytes()[:-100])


def swapped_hash(folder: Path) -> None:
    path = folder / contract.MANIFEST
    entries = json.loads(path.read_text())
    path.write_text(json.dumps(entries | {"sha256": "0" * 64}))


def wrong_row_count(folder: Path) -> None:
    path = folder / contract.MANIFEST
    entries = json.loads(path.read_text())
    path.write_text(json.dumps(entries | {"rows": entries["rows"] + 1}))


def another_key(folder: Path) -> None:
    path = folder / contract.MANIFEST
    path.write_text(path.read_text().replace(CHECK, "d" * 64))


def unknown_entry(folder: Path) -> None:
    path = folder / contract.MANIFEST
    entries = json.loads(path.read_text())
    path.write_text(json.dumps(entries | {CANARY: 1}))


def not_json(folder: Path) -> None:
    (folder / contract.MANIFEST).write_text(CANARY)


def extra_file(folder: Path) -> None:
    (folder / f"{CANARY}.txt").write_text("x")


def linked_file(folder: Path) -> None:
    path = folder / contract.EVENTS_PARQUET
    os.link(path, folder.parent / "elsewhere")


def symbolic_link(folder: Path) -> None:
    path = folder / contract.EVENTS_PARQUET
    path.rename(folder.parent / "elsewhere")
    path.symlink_to(folder.parent / "elsewhere")


def events_is_a_folder(folder: Path) -> None:
    (folder / contract.EVENTS_PARQUET).unlink()
    (folder / contract.EVENTS_PARQUET).mkdir()


def events_is_a_pipe(folder: Path) -> None:
    (folder / contract.EVENTS_PARQUET).unlink()
    os.mkfifo(folder / contract.EVENTS_PARQUET)


def nested_without_end(folder: Path) -> None:
    (folder / contract.MANIFEST).write_text("[" * 60_000)


def endless_manifest(folder: Path) -> None:
    path = folder / contract.MANIFEST
    path.write_text(path.read_text() + " " * 64 * 1024)


def absurd_count(folder: Path) -> None:
    path = folder / contract.MANIFEST
    entries = json.loads(path.read_text())
    path.write_text(json.dumps(entries | {"rows_refused": {"aa": 10**30}}))


def extract_of_tomorrow(folder: Path) -> None:
    path = folder / contract.MANIFEST
    path.write_text(path.read_text().replace("2026-09-30T", "2099-09-30T"))


def period_backwards(folder: Path) -> None:
    path = folder / contract.MANIFEST
    path.write_text(path.read_text().replace('"period_from": "2023-07-01"', '"period_from": "2026-12-01"'))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (events_is_a_folder, "not a plain file"),
        (events_is_a_pipe, "not a plain file"),
        (nested_without_end, "not a JSON object"),
        (endless_manifest, "larger than 64 KiB"),
        (absurd_count, "'rows_refused' is not in the agreed form"),
        (extract_of_tomorrow, "lie in the future"),
        (period_backwards, "are not in this order"),
        (cut_short, "its SHA-256 is not the manifest's"),
        (swapped_hash, "its SHA-256 is not the manifest's"),
        (wrong_row_count, "it has 20 rows and the manifest says 21"),
        (another_key, "a project key this hub does not know"),
        (unknown_entry, "unknown entries: 1"),
        (not_json, "not a JSON object"),
        (extra_file, "1 files that are not part of one"),
        (linked_file, "not a plain file"),
        (symbolic_link, "not a plain file"),
    ],
)
def test_a_harmed_delivery_is_refused_and_the_next_good_one_loads(hub, harm, told):
    """Whatever came before, a good delivery is judged by itself."""
    harm(hub.deliver(contacts(hub)))
    (refused,) = received(hub)
    assert told in refused
    assert CANARY not in refused
    assert intake.load(hub.home) == {}

    hub.deliver(contacts(hub))

    (accepted,) = received(hub)
    assert "accepted, 20 events" in accepted
    assert list(intake.load(hub.home).values()) == [20]


def test_a_truncated_file_whose_hash_was_made_to_fit_is_refused_as_not_whole(hub):
    folder = hub.deliver(contacts(hub))
    cut_short(folder)
    path = folder / contract.MANIFEST
    entries = json.loads(path.read_text())
    path.write_text(json.dumps(entries | {"sha256": contract.sha256_of(folder / contract.EVENTS_PARQUET)}))

    (line,) = received(hub)

    assert "it is not a whole file of its kind" in line


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: table.append_column("child_name", table["event_at"]), "or twice: 1"),
        (lambda table: table.drop_columns(["area"]), "columns missing: area"),
        (lambda table: table.set_column(0, "contract_version", pa.array([1] * len(table))), "a column is not text"),
    ],
)
def test_other_columns_than_the_contracts_are_refused(hub, change, told):
    hub.deliver(contacts(hub), change_table=change)

    (line,) = received(hub)

    assert told in line
    assert "child_name" not in line


def test_a_partner_cannot_deliver_in_anothers_name(hub):
    hub.deliver(contacts(hub)).rename(hub.home.inbox / "riverton_council" / "moved")
    (hub.home.inbox / "riverton_police").mkdir()
    (hub.home.inbox / "riverton_council" / "moved").rename(hub.home.inbox / "riverton_police" / "moved")

    (line,) = received(hub)

    assert "not that of the inbox it lies in" in line


def test_only_the_front_door_tells_of_contacts_and_referrals(hub):
    """A police delivery full of contacts would be counted as the council's: it is refused."""
    events = [event | {"partner_org": "riverton_police", "partner_type": "police"} for event in contacts(hub)]
    hub.deliver(events, partner="riverton_police", partner_type="police", source_format="police_notice")

    (line,) = received(hub)

    assert "event_is_one_this_partner_may_tell_of: column 'event_type': 20 rows" in line


def test_a_delivery_still_being_written_is_left_alone(hub):
    """The manifest comes last: without it there is nothing to judge yet."""
    folder = hub.deliver(contacts(hub))
    (folder / contract.MANIFEST).rename(folder / "manifest.json.part")

    assert intake.waiting(hub.home, hub.partnership) == []
    assert folder.exists()


def test_the_senders_name_for_a_delivery_is_dropped_on_arrival(hub):
    """A folder's name can hold a child's; from first sight on it has another."""
    folder = hub.deliver(contacts(hub))
    folder.rename(folder.parent / CANARY)

    received(hub)

    assert found_in(hub.home.root, [CANARY]) == []


@pytest.mark.parametrize(("tail", "told"), [("", "accepted, 1 events"), ('"unclosed', "not a whole file of its kind")])
def test_a_csv_delivery_is_read_as_a_parquet_one_is(hub, tail, told):
    """The same cells, all text; a row that is cut short or a quote that never closes is refused."""
    folder = hub.deliver(contacts(hub, 1))
    entries = json.loads((folder / contract.MANIFEST).read_text())
    (folder / contract.EVENTS_PARQUET).unlink()
    row = hub.contact(0)
    text = ",".join(contract.COLUMNS) + "\n" + ",".join(row[name] or "" for name in contract.COLUMNS) + "\n" + tail
    (folder / contract.EVENTS_CSV).write_text(text)
    entries |= {"events_file": contract.EVENTS_CSV, "sha256": contract.sha256_of(folder / contract.EVENTS_CSV)}
    (folder / contract.MANIFEST).write_text(json.dumps(entries))

    (line,) = received(hub)

    assert told in line


def test_a_replay_under_any_name_changes_nothing(hub):
    hub.deliver(contacts(hub))
    received(hub)
    intake.load(hub.home)

    hub.deliver(contacts(hub))
    (line,) = received(hub)

    assert "already accepted" in line
    assert intake.load(hub.home) == {}
    with warehouse.opened(hub.home, read_only=True) as connection:
        assert connection.execute("select count(*) from raw.partner_event").fetchone() == (20,)


def test_text_that_is_no_text_is_refused_without_its_words(hub, capsys):
    """Bytes that are not UTF-8 in a text column: a library would quote the cell."""

    def broken(table: pa.Table) -> pa.Table:
        raw = pa.array([b"\xff" + CANARY.encode()] * len(table), pa.binary())
        text = pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())
        return table.set_column(table.schema.get_field_index("area"), "area", text)

    hub.deliver(contacts(hub), change_table=broken)

    (line,) = received(hub)

    assert "not a whole file of its kind" in line
    printed = capsys.readouterr()
    assert CANARY not in line + printed.out + printed.err
    assert found_in(hub.home.root, [CANARY]) == []


def test_a_surprise_in_the_checks_is_a_refusal_that_names_its_kind_alone(hub, monkeypatch):
    def surprise(*_: object) -> None:
        raise LookupError(CANARY)

    monkeypatch.setattr(scan, "breaches", surprise)
    hub.deliver(contacts(hub))

    (line,) = received(hub)

    assert "could not be read (LookupError)" in line
    assert not list(hub.home.accepted.glob("*"))


def test_the_hubs_own_trouble_leaves_the_delivery_waiting(hub):
    """A missing key is not the sender's fault: nothing is refused, and it can be tried again."""
    hub.deliver(contacts(hub))
    (hub.home.secrets / "hub.key").rename(hub.home.secrets / "away")

    with pytest.raises(ConfigRefused, match="there is no key file"):
        received(hub)

    (hub.home.secrets / "away").rename(hub.home.secrets / "hub.key")
    assert "accepted" in received(hub)[0]


def test_a_store_under_another_key_is_refused_with_what_to_do(hub):
    hub.deliver(contacts(hub))
    received(hub)
    intake.load(hub.home)
    (hub.home.secrets / "warehouse.key").write_text("e" * 64)

    with pytest.raises(ConfigRefused, match="the warehouse key does not open it"):
        intake.load(hub.home)


def test_a_delivery_without_a_row_is_refused(hub):
    hub.deliver([])

    (line,) = received(hub)

    assert "has_rows" in line
