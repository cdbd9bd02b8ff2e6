"""No row is refused: what the rows hold shows in noised answers alone, and one person's rows move nobody else's."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inquired import FAULTS, INQUIRY, SMALL, charges, events, kept, run, written

from lantern.cli.answer import _counted, _opened
from lantern.errors import ContractBroken
from lantern.privacy import answer, bounding, inquiry

LEAVES_OUT = INQUIRY.replace('keys = ["no", "yes"]', 'keys = ["no", "yes"]\nother = false')
TEXT, DAYS = pa.string(), pa.int64()
ODD = {
    "child": ["odd", None],
    "agency": ["police", "health", "other", "housing", "", None],
    "is_repeat": ["no", "yes", "perhaps", None],
    "days": [None, -7, 0, 1, 4, 11, 2**60],
}
ROWS = st.lists(st.tuples(*(st.sampled_from(values) for values in ODD.values())), max_size=9)
MOST = 5


def rows(*found):
    """A table of rows (child, agency, is_repeat, days)."""
    columns = list(zip(*found, strict=True)) or [(), (), (), ()]
    kinds = zip(ODD, columns, (TEXT, TEXT, TEXT, DAYS), strict=True)
    return pa.table({name: pa.array(values, kind) for name, values, kind in kinds})


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """An inquiry that counts other agencies as `other` and leaves out what is neither repeat nor not, and its plan."""
    found = inquiry.read(written(tmp_path_factory.mktemp("inquiry"), LEAVES_OUT))
    return found, answer.plan(found, "zcdp", 500_000)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


def counted(connection, asked, table, names=("days", "sums")):
    """Exact weights of tables of the plan, one after the other."""
    connection.register("events", table)
    found = answer.count(connection, *asked, "events")
    assert sorted(found) == ["days", "sums"]
    return np.concatenate([part for name in names for part in found[name]])


def adds_up(connection, asked, few, more):
    """Whether one person's rows add what they come to by themselves, beside whatever others have."""
    together = counted(connection, asked, pa.concat_tables([few, more]))
    return np.array_equal(together, counted(connection, asked, few) + counted(connection, asked, more))


@pytest.fixture
def few_rows_each(monkeypatch, asked):
    """Drawn smaller: more than `MOST` rows of one person cannot be reckoned with."""
    dearest = max(part.row_cost for table in asked[1].tables for part in table.parts)
    monkeypatch.setattr(bounding, "_FURTHEST", (MOST**2 + 1) * dearest)


@pytest.mark.usefixtures("few_rows_each")
def test_whatever_one_persons_rows_hold_they_add_the_same_beside_any_others(connection, asked):
    """Rows of nobody add nothing, so that all of `ROWS` are one person's."""
    assert bounding.most_rows(max(asked[1].tables, key=lambda each: max(part.row_cost for part in each.parts))) == MOST

    @given(ROWS)
    @settings(max_examples=30, deadline=None)
    def holds(found):
        assert adds_up(connection, asked, events(20), rows(*found))

    holds()


@pytest.mark.usefixtures("few_rows_each")
@pytest.mark.parametrize("fault", FAULTS)
def test_rows_that_stop_or_move_others_would_be_noticed(connection, asked, monkeypatch, fault):
    """The twin: each fault shows on at least one of these persons."""
    one = ("odd", "police", "no", 1)
    persons = [
        rows(*found) for found in ([one], [("odd", "housing", "no", 1)], [(None, *one[1:])], [one] * 6, [one] * 7)
    ]
    assert all(adds_up(connection, asked, events(20), each) for each in persons)

    monkeypatch.setattr(answer, *FAULTS[fault])

    def is_noticed(each):
        try:
            return not adds_up(connection, asked, events(20), each)
        except ValueError:
            return True

    assert any(is_noticed(each) for each in persons)


EVERYWHERE, WHERE_ASKED = ("days", "sums"), ("sums",)
CHANGES = {
    "a key that is not listed is another": (("odd", "housing", "no", 1), [("odd", "other", "no", 1)], EVERYWHERE),
    "no key is another": (("odd", None, "no", 1), [("odd", "other", "no", 1)], EVERYWHERE),
    "where others are left out, so is the row": (("odd", "police", "perhaps", 1), [], WHERE_ASKED),
    "a row of nobody counts nowhere": ((None, "police", "no", 1), [], EVERYWHERE),
    "days before the first are in the first run": (
        ("odd", "police", "no", -7),
        [("odd", "police", "no", 0)],
        EVERYWHERE,
    ),
}


@pytest.mark.parametrize("said", CHANGES)
def test_what_becomes_of_a_row_that_is_not_as_the_inquiry_has_it(connection, asked, said):
    row, becomes, where = CHANGES[said]
    few = rows(("c0", "police", "no", 4), ("c1", "health", "no", 4))

    found, wanted = (
        counted(connection, asked, pa.concat_tables([few, rows(*more)]), where) for more in ([row], becomes)
    )

    assert found.sum() > 0
    assert np.array_equal(found, wanted)


NASTY = {
    "text": pa.array(["police", "", None]),
    "no text": pa.Array.from_buffers(TEXT, 3, pa.array([b"\xff\xfe", b"", b"ok"]).buffers()),
    "long text": pa.array(["police", "", None], pa.large_string()),
    "codes of text": pa.array(["police", None, "x"]).dictionary_encode(),
    "whole numbers": pa.array([-(2**63), 2**63 - 1, None]),
    "large whole numbers": pa.array([0, 2**64 - 1, None], pa.uint64()),
    "codes of numbers": pa.array([1, None, 2]).dictionary_encode(),
    "fractions": pa.array([np.nan, -np.inf, None]),
    "short fractions": pa.array([np.nan, np.inf, -0.0], pa.float32()),
    "yes and no": pa.array([True, False, None]),
    "nothing": pa.nulls(3),
    "bytes": pa.array([b"\xff", b"", None]),
    "dates": pa.array([-(2**31), 2**31 - 1, None], pa.int32()).cast(pa.date32()),
    "instants": pa.array([0, None, 1], pa.timestamp("us", "Europe/London")),
    "decimals": pa.array([None, None, None], pa.decimal128(5, 1)),
    "lists": pa.array([["police"], [], None]),
}
TAKEN = """
    child   text, no text, long text, codes of text, whole numbers, large whole numbers, codes of numbers, nothing
    agency  text, no text, long text, codes of text, whole numbers, large whole numbers, codes of numbers, nothing, fractions, short fractions, yes and no
    days    whole numbers, large whole numbers, codes of numbers, nothing, fractions, short fractions
"""


def weights_of(folder, asked, table):
    """As the command counts a file."""
    with _opened(kept(folder / "events.parquet", table), asked[0]) as found:
        return _counted(*asked, found)


@pytest.mark.parametrize("line", TAKEN.strip().splitlines())
def test_a_type_is_refused_by_the_schema_or_counted_whatever_its_values(tmp_path, asked, line):
    """Written as Parquet, with its rows and without: what is taken is counted, what is not is named by its type."""
    column, kinds = line.split(maxsplit=1)
    taken = set(kinds.split(", "))
    assert taken < set(NASTY)

    for kind, values in NASTY.items():
        found = events(3).set_column(events(3).column_names.index(column), column, values)
        if kind not in taken:
            with pytest.raises(ContractBroken, match=rf"column {column} is .* needed\. Nothing was charged or drawn"):
                weights_of(tmp_path, asked, found)
            continue
        for some in (found, found[:0]):
            weights = weights_of(tmp_path, asked, some)
            assert sum(int(part.sum()) for each in weights.values() for part in each) <= 2 * 3 * 1024


def test_a_type_that_is_refused_could_stop_the_answer_by_its_values(tmp_path, asked):
    """The twin: bytes, let through as a key, are counted or not by whether they are text."""
    path, stops = tmp_path / "events.parquet", {}
    for first in (b"police", b"\xff"):
        kept(path, events(3).set_column(1, "agency", pa.array([first, b"", None])))
        with path.open("rb") as found:
            try:
                stops[first] = not _counted(*asked, found)
            except pa.ArrowInvalid:
                stops[first] = True

    assert stops == {b"police": False, b"\xff": True}


def test_a_column_that_is_missing_or_there_twice_is_refused_by_its_name_and_costs_nothing(tmp_path):
    twice = pa.Table.from_arrays([*events(3).columns, events(3)["agency"]], [*events(3).column_names, "agency"])
    for found, said in ((events(3).drop_columns(["agency"]), "no columns agency"), (twice, "2 columns agency")):
        table = kept(tmp_path / "events.parquet", found)

        result = run(table, "--workload", written(tmp_path, SMALL), "--rho", "0.1")

        assert isinstance(result.exception, ContractBroken)
        assert f"it has {said}. Nothing was charged or drawn" in str(result.exception)
        assert charges(table) == []
