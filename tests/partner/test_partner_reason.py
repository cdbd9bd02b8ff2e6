"""Why something was left out is told in words a data officer can act on."""

import re

import pytest

from lantern.home import PROJECT
from lantern.partner.account import Outcome
from lantern.partner.happening import Refused
from lantern.partner.reason import what_to_do

_GIVEN = re.compile(r'(?:UnusableError|Refused|left_out\.append|notes\.append)\(\s*f?"([a-z_0-9{}]+)"')


def reasons():
    files = sorted((PROJECT / "src" / "lantern" / "partner").glob("*.py"))
    found = {each for path in files for each in _GIVEN.findall(path.read_text(encoding="utf-8"))}
    assert len(found) > 25
    return sorted(re.sub(r"\{\w+\}", "something", each) for each in found)


@pytest.mark.parametrize("reason", reasons())
def test_every_reason_a_reader_can_give_is_explained(reason):
    assert len(what_to_do(reason)) > 20


def test_a_reason_no_one_explained_is_found_out():
    """The twin of the one above."""
    assert what_to_do("moon_full") == ""


def test_the_report_says_the_reason_its_words_and_the_places():
    dropped = [Refused("start_lost_digits", f"table row {number}") for number in range(2, 30)]

    report = Outcome(None, "riverton_police", "police_notice", 0, dropped, []).report()

    assert "start_lost_digits (28): a spreadsheet saved the number as 9.99E+09" in report
    assert "table row 2; table row 3" in report
    assert "and 8 more" in report


@pytest.mark.parametrize(
    ("reason", "codes"),
    [
        ("need_unmapped", "N1, N2, N3"),
        ("factor_unknown", "1A, 1B"),
        ("priority_unmapped", "red, "),
        ("nhs_invalid", ""),
    ],
)
def test_where_a_code_is_not_known_those_there_are_are_listed(reason, codes):
    """The list is public; the cell is not, and is not repeated."""
    said = what_to_do(reason)

    assert ("Its codes are " in said) == bool(codes)
    assert codes in said


def test_the_report_counts_one_in_the_singular():
    report = Outcome(None, "riverton_police", "police_notice", 0, [Refused("date_missing", "t row 2")], []).report()

    assert "not one event could be made: 1 record was refused." in report
