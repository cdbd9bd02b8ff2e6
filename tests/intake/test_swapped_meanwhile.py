"""
A sender goes on while the hub reads or destroys: a folder becomes a link, a file grows.

Wherever it happens: before each of the hub's steps in turn.
"""

import os
import shutil
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from tests.intake.sending import contacts, verdicts

from lantern import contract
from lantern.errors import DeliveryRefused
from lantern.intake import inbox
from lantern.intake.store import Folder

STEPS = ("open", "scandir", "listdir", "rename", "unlink", "rmdir", "stat")
"""Whatever of `os` may be asked of a folder."""


class Sender:
    """Swaps every folder of a delivery, or the delivery, for a link to the hub's own files, before step number `at`."""

    def __init__(self, at: int, delivery: Path, target: Path, *, whole: bool) -> None:
        self.at, self.delivery, self.target, self.whole = at, delivery, target, whole
        self.steps = self.swaps = 0
        self.is_busy = False

    def before(self, step):
        def watched(*given, **named):
            if not self.is_busy:
                self.steps += 1
                if self.steps == self.at:
                    self.is_busy = True
                    self.swap()
                    self.is_busy = False
            return step(*given, **named)

        return watched

    def swap(self) -> None:
        inner = sorted((each for each in self.delivery.rglob("*") if each.is_dir()), reverse=True)
        for each in [self.delivery] if self.whole else inner:
            each.rename(self.delivery.parent / f"kept-{self.swaps}")
            each.symlink_to(self.target)
            self.swaps += 1


def by_paths(folder: Path) -> None:
    """How it was once done."""
    folders = [str(folder)]
    for place in folders:
        with os.scandir(place) as inside:
            for entry in inside:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    Path(entry.path).unlink()
    for place in reversed(folders):
        Path(place).rmdir()


def destroyed(destroy, at: int, base: Path, *, whole: bool = False) -> tuple[Sender, list[str], Path]:
    """A delivery of nested folders is destroyed beside such a sender: what is left of the hub's own files."""
    hubs, delivery = base / "accepted", base / "inbox" / "p" / "done-with-delivery-0123456789abcdef"
    for place in (hubs / "deep", delivery / "a" / "b" / "c", delivery / "d"):
        place.mkdir(parents=True)
        (place / "file").write_text("x")
    sender = Sender(at, delivery, hubs, whole=whole)
    with pytest.MonkeyPatch.context() as patch:
        for name in STEPS:
            patch.setattr(os, name, sender.before(getattr(os, name)))
        with suppress(OSError):
            destroy(delivery)
    return sender, sorted(str(each.relative_to(hubs)) for each in hubs.rglob("*")), delivery


def every_step(destroy, base: Path, *, whole: bool = False) -> list[tuple[int, list[str], Path]]:
    """What is left for each step before which the sender acted; only those at which there was something to swap."""
    undisturbed, _, delivery = destroyed(destroy, 0, base / "0")
    assert not delivery.exists()
    found = []
    for at in range(1, undisturbed.steps + 1):
        sender, left, delivery = destroyed(destroy, at, base / str(at), whole=whole)
        found += [(at, left, delivery)] if sender.swaps else []
    return found


@pytest.mark.parametrize("whole", [False, True])
def test_a_folder_swapped_for_a_link_while_it_is_destroyed_leads_to_none_of_the_hubs_files(tmp_path, whole):
    found = every_step(inbox._destroy, tmp_path, whole=whole)

    assert len(found) >= 12
    assert [(at, left) for at, left, _ in found if left != ["deep", "deep/file"]] == []


def test_what_a_swap_left_is_gone_with_the_next_run(tmp_path):
    found = every_step(inbox._destroy, tmp_path)

    left_over = [delivery for _, _, delivery in found if delivery.exists()]
    assert len(left_over) >= 8
    for delivery in left_over:
        assert inbox._ticket(delivery) is None
        assert not delivery.exists()


@pytest.mark.parametrize("whole", [False, True])
def test_without_open_folders_the_hubs_files_would_be_destroyed(tmp_path, whole):
    """The twin: the same steps, each folder found again by its path."""
    found = every_step(by_paths, tmp_path, whole=whole)

    assert any(left != ["deep", "deep/file"] for _, left, _ in found)


def test_a_delivery_swapped_for_a_link_is_not_read_where_it_leads(hub, monkeypatch):
    """The link leads to the hub's own copy of another's delivery, which would be whole."""
    elsewhere = hub.home.base / "elsewhere"
    folder = hub.deliver(contacts(hub))
    (waiting,) = inbox.waiting(hub.home, hub.partnership)
    folder = folder.parent / waiting.ticket
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)

    with pytest.raises(OSError, match="Not a directory"), inbox.private_copy(hub.home, waiting):
        pass

    assert inbox.waiting(hub.home, hub.partnership) == []


@pytest.fixture
def growing(tmp_path, monkeypatch):
    """A file of 1,000 bytes where 2,000 are allowed, of which the sender writes 10,000 more once it is open."""
    monkeypatch.setattr(inbox, "MAX_BYTES", 2_000)
    path = tmp_path / "delivery" / contract.EVENTS_CSV
    path.parent.mkdir()
    path.write_bytes(b"x" * 1_000)
    opened = Folder.open

    def then_written(self, folder, name):
        stream = opened(self, folder, name)
        with path.open("ab") as more:
            more.write(b"y" * 10_000)
        return stream

    monkeypatch.setattr(Folder, "open", then_written)
    return tmp_path


def test_a_file_that_grows_while_it_is_copied_is_refused_a_byte_beyond_what_is_allowed(growing):
    there = Folder(growing)
    (file,) = there.entries("delivery")

    with pytest.raises(DeliveryRefused, match="larger than"):
        inbox._copy(there, "delivery", file, growing / "copy")

    assert (growing / "copy").stat().st_size == 2_001


def test_without_a_limit_all_that_it_grew_by_would_be_copied(growing):
    """The twin: the size looked at once, then the whole."""
    there = Folder(growing)
    (file,) = there.entries("delivery")
    inbox._check_size(file.size)

    with there.open("delivery", file.name) as stream, (growing / "copy").open("xb") as copy:
        shutil.copyfileobj(stream, copy)

    assert (growing / "copy").stat().st_size == 11_000


@pytest.mark.parametrize(("size", "is_copied"), [(0, True), (1_999, True), (2_000, True), (2_001, False)])
def test_a_file_may_be_as_large_as_is_allowed_and_no_larger(tmp_path, monkeypatch, size, is_copied):
    monkeypatch.setattr(inbox, "MAX_BYTES", 2_000)
    monkeypatch.setattr(inbox, "_PIECE", 700)
    (tmp_path / "delivery").mkdir()
    (tmp_path / "delivery" / contract.EVENTS_CSV).write_bytes(os.urandom(size))
    (file,) = Folder(tmp_path).entries("delivery")

    with nullcontext() if is_copied else pytest.raises(DeliveryRefused):
        inbox._copy(Folder(tmp_path), "delivery", file, tmp_path / "copy")

    assert (tmp_path / "copy").exists() == is_copied
    assert not is_copied or (tmp_path / "copy").read_bytes() == (tmp_path / "delivery" / file.name).read_bytes()


def test_a_delivery_that_grows_is_refused_and_nothing_of_it_stays(hub, monkeypatch):
    folder = hub.deliver(contacts(hub))
    size = max(each.stat().st_size for each in folder.iterdir())
    monkeypatch.setattr(inbox, "MAX_BYTES", size)
    opened = Folder.open

    def then_written(self, ticket, name):
        stream = opened(self, ticket, name)
        with (hub.home.inbox / "riverton_council" / ticket / name).open("ab") as more:
            more.write(b"y" * size)
        return stream

    monkeypatch.setattr(Folder, "open", then_written)

    (verdict,) = verdicts(hub)

    assert verdict.outcome == "refused"
    assert "larger than" in verdict.reason
    assert list(hub.home.work.iterdir()) == []
    assert list(hub.home.inbox.glob("*/*")) == []
