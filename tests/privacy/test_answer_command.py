"""`lantern answer`: what it tells before it draws, writes and refuses."""

import pyarrow.parquet as pq
import pytest
from inquired import INQUIRY, events, run, written

from lantern.errors import ConfigRefused, ContractBroken


def test_the_price_and_the_error_are_told_and_nothing_is_read_when_only_the_plan_is_asked_for(tmp_path):
    said = run(tmp_path / "absent.parquet", "--workload", written(tmp_path, INQUIRY), "--epsilon", "1", "--plan")

    assert said.exit_code == 0, said.output
    assert "epsilon 1.000 at delta 1e-06" in said.output
    assert "Expected before anything is drawn" in said.output
    assert said.output.rstrip().endswith("Nothing was drawn.")


def test_answers_are_written_as_parquet(tmp_path):
    pq.write_table(events(), tmp_path / "events.parquet")

    said = run(
        *(tmp_path / "events.parquet", "--workload", written(tmp_path, INQUIRY)),
        *("--epsilon", "2", "--delta", "0", "--of", "2", "--out", tmp_path / "answers.parquet"),
    )

    assert said.exit_code == 0, said.output
    found = pq.read_table(tmp_path / "answers.parquet")
    assert found.num_rows == 10
    assert found.column_names == ["agency", "question", "ask", "value", "lower", "upper", "half_width", "grade"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "either --rho or --epsilon"),
        (("--rho", "0.1", "--epsilon", "1"), "either --rho or --epsilon"),
        (("--rho", "0"), "a price from"),
        (("--epsilon", "nan"), "a price from"),
        (("--epsilon", "1", "--delta", "1"), "--delta"),
        (("--rho", "0.1", "--out", "answers.csv"), ".json or .parquet"),
    ],
)
def test_a_price_that_is_none_is_refused(tmp_path, arguments, said):
    result = run(tmp_path / "absent.parquet", "--workload", written(tmp_path, INQUIRY), *arguments)

    assert isinstance(result.exception, ConfigRefused)
    assert said in str(result.exception)


def test_a_table_without_a_column_is_refused_by_the_name_of_the_column(tmp_path):
    pq.write_table(events().drop_columns(["is_repeat"]), tmp_path / "events.parquet")

    result = run(tmp_path / "events.parquet", "--workload", written(tmp_path, INQUIRY), "--rho", "0.1")

    assert isinstance(result.exception, ContractBroken)
    assert "is_repeat" in str(result.exception)
