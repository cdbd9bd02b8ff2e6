"""The digest of a delivery's rows: one for the same rows in any order, another for any others."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import keyed
from tests.intake.sending import arrival_of

from lantern import contract
from lantern.intake import content, kept_event, scan

CELLS = st.sampled_from([None, "", "a", "b", "ab", "ba"])


def row(key: int, first: str | None, second: str | None, extract: int) -> dict[str, str | None]:
    cells: dict[str, str | None] = dict.fromkeys(contract.COLUMNS)
    return cells | {
        "event_key": keyed(key),
        "need_code": first,
        "priority": second,
        "extract_id": f"00000000-0000-0000-0000-00000000000{extract}",
    }


ROWS = st.lists(st.builds(row, st.integers(0, 3), CELLS, CELLS, st.integers(0, 1)), min_size=1, max_size=6)


def digest(events: list[dict[str, str | None]]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        arrived = arrival_of(events, Path(folder))
        return content._rows_digest(scan.read(arrived), content.repeats(arrived))


def said(events: list[dict[str, str | None]]) -> list[tuple[str, ...]]:
    """What the rows say, the plain way: no run of the tool, no order, and nothing is what an empty cell says."""
    return sorted(tuple(cell or "" for name, cell in each.items() if name != "extract_id") for each in events)


@given(ROWS, st.data())
@settings(max_examples=40, deadline=None)
def test_two_deliveries_have_one_digest_if_and_only_if_they_say_the_same_rows(events, data):
    """Keys that stand there twice, too, in whatever order their rows come."""
    others = data.draw(st.one_of(st.permutations(events), ROWS))

    assert (digest(events) == digest(others)) == (said(events) == said(others))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("a", "b"), ("b", "a")], [("a", "a"), ("b", "b")]),
        ([("ab", ""), ("a", "")], [("a", ""), ("ba", "")]),
        ([("a", ""), ("", "")], [("", ""), ("a", "")]),
        ([("a", ""), ("b", "")], [("", "a"), ("", "b")]),
    ],
    ids=["cells change rows", "letters change cells", "cells move down", "cells change columns"],
)
def test_the_same_letters_in_other_cells_have_another_digest(one, other):
    """The text of a whole column is alike in some of these: lengths and columns tell them apart."""
    first, second = ([row(number, *cells, 1) for number, cells in enumerate(each)] for each in (one, other))

    assert digest(first) != digest(second)


def test_were_equal_keys_left_as_they_stand_the_order_would_show():
    """The twin: it is the rows' own words that put them in order."""
    events = [row(1, "a", "", 1), row(1, "b", "", 1)]
    found = set()
    for each in (events, events[::-1]):
        with tempfile.TemporaryDirectory() as folder:
            arrived = arrival_of(each, Path(folder))
            alike = content.repeats(arrived)
            alike = alike.set_column(alike.schema.get_field_index("version"), "version", [pa.array([1, 1], pa.int32())])
            found.add(content._rows_digest(scan.read(arrived), alike))

    assert len(found) == 2
    assert digest(events) == digest(events[::-1])


@given(st.lists(st.integers(0, 9), max_size=30))
def test_keys_are_ordered_as_their_text_is_and_equal_ones_stay_as_they_stand(numbers):
    keys = [keyed(number) for number in numbers]

    order = content.in_key_order(pa.array(keys, pa.string()).dictionary_encode())

    assert order.tolist() == sorted(range(len(keys)), key=lambda place: keys[place])


@pytest.mark.parametrize("rows", [0, 1, 5, 6, 7, 30])
def test_however_many_parts_events_are_written_in_each_is_there_once_and_as_it_was(monkeypatch, rows):
    """Parts of two groups of three rows here: of 122,880 each in earnest."""
    monkeypatch.setattr(kept_event, "_GROUP_ROWS", 3)
    words = pa.array([f"w{number % 4}" if number % 3 else None for number in range(rows)], pa.string())
    events = pa.table({"row": pa.array(np.arange(rows, dtype=np.int32)), "word": words.dictionary_encode()})

    parts = list(kept_event._as_text(events))

    assert len(parts) == max(1, -(-rows // 6))
    assert {part.schema.field("word").type for part in parts} == {pa.string()}
    assert pa.concat_tables(parts).to_pylist() == events.cast(parts[0].schema).to_pylist()
