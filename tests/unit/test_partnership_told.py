"""What is wrong in a partnership's file is told with its place, in words, to whoever wrote it."""

import pytest

from lantern.errors import ConfigRefused
from lantern.home import PROJECT
from lantern.partnership import read_partnership

GOOD = (PROJECT / "partnerships" / "demo.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            'title = "Riverton Saf',
            "title = Riverton Saf",
            "demo.toml, line 3, column 9: it cannot be read from there on",
        ),
        ("embargo_days", "embargo_dayz", "release.embargo_dayz: no such entry; did you mean embargo_days?"),
        ('"2024-Q3"', '"2024Q3"', "release.first_period: it is written like 2025-Q1"),
        ('["Invented Privacy Officer"]', "[]", "release.approvers: at least one is needed"),
        (
            'partner_type = "police"',
            'partner_type = "Police!"',
            "partner 2.partner_type: it is written in small letters",
        ),
        ('basis = "', 'basiz = "', "basis: it is missing"),
    ],
)
def test_a_slip_is_told_with_its_place_and_in_words(tmp_path, right, wrong, told):
    (tmp_path / "demo.toml").write_text(GOOD, encoding="utf-8")
    assert read_partnership("demo", tmp_path).name == "demo"  # the twin: it is the slip that is refused
    assert right in GOOD
    (tmp_path / "demo.toml").write_text(GOOD.replace(right, wrong, 1), encoding="utf-8")

    with pytest.raises(ConfigRefused) as refusal:
        read_partnership("demo", tmp_path)

    assert told in str(refusal.value)
    assert "pattern" not in str(refusal.value)


def test_a_partnership_that_is_not_there_is_told_with_those_that_are(tmp_path):
    for name in ("demo", "example"):
        (tmp_path / f"{name}.toml").write_text(GOOD, encoding="utf-8")

    with pytest.raises(ConfigRefused, match="there is no such partnership; there are: demo, example"):
        read_partnership("nosuch", tmp_path)
