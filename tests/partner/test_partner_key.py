"""The key file: who may read it, what is shared, what is shown."""

import stat

import pytest

from lantern.errors import ConfigRefused
from lantern.partner import key
from lantern.partner.key import join_key, new_key, read_key, share_key


def test_a_new_key_file_is_readable_by_its_owner_alone(key_file):
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o610])
def test_a_key_file_that_others_may_read_is_refused(key_file, mode):
    key_file.chmod(mode)

    with pytest.raises(ConfigRefused, match="other users of this machine may read it"):
        read_key(key_file)


def test_two_partners_have_one_project_key_and_two_local_keys(key_file, tmp_path):
    first, second = read_key(key_file), join_key(key_file, tmp_path / "second.toml")

    assert second == read_key(tmp_path / "second.toml")
    assert first.check_value == second.check_value
    assert first.local_key != second.local_key


def test_a_shared_key_file_lets_a_partner_join_and_not_deliver(key_file, tmp_path):
    """It holds no local key: nothing of the partner who shared it is given away."""
    share_key(key_file, tmp_path / "shared.toml")

    assert read_key(key_file).local_key.hex() not in (tmp_path / "shared.toml").read_text()
    assert join_key(tmp_path / "shared.toml", tmp_path / "mine.toml").check_value == read_key(key_file).check_value
    with pytest.raises(ConfigRefused, match="the file that 'key share' makes for joining"):
        read_key(tmp_path / "shared.toml")


def test_a_key_shows_no_secret_when_printed(key_file):
    made = read_key(key_file)

    assert made.project_key.hex() not in repr(made)
    assert repr(made.project_key) not in repr(made)
    assert repr(made) == "Key(key_id='demo-2026', partnership='demo', responsible_la='E06999999')"


def test_two_new_keys_have_different_check_values(tmp_path):
    keys = [new_key(tmp_path / f"{n}.toml", "demo", "E06999999", "demo-2026") for n in range(2)]

    assert keys[0].check_value != keys[1].check_value


def test_an_existing_key_file_is_never_overwritten(key_file):
    before = key_file.read_bytes()

    with pytest.raises(ConfigRefused, match="there is one already"):
        new_key(key_file, "demo", "E06999999", "demo-2027")

    assert key_file.read_bytes() == before


@pytest.mark.parametrize(
    ("entry", "setting"),
    [("project_key", "passphrase"), ("key_id", "Demo 2026"), ("responsible_la", "Riverton")],
)
def test_an_entry_in_another_form_is_refused_by_name_and_not_repeated(key_file, entry, setting):
    lines = [f'{entry} = "{setting}"' if line.startswith(entry) else line for line in key_file.read_text().splitlines()]
    key_file.write_text("\n".join(lines))

    with pytest.raises(ConfigRefused, match=f"'{entry}'") as refusal:
        read_key(key_file)

    assert setting not in str(refusal.value)


def test_a_missing_key_file_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(ConfigRefused, match="key new"):
        read_key(tmp_path / "none.toml")


def test_where_the_machine_cannot_tell_who_may_read_a_file_the_person_is_told_to_look(monkeypatch):
    """Windows has no modes; the tool says so plainly instead of saying nothing."""
    assert key.who_may_read() is None

    monkeypatch.setattr(key.os, "name", "nt")

    assert "cannot check who else may read the key file" in key.who_may_read()


def test_without_the_check_of_the_mode_a_readable_key_would_be_taken(key_file, monkeypatch):
    """The twin of the refusal above."""
    key_file.chmod(0o644)
    monkeypatch.setattr(key, "_OTHERS_MAY", 0)

    assert read_key(key_file).key_id == "demo-2026"


def test_a_key_is_drawn_and_never_made_from_words(tmp_path):
    """256 bits each, and no option, argument or entry by which a passphrase could become one."""
    import inspect

    made = new_key(tmp_path / "k.toml", "demo", "E06999999", "demo-2026")

    assert (len(made.project_key), len(made.local_key)) == (32, 32)
    assert made.project_key != made.local_key
    assert list(inspect.signature(new_key).parameters) == ["path", "partnership", "responsible_la", "key_id"]
