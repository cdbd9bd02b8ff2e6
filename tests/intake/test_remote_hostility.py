"""Senders and servers that mean harm, where the inbox is not the hub's own."""

import os
import re
import shutil
import stat

import pytest
from tests.intake.fetching import COUNCIL, collect, made, with_inbox
from tests.intake.sending import CANARY, received
from tests.leak import found_in

from lantern import contract
from lantern.errors import ConfigRefused, LanternError
from lantern.intake import channel, collection, inbox
from lantern.intake.store import Entry
from lantern.pipeline import intake

pytestmark = pytest.mark.usefixtures("unhurried")
everywhere = pytest.mark.parametrize("place", ["file", "sftp", "s3"], indirect=True)
by_path = pytest.mark.parametrize("place", ["file", "sftp"], indirect=True)

MARK = "Thistlewood-Quarles"
"""Behind each hostile name, so that it can be searched for."""

NAMES = [
    "two\nlines",
    "-rf",
    "..x",
    ".hidden",
    "a;b",
    "$(touch x)",
    "`x`",
    "a#b?c",
    "\x1b[31mred",
    "%2e%2e",
    "x\ttab",
    "{{7*7}}",
    "caf\u00e9",
    "a" * 160,
    b"\xff\xfe not utf-8",
]


@by_path
def test_a_folder_with_a_hostile_name_is_left_counted_and_never_named(place, tmp_path, capsys):
    folder = made(place.hub, tmp_path / "made")
    for name in NAMES:
        hostile = place.root / (os.fsdecode(name) if isinstance(name, bytes) else name + MARK)
        shutil.copytree(folder, hostile)
        os.utime(hostile, (0, 0))
    place.put(folder, f"good {CANARY}")

    assert collect(place.hub) == 1

    assert inbox.strays(place.hub.home, place.hub.partnership) == {COUNCIL: len(NAMES)}
    assert "accepted" in received(place.hub)[0]
    assert len(list(place.root.iterdir())) == len(NAMES)
    said = capsys.readouterr()
    assert not {CANARY, MARK} & set(re.findall(f"{CANARY}|{MARK}", said.out + said.err))
    assert found_in(place.hub.home.root, [CANARY, MARK]) == []


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_without_a_rule_for_names_a_hostile_one_would_be_followed(place, tmp_path, monkeypatch):
    """The twin."""
    monkeypatch.setattr(collection, "_USABLE", re.compile("(?s).*"))
    place.put(made(place.hub, tmp_path / "made"), f"-rf {MARK}")

    assert collect(place.hub) == 1


@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_keys_that_climb_or_command_are_not_followed(place, tmp_path):
    folder = made(place.hub, tmp_path / "made")
    for name in ("..", "-rf", "a#b?c", ".hidden"):
        place.put(folder, name)

    assert collect(place.hub) == 0

    assert len(place.files()) == 8
    assert inbox.strays(place.hub.home, place.hub.partnership) == {COUNCIL: 4}


@everywhere
def test_files_that_do_not_belong_stay_where_they_are_and_the_delivery_is_refused(place, tmp_path):
    """They could be anything, names of children above all: not a byte of them is fetched or removed."""
    place.put_file(f"sent/{CANARY}.csv", CANARY.encode())
    folder = made(place.hub, tmp_path / "made")
    for name in (contract.EVENTS_PARQUET, contract.MANIFEST):
        place.put_file(f"sent/{name}", (folder / name).read_bytes())

    assert collect(place.hub) == 1

    assert "1 files that are not part of one" in received(place.hub)[0]
    assert place.files() == [f"sent/{CANARY}.csv"]
    assert found_in(place.hub.home.root, [CANARY]) == []


def link(path, secret):
    path.symlink_to(secret)


def second_name(path, secret):
    os.link(secret, path)


def pipe(path, secret):
    os.mkfifo(path)


@by_path
@pytest.mark.parametrize("plant", [link, pipe])
def test_a_link_or_a_pipe_is_not_read_through(place, tmp_path, plant):
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    place.put(made(place.hub, tmp_path / "made"), "sent")
    (place.root / "sent" / contract.EVENTS_PARQUET).unlink()
    plant(place.root / "sent" / contract.EVENTS_PARQUET, secret)

    assert collect(place.hub) == 1

    assert found_in(place.hub.home.root, [CANARY]) == []
    assert "1 files that are not part of one" in received(place.hub)[0]
    assert secret.read_text() == CANARY


@pytest.mark.parametrize("place", ["file"], indirect=True)
@pytest.mark.parametrize("plant", [link, second_name, pipe])
def test_a_file_swapped_for_a_link_after_the_look_is_not_read_either(place, tmp_path, plant):
    """What a listing said is not relied on: the file itself is asked when it is opened."""
    secret = tmp_path / "secret"
    secret.write_text(CANARY)
    (place.root / "sent").mkdir()
    plant(place.root / "sent" / contract.EVENTS_CSV, secret)
    there = channel.opened(place.hub.home, place.hub.partnership.partner(COUNCIL))

    with pytest.raises(LanternError):
        list(there.chunks("sent", contract.EVENTS_CSV))


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_a_planted_link_does_not_lead_reports_or_the_removal_elsewhere(place, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / contract.MANIFEST).write_text("{}")
    (place.root / "reports").symlink_to(elsewhere)
    (place.root / "sent").symlink_to(elsewhere)
    (place.hub.home.reports / COUNCIL).mkdir(parents=True)
    (place.hub.home.reports / COUNCIL / "1-refused.txt").write_text("x")

    assert collect(place.hub) == 0
    with pytest.raises(ConfigRefused, match="its folder is not a folder"):
        collection.return_reports(place.hub.home, place.hub.partnership, COUNCIL)

    assert [each.name for each in elsewhere.iterdir()] == [contract.MANIFEST]


@everywhere
def test_no_more_is_read_than_a_delivery_may_have(place, tmp_path, monkeypatch):
    """One byte more than the cap is fetched, and intake's own check refuses what is that long."""
    place.put(made(place.hub, tmp_path / "made", 200), "sent")
    monkeypatch.setattr(inbox, "MAX_BYTES", 3000)

    assert collect(place.hub) == 1

    (ticket,) = (place.hub.home.inbox / COUNCIL).iterdir()
    assert (ticket / contract.EVENTS_PARQUET).stat().st_size == 3001
    assert "is larger than" in received(place.hub)[0]
    assert place.files() == []


class Endless:
    """A server that lists a small file and never ends it."""

    def __init__(self):
        self.given = 0

    def entries(self, folder):
        if not folder:
            return [Entry("sent", is_file=False, is_folder=True, size=0, changed_at=None)]
        return [Entry(contract.MANIFEST, is_file=True, is_folder=False, size=10, changed_at=None)]

    def open(self, folder, name):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def read(self, size):
        self.given += size
        return b"x" * size


def test_a_server_that_lies_about_a_size_is_read_no_further_than_the_cap(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(inbox, "MAX_BYTES", 3 * 1024**2)
    server = Endless()
    ticket = tmp_path / "ticket"
    ticket.mkdir()

    collection._copy(channel.Channel(COUNCIL, server), "sent", server.entries("sent"), ticket)

    assert server.given <= inbox.MAX_BYTES + 1024**2
    assert sum(each.stat().st_size for each in ticket.iterdir()) == inbox.MAX_BYTES + 1


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_one_that_cannot_be_read_holds_up_no_other(place, tmp_path, monkeypatch):
    """A folder that may not be opened any more when its turn comes: told, after the others were fetched."""
    folder = made(place.hub, tmp_path / "made")
    for name in ("a", "b"):
        place.put(folder, name)
    read = channel.Channel.chunks

    def refused(self, folder, name):
        if folder == "a":
            raise ConfigRefused("refused")
        return read(self, folder, name)

    monkeypatch.setattr(channel.Channel, "chunks", refused)

    with pytest.raises(ConfigRefused):
        collect(place.hub)

    assert len(received(place.hub)) == 1
    assert list(intake.load(place.hub.home).values()) == [20]


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_what_is_fetched_is_for_the_hubs_user_alone(place, tmp_path):
    place.put(made(place.hub, tmp_path / "made"), "sent")
    collect(place.hub)

    (ticket,) = (place.hub.home.inbox / COUNCIL).iterdir()

    assert stat.S_IMODE(ticket.stat().st_mode) == 0o700


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_a_partner_cannot_deliver_in_anothers_name_from_its_own_inbox(place, tmp_path):
    """Who sent it is known from where it lay."""
    police = tmp_path / "police"
    police.mkdir()
    place.hub.partnership = with_inbox(place.hub.partnership, f"file://{police}", "riverton_police")
    made(place.hub, police / "sent")

    assert collect(place.hub, "riverton_police") == 1

    assert "not that of the inbox it lies in" in received(place.hub)[0]
