"""Before and beside a delivery: what would be sent, what cannot be linked, what kind of delivery it is."""

import json
import signal
import subprocess
import sys

import pytest
from partner_drawing import SNAPSHOT, events_of, write_drawn
from typer.testing import CliRunner

from lantern import contract
from lantern.errors import ConfigRefused
from lantern.partner.cli import app
from lantern.partner.delivery import deliver
from lantern.partner.event import PLACE, EventMaker
from lantern.partner.happening import Happening
from lantern.partner.identity import Person
from lantern.partner.instant import DateReader
from lantern.partner.key import read_key
from lantern.partner.preview import shape_of

NOTICES = """
    notice_ref | submitted        | force_person_id | first_name | last_name    | date_of_birth | sex    | home_postcode | nhs_no     | officer_grade
    -----------+------------------+-----------------+------------+--------------+---------------+--------+---------------+------------+--------------
    PPN-0817   | 01/07/2026 23:10 | FORCE-0818      | Zebedee    | Quillfeather | 23/11/2014    | Male   | ZX9 7QQ       | 9434765919 | Red
    PPN-0818   | 02/07/2026 23:10 | FORCE-0819      | Baby       | Quillfeather |               | Female | ZZ99 3VZ      |            | Amber
    PPN-0819   | 03/07/2026 23:10 | FORCE-0820      | Zebedee    | Quillfeather | 23/11/2014    | Male   |               | 9434765918 | Red
    PPN-0820   | Quillfeather     | FORCE-0821      | Zebedee    | Quillfeather | 23/11/2014    | Male   | ZX9 7QQ       | 9434765919 | Red
"""
CANARIES = (
    "Quillfeather", "Zebedee", "Baby", "943476591", "ZX9", "ZX97QQ", "2014", "23/11", "FORCE-08", "PPN-08", "Male",
)  # fmt: skip


@pytest.fixture
def notices(tmp_path):
    return write_drawn(tmp_path / "notices.csv", NOTICES)


@pytest.fixture
def police(tmp_path, key_file, notices):
    def make(**terms):
        out = tmp_path / "out"
        return deliver(
            [notices], "police_notice", "riverton_police", key_file, out, **({"snapshot_at": SNAPSHOT} | terms)
        )

    return make


def manifest(outcome):
    return contract.Manifest.read(outcome.folder)


def test_a_dry_run_writes_nothing_and_shows_what_would_be_sent(police, tmp_path):
    before = sorted(tmp_path.rglob("*"))

    outcome = police(dry_run=True)

    assert sorted(tmp_path.rglob("*")) == before
    assert outcome.folder is None
    page = outcome.report()
    assert "DRY RUN. 3 events would be made. Nothing was written." in page
    assert "3  PARTNER_NOTIFICATION" in page
    assert "full (replaces what was sent for this period); 2026-07-01 to 2026-07-03" in page
    assert "date_unreadable (1)" in page
    assert "row 5" in page
    assert "What stays here:" in page
    filled = [column.name for column in outcome.preview.columns if column.filled]
    named = [
        line.split()[0] for line in page.splitlines() if line.startswith("  ") and line.split()[0] in contract.COLUMNS
    ]
    assert len(filled) > 15
    assert named == filled
    assert "  empty in every event: supersedes_event_key, recorded_at, " in page


def test_a_dry_run_shows_codes_and_shapes_and_not_one_value(police):
    """Every word of the page and of its form for a program is searched."""
    outcome = police(dry_run=True)

    told = outcome.report() + json.dumps(outcome.as_dict()) + repr(outcome)
    looks = {column.name: column.looks for column in outcome.preview.columns}
    assert [canary for canary in CANARIES if canary.lower() in told.lower()] == []
    assert looks["event_at"] == ("9999-99-99A99:99:99+99:99 (3)",)
    assert looks["birth_month"] == ("9999-99 (2)",)
    assert looks["token_nhs"] == ("64 hex digits",)
    assert looks["priority"] == ("red (2)", "amber (1)")
    assert looks["household_key"] == ()


def test_the_search_would_have_found_a_value_that_is_shown(police):
    """The twin of the one above: a shape that lets letters through shows in it."""
    from lantern.partner import preview

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preview, "_RUNS", ())
        told = police(dry_run=True).report()

    assert "2014-11" in told


def test_a_dry_run_and_the_delivery_after_it_count_alike(police):
    looked_at, made = police(dry_run=True), police()

    assert looked_at.rows == made.rows == len(events_of(made))
    assert looked_at.match == made.match
    assert {column.name: column.filled for column in looked_at.preview.columns} == {
        name: sum(bool(event[name]) for event in events_of(made)) for name in contract.COLUMNS
    }


@pytest.mark.parametrize(
    ("cell", "shape"),
    [("2026-07-01", "9999-99-99"), ("E06999999", "A99999999"), ("riverton_police", "aaaaaaaa_aaaaaa")],
)
def test_a_shape_keeps_the_form_and_no_character_that_tells(cell, shape):
    assert shape_of(cell) == shape


def test_records_without_any_token_are_explained_by_what_their_source_lacks(police):
    """One of three events has no token: a baby without a name, a date, a number or a home."""
    outcome = police()

    lacking = (
        "NHS number empty",
        "pupil number empty",
        "forename not usable",
        "birth date empty",
        "postcode not usable",
    )
    assert outcome.match.unmatched == {lacking: 1}
    assert outcome.match.by_scheme == {"nhs": 1, "upn": 0, "ndp1": 1, "ndp2": 2, "ndp3": 2, "ndp4": 1}
    assert "none   33.3%  no token at all (1 event)" in outcome.report()
    assert f"33.3%  {', '.join(lacking)}" in outcome.report()


def test_a_delta_says_that_it_replaces_nothing_and_is_another_delivery(police):
    full, delta = police(), police(mode="delta")

    assert (manifest(full).mode, manifest(delta).mode) == ("full", "delta")
    assert full.folder != delta.folder
    assert manifest(full).extract_id != manifest(delta).extract_id


def test_an_extract_without_open_items_says_so(police):
    assert [manifest(police(includes_open=each)).includes_open for each in (True, False)] == [True, False]


def test_the_period_is_what_the_sender_says_it_is(police):
    from datetime import date

    told = manifest(police(period_from=date(2026, 6, 1), period_to=date(2026, 7, 31)))

    assert (told.period_from, told.period_to) == ("2026-06-01", "2026-07-31")


@pytest.mark.parametrize(("since", "until"), [("2026-07-02", "2026-07-01"), (None, "2026-10-01"), ("2026-08-01", None)])
def test_a_period_that_cannot_be_is_refused_and_nothing_is_made(police, tmp_path, since, until):
    from datetime import date

    days = {"period_from": since and date.fromisoformat(since), "period_to": until and date.fromisoformat(until)}

    with pytest.raises(ConfigRefused, match=r"--from, --to: .*Nothing was made"):
        police(**days)

    assert not (tmp_path / "out").exists()


def test_the_options_of_the_command_reach_the_manifest(notices, key_file, tmp_path):
    arguments = ["deliver", str(notices), "--as", "police_notice", "--partner", "riverton_police", "--key-file"]
    arguments += [str(key_file), "--out", str(tmp_path / "out"), "--snapshot-at", "2026-09-30T23:59:59", "--json"]
    terms = ["--delta", "--incomplete", "--from", "2026-06-01", "--to", "2026-07-31"]

    looked_at = CliRunner().invoke(app, [*arguments, *terms, "--dry-run"])
    assert not (tmp_path / "out").exists()
    made = CliRunner().invoke(app, [*arguments, *terms])

    assert (looked_at.exit_code, made.exit_code) == (0, 0)
    assert json.loads(looked_at.stdout)["preview"]["event_types"] == {"PARTNER_NOTIFICATION": 3}
    told = contract.Manifest.read(tmp_path / "out" / json.loads(made.stdout)["folder"])
    assert (told.mode, told.includes_open, told.period_from, told.period_to) == (
        "delta", False, "2026-06-01", "2026-07-31",
    )  # fmt: skip


def test_full_and_delta_are_explained_where_a_sender_looks():
    page = " ".join(CliRunner().invoke(app, ["deliver", "--help"]).stdout.split())

    assert "Full: the extract holds every record of its period, and replaces what you sent before" in page
    assert "Delta: only new and corrected records" in page


def test_a_record_that_puts_another_right_and_a_merge_carry_the_others_keys(key_file):
    """Both are keyed as the other record and the other person were: the hub finds them by equal keys."""
    maker = EventMaker(read_key(key_file), "riverton_council", "csc")
    when = DateReader(SNAPSHOT.astimezone()).required("2026-07-01")
    wrong = maker.row(Happening("R1", "REFERRAL_RECEIVED", when, Person("P1")))
    right = maker.row(Happening("R2", "REFERRAL_RECEIVED", when, Person("P1"), supersedes="R1"))
    merged = maker.row(Happening("M1", "PERSON_MERGED", when, Person("P1"), related_person="P2"))
    other = maker.row(Happening("R3", "REFERRAL_RECEIVED", when, Person("P2")))

    cell = PLACE.__getitem__
    assert right[cell("supersedes_event_key")] == wrong[cell("event_key")] != right[cell("event_key")]
    assert merged[cell("related_person_key")] == other[cell("local_person_key")] != merged[cell("local_person_key")]
    assert {wrong[cell(name)] for name in ("supersedes_event_key", "related_person_key")} == {""}


# Kills its own process the moment it is about to touch a file of that name.
_KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from lantern.partner.delivery import deliver
source, key, out, last = sys.argv[1:]
def kill(event, arguments):
    if event in ("open", "os.rename") and Path(os.fsdecode(str(arguments[event == "os.rename"]))).name.startswith(last):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(kill)
deliver([Path(source)], "police_notice", "riverton_police", Path(key), Path(out),
        snapshot_at=datetime.fromisoformat("2026-09-30T23:59:59+01:00"), text_format=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
@pytest.mark.parametrize(
    "last", ["events.csv", "manifest.json.part", "manifest.json", "riverton_police-police_notice-"]
)
def test_a_run_that_is_killed_leaves_no_delivery_and_the_next_one_tidies_up(notices, key_file, tmp_path, police, last):
    out = tmp_path / "out"

    done = subprocess.run([sys.executable, "-c", _KILLED, notices, key_file, out, last], check=False)

    assert done.returncode == -signal.SIGKILL
    assert [path.name[:6] for path in out.iterdir()] == [".part-"]
    made = police(text_format=True)
    assert sorted(path.name for path in out.iterdir()) == [made.folder.name, f"{made.folder.name}-rows.csv"]
    assert sorted(path.name for path in made.folder.iterdir()) == ["events.csv", "manifest.json"]


def test_what_another_source_left_half_made_is_not_touched(police, tmp_path):
    """Another format's run may be at work beside this one."""
    (tmp_path / "out" / ".part-riverton_police-ssd-abc").mkdir(parents=True)

    police()

    assert (tmp_path / "out" / ".part-riverton_police-ssd-abc").is_dir()
