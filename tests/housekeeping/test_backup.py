"""What was backed up is put back whole or not at all, and never if it would forget what was spent."""

import shutil

import pytest
from tests.conftest import Hub
from tests.housekeeping.conftest import SECOND, contents, release_quarter
from tests.intake.sending import contacts, verdicts
from tests.leak import found_in
from tests.release.conftest import write_release_inputs

from lantern import warehouse
from lantern.errors import ConfigRefused, ContractBroken, LedgerRefused, StoreBusy
from lantern.housekeeping import archive, backup, backup_key, rebuild, restoration
from lantern.housekeeping.backup_key import BackupKey
from lantern.release import spent
from lantern.release.anchor import Anchor
from lantern.release.ledger import Ledger

RAW = ("select * from raw.partner_event order by all", "select * from raw.delivery order by all")


def restored(home, kept, backed_up, **more):
    return restoration.restore(home, kept.key, backed_up.hub, backed_up.ledger, **more)


def read(home, *queries):
    with warehouse.opened(home, read_only=True) as connection:
        return [connection.execute(query).fetchall() for query in queries]


def test_an_empty_machine_with_the_keys_has_everything_again_and_releases_the_next_quarter(kept, empty):
    """The drill, from the backup after the first release: the second is made on the other machine."""
    done = restored(empty, kept, kept.early)
    rebuild.reload(empty)

    assert done.head == kept.marks["early"]
    assert read(empty, *RAW) == read(kept.hub.home, *RAW)
    assert [len(found) for found in read(empty, *RAW)] == [40, 1]
    first = contents(empty.releases / "2026-Q1-1")
    assert len(first) > 3
    assert first == contents(kept.hub.home.releases / "2026-Q1-1")
    hub = Hub(empty, kept.hub.partnership)
    write_release_inputs(hub, periods=("2026-Q1", "2026-Q2"))
    head = release_quarter(empty, hub.partnership, SECOND)
    assert (empty.releases / "2026-Q2-1").is_dir()
    assert int(head.split(":")[0]) == done.lines + 4


def test_every_file_comes_back_as_it_was_with_its_mode(kept, empty):
    restored(empty, kept, kept.late)

    for name in ("released", "anchor", "secure/accepted", "secure/reports"):
        then, now = kept.hub.home.base / name, empty.base / name
        assert contents(then)
        assert contents(now) == contents(then)
        assert [path.stat().st_mode for path in sorted(now.rglob("*"))] == [
            path.stat().st_mode for path in sorted(then.rglob("*"))
        ]
    assert not (empty.base / "restoring").exists()


def test_an_older_ledger_is_refused_and_nothing_is_left_of_it(kept, empty):
    """The anchor comes back with the stores and knows a line that this ledger lacks."""
    with pytest.raises(LedgerRefused, match=r"older than what has been published or spent.*Give the newest backups"):
        restoration.restore(empty, kept.key, kept.late.hub, kept.early.ledger)

    assert contents(empty.base).keys() == {"ledger/ledger.sqlite", *(f"secrets/{name}.key" for name in KEYS)}
    assert restored(empty, kept, kept.late).head == kept.marks["late"]


KEYS = ("hub", "warehouse", "ledger")


def test_older_spends_are_refused(kept, empty):
    """Stores of before the second release, with the ledger of after it: its draws would have been free."""
    with pytest.raises(ContractBroken, match="what persons spent on 1 of 2 draws is missing"):
        restoration.restore(empty, kept.key, kept.early.hub, kept.late.ledger)

    assert not empty.spent.exists()
    assert not empty.accepted.exists()


def test_without_these_two_guards_both_would_be_put_back(kept, empty, monkeypatch):
    """The twin."""
    monkeypatch.setattr(Anchor, "check", lambda *_: None)
    monkeypatch.setattr(spent, "check_whole", lambda *_: None)

    assert restoration.restore(empty, kept.key, kept.late.hub, kept.early.ledger).lines == 4
    shutil.rmtree(empty.base / "ledger")
    shutil.rmtree(empty.base / "secure")
    shutil.rmtree(empty.base / "released")
    shutil.rmtree(empty.base / "anchor")
    assert restoration.restore(empty, kept.key, kept.early.hub, kept.late.ledger).lines == 8


def test_where_both_are_old_only_the_head_kept_elsewhere_tells(kept, empty):
    with pytest.raises(LedgerRefused, match="does not hold the line that was kept elsewhere"):
        restored(empty, kept, kept.early, against=kept.marks["late"])

    assert restored(empty, kept, kept.early, against=kept.marks["early"]).lines == 4


def test_what_is_there_is_never_written_over(kept, empty):
    restored(empty, kept, kept.late)
    before = contents(empty.base)

    with pytest.raises(ConfigRefused, match="is never written over"):
        restored(empty, kept, kept.late)

    assert contents(empty.base) == before


@pytest.mark.parametrize("lost", ["ledger", "stores"])
def test_one_part_that_was_lost_is_put_back_beside_the_other(kept, empty, lost):
    restored(empty, kept, kept.late)
    for name in ["ledger"] if lost == "ledger" else ["secure", "released", "anchor"]:
        shutil.rmtree(empty.base / name)

    done = restored(empty, kept, kept.late)

    assert (bool(done.hub), bool(done.ledger)) == (lost == "stores", lost == "ledger")
    assert done.head == kept.marks["late"]


def test_a_ledger_lost_alone_is_not_replaced_by_an_older_one(kept, empty):
    restored(empty, kept, kept.late)
    shutil.rmtree(empty.base / "ledger")
    before = contents(empty.base)

    with pytest.raises(LedgerRefused, match="older than what has been published or spent"):
        restoration.restore(empty, kept.key, kept.late.hub, kept.early.ledger)

    assert {name: found for name, found in contents(empty.base).items() if not name.startswith("ledger/")} == before


def test_a_hub_that_never_released_is_not_touched_by_a_backup_of_its_empty_ledger(hub, kept, tmp_path):
    hub.deliver(contacts(hub, 12))
    verdicts(hub)
    done = backup.backup(hub.home, kept.key, tmp_path / "to", tmp_path / "to")
    before = contents(hub.home.accepted)

    with pytest.raises(ConfigRefused, match="Nothing was restored"):
        restored(hub.home, kept, done)

    assert (done.lines, len(before)) == (0, 1)
    assert contents(hub.home.accepted) == before


def test_neither_a_key_nor_a_persons_token_can_be_read_in_a_backup(kept):
    secrets = [path.read_text().strip() for path in kept.hub.home.secrets.glob("*.key")]
    with warehouse.opened(kept.hub.home, read_only=True) as connection:
        tokens = [
            row[0] for row in connection.execute("select distinct local_person_key from raw.partner_event").fetchall()
        ]
    assert len(secrets) == 3
    assert len(tokens) > 30

    assert found_in(kept.late.hub.parent, [*secrets, *tokens, "approve", "2026-Q2"]) == []
    assert found_in(kept.late.ledger.parent, [*secrets, *tokens, "approve"]) == []


def test_the_keys_are_not_in_a_backup_for_one_who_can_open_it(kept, tmp_path):
    archive.unpack(kept.hub.home, kept.late.hub, backup.HUB, kept.key.identity, tmp_path / "opened")

    found = contents(tmp_path / "opened")
    assert "secrets/trusted_keys.json" in found
    assert not [name for name in found if name.endswith(".key")]
    assert (
        found_in(tmp_path / "opened", [path.read_text().strip() for path in kept.hub.home.secrets.glob("*.key")]) == []
    )


def test_a_scan_of_a_backup_that_was_not_encrypted_would_find_them(kept, tmp_path):
    """The twin: the ledger's backup, opened."""
    archive.unpack(kept.hub.home, kept.late.ledger, backup.LEDGER, kept.key.identity, tmp_path)

    assert found_in(tmp_path, ["approve"]) == [backup.LINES]


@pytest.mark.parametrize(
    "place", ["first byte", "header", "middle", "last byte", "cut by one", "cut in half", "one more"]
)
def test_a_backup_that_was_altered_anywhere_is_refused_and_leaves_nothing(kept, empty, tmp_path, place):
    sound = kept.late.hub.read_bytes()
    at = {"first byte": 0, "header": 60, "middle": len(sound) // 2, "last byte": len(sound) - 1}
    changed = bytearray(sound)
    if place in at:
        changed[at[place]] ^= 1
    altered = {"cut by one": sound[:-1], "cut in half": sound[: len(sound) // 2], "one more": sound + b"\0"}
    file = tmp_path / kept.late.hub.name
    file.write_bytes(altered.get(place, bytes(changed)))

    with pytest.raises((ContractBroken, ConfigRefused), match="Nothing was restored"):
        restoration.restore(empty, kept.key, file, kept.late.ledger)

    assert not empty.accepted.exists()
    assert not (empty.base / "restoring").exists()


def test_whoever_knows_the_public_key_alone_makes_no_backup_that_is_taken(kept, empty, tmp_path, monkeypatch):
    """A forger has the public half of the backups' key, and none of the hub's keys."""
    forger = Hub(kept.hub.home, kept.hub.partnership)
    monkeypatch.setattr(archive, "_mark", lambda *_: "0" * 64)
    with archive.writing(forger.home, tmp_path / "demo-hub-1.age", backup.HUB, kept.key.recipient) as of:
        of.add(forger.home.releases)
    monkeypatch.undo()

    with pytest.raises(ConfigRefused, match="not made under the keys that are here"):
        restoration.restore(empty, kept.key, tmp_path / "demo-hub-1.age", kept.late.ledger)


def test_another_backup_key_opens_nothing(kept, empty, tmp_path):
    backup_key.make_key(tmp_path / "other.key")

    with pytest.raises(ConfigRefused, match="the backup key does not open it"):
        restoration.restore(empty, BackupKey.of(tmp_path / "other.key"), kept.late.hub, kept.late.ledger)


def test_the_public_half_makes_backups_and_opens_none(kept, empty, tmp_path):
    public = backup_key.make_key(tmp_path / "new.key")
    (tmp_path / "public").write_text(f"{public}\n")
    half = BackupKey.of(tmp_path / "public")

    done = backup.backup(kept.hub.home, half, tmp_path / "to", tmp_path / "to")

    with pytest.raises(ConfigRefused, match="the public half"):
        restoration.restore(empty, half, done.hub, done.ledger)
    assert restoration.restore(empty, BackupKey.of(tmp_path / "new.key"), done.hub, done.ledger).lines == 8


def test_without_the_hubs_keys_nothing_is_restored(kept, empty):
    (empty.secrets / "warehouse.key").unlink()

    with pytest.raises(ConfigRefused, match="there is no key file"):
        restored(empty, kept, kept.late)


def test_a_backup_waits_for_whoever_writes_the_spends_and_leaves_no_half_file(kept, tmp_path):
    """In a process of its own, as a release would be: DuckDB shares a file within one."""
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from lantern import warehouse; from lantern.home import Home\n"
        f"home = Home(Path({str(kept.hub.home.root)!r}), 'demo')\n"
        "with warehouse.encrypted(home, home.spent):\n    print('held', flush=True); sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy, match="another process has it open"):
            backup.backup(kept.hub.home, kept.key, tmp_path / "to", tmp_path / "to")
        other.communicate("\n")

    assert list((tmp_path / "to").iterdir()) == []


def test_a_ledger_in_postgresql_is_backed_up_and_restored_by_its_lines(kept, empty, postgres, monkeypatch):
    """From a file into a server: a line is a line in both."""
    postgres.clear()
    monkeypatch.setenv("LANTERN_LEDGER_URL", postgres.url)

    restored(empty, kept, kept.late)
    again = backup.backup(empty, kept.key, empty.root / "to", empty.root / "to")

    assert again.lines == 8
    assert not empty.ledger.exists()
    ledger = Ledger(empty, kept.hub.partnership)
    assert f"8:{ledger.entries()[-1].mac}" == kept.marks["late"]
    ledger.close()
