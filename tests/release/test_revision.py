"""A revision draws a published quarter once more: approved on its own, within the same year's promise, and seldom."""

import json
import shutil

import duckdb
import pytest
from tests.release.conftest import OFFICER, PERIOD, write_release_inputs
from tests.release.ledger_line import answer, approve, publish, spend

from lantern.errors import ReleaseRefused
from lantern.pipeline import release
from lantern.release import publication
from lantern.release.entry import spent_in
from lantern.release.ledger import Ledger

FIRST, SECOND = "2026-Q2-1", "2026-Q2-2"


def approve_revision(hub, ledger):
    return release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="late rows", revise=True)


def revised(hub, ledger):
    return release.release(hub.home, hub.partnership, ledger, PERIOD, revise=True)


@pytest.fixture
def late(ready, ledger):
    """A quarter was published, and then more of its rows arrived."""
    release.release(ready.home, ready.partnership, ledger, PERIOD)
    write_release_inputs(ready, rows=950, seed=2)
    return ready


def test_a_revision_has_a_plan_and_an_approval_of_its_own(late, ledger):
    """The first release's approval does not pay for it."""
    with pytest.raises(ReleaseRefused, match="has not been approved"):
        revised(late, ledger)

    decided = approve_revision(late, ledger)
    done = revised(late, ledger)

    assert done.release_id == SECOND
    assert decided.plan_digest != ledger.entries()[0].plan_digest
    assert [each.kind for each in ledger.entries()] == ["approve", "spend", "answer", "publish"] * 2
    assert [each.revision for each in ledger.entries()] == [0] * 4 + [1] * 4


def test_a_revision_costs_a_year_no_more_than_its_promise(late, ledger):
    """Persons' budgets cap every part over a year, however often it is drawn."""
    approve_revision(late, ledger)
    revised(late, ledger)

    spends = [each for each in ledger.entries() if each.kind == "spend"]
    assert len(spends) == 2
    assert spent_in(ledger.entries(), PERIOD) == max(each.micro for each in spends) <= 100_000


def test_the_older_folder_stays_and_readers_see_the_newest(late, ledger):
    before = {path.name: path.read_bytes() for path in (late.home.releases / FIRST).iterdir()}
    approve_revision(late, ledger)
    revised(late, ledger)

    release.refresh(late.home, late.partnership, ledger)

    assert {path.name: path.read_bytes() for path in (late.home.releases / FIRST).iterdir()} == before
    with duckdb.connect(str(late.home.released), read_only=True) as connection:
        assert connection.execute("select release_id from release").fetchall() == [(SECOND,)]
        assert connection.execute("select distinct release_id from cell").fetchall() == [(SECOND,)]


def test_asking_for_either_again_gives_what_there_is(late, ledger):
    approve_revision(late, ledger)
    revised(late, ledger)
    lines = ledger.entries()

    again = release.release(late.home, late.partnership, ledger, PERIOD)

    assert (again.release_id, again.micro) == (SECOND, 0)
    assert ledger.entries() == lines


def test_a_period_is_revised_no_more_often_than_its_file_allows(late, ledger):
    approve_revision(late, ledger)
    revised(late, ledger)
    write_release_inputs(late, rows=960, seed=3)

    with pytest.raises(ReleaseRefused, match="revisions_per_period allows 1"):
        approve_revision(late, ledger)
    with pytest.raises(ReleaseRefused, match="Nothing was spent"):
        revised(late, ledger)


def test_a_revision_of_the_very_rows_that_were_drawn_is_refused(ready, ledger):
    """Two draws of one thing only average the noise away."""
    release.release(ready.home, ready.partnership, ledger, PERIOD)
    approve_revision(ready, ledger)

    with pytest.raises(ReleaseRefused, match="its rows are those that were drawn before"):
        revised(ready, ledger)

    assert [each.kind for each in ledger.entries()].count("spend") == 1


def test_what_was_never_published_cannot_be_revised(ready, ledger):
    for ask in (approve_revision, revised):
        with pytest.raises(ReleaseRefused, match="no published release to revise"):
            ask(ready, ledger)


def test_a_revision_that_was_drawn_before_a_crash_is_published_as_drawn(late, ledger, monkeypatch):
    approve_revision(late, ledger)
    with monkeypatch.context() as broken:
        broken.setattr(publication, "write_folder", None)
        with pytest.raises(TypeError):
            revised(late, ledger)
    kept = ledger.entries()[-1]

    assert revised(late, ledger).micro == 0
    facts = json.loads((late.home.releases / SECOND / "release.json").read_text())
    assert (kept.kind, facts["ledger_mark"]) == ("answer", kept.mac)


def test_a_lost_folder_of_either_is_made_again_as_it_was(late, ledger):
    """The first is made from what the ledger held when it was published, not from what came after."""
    approve_revision(late, ledger)
    revised(late, ledger)
    figures = {name: (late.home.releases / name / "cells.csv").read_bytes() for name in (FIRST, SECOND)}
    shutil.rmtree(late.home.releases)

    release.release(late.home, late.partnership, ledger, PERIOD)

    assert {name: (late.home.releases / name / "cells.csv").read_bytes() for name in (FIRST, SECOND)} == figures
    assert release.refresh(late.home, late.partnership, ledger) == 1


@pytest.fixture
def published(hub, store):
    """A ledger, in either store, with one published quarter."""
    opened = Ledger(hub.home, hub.partnership)
    approve(opened)
    publish(opened, answer(opened, spend(opened, rows_digest="rows 1")))
    yield opened
    opened.close()


def ask(ledger, revision=1, **more):
    return spend(ledger, plan="b" * 64, request="s" * 64, revision=revision, **more)


def test_the_ledger_itself_refuses_a_revision_of_the_same_rows(published):
    approve(published, plan="b" * 64, revision=1)

    for rows in ("rows 1", ""):
        with pytest.raises(ReleaseRefused, match="its rows are those"):
            ask(published, rows_digest=rows)
    assert ask(published, rows_digest="rows 2").revision == 1


def test_the_ledger_itself_counts_the_revisions(published):
    with pytest.raises(ReleaseRefused, match="revisions_per_period allows 1"):
        approve(published, plan="b" * 64, revision=2)
    approve(published, plan="b" * 64, revision=1)
    with pytest.raises(ReleaseRefused, match="revisions_per_period allows 1"):
        ask(published, revision=2, rows_digest="rows 2")


def test_an_approval_of_a_revision_is_none_of_the_first_release(published):
    """Both decisions are on plans of their own; a release that was drawn is not drawn under the other."""
    approve(published, plan="b" * 64, revision=1)

    with pytest.raises(ReleaseRefused, match="has been drawn already"):
        ask(published, revision=0, rows_digest="rows 2")
