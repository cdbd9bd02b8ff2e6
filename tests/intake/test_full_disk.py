"""
On a full disk nothing is refused, nothing is lost and nothing half written counts.

A file size limit stands for the disk: a write beyond it fails just so. The confined process lifts it for itself.
"""

import subprocess
import sys

import pytest
from tests.intake.sending import contacts, verdicts

from lantern import contract
from lantern.errors import ContractBroken, StoreBusy
from lantern.intake import acceptance
from lantern.pipeline import intake

RECEIVE = """
import resource, signal, sys
from lantern import contract
from lantern.errors import LanternError
from lantern.home import Home
from lantern.intake import acceptance
from lantern.partnership import read_partnership
from lantern.pipeline import intake

for name in sys.argv[2:]:
    setattr(acceptance, name, lambda given: None)
home, partnership = Home.of("demo"), read_partnership("demo")
(delivery,) = intake.waiting(home, partnership)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    print(intake.receive(home, partnership, delivery).outcome)
except LanternError as trouble:
    print(type(trouble).__name__, trouble)
"""


def received(most: int, *switched_off: str) -> str:
    """What becomes of the one delivery that waits where no file may be larger than `most` bytes."""
    done = subprocess.run(
        [sys.executable, "-c", RECEIVE, str(most), *switched_off],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def kept(hub) -> list[str]:
    folders = (hub.home.accepted, hub.home.quarantine, hub.home.work, hub.home.reports)
    return [path.name for folder in folders for path in folder.rglob("*")]


# The copy itself; the store before its first table; the checkpoint of few rows; that of many.
@pytest.mark.parametrize(("rows", "most"), [(20, 2_000), (20, 13_000), (20, 20_000), (20, 300_000), (3_000, 700_000)])
def test_a_full_disk_is_the_hubs_trouble_and_the_delivery_waits(hub, rows, most):
    hub.deliver(contacts(hub, rows))

    told = received(most)

    assert told.startswith("StoreBusy demo")
    assert "disk may be full" in told
    assert "waits in the inbox" in told
    assert kept(hub) == []
    assert intake.load(hub.home) == {}
    (verdict,) = verdicts(hub)
    assert verdict.outcome == "accepted"
    assert list(intake.load(hub.home).values()) == [rows]


@pytest.mark.parametrize("off", ["_finish", "_check_finished"])
def test_each_of_two_guards_is_enough(hub, off):
    hub.deliver(contacts(hub))

    assert received(20_000, off).startswith("StoreBusy")

    assert kept(hub) == []


def test_without_both_an_empty_file_would_count_as_accepted(hub):
    """The twin; and the load, which has one file it cannot read, loads the others and then tells."""
    hub.deliver(contacts(hub))
    assert received(20_000, "_finish", "_check_finished") == "accepted"
    (empty,) = hub.home.accepted.glob("*.duckdb")
    for first in (100, 200):
        hub.deliver([hub.contact(first + number) for number in range(20)])
    assert [verdict.outcome for verdict in verdicts(hub)] == ["accepted"] * 2

    with pytest.raises(ContractBroken, match=f"1 accepted deliveries .*{empty.name}.*All others were loaded, 2 now"):
        intake.load(hub.home)

    assert len(acceptance._known(hub.home)) == 2
    empty.unlink()
    assert intake.load(hub.home) == {}


def test_a_file_that_is_no_store_at_all_holds_up_no_other(hub, monkeypatch):
    """More deliveries than are loaded with one opening, in any place among them."""
    monkeypatch.setattr(acceptance, "_AT_ONCE", 2)
    for first in range(0, 300, 100):
        hub.deliver([hub.contact(first + number) for number in range(20)])
    assert [verdict.outcome for verdict in verdicts(hub)] == ["accepted"] * 3
    for name in ("0", "g"):
        (hub.home.accepted / f"{name}.duckdb").write_bytes(b"x" * 100)

    with pytest.raises(ContractBroken, match="2 accepted deliveries"):
        intake.load(hub.home)

    assert len(acceptance._known(hub.home)) == 3


def test_a_copy_of_a_delivery_whose_file_is_broken_waits(hub):
    hub.deliver(contacts(hub))
    verdicts(hub)
    (file,) = hub.home.accepted.glob("*.duckdb")
    file.write_bytes(b"x" * 100)
    hub.deliver(contacts(hub))

    with pytest.raises(ContractBroken, match="waits in the inbox"):
        verdicts(hub)

    assert len(list(hub.home.inbox.glob("*/*"))) == 1


def test_what_cannot_be_read_is_the_senders_fault_only_where_there_is_room(hub, monkeypatch):
    """The first hub is taken to be full; the second, as it is, refuses the same file."""
    folder = hub.deliver(contacts(hub), sha256="0" * 64)
    events = folder / "events.parquet"
    events.write_bytes(b"PAR1 cut short")
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("0" * 64, contract.sha256_of(events)))
    with monkeypatch.context() as full:
        full.setattr(intake, "_ROOM_BYTES", 2**80)
        with pytest.raises(StoreBusy, match="disk is full"):
            verdicts(hub)

    (verdict,) = verdicts(hub)

    assert verdict.outcome == "refused"
    assert "not a whole file" in verdict.reason
