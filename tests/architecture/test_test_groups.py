"""Who runs with whom in `make test`: what tests/conftest.py names is there, and what shares something stays together."""

import pytest
from tests.conftest import LONGEST_FIRST, SHARING, group_of

from lantern.home import PROJECT


@pytest.mark.parametrize("named", sorted({*SHARING, *LONGEST_FIRST}))
def test_what_is_started_first_is_there(named):
    assert (PROJECT / named).exists()


def test_files_of_a_sharing_folder_are_one_group_and_others_one_each():
    assert (
        group_of("tests/oracle/test_one.py::test_a[1]")
        == group_of("tests/oracle/test_two.py::test_b")
        == "tests/oracle"
    )
    assert group_of("tests/spec/clock/test_one.py::test_a") == "tests/spec"
    assert group_of("tests/partner/test_one.py::test_a[x::y]") == "tests/partner/test_one.py"
    assert group_of("tests/packing/test_one.py::test_a") == "tests/packing/test_one.py"


def test_groups_are_handed_out_whole_and_the_longest_first(pytestconfig, request):
    """Of the tests collected here, each group stands together; in a whole run the first are the longest."""
    groups = [group_of(item.nodeid) for item in request.session.items]
    starts = [group for place, group in enumerate(groups) if place == 0 or groups[place - 1] != group]
    named = [group for group in starts if group in LONGEST_FIRST]

    assert len(starts) == len(set(starts))
    assert starts[: len(named)] == sorted(named, key=LONGEST_FIRST.index)
