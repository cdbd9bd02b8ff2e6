"""A release folder explains itself, is there whole or not at all, and the dashboard shows the newest of each quarter."""

import csv
import json
from dataclasses import replace

import duckdb
import pytest
from tests.release.test_verification import drawn, facts

from lantern.errors import ReleaseRefused
from lantern.privacy import mechanism
from lantern.release import disclosure, folder, publication
from lantern.release.card import INVARIANTS, NOT_COVERED, cost
from lantern.release.cell import cells, released_figures


@pytest.fixture
def quarter():
    """A plan, its noised sums and its cells."""
    plan, answers = drawn(0)
    return plan, answers, cells("2026-Q2-1", plan, answers, {})


def write(hub, quarter, release_id="2026-Q2-1"):
    plan, answers, found = quarter
    found = [replace(each, release_id=release_id) for each in found]
    about = replace(facts(plan), release_id=release_id)
    return publication.write_folder(hub.home, hub.partnership, plan, about, answers, {}, found)


def digest(hub, release_id="2026-Q2-1"):
    return publication.folder_digest(hub.home, release_id)


def test_plan_sums_and_facts_come_back_as_they_were_written(hub, quarter):
    plan, answers, _ = quarter
    path = write(hub, quarter)

    assert folder.read_plan(path) == plan
    assert folder.read_answers(path) == answers
    assert publication.read_facts(hub.home, "2026-Q2-1") == facts(plan)


def test_the_folder_of_a_release_that_was_not_written_is_not_there(hub):
    assert publication.read_facts(hub.home, "2026-Q2-1") is None


def test_a_write_that_ends_half_way_leaves_no_release(hub, quarter, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(folder, "digests", lambda _: pytest.fail("the process ended here"))
        with pytest.raises(pytest.fail.Exception):
            write(hub, quarter)
    assert publication.read_facts(hub.home, "2026-Q2-1") is None

    assert write(hub, quarter).is_dir()
    assert [path.name for path in hub.home.releases.iterdir()] == ["2026-Q2-1"]


def test_the_card_says_what_the_plan_and_the_ledger_say(hub, quarter):
    """Costs by OpenDP, bounds and scales of every part, nothing exact, everything that is not covered."""
    plan, _, _ = quarter
    card = json.loads((write(hub, quarter) / folder.CARD).read_text())
    year = hub.partnership.privacy.micro_per_year

    assert card["plan_digest"] == plan.digest
    assert card["this_release"]["micro"] == plan.micro
    assert card["any_four_quarters"] == {
        "micro": year,
        "rho": year / 1e6,
        "epsilon": round(mechanism.epsilon(plan.family, year, 1e-6), 4),
        "delta": 1e-6,
    }
    assert card["eighteen_years"]["micro"] == 18 * year
    parts = [part for table in plan.tables for part in table.parts]
    assert [bound["part"] for bound in card["bounds"]] == [part.name for part in parts]
    assert [bound["scale"] for bound in card["bounds"]] == [part.scale for part in parts]
    spent = {"children": 0, "adults": 0}  # a person pays among one of them
    for bound in card["bounds"]:
        spent["adults" if bound["part"].startswith("adults:") else "children"] += bound["micro"]
    assert max(spent.values()) == plan.micro
    assert card["invariants"] == list(INVARIANTS) == []
    assert card["not_covered"] == NOT_COVERED


def test_a_pure_promise_has_no_delta_and_no_rho(hub):
    terms = replace(folder.terms_of(hub.partnership), family="pure", micro_per_year=2_000_000)

    assert cost(terms, 2_000_000) == {"micro": 2_000_000, "epsilon": 2.0, "delta": 0.0}


def test_the_page_of_the_card_holds_its_numbers(hub, quarter):
    path = write(hub, quarter)
    card, page = json.loads((path / folder.CARD).read_text()), (path / folder.CARD_PAGE).read_text()

    assert len(card["bounds"]) >= 4
    for bound in card["bounds"]:
        assert f"| `{bound['part']}` |" in page
        assert f"{bound['scale']:.1f}" in page
    for title in NOT_COVERED:
        assert f"**{title}.**" in page
    assert "released without noise: none" in page


def flagged(quarter, rows, lower=None, upper=None):
    """The first shown share by source, on about so many rows, with this range: is it flagged?"""
    plan, answers, found = quarter
    figures = [
        replace(each, rows=rows) if each.question.breakdown == "source_group" else each
        for each in released_figures(plan, answers)
    ]
    place = next(
        place
        for place, cell in enumerate(found)
        if cell.span == "quarter" and cell.statistic == "share" and cell.breakdown == "source_group"
    )
    changed = replace(found[place], value=50.0, lower=lower, upper=upper, grade="care")
    cells_now = [*found[:place], changed, *found[place + 1 :]]
    return changed in disclosure.says_all_or_none(cells_now, figures)


@pytest.mark.parametrize(
    ("rows", "lower", "upper", "is_flagged"),
    [
        (40, 88.0, 100.0, True),  # all of a small group
        (40, 0.0, 9.0, True),  # none of it
        (40, 41.0, 60.0, False),  # neither
        (2_000, 88.0, 100.0, False),  # nobody knows who is in a large one
        (40, None, None, False),  # not shown
    ],
)
def test_figures_that_say_all_or_none_of_a_small_group_are_flagged(quarter, rows, lower, upper, is_flagged):
    assert flagged(quarter, rows, lower, upper) is is_flagged


def test_without_the_size_every_large_group_would_be_flagged_too(quarter, monkeypatch):
    """The twin of the fourth line."""
    monkeypatch.setattr(disclosure, "SMALL_GROUP", 10_000)

    assert flagged(quarter, 2_000, 88.0, 100.0)


def test_the_officer_reads_each_flagged_figure_on_the_card(hub, quarter, monkeypatch):
    """A release where every shown share is taken for one that says all or none."""
    _, _, found = quarter
    shown = [each for each in found if each.statistic == "share" and each.grade != "none"][:3]
    assert shown
    monkeypatch.setattr(publication, "says_all_or_none", lambda *_: shown)

    path = write(hub, quarter)

    page = (path / folder.CARD_PAGE).read_text()
    assert all(each.sentence in page for each in shown)
    assert len(json.loads((path / folder.CARD).read_text())["says_all_or_none"]) == len(shown)


def test_the_cells_as_text_are_the_cells(hub, quarter):
    """And no cell starts as a formula would."""
    _, _, found = quarter
    with (write(hub, quarter) / folder.CELLS_TEXT).open(newline="") as stream:
        rows = list(csv.DictReader(stream))

    assert len(rows) == len(found) > 100
    assert [row["sentence"] for row in rows] == [each.sentence for each in found]
    assert not [value for row in rows for value in row.values() if value[:1] in tuple("=+@")]


def test_the_dashboard_shows_the_newest_release_of_a_quarter(hub, quarter):
    """A revision takes the place of what it revises; the older folder stays, for whoever wants to compare."""
    for number in (1, 2, 10):
        write(hub, quarter, f"2026-Q2-{number}")
    published = {f"2026-Q2-{number}": digest(hub, f"2026-Q2-{number}") for number in (1, 2, 10)}

    assert publication.refresh(hub.home, hub.partnership, published) == 1

    with duckdb.connect(str(hub.home.released), read_only=True) as connection:
        assert connection.execute("select release_id from release").fetchall() == [("2026-Q2-10",)]
        assert connection.execute("select distinct release_id from cell").fetchall() == [("2026-Q2-10",)]
    assert len(list(hub.home.releases.iterdir())) == 3


def test_a_folder_that_the_ledger_does_not_know_is_not_a_release(hub, quarter):
    write(hub, quarter)

    assert publication.refresh(hub.home, hub.partnership, {}) == 0


@pytest.mark.parametrize("name", sorted(folder.FILES))
def test_an_altered_folder_is_refused_and_readers_keep_the_old_file(hub, quarter, name):
    path = write(hub, quarter)
    published = {"2026-Q2-1": digest(hub)}
    publication.refresh(hub.home, hub.partnership, published)
    before = hub.home.released.read_bytes()
    (path / name).write_bytes((path / name).read_bytes() + b" ")

    with pytest.raises(ReleaseRefused, match=f"'{name}' is not what was published"):
        publication.refresh(hub.home, hub.partnership, published)

    assert hub.home.released.read_bytes() == before


def test_without_the_digests_an_altered_folder_would_be_shown(hub, quarter, monkeypatch):
    """The twin."""
    path = write(hub, quarter)
    published = {"2026-Q2-1": digest(hub)}
    (path / folder.STATEMENT).write_text("Nothing was protected.")
    monkeypatch.setattr(folder, "altered", lambda *_: [])

    publication.refresh(hub.home, hub.partnership, published)

    with duckdb.connect(str(hub.home.released), read_only=True) as connection:
        assert connection.execute("select statement from release").fetchone() == ("Nothing was protected.",)
