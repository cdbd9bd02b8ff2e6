"""Inboxes that are not the hub's own: a mounted folder, SFTP and S3, each with a real server."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
from tests.conftest import THOROUGH
from tests.intake.fetching import COUNCIL, collect, collect_and_die, made
from tests.intake.sending import received

from lantern import contract
from lantern.errors import ConfigRefused, InboxUnreachable, StoreBusy
from lantern.intake import collection, inbox, memory
from lantern.intake.channel import Channel
from lantern.pipeline import collection as pipeline
from lantern.pipeline import intake

pytestmark = pytest.mark.usefixtures("unhurried")
everywhere = pytest.mark.parametrize("place", ["file", "sftp", "s3"], indirect=True)
by_path = pytest.mark.parametrize("place", ["file", "sftp"], indirect=True)
REPORT = "20260101T000000000000Z-refused"


@everywhere
def test_a_delivery_is_fetched_accepted_and_removed_where_it_came_from(place, tmp_path):
    place.put(made(place.hub, tmp_path / "made"), "Extract 2026-09")

    assert collect(place.hub) == 1

    assert place.files() == []
    (line,) = received(place.hub)
    assert "accepted, 20 events" in line
    assert list(intake.load(place.hub.home).values()) == [20]
    assert collect(place.hub) == 0


@everywhere
def test_a_delivery_without_its_manifest_is_left_alone_until_it_has_one(place, tmp_path):
    folder = made(place.hub, tmp_path / "made")
    place.put_file("sent/events.parquet", (folder / contract.EVENTS_PARQUET).read_bytes())
    assert collect(place.hub) == 0
    assert place.files() == ["sent/events.parquet"]
    assert inbox.waiting(place.hub.home, place.hub.partnership) == []

    place.put_file("sent/manifest.json", (folder / contract.MANIFEST).read_bytes())

    assert collect(place.hub) == 1
    assert "accepted, 20 events" in received(place.hub)[0]


DRIP = """
import pathlib, shutil, sys, time
source, target = map(pathlib.Path, sys.argv[1:])
target.mkdir()
shutil.copy(source / "manifest.json", target)  # against the rules: it should be last
content = (source / "events.parquet").read_bytes()
piece = len(content) // 12 + 1
with (target / "events.parquet").open("wb", buffering=0) as stream:
    for start in range(0, len(content), piece):
        stream.write(content[start : start + piece])
        time.sleep(0.5)
"""


@pytest.fixture
def dripping(place, tmp_path):
    """A sender that writes the manifest first and the events a piece each half second."""
    folder = made(place.hub, tmp_path / "made")
    command = [sys.executable, "-c", DRIP, str(folder), str(place.root / "sent")]
    process = subprocess.Popen(command)
    while not (place.root / "sent" / "events.parquet").exists():
        time.sleep(0.05)
    yield process
    process.wait(30)


@by_path
def test_a_delivery_that_grows_is_left_alone_until_it_is_whole(place, dripping, monkeypatch):
    monkeypatch.setattr(collection, "SETTLE_SECONDS", 1.2)

    assert collect(place.hub) == 0
    assert dripping.poll() is None
    dripping.wait(30)

    assert collect(place.hub) == 1
    assert "accepted, 20 events" in received(place.hub)[0]


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_without_the_second_look_a_part_of_it_would_be_taken(place, dripping, monkeypatch):
    """The twin: every listing says what the first one said, and what is read is taken for whole."""
    first, look = {}, Channel.entries
    monkeypatch.setattr(Channel, "entries", lambda self, folder="": first.setdefault(folder, look(self, folder)))
    copy = collection._copy
    monkeypatch.setattr(collection, "_copy", lambda *given: copy(*given) or True)

    assert collect(place.hub) == 1

    assert "its SHA-256 is not the manifest's" in received(place.hub)[0]


@by_path
def test_killed_at_any_moment_nothing_is_lost_and_nothing_loads_twice(place, tmp_path):
    """
    SIGKILL before each third effect on a file in turn, each one with `LANTERN_THOROUGH=1`; by SFTP, just before the
    removal on the server alone.
    """
    folder = made(place.hub, tmp_path / "made")
    for _ in range(2):  # the second finds the folders made
        place.put(folder, "sent")
        (effects,) = map(int, re.findall(r"EFFECTS (\d+)", collect_and_die(place.url, 0).stdout))
    assert effects >= 10
    assert len(received(place.hub)) == 2

    # What follows the removal on an SFTP server is one save of the memory: an open and a rename.
    for at in range(1, effects + 1, 1 if THOROUGH else 3) if place.url.startswith("file") else [effects - 1]:
        place.put(folder, "sent")
        assert collect_and_die(place.url, at).returncode == -signal.SIGKILL
        is_safe = bool(inbox.waiting(place.hub.home, place.hub.partnership))
        assert is_safe or (place.root / "sent" / contract.MANIFEST).exists()

        collect(place.hub)

        lines = received(place.hub)
        assert 1 <= len(lines) <= 2
        assert all("already accepted" in line for line in lines)
        assert not (place.root / "sent" / contract.MANIFEST).exists()
        assert list((place.hub.home.inbox / COUNCIL).iterdir()) == []
        shutil.rmtree(place.root / "sent", ignore_errors=True)  # events may be left, without their manifest
    assert list(intake.load(place.hub.home).values()) == [20]


def test_what_cannot_be_removed_there_is_said_and_not_copied_again(hub, sftp, tmp_path, monkeypatch, request):
    from tests.intake.fetching import SftpPlace

    place = SftpPlace(request, hub, tmp_path, monkeypatch)
    place.put(made(hub, tmp_path / "made"), "sent")
    sftp.stop()
    sftp.start(read_only=True)
    for _ in range(2):
        with pytest.raises(ConfigRefused, match="does not let the connection's account do this"):
            collect(hub)
    assert len(inbox.waiting(hub.home, hub.partnership)) == 1
    sftp.stop()
    sftp.start()

    assert collect(hub) == 0

    assert place.files() == []
    assert len(inbox.waiting(hub.home, hub.partnership)) == 1
    assert memory.Memory.of(hub.home, COUNCIL).copied == []


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_two_processes_do_not_collect_from_one_inbox(place, tmp_path):
    place.put(made(place.hub, tmp_path / "made"), "sent")
    with (memory.folder(place.hub.home, COUNCIL) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreBusy, match="another process is collecting"):
            collect(place.hub)

    assert collect(place.hub) == 1


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_one_collection_fetches_so_many_and_the_next_one_more(place, tmp_path, monkeypatch):
    monkeypatch.setattr(collection, "MAX_DELIVERIES", 2)
    folder = made(place.hub, tmp_path / "made")
    for number in range(3):
        place.put(folder, f"sent {number}")

    assert [collect(place.hub) for _ in range(3)] == [2, 1, 0]


@everywhere
def test_reports_go_back_once_and_whole(place):
    kept = place.hub.home.reports / COUNCIL
    kept.mkdir(parents=True)
    for kind in ("txt", "html", "json"):
        (kept / f"{REPORT}.{kind}").write_text(f"a report as {kind}")
    (kept / f".{REPORT}.txt.part").write_text("half a rep")

    assert collection.return_reports(place.hub.home, place.hub.partnership, COUNCIL) == 3

    assert place.files() == [f"reports/{REPORT}.{kind}" for kind in ("html", "json", "txt")]
    assert place.read(f"reports/{REPORT}.txt") == b"a report as txt"
    assert collection.return_reports(place.hub.home, place.hub.partnership, COUNCIL) == 0
    assert collect(place.hub) == 0
    assert inbox.strays(place.hub.home, place.hub.partnership) == {}


def test_a_partner_without_an_inbox_of_its_own_is_asked_nothing(hub):
    assert collect(hub) == 0
    assert collection.return_reports(hub.home, hub.partnership, COUNCIL) == 0
    assert pipeline.partners(hub.partnership) == []


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_one_partners_dead_server_is_told_and_the_others_are_fetched_from(place, tmp_path):
    from tests.intake.fetching import with_inbox

    other = tmp_path / "mounted"
    other.mkdir()
    place.put(made(place.hub, other / "sent"), "unreachable")
    place.hub.partnership = with_inbox(place.hub.partnership, f"file://{other}", "riverton_police")
    place.server.stop()

    done = pipeline.collect(place.hub.home, place.hub.partnership)

    assert done.count == 1
    assert len(done.trouble) == 1
    assert f"inbox of {COUNCIL}: it does not answer as it should (ConnectionRefusedError)" in str(done.trouble[0])
    with pytest.raises(InboxUnreachable) as dead:
        collect(place.hub)
    assert dead.value.exit_code == StoreBusy.exit_code


def a_day_ago(path):
    for each in (*path.rglob("*"), path):
        os.utime(each, (time.time() - 90_000,) * 2, follow_symlinks=False)


@by_path
def test_what_is_no_delivery_for_a_day_is_counted_and_not_before(place, tmp_path):
    """In the hub's own inbox and in a partner's: a loose file, and a folder whose manifest never came."""
    local = place.hub.home.inbox / "riverton_police"
    local.mkdir(parents=True)
    for root in (place.root, local):
        (root / "loose.csv").write_text("x")
        (root / "unfinished").mkdir()
        (root / "unfinished" / "events.csv").write_text("x")
        (root / "empty").mkdir()
    collect(place.hub)
    assert inbox.strays(place.hub.home, place.hub.partnership) == {}

    a_day_ago(place.root)
    a_day_ago(local)
    collect(place.hub)

    assert inbox.strays(place.hub.home, place.hub.partnership) == {COUNCIL: 2, "riverton_police": 2}
