"""A release is approved, due, paid for, drawn once and published whole; asking again gives the same."""

import hashlib
import shutil

import duckdb
import pytest
from tests.release.conftest import OFFICER, PERIOD, write_release_inputs

from lantern import warehouse
from lantern.errors import BudgetExhausted, ContractBroken, ReleaseRefused
from lantern.period import Quarter
from lantern.pipeline import release
from lantern.privacy import mechanism
from lantern.release import drawing, publication


def released(hub, ledger, period=PERIOD):
    return release.release(hub.home, hub.partnership, ledger, period)


def digest_of(folder):
    parts = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    return hashlib.sha256(b"|".join(parts)).hexdigest()


def test_a_release_spends_once_and_asking_again_gives_the_same_bytes(ready, ledger):
    """Twenty more requests: one spend, one answer, one folder, nothing drawn again."""
    first = released(ready, ledger)
    bytes_then = digest_of(ready.home.releases)

    for _ in range(20):
        assert released(ready, ledger).micro_rho == 0

    assert first.micro_rho == 25_000
    assert [entry.kind for entry in ledger.entries()] == ["approve", "spend", "answer", "publish"]
    assert digest_of(ready.home.releases) == bytes_then


def test_an_unapproved_quarter_is_refused_and_nothing_is_drawn(hub, ledger, monkeypatch):
    write_release_inputs(hub)
    monkeypatch.setattr(drawing, "draw", lambda *_: pytest.fail("drawn without approval"))

    with pytest.raises(ReleaseRefused, match="has not been approved"):
        released(hub, ledger)

    assert ledger.entries() == []


def test_a_quarter_that_is_not_ripe_is_refused_with_the_day_it_will_be(hub, ledger):
    """2026-Q3 ends on the day of the extract: its last contacts have been followed for no time."""
    write_release_inputs(hub)

    with pytest.raises(ReleaseRefused, match="It is ripe on 2026-12-19"):
        release.approve(hub.home, hub.partnership, ledger, Quarter(2026, 3), by=OFFICER, reason="early")


def test_a_quarter_without_a_year_of_history_before_it_is_not_due(hub, ledger):
    write_release_inputs(hub)

    assert str(release.due(hub.home, hub.partnership, ledger)[0]) == "2024-Q3"
    with pytest.raises(ReleaseRefused, match="not due"):
        released(hub, ledger, Quarter(2024, 2))


def test_a_plan_altered_after_approval_is_refused(ready, ledger):
    """Half the allowance, or twice: either way it is not what was approved."""
    privacy = ready.partnership.privacy.model_copy(update={"micro_rho_per_quarter": 12_500})
    altered = ready.partnership.model_copy(update={"privacy": privacy})

    with pytest.raises(ReleaseRefused, match="altered since"):
        release.release(ready.home, altered, ledger, PERIOD)


def test_a_late_file_never_changes_a_published_release(ready, ledger):
    """Rows that arrive afterwards wait for the next quarter; the published one stays, at no cost."""
    released(ready, ledger)
    before = digest_of(ready.home.releases)
    write_release_inputs(ready, rows=950, seed=2)

    assert released(ready, ledger).micro_rho == 0
    assert digest_of(ready.home.releases) == before


def interrupted(*_, **__):
    raise KeyboardInterrupt


def approve_again(hub, ledger):
    release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="it ended before it drew")


def test_a_crash_between_spend_and_draw_costs_allowance_and_publishes_nothing(ready, ledger, monkeypatch):
    """The spend was durable first. Trying again is a new spend, and a person must approve it."""
    with monkeypatch.context() as broken:
        broken.setattr(drawing, "draw", interrupted)
        with pytest.raises(KeyboardInterrupt):
            released(ready, ledger)
    assert [entry.kind for entry in ledger.entries()] == ["approve", "spend"]
    assert not list(ready.home.releases.glob("*"))
    with pytest.raises(ReleaseRefused, match="its approval has been used"):
        released(ready, ledger)

    approve_again(ready, ledger)

    assert released(ready, ledger).release_id == "2026-Q2-1"
    assert sum(entry.micro_rho for entry in ledger.entries()) == 50_000
    assert "used 50,000 micro-rho" in (ready.home.releases / "2026-Q2-1" / "statement.md").read_text()


def test_when_crashes_have_used_the_year_up_the_quarter_is_refused(ready, ledger, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(drawing, "draw", interrupted)
        for _ in range(4):
            with pytest.raises(KeyboardInterrupt):
                released(ready, ledger)
            approve_again(ready, ledger)

    with pytest.raises(BudgetExhausted, match="Nothing was drawn"):
        released(ready, ledger)


def test_a_quarter_drawn_before_late_data_came_is_published_as_drawn(ready, ledger, monkeypatch):
    """A crash before publication, then new rows: still the first answer, never a second noise on one quarter."""
    with monkeypatch.context() as broken:
        broken.setattr(publication, "write_folder", interrupted)
        with pytest.raises(KeyboardInterrupt):
            released(ready, ledger)
    write_release_inputs(ready, rows=950, seed=2)

    assert released(ready, ledger).micro_rho == 0
    assert [entry.kind for entry in ledger.entries()] == ["approve", "spend", "answer", "publish"]


def test_a_refusal_after_the_draw_stops_the_publication(ready, ledger, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(publication, "write_folder", interrupted)
        with pytest.raises(KeyboardInterrupt):
            released(ready, ledger)
    release.approve(ready.home, ready.partnership, ledger, PERIOD, by=OFFICER, reason="second thoughts", approved=False)

    with pytest.raises(ReleaseRefused, match="has refused it since"):
        released(ready, ledger)


def test_nothing_is_drawn_from_a_build_that_did_not_pass(ready, ledger):
    (ready.home.dbt / "passed").unlink()

    with pytest.raises(ContractBroken, match="the last build did not pass"):
        released(ready, ledger)

    assert [entry.kind for entry in ledger.entries()] == ["approve"]


def test_a_folder_the_ledger_did_not_publish_is_not_served(ready, ledger):
    """Someone lays a folder of their own beside the releases: its name is in no line of the ledger."""
    released(ready, ledger)
    shutil.copytree(ready.home.releases / "2026-Q2-1", ready.home.releases / "2026-Q1-1")
    (ready.home.releases / "2026-Q1-1" / "digests.json").write_text("{}")

    assert release.refresh(ready.home, ready.partnership, ledger) == 1


def test_a_crash_after_the_draw_publishes_the_very_sums_that_were_drawn(ready, ledger, monkeypatch):
    """What was drawn is kept before it is worded: there are never two answers to one request."""
    with monkeypatch.context() as broken:
        broken.setattr(publication, "write_folder", interrupted)
        with pytest.raises(KeyboardInterrupt):
            released(ready, ledger)
    kept = ledger.entries()[-1]
    monkeypatch.setattr(mechanism, "noised", lambda *_: pytest.fail("drawn twice"))

    assert released(ready, ledger).micro_rho == 0
    assert [entry.kind for entry in ledger.entries()] == ["approve", "spend", "answer", "publish"]
    assert ledger.entries()[2] == kept


def test_a_crash_between_folder_and_ledger_ends_with_one_publication(ready, ledger, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(type(ledger), "publish", interrupted)
        with pytest.raises(KeyboardInterrupt):
            released(ready, ledger)
    before = digest_of(ready.home.releases)

    released(ready, ledger)

    assert digest_of(ready.home.releases) == before
    assert [entry.kind for entry in ledger.entries()].count("publish") == 1


def test_a_lost_release_folder_is_made_again_from_the_ledger_with_the_same_figures(ready, ledger):
    released(ready, ledger)
    figures = (ready.home.releases / "2026-Q2-1" / "cells.csv").read_bytes()
    shutil.rmtree(ready.home.releases)

    assert released(ready, ledger).micro_rho == 0
    assert (ready.home.releases / "2026-Q2-1" / "cells.csv").read_bytes() == figures


def over_the_bound(connection):
    connection.execute("update release_inputs.ri_referrals set person_key = 'p1' where person_key = 'p2'")


def not_public(connection):
    connection.execute("update release_inputs.ri_contacts set source_group = 'Zebedee' where row_key = '2026-Q2-5'")


def nobody(connection):
    connection.execute("update release_inputs.ri_contacts set person_key = null where row_key = '2026-Q2-5'")


def marked_twice(connection):
    connection.execute(
        "update release_inputs.ri_contacts set person_key = 'p1', is_clipped = true where row_key in ('2026-Q2-1', '2026-Q2-5')"
    )


@pytest.mark.parametrize(
    ("harm", "rule"),
    [
        (over_the_bound, "person_is_within_the_bound"),
        (not_public, "is_a_public_key"),
        (nobody, "person_is_known"),
        (marked_twice, "person_is_marked_once_at_most"),
    ],
)
def test_release_inputs_that_break_the_bound_are_stopped_at_the_border(ready, ledger, harm, rule):
    """Great Expectations asks again what dbt promised, before a micro-rho is spent."""
    with warehouse.opened(ready.home) as connection:
        harm(connection)

    with pytest.raises(ContractBroken, match=rule) as refusal:
        released(ready, ledger)

    assert "Zebedee" not in str(refusal.value)
    assert [entry.kind for entry in ledger.entries()] == ["approve"]


def test_without_the_border_a_person_over_the_bound_would_be_drawn(ready, ledger, monkeypatch):
    """The twin: with the check off, the very same input is released."""
    monkeypatch.setattr(release, "_check_bound", lambda *_: None)
    with warehouse.opened(ready.home) as connection:
        over_the_bound(connection)

    assert released(ready, ledger).micro_rho == 25_000


def test_the_released_file_holds_what_the_folders_hold_and_nothing_else(ready, ledger):
    """Tables as described; each cell once; every release, every measure; no other table."""
    released(ready, ledger)
    assert release.refresh(ready.home, ready.partnership, ledger) == 1

    with duckdb.connect(str(ready.home.released), read_only=True) as connection:
        tables = {row[0] for row in connection.execute("show tables").fetchall()}
        cells = connection.execute(
            "select count(*), count(distinct (measure_id, breakdown, category, statistic)) from cell"
        )
        counted = cells.fetchone()
        shown = connection.execute(
            "select count(*) from cell where grade = 'none' and (value is not null or figure_text <> '')"
        )
        hidden = shown.fetchone()

    assert tables == {"partnership", "release", "measure", "category", "cell"}
    assert counted == (42, 42)
    assert hidden == (0,)


def test_a_release_folder_altered_by_hand_is_refused_and_readers_keep_the_old_file(ready, ledger):
    released(ready, ledger)
    release.refresh(ready.home, ready.partnership, ledger)
    before = ready.home.released.read_bytes()
    path = ready.home.releases / "2026-Q2-1" / "cells.csv"
    path.write_text(path.read_text().replace("2026-Q2", "2026-Q1"))

    with pytest.raises(ReleaseRefused, match=r"'cells.csv' is not what was published"):
        release.refresh(ready.home, ready.partnership, ledger)

    assert ready.home.released.read_bytes() == before


def test_a_reader_keeps_its_file_while_a_new_one_is_swapped_in(ready, ledger):
    released(ready, ledger)
    release.refresh(ready.home, ready.partnership, ledger)
    with duckdb.connect(str(ready.home.released), read_only=True) as reader:
        release.refresh(ready.home, ready.partnership, ledger)
        assert reader.execute("select count(*) from release").fetchone() == (1,)
