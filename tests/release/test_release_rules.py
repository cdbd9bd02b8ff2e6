"""A release is approved, due, paid for, drawn once and published whole; asking again gives the same."""

import hashlib
import shutil
from datetime import date

import duckdb
import pytest
from tests.release.conftest import OFFICER, PERIOD, write_release_inputs

from lantern.errors import ContractBroken, ReleaseRefused
from lantern.period import Quarter
from lantern.pipeline import release
from lantern.privacy import mechanism
from lantern.release import drawing, planning, publication, spent
from lantern.release.entry import spent_in

YEAR = 100_000
PAID_ONCE = ["approve", "spend", "answer", "publish"]


def released(hub, ledger, period=PERIOD):
    return release.release(hub.home, hub.partnership, ledger, period)


def kinds(ledger):
    return [entry.kind for entry in ledger.entries()]


def digest_of(folder):
    parts = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    return hashlib.sha256(b"|".join(parts)).hexdigest()


def interrupted(*_, **__):
    raise KeyboardInterrupt


def approve_again(hub, ledger):
    release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="it ended before it drew")


def crashed(hub, ledger, monkeypatch, module, name):
    """A release that ends at one of its steps."""
    with monkeypatch.context() as broken:
        broken.setattr(module, name, interrupted)
        with pytest.raises(KeyboardInterrupt):
            released(hub, ledger)


def test_a_release_spends_once_and_asking_again_gives_the_same_bytes(ready, ledger):
    """Twenty more requests: one spend, one answer, one folder, nothing drawn again."""
    first = released(ready, ledger)
    bytes_then = digest_of(ready.home.releases)

    for _ in range(20):
        assert released(ready, ledger).micro == 0

    assert 0.99 * YEAR < first.micro <= YEAR
    assert kinds(ledger) == PAID_ONCE
    assert digest_of(ready.home.releases) == bytes_then


def test_a_release_is_the_same_with_its_ledger_in_postgresql(in_postgres, ready, ledger):
    assert released(ready, ledger).release_id == "2026-Q2-1"

    assert kinds(ledger) == PAID_ONCE
    assert in_postgres.run("select count(*) from lantern_demo.entry") == [(4,)]
    assert not ready.home.ledger.exists()


def test_what_is_charged_is_what_the_plan_says_part_by_part(ready, ledger):
    released(ready, ledger)

    spend = ledger.entries()[1]
    planned = planning.plan_for(ready.partnership, PERIOD)
    assert spend.charges == planned.charges
    assert {"contacts", "contacts.lost", "adults:concerns"} <= set(spend.charges)
    assert spent_in(ledger.entries(), PERIOD) == planned.micro == spend.micro == 100_000


@pytest.mark.parametrize("step", ["bound", "draw"])
def test_an_unapproved_quarter_is_refused_before_a_row_is_read_and_nothing_is_drawn(hub, ledger, monkeypatch, step):
    write_release_inputs(hub)
    monkeypatch.setattr(drawing, step, lambda *_: pytest.fail("went on without approval"))

    with pytest.raises(ReleaseRefused, match="has not been approved"):
        released(hub, ledger)

    assert ledger.entries() == []


def test_a_name_that_may_not_decide_is_refused_before_anything_is_looked_at(hub, ledger):
    """There is no warehouse here, which would be told otherwise."""
    with pytest.raises(ReleaseRefused, match="not an approver"):
        release.approve(hub.home, hub.partnership, ledger, PERIOD, by="Somebody Else", reason="why not")


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


@pytest.mark.parametrize(
    ("months", "since", "is_covered"),
    [
        (12, date(2025, 4, 1), True),
        (12, date(2025, 4, 2), False),
        (14, date(2025, 4, 1), False),
        (14, date(2025, 1, 1), True),
        (0, date(2026, 4, 1), True),
    ],
)
def test_the_months_looked_back_on_are_whole_quarters_and_never_fewer(months, since, is_covered):
    reach = {"contacts": planning.Reach(since, date(2026, 9, 30))}

    assert planning.is_covered(Quarter(2026, 2), "contacts", months, reach) == is_covered


def test_a_late_file_never_changes_a_published_release(ready, ledger):
    """Rows that arrive afterwards wait for the next quarter; the published one stays, at no cost."""
    released(ready, ledger)
    before = digest_of(ready.home.releases)
    write_release_inputs(ready, rows=950, seed=2)

    assert released(ready, ledger).micro == 0
    assert digest_of(ready.home.releases) == before


@pytest.mark.parametrize(("module", "name"), [(spent, "record"), (drawing, "draw")])
def test_a_crash_between_spend_and_draw_publishes_nothing_and_needs_another_approval(
    ready, ledger, monkeypatch, module, name
):
    """The spend was durable first. Trying again is a new spend, and a person must approve it; the year stays the year."""
    crashed(ready, ledger, monkeypatch, module, name)
    assert kinds(ledger) == ["approve", "spend"]
    assert not list(ready.home.releases.glob("*"))
    with pytest.raises(ReleaseRefused, match="its approval has been used"):
        released(ready, ledger)

    approve_again(ready, ledger)

    assert released(ready, ledger).release_id == "2026-Q2-1"
    assert kinds(ledger) == ["approve", "spend", "approve", *PAID_ONCE[1:]]
    assert spent_in(ledger.entries(), PERIOD) <= YEAR


def test_a_lost_store_of_person_spends_stops_every_release(ready, ledger, monkeypatch):
    """Without it, each person would seem to have spent nothing, and the ledger's year would be no year."""
    released(ready, ledger)
    ready.home.spent.unlink()
    release.approve(ready.home, ready.partnership, ledger, Quarter(2026, 1), by=OFFICER, reason="the quarter before")

    with pytest.raises(ContractBroken):
        released(ready, ledger, Quarter(2026, 1))

    assert kinds(ledger) == [*PAID_ONCE, "approve"]


def test_a_quarter_drawn_before_late_data_came_is_published_as_drawn(ready, ledger, monkeypatch):
    """A crash before publication, then new rows: still the first answer, never a second noise on one quarter."""
    crashed(ready, ledger, monkeypatch, publication, "write_folder")
    write_release_inputs(ready, rows=950, seed=2)

    assert released(ready, ledger).micro == 0
    assert kinds(ledger) == PAID_ONCE


def test_a_refusal_after_the_draw_stops_the_publication(ready, ledger, monkeypatch):
    crashed(ready, ledger, monkeypatch, publication, "write_folder")
    release.approve(ready.home, ready.partnership, ledger, PERIOD, by=OFFICER, reason="second thoughts", approved=False)

    with pytest.raises(ReleaseRefused, match="has refused it since"):
        released(ready, ledger)

    assert not list(ready.home.releases.glob("[!.]*"))


def test_nothing_is_drawn_from_a_build_that_did_not_pass(ready, ledger):
    (ready.home.dbt / "passed").unlink()

    with pytest.raises(ContractBroken, match="the last build did not pass"):
        released(ready, ledger)

    assert kinds(ledger) == ["approve"]


def test_a_folder_the_ledger_did_not_publish_is_not_served(ready, ledger):
    """Someone lays a folder of their own beside the releases: its name is in no line of the ledger."""
    released(ready, ledger)
    shutil.copytree(ready.home.releases / "2026-Q2-1", ready.home.releases / "2026-Q1-1")
    (ready.home.releases / "2026-Q1-1" / "digests.json").write_text("{}")

    assert release.refresh(ready.home, ready.partnership, ledger) == 1


def test_a_crash_after_the_draw_publishes_the_very_sums_that_were_drawn(ready, ledger, monkeypatch):
    """What was drawn is kept before it is worded: there are never two answers to one request."""
    crashed(ready, ledger, monkeypatch, publication, "write_folder")
    kept = ledger.entries()[-1]
    monkeypatch.setattr(mechanism, "noised", lambda *_: pytest.fail("drawn twice"))

    assert released(ready, ledger).micro == 0
    assert kinds(ledger) == PAID_ONCE
    assert ledger.entries()[2] == kept


def test_a_crash_between_folder_and_ledger_ends_with_one_publication(ready, ledger, monkeypatch):
    crashed(ready, ledger, monkeypatch, type(ledger), "publish")
    before = digest_of(ready.home.releases)

    released(ready, ledger)

    assert digest_of(ready.home.releases) == before
    assert kinds(ledger).count("publish") == 1


def test_a_lost_release_folder_is_made_again_from_the_ledger_with_the_same_figures(ready, ledger):
    released(ready, ledger)
    figures = (ready.home.releases / "2026-Q2-1" / "cells.csv").read_bytes()
    shutil.rmtree(ready.home.releases)

    assert released(ready, ledger).micro == 0
    assert (ready.home.releases / "2026-Q2-1" / "cells.csv").read_bytes() == figures


def test_the_released_file_holds_what_the_folders_hold_and_nothing_else(ready, ledger):
    """Tables as described; each cell once; every release, every measure; no other table."""
    released(ready, ledger)
    assert release.refresh(ready.home, ready.partnership, ledger) == 1

    with duckdb.connect(str(ready.home.released), read_only=True) as connection:
        tables = {row[0] for row in connection.execute("show tables").fetchall()}
        cells = connection.execute(
            "select count(*), count(distinct (measure_id, span, breakdown, category, statistic)) from cell"
        )
        counted, different = cells.fetchone()
        shown = connection.execute(
            "select count(*) from cell where grade = 'none' and (value is not null or figure_text <> '')"
        )
        hidden = shown.fetchone()

    assert tables == {"partnership", "release", "measure", "category", "cell"}
    assert counted == different > 80
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
