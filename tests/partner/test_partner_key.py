"""The key file: who may read it, what is shared, what is shown."""

import stat

import pytest

from lantern.errors import ConfigRefused
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
    with pytest.raises(ConfigRefused, match="'local_key' is missing"):
        read_key(tmp_path / "shared.toml")


def test_a_key_shows_no_secret_when_printed(key_file):
    key = read_key(key_file)

    assert key.project_key.hex() not in repr(key)
    assert repr(key.project_key) not in repr(key)
    assert repr(key) == "Key(key_id='demo-2026', partnership='demo', responsible_la='E06999999')"


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
    with pytest.raises(ConfigRefused, match="lantern partner key new"):
        read_key(tmp_path / "none.toml")
