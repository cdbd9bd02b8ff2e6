"""An extract that was read wrongly is not offered to be sent: what little of it could be read is wrong too."""

import pytest
from partner_drawing import SNAPSHOT
from typer.testing import CliRunner

from lantern.errors import DeliveryRefused
from lantern.partner import date_format
from lantern.partner.account import loss_of
from lantern.partner.cli import app
from lantern.partner.delivery import deliver
from lantern.partner.happening import Refused

MAPPING = """
name = "school_log"
version = "1"
partner_type = "health_community"
when_formats = ["%d/%m/%Y"]
event_type = "INFO_REQUESTED"
[columns]
record = "log"
person = "pupil"
when = "raised"
"""


@pytest.fixture
def school(tmp_path, key_file):
    """Deliver a school's log of so many days, in English and in American order."""

    def make(english: int, american: int, **options):
        days = [f"{number % 28 + 1:02}/03/2026" for number in range(english)]
        days += [f"03/{number % 16 + 13:02}/2026" for number in range(american)]
        lines = [f"{number},P{number},{day}" for number, day in enumerate(days)]
        (tmp_path / "log.csv").write_text("\n".join(["log,pupil,raised", *lines]) + "\n")
        (tmp_path / "school.toml").write_text(MAPPING)
        files, out = [tmp_path / "log.csv"], tmp_path / "out"
        return deliver(
            files, str(tmp_path / "school.toml"), "riverton_schools", key_file, out, snapshot_at=SNAPSHOT, **options
        )

    return make


def test_an_extract_of_which_many_records_are_left_out_is_not_made_and_says_what_its_dates_look_like(school, tmp_path):
    with pytest.raises(DeliveryRefused) as refusal:
        school(38, 82)

    told = str(refusal.value)
    assert "Do not send this: 82 of 120 records were left out. 82 dates cannot be read" in told
    assert "Each of them can be read with day and month exchanged (month first is American order)" in told
    assert "send the folder as it is" not in told
    assert "03/13/2026" not in told
    assert not (tmp_path / "out").exists()


def test_a_dry_run_of_it_ends_in_the_same_words(school):
    outcome = school(38, 82, dry_run=True)

    assert "Do not send this: 82 of 120 records were left out." in outcome.report()
    assert "make the delivery without --dry-run" not in outcome.report()
    assert outcome.as_dict()["too_many_left_out"] is True


@pytest.mark.parametrize(
    ("english", "american", "options"), [(38, 82, {"many_left_out": True}), (108, 12, {}), (9, 9, {})]
)
def test_it_is_made_where_the_sender_says_so_or_few_are_left_out_or_all_can_be_named(
    school, english, american, options
):
    """The twin: a tenth is not more than a tenth, and under twenty records the sender judges each."""
    outcome = school(english, american, **options)

    assert outcome.folder is not None
    assert outcome.rows == english
    assert outcome.as_dict()["too_many_left_out"] is False


def test_the_command_takes_the_word_of_the_sender(school, tmp_path, key_file):
    with pytest.raises(DeliveryRefused):
        school(38, 82)
    arguments = ["deliver", str(tmp_path / "log.csv"), "--as", str(tmp_path / "school.toml")]
    arguments += ["--partner", "riverton_schools", "--key-file", str(key_file), "--out", str(tmp_path / "out")]
    arguments += ["--snapshot-at", "2026-09-30T23:59:59"]

    refused, made = (CliRunner().invoke(app, [*arguments, *more]) for more in ([], ["--many-left-out"]))

    assert isinstance(refused.exception, DeliveryRefused)
    assert made.exit_code == 0, made.exception
    assert "38 events were made" in made.stdout


@pytest.mark.parametrize(
    ("dropped", "told", "loss"),
    [
        # one table of a large delivery that could not be read is not hidden by the others
        ([("date_unreadable", f"a row {n}") for n in range(30)],
         [f"b row {n}" for n in range(1_000)], ("a", 30, 30)),
        # what is left out on purpose, or told elsewhere, is no loss
        ([("out_of_scope", f"a row {n}") for n in range(30)]
         + [("repeated_record", f"a row {n}") for n in range(30, 90)], ["a row 99"] * 20, None),
        # a record that tells of several events, or is refused for several reasons, is one
        ([(reason, f"a row {n}") for n in range(5) for reason in ("date_missing", "need_unknown")],
         [f"a row {n}" for n in range(9, 29)] * 3, ("", 5, 25)),
        ([], [], None),
    ],
)  # fmt: skip
def test_the_loss_of_a_delivery_or_of_its_worst_table_is_told(dropped, told, loss):
    assert loss_of([Refused(*each) for each in dropped], told) == loss


@pytest.mark.parametrize(
    ("pattern", "exchanged"),
    [
        ("%d/%m/%Y", "%m/%d/%Y"),
        ("%d-%m-%y %H:%M", "%m-%d-%y %H:%M"),
        ("%d %b %Y", "%d %b %Y"),
        ("%Y-%m-%d", "%Y-%d-%m"),
    ],
)
def test_day_and_month_of_a_form_can_be_exchanged(pattern, exchanged):
    assert date_format.exchanged(pattern) == exchanged
