"""Which partner is late: by its own rhythm, from the day its last delivery was accepted."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import days_ago
from lantern.errors import ConfigRefused
from lantern.home import PROJECT, Home
from lantern.partnership import read_partnership
from lantern.release import planning
from lantern.watching import lateness
from lantern.watching.lateness import late_partners, punctuality

DEMO = (PROJECT / "partnerships" / "demo.toml").read_text(encoding="utf-8")
POLICE = 'partner_type = "police"\n'
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def configured(folder, *, more="", police=""):
    text = DEMO.replace(POLICE, POLICE + police) + more
    assert not police or police in text
    (folder / "demo.toml").write_text(text, encoding="utf-8")
    return read_partnership("demo", folder)


def delivered(home: Home, at: datetime, outcome="accepted", partner="riverton_police") -> None:
    folder = home.reports / partner
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{at:%Y%m%dT%H%M%S%fZ}-{outcome}.json").write_text("{}")


RHYTHM = """
every | grace | days since | days late | is late
7     | 2     | 0          | 0         | no
7     | 2     | 7          | 0         | no
7     | 2     | 8          | 1         | no
7     | 2     | 9          | 2         | no
7     | 2     | 10         | 3         | yes
7     | 0     | 7          | 0         | no
7     | 0     | 8          | 1         | yes
1     | 0     | 2          | 1         | yes
31    | 5     | 36         | 5         | no
31    | 5     | 37         | 6         | yes
"""


@pytest.mark.parametrize("row", RHYTHM.strip().splitlines()[1:])
def test_a_partner_is_late_once_its_days_and_the_days_of_grace_are_over(row, tmp_path):
    every, grace, since, late, is_late = (cell.strip() for cell in row.split("|"))
    partnership = configured(tmp_path, police=f"every_days = {every}\ngrace_days = {grace}\n")
    home = Home(tmp_path, "demo")
    delivered(home, NOON - timedelta(days=int(since)))

    (found,) = punctuality(home, partnership, NOON)

    assert (found.partner, found.days_late, found.is_late) == ("riverton_police", int(late), is_late == "yes")


@given(every=st.integers(1, 400), grace=st.integers(0, 120), hours=st.integers(0, 10_000))
def test_the_days_are_those_of_englands_calendar(every, grace, hours):
    """By another way: count the midnights in London from the delivery to now."""
    partner = read_partnership("demo").partners[1].model_copy(update={"every_days": every, "grace_days": grace})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lateness, "accepted_at", lambda *_: NOON - timedelta(hours=hours))
        found = lateness._of(Home.of("demo"), partner, lateness.day_in_london(NOON))

    then, now = ((NOON - timedelta(hours=back)).astimezone(ZoneInfo("Europe/London")).date() for back in (hours, 0))
    midnights = now.toordinal() - then.toordinal()
    assert found.days_late == max(0, midnights - every)
    assert found.is_late == (midnights > every + grace)


def test_a_delivery_that_was_refused_or_had_been_sent_before_makes_nobody_punctual(tmp_path):
    partnership = configured(tmp_path, police="every_days = 7\n")
    home = Home(tmp_path, "demo")
    delivered(home, NOON - timedelta(days=12))
    for outcome in ("refused", "already_accepted"):
        delivered(home, NOON, outcome)

    (late,) = late_partners(home, partnership, NOON)

    assert late.state == "warn"
    assert late.name == "late-partner riverton_police"
    assert late.said == "riverton_police: last delivery 2026-11-08, the next is 5 days late"


def test_a_partner_that_never_delivered_is_told_and_one_without_a_rhythm_never_is(tmp_path):
    none, agreed = configured(tmp_path), configured(tmp_path, police="every_days = 7\n")
    home = Home(tmp_path, "demo")

    assert [each.state for each in late_partners(home, none, NOON)] == ["ok"]
    assert [each.said for each in late_partners(home, agreed, NOON)] == [
        "riverton_police: no delivery was ever accepted"
    ]


@pytest.mark.parametrize(
    ("police", "more", "told"),
    [
        ("every_days = 0\n", "", "every_days"),
        ("every_days = 7\ngrace_days = -1\n", "", "grace_days"),
        ("every_days = '7'\n", "", "every_days"),
        ("", '\n[alerts]\nemail_connection = "post"\n', "go together"),
        ("", '\n[alerts]\nemail_to = ["officer@riverton.invalid"]\n', "go together"),
        ("", '\n[alerts]\nwebhook_connection = "https://a.place/with?token=1"\n', "webhook_connection"),
        ("", '\n[alerts]\nemail_connection = "post"\nemail_to = ["nobody"]\n', "email_to"),
    ],
)
def test_what_is_no_rhythm_and_no_way_to_tell_is_refused_with_the_file(police, more, told, tmp_path):
    with pytest.raises(ConfigRefused, match=told):
        configured(tmp_path, police=police, more=more)


def test_who_is_told_and_how_often_a_partner_sends_alters_no_plan(tmp_path):
    """An approval outlives them: they alter nothing that is drawn. The twin: an allowance does not."""

    def digest(partnership):
        return partnership.model_dump_json(exclude=planning._NO_TERM)

    plain = read_partnership("demo")
    told = configured(
        tmp_path,
        police="every_days = 7\ngrace_days = 3\n",
        more='\n[alerts]\nwebhook_connection = "chat"\napproval_days = 3\n',
    )
    dearer = plain.model_copy(update={"privacy": plain.privacy.model_copy(update={"micro_per_year": 90_000})})

    assert digest(told) == digest(plain)
    assert digest(dearer) != digest(plain)


def test_the_day_on_which_the_hub_began_is_no_lateness(tmp_path):
    partnership = configured(tmp_path, police="every_days = 7\n")
    delivered(Home(tmp_path, "demo"), days_ago(1))

    assert [each.state for each in late_partners(Home(tmp_path, "demo"), partnership, datetime.now(UTC))] == ["ok"]
