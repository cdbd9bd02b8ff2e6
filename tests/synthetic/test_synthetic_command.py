"""`lantern synth`, as it is typed: files with the slips people make, or without."""

import csv

from typer.testing import CliRunner

from lantern.cli import app

SLIP = "silent_enquiry"
FEATURE = "unborn_later_born"


def names_planted(folder, *words: str) -> set[str]:
    done = CliRunner().invoke(app, ["synth", str(folder), "--referrals-a-year", "60", *words], catch_exceptions=False)
    assert done.exit_code == 0
    with (folder / "truth" / "defects.csv").open(encoding="utf-8", newline="") as stream:
        return {row["defect"] for row in csv.DictReader(stream)}


def test_slips_are_planted_unless_they_are_left_out_and_what_is_no_slip_stays(tmp_path):
    """The demo plants them too: what is invented by hand is no tidier than it."""
    with_slips, without = names_planted(tmp_path / "with"), names_planted(tmp_path / "without", "--no-slips")

    assert {SLIP, FEATURE} <= with_slips
    assert FEATURE in without
    assert SLIP not in without
    assert without < with_slips
