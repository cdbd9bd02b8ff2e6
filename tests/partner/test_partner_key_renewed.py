"""A new project key with the old local key: records keep their keys, tokens are others."""

import pyarrow.parquet as pq
import pytest
from partner_drawing import SINCE, SNAPSHOT
from typer.testing import CliRunner

from lantern.errors import ConfigRefused
from lantern.partner.cli import app
from lantern.partner.delivery import deliver
from lantern.partner.key import join_key, new_key, read_key, renew_key, share_key


@pytest.fixture
def renewed(key_file, tmp_path):
    new_key(tmp_path / "lead.toml", "demo", "E06999999", "demo-2027")
    share_key(tmp_path / "lead.toml", tmp_path / "shared.toml")
    arguments = ["key", "renew", "--key-file", str(key_file), "--project-from", str(tmp_path / "shared.toml")]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "new.toml")])
    assert (result.exit_code, result.stdout.split("=")[0]) == (0, "demo-2027")
    return tmp_path / "new.toml"


def test_the_project_key_is_new_and_the_local_key_stays(key_file, renewed, tmp_path):
    before, after, lead = read_key(key_file), read_key(renewed), read_key(tmp_path / "lead.toml")

    assert after.local_key == before.local_key != lead.local_key
    assert after.project_key == lead.project_key != before.project_key
    assert renewed.stat().st_mode & 0o077 == 0


def test_an_extract_under_both_keys_differs_in_its_tokens_alone(council, key_file, renewed, tmp_path):
    """What the hub learns the counterparts from."""
    first = council(
        ssd_person="pers_person_id | pers_upn\n---+---\nP1 | B801200005001",
        ssd_contacts="cont_contact_id | cont_person_id | cont_contact_date | cont_contact_source_code\n---+---+---+---\nC1 | P1 | 2026-05-05 | 6",
    )
    second = deliver(
        [tmp_path / "ssd"],
        "ssd",
        "riverton_council",
        renewed,
        tmp_path / "out",
        snapshot_at=SNAPSHOT,
        period_from=SINCE,
    )

    before, after = (pq.read_table(each.folder / "events.parquet").to_pylist()[0] for each in (first, second))
    assert {name for name in before if before[name] != after[name]} == {"token_upn", "extract_id"}


def test_joining_anew_would_have_changed_every_record(key_file, renewed, tmp_path):
    """The twin: why there is a command of its own."""
    joined = join_key(tmp_path / "shared.toml", tmp_path / "joined.toml")

    assert joined.local_key != read_key(key_file).local_key


def test_the_same_key_or_another_partnerships_is_refused(key_file, tmp_path):
    new_key(tmp_path / "other.toml", "elsewhere", "E06999999", "other-1")
    for source, words in ((key_file, "has the key"), (tmp_path / "other.toml", "another partnership")):
        with pytest.raises(ConfigRefused, match=words):
            renew_key(key_file, source, tmp_path / "x.toml")
    assert not (tmp_path / "x.toml").exists()
