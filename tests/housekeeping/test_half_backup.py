"""A backup that was killed leaves half files; the next one removes them, and nothing that another made."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lantern.home import locked
from lantern.housekeeping import backup

HALF = ("demo-hub-20261001T020304Z.age.part", "demo-ledger-20261001T020304Z.age.part")
"""What a backup of this hub leaves that is killed."""

FOREIGN = (
    "demo_two-hub-20261001T020304Z.age.part",
    "demo-hub-20261001T020304Z.age",
    "demo-hub-20261001T020304Z.age.part.copy",
    "demo-hub-notes.age.part",
    "holiday.part",
)
"""What is another hub's, an older backup, or none of ours."""


def planted(folder):
    folder.mkdir()
    for name in (*HALF, *FOREIGN):
        (folder / name).write_text("left")
    (folder / "demo-hub-20261001T020305Z.age.part").symlink_to(folder / FOREIGN[-1])
    return {path.name for path in folder.iterdir()}


def test_what_a_killed_backup_left_is_removed_by_the_next_and_nothing_else_is(kept, tmp_path):
    """In both folders, and said; a folder that is given for both is looked into once."""
    there = planted(tmp_path / "to")
    planted(tmp_path / "ledger")

    done = backup.backup(kept.hub.home, kept.key, tmp_path / "to", tmp_path / "ledger")

    assert done.cleared == 2 * len(HALF)
    for path in (done.hub, done.ledger):
        assert {each.name for each in path.parent.iterdir()} == (there - set(HALF)) | {path.name}
    assert backup.backup(kept.hub.home, kept.key, tmp_path / "to", tmp_path / "to").cleared == 0


def test_left_alone_a_half_file_would_stay(kept, tmp_path, monkeypatch):
    """The twin: with nothing cleared, what was planted is there after the backup."""
    monkeypatch.setattr(backup, "_clear", lambda home, folders: 0)
    there = planted(tmp_path / "to")

    done = backup.backup(kept.hub.home, kept.key, tmp_path / "to", tmp_path / "to")

    assert there < {each.name for each in done.hub.parent.iterdir()}


def test_a_backup_waits_for_another_so_that_what_it_writes_is_not_cleared_away(kept, tmp_path):
    """Held by hand, as the other would: what it is writing is still there, and gone once it let go."""
    planted(tmp_path / "to")
    with ThreadPoolExecutor(1) as pool:
        with locked(kept.hub.home.reports):
            running = pool.submit(backup.backup, kept.hub.home, kept.key, tmp_path / "to", tmp_path / "to")
            with pytest.raises(TimeoutError):
                running.result(1)
            assert (tmp_path / "to" / HALF[0]).exists()
        assert running.result(60).cleared == len(HALF)
