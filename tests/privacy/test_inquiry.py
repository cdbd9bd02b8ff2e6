"""What an inquiry may say: what is taken can be planned, drawn and told apart, and what is not is refused in words before anything costs."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inquired import INQUIRY, SMALL, ask, charges, events, kept, run, written

from lantern.errors import ConfigRefused
from lantern.privacy import answer, choice, inquiry, reconcile
from lantern.privacy.inquiry import Inquiry

BARE = 'unit_many = "referrals"\nperson = "child"\nrows = 4000\n[[questions]]\nask = "count"\n'
KEYS = 'keys = ["police", "schools", "health"]'
ENDS = "ends = [1, 3, 5, 10]"
REFUSED = {
    "person as a column in other letters": (
        SMALL.replace('"child"', '"Agency"'),
        "each column is named once",
    ),
    "one question twice": (SMALL + '[[questions]]\nask = "count"\nby = ["agency"]\n', "each question is asked once"),
    "finished rows of a count": (SMALL + "finished_only = true\n", "question 1 is of finished rows alone"),
    "finished rows of codes": (
        SMALL + '[[questions]]\nask = "share"\ncolumn = "agency"\nkeys = ["police"]\nfinished_only = true\n',
        "question 2 is of finished rows alone",
    ),
    "others listed and left out": (
        SMALL.replace(KEYS, 'keys = ["police", "other"]\nother = false'),
        "other is one of the keys",
    ),
    "no end in sight": (INQUIRY.replace(ENDS, "ends = [1, 5, 99999999999999999999]"), "no end is later than"),
    "no number of rows": (SMALL.replace("4000", "inf"), "rows: Input should be a finite number"),
    "no weight": (SMALL + "weight = nan\n", "questions.0.weight: Input should be a finite number"),
    "no part": (SMALL.replace(KEYS, KEYS + "\nexpected_percent = [1, 1, inf]"), "expected_percent.2: Input should be"),
    "no middle": (INQUIRY.replace("expected_median = 4", "expected_median = inf"), "expected_median: Input should be"),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_no_plan_can_be_made_of_is_refused_and_nothing_is_charged(tmp_path, said):
    text, why = REFUSED[said]
    table = kept(tmp_path / "events.parquet")

    with pytest.raises(ConfigRefused, match=r"Nothing was planned or drawn") as refused:
        ask(table, "--rho", "0.05", inquiry=text)

    assert why in str(refused.value)
    assert charges(table) == []


TAKEN = {
    "how many there are, and nothing else": BARE,
    "persons with many rows": SMALL + "[persons]\nrows = 2.2\n",
    "persons with very many rows": SMALL + "[persons]\nrows = 40\nshape = 0.1\n",
    "days that end at once": INQUIRY.replace("expected_median = 4\nends = [1, 3, 5, 10]", "ends = [0]").replace(
        "within = 5", "within = 0"
    ),
    "nine tenths right after half": INQUIRY.replace(
        "expected_median = 4", "expected_median = 4\nexpected_p90 = 4.0000001"
    ),
    "nine tenths never": INQUIRY.replace("expected_median = 4", "expected_median = 4\nexpected_p90 = 1e300"),
}


@pytest.mark.parametrize("said", TAKEN)
def test_what_is_taken_is_answered(tmp_path, said):
    table = kept(tmp_path / "events.parquet", of=5)

    found, _ = ask(table, "--rho", "2", inquiry=TAKEN[said])

    first = found["answers"][0]
    assert first["keys"] == {}
    assert first["value"] == pytest.approx(4000, rel=0.1)


@given(
    rows=st.floats(1.01, 50),
    shape=st.floats(0.05, 5),
    alike=st.floats(0, 1),
    family=st.sampled_from(["zcdp", "pure"]),
    micro=st.sampled_from([10, 20_000, 20_000_000]),
)
@settings(deadline=None, max_examples=12)
def test_whatever_is_said_of_persons_there_is_a_plan_within_the_price(rows, shape, alike, family, micro):
    said = {"rows": rows, "shape": shape, "alike": alike}
    asked = Inquiry.model_validate(
        {"unit_many": "rows", "person": "child", "rows": 1000, "persons": said, "questions": [{"ask": "count"}]}
    )

    made = answer.plan(asked, family, micro)

    assert 0 < made.micro <= micro


def test_the_least_price_is_enough_for_every_part(tmp_path):
    asked = inquiry.read(written(tmp_path, INQUIRY))

    assert min(part.micro for each in answer.plan(asked, "zcdp", 10).tables for part in each.parts) >= 1
    refused = run(tmp_path / "events.parquet", "--workload", written(tmp_path, SMALL), "--rho", "0.000009")
    assert "a price from 0.00001" in str(refused.exception)


def guessed(persons):
    """What part of the measured loss the plan leaves to be guessed at, for the persons an inquiry speaks of."""
    asked = {"unit_many": "rows", "person": "child", "rows": 1000, "persons": persons, "questions": [{"ask": "count"}]}
    return max(each.lost_allowance for each in answer.plan(Inquiry.model_validate(asked), "zcdp", 24_400).tables)


def test_of_persons_with_many_rows_more_lost_rows_are_measured():
    assert guessed({"rows": 2.2}) <= 0.5


def test_with_the_budgets_of_others_most_of_their_loss_would_be_guessed(monkeypatch):
    """The twin."""
    monkeypatch.setattr(choice, "LARGER_LOST_BUDGETS", ())

    assert guessed({"rows": 2.2}) > 0.5


NUMBERS = SMALL.replace(KEYS, 'keys = ["12345678901", "0"]')


def numbered(folder, kind):
    """The answered count of rows with a long number, which half of 4,000 rows have."""
    of = pa.array([12_345_678_901, None] * 2000, pa.int64()).cast(kind)
    found, _ = ask(
        kept(folder / "events.parquet", events().set_column(1, "agency", of), of=5), "--rho", "2", inquiry=NUMBERS
    )
    return {each["keys"].get("agency"): each["value"] for each in found["answers"]}["12345678901"]


@pytest.mark.parametrize("kind", [pa.float64(), pa.int64()])
def test_a_key_that_is_a_long_number_is_found_whether_it_is_kept_whole_or_as_a_fraction(tmp_path, kind):
    """pandas makes whole numbers with gaps into fractions, and Arrow spells those from ten thousand million on with an exponent."""
    assert numbered(tmp_path, kind) == pytest.approx(2000, rel=0.1)


def test_a_fraction_spelt_as_arrow_does_would_be_no_key(tmp_path, monkeypatch):
    """The twin."""
    monkeypatch.setattr(answer, "_spelt", lambda keys: keys.cast(pa.large_string()))

    assert numbered(tmp_path, pa.float64()) == pytest.approx(0, abs=200)


def of_many_each(folder):
    """Answers of ten children with 400 rows each, which nobody said: nearly all are left out."""
    often = events().set_column(0, "child", pa.array([f"c{number // 400}" for number in range(4000)]))
    return ask(kept(folder / "events.parquet", often, of=5), "--rho", "2")


def test_what_is_not_known_because_too_much_was_left_out_is_not_told(tmp_path):
    found, _ = of_many_each(tmp_path)

    assert {each["grade"] for each in found["answers"]} == {"none"}
    assert {each[name] for each in found["answers"] for name in ("value", "lower", "upper", "half_width")} == {None}
    again = run(tmp_path / "events.parquet", "--workload", written(tmp_path, SMALL), "--rho", "2")
    assert again.stdout.count("not known") == len(found["answers"])


def test_told_all_the_same_it_would_mislead(tmp_path, monkeypatch):
    """The twin."""
    monkeypatch.setattr(reconcile.Reconciled, "is_too_much_lost", False)

    assert of_many_each(tmp_path)[0]["answers"][0]["upper"] < 400
