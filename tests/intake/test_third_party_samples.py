"""Census files this project did not write: each becomes a delivery that loads, or says which records it refused and why."""

from pathlib import Path

import pytest

from lantern import secret, warehouse
from lantern.errors import DeliveryRefused
from lantern.home import PROJECT
from lantern.partner.delivery import deliver
from lantern.partner.key import new_key
from lantern.pipeline import build, intake

SAMPLES = PROJECT.parent / "shared" / "data" / "cin_census"


@pytest.fixture
def sample(request) -> Path:
    path = SAMPLES / request.param
    if not path.exists():
        pytest.skip("the third-party samples are not beside this checkout")
    return path


def delivered(hub, tmp_path, sample):
    key = new_key(tmp_path / "key.toml", "demo", hub.partnership.responsible_la, "sample")
    secret.trust(hub.home, key.line)
    return deliver([sample], "cin_census", "riverton_council", tmp_path / "key.toml", tmp_path / "out")


@pytest.mark.parametrize("sample", ["BAR_cin_2022.xml", "CIN_Census_2021.xml"], indirect=True)
def test_a_census_in_which_everything_happened_in_1970_is_refused_and_says_which_record(hub, tmp_path, sample):
    with pytest.raises(DeliveryRefused) as refusal:
        delivered(hub, tmp_path, sample)

    assert "date_before_2000 (2)" in str(refusal.value)
    assert "child 1, PersonDeathDate; child 1, referral 1" in str(refusal.value)
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


@pytest.mark.parametrize("sample", ["CIN_Census_2024.xml"], indirect=True)
def test_a_census_with_two_bad_records_is_delivered_without_them_and_loads(hub, tmp_path, sample):
    """Two records are dated after the census; the first child's referral is good, and closed the next February."""
    made = delivered(hub, tmp_path, sample)
    inbox = hub.home.inbox / "riverton_council"
    inbox.mkdir(parents=True)
    made.folder.rename(inbox / "census")

    (verdict,) = [intake.receive(hub.home, hub.partnership, each) for each in intake.waiting(hub.home, hub.partnership)]
    loaded = intake.load(hub.home)
    build.link(hub.home)
    built = build.build(hub.home, hub.partnership)

    assert verdict.outcome == "accepted"
    assert list(loaded.values()) == [made.rows] == [10]
    assert built.failed == ()
    assert "date_after_snapshot (2)" in made.report()
    assert "child 2, referral 1" in made.report()
    with warehouse.opened(hub.home, read_only=True) as connection:
        referrals = connection.execute("select received_on, source_group, status from marts.fct_referrals").fetchall()
    assert [(str(day), source, status) for day, source, status in referrals] == [("2022-10-06", "individual", "closed")]
