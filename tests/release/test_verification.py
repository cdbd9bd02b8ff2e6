"""Anyone who holds a release folder can tell whether it is whole, honest about its cost, and follows from its noised sums."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from tests.release.forgery import FORGERIES, HOSTILE, nudge_a_cell
from typer.testing import CliRunner

from lantern.cli.verify import app
from lantern.errors import ReleaseRefused
from lantern.home import Home
from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.privacy import workload
from lantern.privacy.plan import GRAIN
from lantern.release import drawing, folder, planning, publication, verification
from lantern.release.cell import cells
from lantern.release.verification import CHECKS, FILES_HOLD, verify

PERIOD = Quarter(2026, 2)
FILES = sorted(folder.FILES)


def drawn(back: int, rows: int = 900):
    """A quarter's plan and its noised sums: `rows` rows a table, their categories drawn evenly; nothing left out."""
    rng = np.random.default_rng(back)
    plan = planning.plan_for(read_partnership("demo"), PERIOD.plus(-back))
    counted = {}
    for table in plan.tables:
        kept = GRAIN * rng.multinomial(rows, np.full(table.grid.size, 1 / table.grid.size))
        counted[table.name] = kept.astype(np.int64), np.zeros(table.grid.size, dtype=np.int64)
    return plan, drawing.draw(plan, counted)


def facts(plan) -> folder.Facts:
    return folder.Facts(
        release_id=f"{plan.period}-1",
        period=plan.period,
        published_on="2026-10-20",
        approved_by="Invented Privacy Officer",
        approval_reason="A test, invented like everything in it.",
        approved_at="2026-10-19T10:00:00+00:00",
        micro=plan.micro,
        year_micro=plan.micro,
        ledger_mark="0" * 64,
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A release of 2026-Q2 with seven quarters before it: never changed, each test takes a copy."""
    plan, answers = drawn(0)
    earlier = {back: drawn(back) for back in range(1, 8)}
    home = Home(tmp_path_factory.mktemp("published"), "demo")
    found = cells("2026-Q2-1", plan, answers, earlier)
    return publication.write_folder(home, read_partnership("demo"), plan, facts(plan), answers, earlier, found)


@pytest.fixture
def held(published, tmp_path):
    """A copy of the folder, in the hands of somebody else."""
    return shutil.copytree(published, tmp_path / published.name)


def renew_digests(path) -> None:
    """What a forger does who knows that digests are looked at."""
    (path / folder.DIGESTS).write_text(folder.text_of(folder.digests(path)))


def flip_a_byte(path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def faults(verdict) -> list[tuple[str, str]]:
    return [(name, fault.file) for name, found in verdict.found.items() for fault in found]


def test_a_release_as_it_was_published_passes_every_check(published):
    verdict = verify(published, folder.sha256(published / folder.DIGESTS))

    assert verdict.holds
    assert list(verdict.found) == [FILES_HOLD, *CHECKS]
    assert len(CHECKS) == 6


def test_a_release_with_a_table_that_earlier_quarters_had_not_follows_from_its_folder(tmp_path):
    """Its reader works out from the folder alone that the other tables were counted alike, and are compared."""
    plan, answers = drawn(0)
    earlier = {back: before_adults(*drawn(back)) for back in range(1, 8)}
    found = cells("2026-Q2-1", plan, answers, earlier)
    path = publication.write_folder(
        *(Home(tmp_path, "demo"), read_partnership("demo"), plan, facts(plan), answers, earlier, found)
    )

    assert verify(path, folder.sha256(path / folder.DIGESTS)).holds
    assert len(found) > len([cell for cell in found if cell.change == "flat"]) > 20
    assert {cell.reason for cell in found if cell.measure_id == "R_RECONCERN" and cell.span == "year"} == {"too_soon"}


def before_adults(plan, answers):
    """The same quarter as it was drawn before concerns about adults were released."""
    kept = tuple(table for table in plan.tables if table.population == "children")
    assert len(kept) == len(plan.tables) - 1
    names = [part.name for table in kept for part in table.parts]
    before = replace(plan, tables=kept, definitions=workload.definitions([table.name for table in kept]))
    return before, {name: answers[name] for name in names}


def test_the_folder_holds_the_files_it_is_said_to_hold(published):
    assert sorted(path.name for path in published.iterdir()) == FILES
    assert len(FILES) == 12


@pytest.mark.parametrize("name", [name for name in FILES if name != folder.DIGESTS])
def test_one_changed_bit_is_found_and_its_file_named(held, name):
    flip_a_byte(held / name)

    assert faults(verify(held)) == [(FILES_HOLD, name)]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_found(held, name):
    (held / name).unlink()

    if name == folder.DIGESTS:
        with pytest.raises(ReleaseRefused, match="not a release folder"):
            verify(held)
    else:
        assert faults(verify(held)) == [(FILES_HOLD, name)]


def test_a_file_that_was_slipped_in_is_found(held):
    (held / "exact-counts.csv").write_text("nobody published this")

    assert faults(verify(held)) == [(FILES_HOLD, "exact-counts.csv")]


def test_a_list_of_digests_that_leaves_a_file_out_is_found(held):
    """Else a forger could change the file that the list no longer names, and remove nothing."""
    listed = json.loads((held / folder.DIGESTS).read_text())
    del listed[folder.CELLS]
    (held / folder.DIGESTS).write_text(json.dumps(listed))

    assert faults(verify(held)) == [(FILES_HOLD, folder.CELLS)]


@pytest.mark.parametrize("name", [name for name in FILES if name != folder.DIGESTS])
def test_without_the_digests_and_the_other_checks_nothing_would_be_found(held, name):
    """The twin: a forger renews the digests; with no further check the folder passes, or is not even a release."""
    path = held / name
    text = path.read_bytes()
    path.write_bytes(text.replace(b"2026-10-20", b"2026-10-21").replace(b"About ", b"aBout "))
    renew_digests(held)

    assert verify(held, checks={}).holds


@pytest.mark.parametrize(("harm", "check", "file"), FORGERIES, ids=[harm.__name__ for harm, _, _ in FORGERIES])
def test_a_forgery_with_digests_renewed_is_found_by_working_it_out_again(held, harm, check, file):
    harm(held)
    renew_digests(held)

    assert (check, file) in faults(verify(held))


@pytest.mark.parametrize(("harm", "check", "file"), FORGERIES, ids=[harm.__name__ for harm, _, _ in FORGERIES])
def test_with_that_check_off_the_forgery_would_pass(held, harm, check, file):
    """The twin: the checks before it find nothing. (Those after it rest on it, and are off too.)"""
    harm(held)
    renew_digests(held)
    before = {name: each for name, each in CHECKS.items() if list(CHECKS).index(name) < list(CHECKS).index(check)}

    assert verify(held, checks=before).holds


def test_an_approval_of_another_plan_is_found(held):
    approval = json.loads((held / folder.APPROVAL).read_text())
    (held / folder.APPROVAL).write_text(folder.text_of(approval | {"plan_digest": "0" * 64}))
    renew_digests(held)

    assert faults(verify(held)) == [(FILES_HOLD, folder.APPROVAL)]


def test_a_folder_made_up_as_a_whole_is_found_by_the_digest_it_was_published_with(published, tmp_path):
    """Other noised sums and all that follows from them: it agrees with itself. Only the digest tells, and it does."""
    plan, answers = drawn(0, rows=1_800)
    home = Home(tmp_path, "demo")
    made_up = publication.write_folder(
        home, read_partnership("demo"), plan, facts(plan), answers, {}, cells("2026-Q2-1", plan, answers, {})
    )

    assert verify(made_up).holds
    assert faults(verify(made_up, folder.sha256(published / folder.DIGESTS))) == [(FILES_HOLD, folder.DIGESTS)]


@pytest.mark.parametrize("name", [folder.PLAN, folder.ANSWERS, folder.EARLIER, folder.FACTS])
@pytest.mark.parametrize("text", ["", "{}", "[1.5]", "null"])
def test_what_cannot_be_read_is_named_and_nothing_breaks(held, name, text):
    (held / name).write_text(text)
    renew_digests(held)

    verdict = verify(held)

    assert not verdict.holds
    assert {file for _, file in faults(verdict)} & {name, folder.APPROVAL, folder.PLAN, folder.CELLS}


@pytest.mark.parametrize(("harm", "check", "file"), HOSTILE, ids=[harm.__name__ for harm, _, _ in HOSTILE])
def test_whatever_lies_in_a_folder_the_answer_is_no_and_says_where(held, harm, check, file):
    harm(held)
    renew_digests(held)

    said = run(held, "--json")

    assert said.exit_code == 14
    assert [each["file"] for each in json.loads(said.stdout)["found"][check]] == [file]


@pytest.mark.parametrize("harm", [harm for harm, _, _ in (HOSTILE[0], *HOSTILE[-2:])])
def test_were_only_what_we_write_looked_for_it_would_fall_over(held, harm, monkeypatch):
    """The twin."""
    monkeypatch.setattr(folder, "is_plain", lambda _: True)
    monkeypatch.setattr(verification, "_FOREIGN", (ValueError,))

    with pytest.raises((IsADirectoryError, RecursionError, OverflowError)):
        fall_over(held, harm)


def fall_over(path, harm) -> None:
    harm(path)
    renew_digests(path)
    verify(path)


def test_a_notice_of_withdrawal_that_is_no_file_is_not_taken_for_none(held):
    (held / folder.WITHDRAWN).mkdir()

    assert faults(verify(held)) == [(FILES_HOLD, folder.WITHDRAWN)]
    with pytest.raises(ReleaseRefused, match="whether it was taken back is not known"):
        folder.read_withdrawn(held)


def run(*arguments: str):
    return CliRunner().invoke(app, [*map(str, arguments)])


def test_the_command_says_yes_to_each_check_and_tells_the_digest(published):
    said = run(published)

    assert said.exit_code == 0
    assert said.output.count("yes  ") == 7
    assert folder.sha256(published / folder.DIGESTS) in said.output


def test_the_command_refuses_a_forgery_with_exit_code_14_and_names_the_file(held):
    nudge_a_cell(held)
    renew_digests(held)

    said = run(held)

    assert said.exit_code == 14
    assert "cells.parquet: 1 of " in said.output
    assert "NOT the release it says it is" in said.output


def test_the_command_prints_one_json_object(held):
    flip_a_byte(held / folder.STATEMENT)

    said = run(held, "--json")

    found = json.loads(said.stdout)
    assert said.exit_code == 14
    assert found["holds"] is False
    assert found["found"] == {FILES_HOLD: [{"file": "statement.md", "what": "it is not what was published"}]}
