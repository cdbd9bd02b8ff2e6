"""One delivery is what it says: a copy in another dress changes nothing, another word is another delivery."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.compute as pc
import pytest
from pyarrow import parquet
from scipy import stats
from tests.intake.sending import contacts, verdicts

from lantern import contract, secret, warehouse
from lantern.home import locked, private
from lantern.intake.rekeying import rekey
from lantern.pipeline import intake

OTHER_RUN = "00000000-0000-0000-0000-000000000002"


def sealed(folder: Path, **entries: object) -> None:
    """Make the manifest true again after a change."""
    manifest = json.loads((folder / contract.MANIFEST).read_text()) | entries
    manifest["sha256"] = contract.sha256_of(folder / manifest["events_file"])
    (folder / contract.MANIFEST).write_text(json.dumps(manifest))


def as_csv(folder: Path, end: str) -> None:
    rows = parquet.read_table(folder / contract.EVENTS_PARQUET).to_pylist()
    with (folder / contract.EVENTS_CSV).open("w", newline="") as stream:
        lines = csv.DictWriter(stream, contract.COLUMNS[::-1], lineterminator=end, quoting=csv.QUOTE_ALL)
        lines.writeheader()
        lines.writerows(rows)
    (folder / contract.EVENTS_PARQUET).unlink()
    sealed(folder, events_file=contract.EVENTS_CSV)


def repacked(folder: Path, change=lambda table: table, **options: object) -> None:
    table = parquet.read_table(folder / contract.EVENTS_PARQUET)
    parquet.write_table(change(table), folder / contract.EVENTS_PARQUET, **options)
    sealed(folder)


COPIES = {
    "renamed": lambda folder: None,
    "CSV": lambda folder: as_csv(folder, "\n"),
    "CSV with Windows line ends": lambda folder: as_csv(folder, "\r\n"),
    "packed otherwise": lambda folder: repacked(folder, compression="gzip", use_dictionary=False),
    "in another order": lambda folder: repacked(folder, lambda table: table.take(list(range(len(table)))[::-1])),
    "the same instant in another zone": lambda folder: sealed(folder, snapshot_at="2026-09-30T22:59:59+00:00"),
}


def test_the_copies_are_there():
    assert len(COPIES) == 6


def test_a_copy_in_any_dress_is_already_accepted(hub):
    hub.deliver(contacts(hub))
    (first,) = verdicts(hub)
    for change in COPIES.values():
        change(hub.deliver(contacts(hub)))
    hub.deliver([event | {"extract_id": OTHER_RUN} for event in contacts(hub)], extract_id=OTHER_RUN)

    again = verdicts(hub)

    assert [verdict.outcome for verdict in again] == ["already_accepted"] * 7
    assert {verdict.delivery_id for verdict in again} == {first.delivery_id}
    assert list(intake.load(hub.home).values()) == [20]


@pytest.mark.parametrize(
    "other",
    [
        {"snapshot_at": "2026-10-01T23:59:59+01:00"},
        {"mode": "delta"},
        {"period_from": "2023-08-01"},
        {"includes_open": False},
        {"not_carried": ("CONTACT_DECIDED",)},
    ],
)
def test_another_word_in_the_manifest_is_another_delivery(hub, other):
    hub.deliver(contacts(hub))
    hub.deliver(contacts(hub), **other)

    assert {verdict.outcome for verdict in verdicts(hub)} == {"accepted"}
    assert len(intake.load(hub.home)) == 2


def test_another_cell_is_another_delivery(hub):
    """The twin of the copies: the digest reads the rows, and each of their cells."""
    hub.deliver(contacts(hub))
    hub.deliver([*contacts(hub)[:-1], hub.contact(19, channel="phone")])

    assert {verdict.outcome for verdict in verdicts(hub)} == {"accepted"}


def test_the_order_of_the_senders_file_is_not_kept(hub):
    """Rows sent in the order of their days are stored in the order of nothing the sender knows."""
    events = sorted(contacts(hub, 600), key=lambda event: event["event_key"])
    hub.deliver(events)
    verdicts(hub)
    intake.load(hub.home)
    sent = parquet_keys(hub, events)

    with warehouse.opened(hub.home, read_only=True) as connection:
        stored = [row[0] for row in connection.execute("select event_key from raw.partner_event").fetchall()]

    assert sorted(stored) == sorted(sent)
    place = {key: number for number, key in enumerate(sent)}
    correlation = stats.spearmanr([place[key] for key in stored], range(600)).statistic
    assert abs(correlation) < 0.2, "six standard errors of chance are 0.24"
    assert stats.spearmanr([place[key] for key in sent], range(600)).statistic > 0.99, "the measure would have noticed"


def parquet_keys(hub, events) -> list[str]:
    import pyarrow as pa

    table = pa.Table.from_pylist(events, schema=pa.schema([(name, pa.string()) for name in contract.COLUMNS]))
    return rekey(table, hub_key=secret.key(hub.home, "hub"), partner="riverton_council")["event_key"].to_pylist()


def test_re_keying_is_hmac_under_the_hubs_key(hub):
    """Against the standard library's own HMAC, column by column."""
    import hashlib
    import hmac

    import pyarrow as pa

    events = contacts(hub, 5)
    table = pa.Table.from_pylist(events, schema=pa.schema([(name, pa.string()) for name in contract.COLUMNS]))
    key = bytes(range(32))

    again = rekey(table, hub_key=key, partner="riverton_council")

    for column, domain in (
        ("event_key", "riverton_council|event_key"),
        ("local_person_key", "riverton_council|local_person_key"),
    ):
        expected = [
            hmac.digest(key, f"hub|{domain}|{cell}".encode(), hashlib.sha256).hex()[:32]
            for cell in table[column].to_pylist()
        ]
        assert again[column].to_pylist() == expected
    assert pc.all(pc.is_null(again["token_nhs"])).as_py()


RECEIVE_ONE = """
import sys
from lantern.home import Home
from lantern.intake.inbox import Waiting
from lantern.partnership import read_partnership
from lantern.pipeline import intake

print(intake.receive(Home.of("demo"), read_partnership("demo"), Waiting("riverton_council", sys.argv[1])).outcome)
"""


def test_two_copies_taken_in_at_once_are_one_delivery(hub):
    """Both are checked while neither is accepted; the second finds the first when its turn to write comes."""
    hub.deliver(contacts(hub))
    hub.deliver(contacts(hub))
    tickets = [each.ticket for each in intake.waiting(hub.home, hub.partnership)]
    with locked(private(hub.home.accepted)):
        both = [
            subprocess.Popen([sys.executable, "-c", RECEIVE_ONE, ticket], stdout=subprocess.PIPE, text=True)
            for ticket in tickets
        ]
        with pytest.raises(subprocess.TimeoutExpired):
            both[0].wait(timeout=20)
        assert both[1].poll() is None

    outcomes = sorted(process.communicate()[0].strip() for process in both)

    assert outcomes == ["accepted", "already_accepted"]
    assert list(intake.load(hub.home).values()) == [20]
