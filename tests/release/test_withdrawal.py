"""Figures that were taken back leave the board's file; the day and the reason stay, and nothing new rests on them."""

import json
import shutil

import duckdb
import pytest
from tests.conftest import Hub, empty_hub
from tests.release.conftest import OFFICER, PERIOD, write_release_inputs
from tests.release.test_verification import drawn
from typer.testing import CliRunner

from lantern.cli import app
from lantern.errors import LedgerRefused, ReleaseRefused
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.pipeline import publication, release
from lantern.release import anchor, folder, notice
from lantern.release import publication as folders
from lantern.release.cell import cells
from lantern.release.ledger import Ledger
from lantern.release.notice import checked_reason
from lantern.watching import standing

NAME = "2026-Q2-1"
REASON = "A partner's extract was not whole"
TOLD = "Figures for 1 April to 30 June 2026 were withdrawn on"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A published quarter: made once, never changed, each test takes a copy."""
    root = tmp_path_factory.mktemp("published") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTERN_HOME", str(root))
        hub = empty_hub()
        write_release_inputs(hub)
        ledger = Ledger(hub.home, hub.partnership)
        release.approve(hub.home, hub.partnership, ledger, PERIOD, by=OFFICER, reason="a test")
        release.release(hub.home, hub.partnership, ledger, PERIOD)
        release.refresh(hub.home, hub.partnership, ledger)
        ledger.close()
    return root


@pytest.fixture
def out(published, tmp_path, monkeypatch):
    """A hub with a published quarter."""
    home = Home(shutil.copytree(published, tmp_path / "home"), "demo")
    monkeypatch.setenv("LANTERN_HOME", str(home.root))
    return Hub(home, read_partnership("demo"))


@pytest.fixture
def ledger(out):
    opened = Ledger(out.home, out.partnership)
    yield opened
    opened.close()


def withdraw(hub, ledger, *, by=OFFICER, reason=REASON):
    return publication.withdraw(hub.home, hub.partnership, ledger, PERIOD, by=by, reason=reason)


def shown(hub, what):
    with duckdb.connect(str(hub.home.released), read_only=True) as connection:
        return connection.execute(what).fetchall()


def test_the_figures_go_and_a_row_with_the_day_and_the_reason_stays(out, ledger):
    """Also what was printed of it goes; the folder stays as the record, and says so."""
    out.home.packs.mkdir()
    printed = [out.home.packs / f"board-pack-{name}" for name in (f"{NAME}.pdf", f"{NAME}.docx", "2026-Q1-1.pdf")]
    for path in printed:
        path.touch()
    assert shown(out, "select count(*) > 80 from cell") == [(True,)]

    entry = withdraw(out, ledger)

    assert shown(out, "select release_id, withdrawn_on::varchar, withdrawn_reason from release") == [
        (NAME, entry.body["withdrawn_on"], REASON)
    ]
    assert shown(out, "select count(*) from cell") == [(0,)]
    assert [path.exists() for path in printed] == [False, False, True]
    assert folder.read_withdrawn(out.home.releases / NAME).startswith(TOLD)
    assert publication.refresh(out.home, out.partnership, ledger) == 1
    assert shown(out, "select count(*) from cell") == [(0,)]


def test_without_the_line_the_figures_would_come_back(out, ledger, monkeypatch):
    """The twin."""
    withdraw(out, ledger)
    monkeypatch.setattr(publication, "withdrawals", lambda _: {})

    publication.refresh(out.home, out.partnership, ledger)

    assert shown(out, "select count(*) > 80 from cell") == [(True,)]


def test_a_withdrawal_is_a_line_of_the_ledger_like_any_other(out, ledger):
    """Chained, anchored, written once, and it gives nothing back of what was spent."""
    spent = sum(each.micro for each in ledger.entries())
    entry = withdraw(out, ledger)

    again = withdraw(out, ledger, reason="Another reason")

    assert again == entry
    assert [each.kind for each in ledger.entries()] == ["approve", "spend", "answer", "publish", "withdraw"]
    assert entry.body["by"] == OFFICER
    assert sum(each.micro for each in ledger.entries()) == spent
    head = anchor.head_of([each.mac for each in ledger.entries()])
    assert head == f"5:{entry.mac}"
    ledger.verify_against(head)
    with pytest.raises(LedgerRefused, match="older than what has been published"):
        anchor.Anchor(out.home).check([each.mac for each in ledger.entries()[:4]])


def test_a_withdrawal_that_ends_before_the_file_is_written_is_finished_by_the_next_publish(out, ledger, monkeypatch):
    def ended(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(folders, "refresh", ended)
        with pytest.raises(KeyboardInterrupt):
            withdraw(out, ledger)

    publication.publish(out.home, out.partnership, ledger)

    assert shown(out, "select count(*) from cell") == [(0,)]


def test_figures_are_taken_back_though_a_folder_is_not_what_was_published(out, ledger, monkeypatch):
    """What stops a new file keeps nothing before the board. The twin first: were the file left as it was, the doctor would say so."""
    (out.home.releases / NAME / folder.STATEMENT).write_text("altered")
    with monkeypatch.context() as left:
        left.setattr(folders, "_show_no_more", lambda *_: None)
        with pytest.raises(ReleaseRefused, match="is not what was published"):
            withdraw(out, ledger)
    assert shown(out, "select count(*) > 80 from cell") == [(True,)]
    (found,) = standing.board_file(out.home, out.partnership)
    assert "shows figures of 1 releases that were taken back" in found.said

    with pytest.raises(ReleaseRefused, match="less what was taken back"):
        publication.refresh(out.home, out.partnership, ledger)

    assert shown(out, "select count(*) from cell") == [(0,)]
    assert shown(out, "select withdrawn_reason from release") == [(REASON,)]
    assert [each.state for each in standing.board_file(out.home, out.partnership)] == ["ok"]


def test_only_an_approver_takes_back_and_only_what_is_published(out, ledger):
    with pytest.raises(ReleaseRefused, match="not an approver"):
        withdraw(out, ledger, by="Somebody Else, who is invented")
    with pytest.raises(ReleaseRefused, match=r"not published.*approve 2025-Q4 --refuse"):
        ledger.withdraw(period="2025-Q4", by=OFFICER, reason=REASON, withdrawn_on="2026-11-23")

    assert [each.kind for each in ledger.entries()] == ["approve", "spend", "answer", "publish"]


def test_a_revision_takes_the_place_of_what_was_withdrawn_and_says_what_it_replaces(out, ledger):
    withdraw(out, ledger)
    write_release_inputs(out, rows=950, seed=2)
    release.approve(out.home, out.partnership, ledger, PERIOD, by=OFFICER, reason="Late rows came.", revise=True)
    done = release.release(out.home, out.partnership, ledger, PERIOD, revise=True)
    release.refresh(out.home, out.partnership, ledger)

    (row,) = shown(out, "select release_id, revision, revised_note, withdrawn_on, withdrawn_reason from release")
    day = notice._day(shown(out, "select published_on from release")[0][0])
    note = f"Revised on {day}: Late rows came. It replaces the figures of {day}."
    assert done.release_id == "2026-Q2-2"
    assert row == ("2026-Q2-2", 1, note, None, "")
    assert shown(out, "select distinct release_id from cell") == [("2026-Q2-2",)]
    assert note in (out.home.releases / "2026-Q2-2" / folder.STATEMENT).read_text()
    assert note in shown(out, "select statement from release")[0][0]
    assert "Revised" not in (out.home.releases / NAME / folder.STATEMENT).read_text()


@pytest.fixture(scope="module")
def quarters():
    """2026-Q2 and the seven quarters before it, drawn."""
    return {back: drawn(back) for back in range(8)}


def reasons(quarters, taken_back):
    """Of the quarter's and of the year's headline shares: why there is none, or no word on its change."""
    earlier = {back: None if back in taken_back else quarters[back] for back in range(1, 8)}
    found = cells("2026-Q2-1", *quarters[0], earlier)
    heads = [each for each in found if (each.breakdown, each.statistic) == ("all", "share")]
    assert len(heads) >= 6
    return {span: {each.reason for each in heads if each.span == span} for span in ("quarter", "year")}


@pytest.mark.parametrize(
    ("taken_back", "quarter", "year"),
    [
        ((), {""}, {""}),
        ((4,), {"withdrawn"}, {"withdrawn"}),  # the same quarter a year ago
        ((6,), {""}, {"withdrawn"}),  # one of the year before
        ((2,), {""}, {"withdrawn"}),  # one of this year: there is no year to show
    ],
)
def test_what_would_rest_on_withdrawn_figures_is_not_said(quarters, taken_back, quarter, year):
    found = reasons(quarters, taken_back)

    assert quarter <= found["quarter"]
    assert year <= found["year"]
    assert ("withdrawn" in found["quarter"]) is (quarter == {"withdrawn"})


def test_figures_left_out_without_a_word_would_be_said_to_be_missing(quarters):
    """The twin: the year ago would seem never to have been published."""
    earlier = {back: quarters[back] for back in range(1, 8) if back != 4}
    found = {each.reason for each in cells("2026-Q2-1", *quarters[0], earlier) if each.span == "quarter"}

    assert "no_year_before" in found
    assert "withdrawn" not in found


def test_a_folder_says_which_quarters_were_withdrawn_when_it_was_made(out, ledger, quarters):
    """So that who checks it alone comes to the same cells."""
    withdraw(out, ledger)

    assert publication._earlier(ledger.entries(), PERIOD.plus(4), None) == {4: None}
    assert publication._earlier(ledger.entries()[:4], PERIOD.plus(4), None)[4] is not None
    made = {1: quarters[1], 4: None}
    (out.home.releases / NAME / folder.EARLIER).write_text(folder.earlier_text(made))
    assert folder.read_earlier(out.home.releases / NAME) == made


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "  ",
        "x" * 201,
        "two lines\nof text",
        "We counted 12 contacts twice",
        "Twelve contacts were counted again",
        "a dozen were counted again",
        "half of them: ½",
        "it was ٣ of them",
        "the 2026 figures of 1204 children",
    ],
)
def test_a_reason_that_readers_may_not_be_given_is_refused(out, ledger, reason):
    """Free text leaves the hub here: no count, in figures or in words; and an approval's reason leaves it too."""
    with pytest.raises(ReleaseRefused, match="Nothing was recorded"):
        withdraw(out, ledger, reason=reason)
    with pytest.raises(ReleaseRefused, match="Nothing was recorded"):
        release.approve(out.home, out.partnership, ledger, PERIOD, by=OFFICER, reason=reason)

    assert len(ledger.entries()) == 4


@pytest.mark.parametrize("reason", [REASON, "An extract for 2026-Q1 was sent again.", "x" * 200])
def test_a_reason_in_words_and_the_name_of_a_quarter_are_let_through(reason):
    assert checked_reason("demo 2026-Q2", f" {reason} ") == reason


def test_who_withdraws_sees_first_what_readers_will_be_told(out, ledger):
    """Asked, and no is no."""
    runner = CliRunner()
    command = ["withdraw", "2026-Q2", "--by", OFFICER, "--reason", f"{REASON}."]

    refused = runner.invoke(app, command, input="n\n")
    assert refused.exit_code == 1
    assert f"{REASON}.\n" in refused.output
    assert len(ledger.entries()) == 4

    done = runner.invoke(app, command, input="y\n")
    assert done.exit_code == 0
    assert f"Readers are told: {TOLD}" in done.output
    assert ledger.entries()[-1].kind == "withdraw"
    assert f"withdrawn          {NAME}" in runner.invoke(app, ["status"]).output
    assert NAME in runner.invoke(app, ["ledger", "show"]).output


def test_verify_says_that_a_folder_was_taken_back_and_that_it_still_is_what_was_published(out, ledger):
    path = str(out.home.releases / NAME)
    digest = folders.folder_digest(out.home, NAME)
    assert "taken back" not in CliRunner().invoke(app, ["verify", path, "--against", digest]).output

    withdraw(out, ledger)

    said = CliRunner().invoke(app, ["verify", path, "--against", digest])
    assert said.exit_code == 0
    assert f"It was taken back since: do not use its figures. {TOLD}" in said.output
    told = json.loads(CliRunner().invoke(app, ["verify", path, "--json"]).output)
    assert (told["holds"], told["withdrawn"].startswith(TOLD)) == (True, True)


def test_a_notice_that_cannot_be_read_is_no_sign_that_the_figures_stand(out):
    (out.home.releases / NAME / folder.WITHDRAWN).write_text("{}")

    with pytest.raises(ReleaseRefused, match="cannot be read"):
        folder.read_withdrawn(out.home.releases / NAME)
