"""The partner's commands, as they are typed."""

import json

import pytest
from partner_drawing import write_drawn
from typer.testing import CliRunner

from lantern.errors import ConfigRefused
from lantern.partner.cli import app

RUN = CliRunner()


def test_a_key_is_made_joined_shared_and_checked(tmp_path):
    first, second, shared = (str(tmp_path / name) for name in ("a.toml", "b.toml", "s.toml"))

    made = RUN.invoke(
        app, ["key", "new", "--partnership", "demo", "--la", "E06999999", "--key-id", "demo-1", "--out", first]
    )
    RUN.invoke(app, ["key", "share", "--key-file", first, "--out", shared])
    joined = RUN.invoke(app, ["key", "new", "--project-from", shared, "--out", second])
    checked = RUN.invoke(app, ["key", "check", "--key-file", second])

    assert [each.exit_code for each in (made, joined, checked)] == [0, 0, 0]
    assert made.stdout == joined.stdout == checked.stdout
    assert checked.stdout.startswith("demo-1=")


def test_a_delivery_is_made_and_its_report_is_printed_for_a_program(tmp_path, key_file):
    path = write_drawn(
        tmp_path / "alerts.csv",
        """
        alert_no | alert_date | tenancy_ref | occupant_no | occupant_surname | occupant_forename | occupant_dob | occupant_sex | property_postcode | nhs_number
        ---------+------------+-------------+-------------+------------------+-------------------+--------------+--------------+-------------------+-----------
        9        | 03.07.2026 | TEN1        | 1           | Lovelace         | Ada               | 10.12.2015   | f            | ZX1 1AA           |
        """,
    )

    arguments = ["deliver", str(path), "--as", "housing_alert", "--partner", "riverton_housing"]
    arguments += ["--key-file", str(key_file), "--out", str(tmp_path / "out"), "--snapshot-at", "2026-09-30T23:59:59"]
    result = RUN.invoke(app, [*arguments, "--csv", "--json"])

    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["rows"], report["rows_refused"]) == (1, {})
    assert (tmp_path / "out" / report["folder"] / "events.csv").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["key", "new", "--out", "k.toml"], "give --partnership, --la and --key-id, or --project-from"),
        (["key", "new", "--out", "k.toml", "--la", "E06999999", "--project-from", "x"], "Leave it out"),
        (["key", "new", "--out", "k", "--la", "Riverton", "--partnership", "demo", "--key-id", "d"],
         "--la: it is not the ONS code of an authority, a letter and eight digits, such as E06999999."),
        (["key", "new", "--out", "k", "--la", "E06999999", "--partnership", "Demo", "--key-id", "d"],
         "--partnership: it is not a name of small letters, digits and _, such as demo."),
        (["key", "new", "--out", "k", "--la", "E06999999", "--partnership", "demo", "--key-id", "D 1"],
         "--key-id: it is not a name of small letters, digits and dashes, such as demo-2026."),
        (["deliver", "x", "--as", "ssd", "--partner", "p1", "--key-file", "k", "--out", "o", "--snapshot-at", "soon"],
         "--snapshot-at"),
        (["deliver", __file__, "--as", "ssd", "--partner", "p1", "--key-file", "KEY", "--out", "o"], "Give that day"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_used_is_refused_with_what_to_do(arguments, message, key_file):
    result = RUN.invoke(app, [str(key_file) if each == "KEY" else each for each in arguments])

    assert isinstance(result.exception, ConfigRefused)
    assert message in str(result.exception)


def test_a_file_made_to_be_shared_is_told_from_a_key_file_of_ones_own(tmp_path, key_file):
    """Either may be given where the other is meant."""
    shared, joined = tmp_path / "shared.toml", tmp_path / "joined.toml"
    RUN.invoke(app, ["key", "share", "--key-file", str(key_file), "--out", str(shared)])

    as_key = RUN.invoke(app, ["key", "check", "--key-file", str(shared)])
    from_shared = RUN.invoke(app, ["key", "new", "--project-from", str(shared), "--out", str(joined)])
    from_own = RUN.invoke(app, ["key", "new", "--project-from", str(key_file), "--out", str(tmp_path / "again.toml")])

    assert "it is the file that 'key share' makes for joining" in str(as_key.exception)
    assert "key new --project-from" in str(as_key.exception)
    assert (from_shared.exit_code, from_own.exit_code) == (0, 0)
    assert "somebody's own key file" not in from_shared.stderr
    assert "Others are given what 'key share' makes of it." in from_own.stderr
