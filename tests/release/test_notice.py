"""A reason leaves the hub as it is written, so it holds no count: not in figures, and not in the common words for one."""

import re

import pytest

from lantern.errors import ReleaseRefused
from lantern.release import notice
from lantern.release.notice import checked_reason

COUNTED = [
    "Only one child was counted wrongly",
    "Zero contacts came",
    "nil returns were counted",
    "A million rows were counted again",
    "Both of the twins were counted",
    "Twentyone records came late",
    "Twenty-one records came late",
    "a hundredandfive of them",
    "A single child was left out",
    "A couple of children were left out",
    "A pair of siblings was left out",
    "half of the children were left out",
    "A third of the children were left out",
    "Each was counted twice",
    "It was twofold",
    "ONE was left out",
    "Twelve contacts were counted again",
    "a dozen were counted again",
]


@pytest.mark.parametrize("reason", COUNTED)
def test_a_reason_with_a_count_in_words_is_refused_and_the_count_is_not_repeated(reason):
    """A log may have it."""
    with pytest.raises(ReleaseRefused, match="a number in words") as refused:
        checked_reason("demo", reason)

    assert reason not in str(refused.value)


def test_without_the_words_each_of_those_counts_would_leave(monkeypatch):
    """The twin."""
    monkeypatch.setattr(notice, "_NUMBER", re.compile("(?!)"))

    assert [checked_reason("demo", each) for each in COUNTED] == COUNTED


@pytest.mark.parametrize(
    "reason",
    [
        "A partner's extract was not whole",
        "The plan was read with the board's officers",
        "No one had looked at it, so it was sent once more",
        "The ones that came late were on nobody's list",
        "Someone often attends; tension, weight, honest, phone, tone, coupled, a second look and the third quarter",
        "Invented data: approved so that the demo can show what a release looks like.",
    ],
)
def test_a_reason_without_a_count_is_let_through_as_it_is(reason):
    assert checked_reason("demo", reason) == reason
