"""An analyst's inquiry: what it may say, what is planned for it, and that its answers are honest."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from lantern import warehouse
from lantern.cli.answer import app
from lantern.errors import ConfigRefused, ContractBroken
from lantern.privacy import answer, inquiry

INQUIRY = """
unit_many = "referrals"
person = "child"
rows = 4000

[[columns]]
name = "agency"
keys = ["police", "schools", "health"]

[[columns]]
name = "is_repeat"
keys = ["no", "yes"]
expected_percent = [80, 20]

[[durations]]
name = "days"
expected_median = 4
ends = [1, 3, 5, 10]

[[questions]]
ask = "count"
by = ["agency"]

[[questions]]
ask = "share"
column = "days"
within = 5
by = ["agency"]

[[questions]]
ask = "share"
column = "is_repeat"
keys = ["yes"]

[[questions]]
ask = "median"
column = "days"
"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return inquiry.read(written(tmp_path_factory.mktemp("inquiry"), INQUIRY))


def written(folder: Path, text: str) -> Path:
    path = folder / "inquiry.toml"
    path.write_text(text, encoding="utf-8")
    return path


def events(count=4000, seed=5):
    """Invented referrals: most children once, some often; one in twenty still open."""
    draw = np.random.default_rng(seed)
    days = draw.integers(0, 10, count)
    return pa.table(
        {
            "child": [f"c{number}" for number in np.sort(draw.integers(0, count * 9 // 10, count))],
            "agency": draw.choice(["police", "schools", "health"], count, p=[0.5, 0.3, 0.2]),
            "is_repeat": draw.choice(["no", "yes"], count, p=[0.8, 0.2]),
            "days": pa.array(days, mask=draw.random(count) < 0.05),
        }
    )


def drawn(asked, plan, table):
    with warehouse.in_memory() as connection:
        connection.register("events", table)
        return answer.draw(asked, plan, answer.count(connection, asked, plan, "events"))


def test_every_question_is_answered_for_every_combination_of_its_keys_and_overall(asked):
    plan = answer.plan(asked, "zcdp", 500_000)

    found = drawn(asked, plan, events())

    shape = [(each.question, each.figure.question.statistic, tuple(each.keys.values())) for each in found]
    agencies = [(), ("police",), ("schools",), ("health",)]
    assert shape == [
        *((1, "count", keys) for keys in agencies),
        *((2, "share", keys) for keys in agencies),
        (3, "share", ()),
        (4, "median", ()),
    ]


def test_answers_lie_near_the_exact_ones_and_their_ranges_hold_them(asked):
    """A generous price; a range fails to hold its value one time in twenty, all of these not in a lifetime."""
    table, plan = events(), answer.plan(asked, "zcdp", 20_000_000)

    found = drawn(asked, plan, table)

    police = np.array(table["agency"]) == "police"
    days = np.array(table["days"].fill_null(999))
    exact = {
        (1, "all"): 4000,
        (1, "police"): police.sum(),
        (2, "all"): (days <= 5).mean(),
        (2, "police"): (days[police] <= 5).mean(),
        (3, "all"): (np.array(table["is_repeat"]) == "yes").mean(),
    }
    by_name = {(each.question, each.figure.question.category): each.figure for each in found}
    for name, true in exact.items():
        figure = by_name[name]
        assert abs(figure.value - true) < 4 * figure.half_width, name
        assert figure.half_width < (400 if name[0] == 1 else 0.1), name
    assert by_name[4, "all"].value == 5.0  # the end of the run in which half are reached


def errors_by_question(asked, made):
    """The mean squared noise of each question's figures where they are broken down most, from the plan's covariance alone."""
    wide = {}
    for each in answer.foretold(asked, made):
        if len(each.keys) == len(asked.questions[each.question - 1].by):
            wide.setdefault(each.question, []).append(each.figure.half_width**2)
    return {question: np.mean(each) for question, each in wide.items()}


def test_a_question_that_weighs_more_is_answered_more_surely_at_the_others_cost(asked, tmp_path):
    heavier = INQUIRY.replace('keys = ["yes"]', 'keys = ["yes"]\nweight = 20')
    assert heavier != INQUIRY
    other = inquiry.read(written(tmp_path, heavier))

    alike, heavy = (errors_by_question(each, answer.plan(each, "zcdp", 24_400)) for each in (asked, other))

    assert sorted(alike) == [1, 2, 3, 4]
    assert heavy[3] < alike[3]
    assert heavy[4] > alike[4]


def test_the_scale_of_a_questions_numbers_does_not_matter_to_the_plan(asked):
    """All questions ten times as heavy is the same inquiry: each is weighed against the others."""
    all_heavier = asked.model_copy(
        update={"questions": tuple(each.model_copy(update={"weight": 10.0}) for each in asked.questions)}
    )

    plans = [answer.plan(each, "zcdp", 24_400) for each in (asked, all_heavier)]

    kept = [[(part.marginals, part.person_budget) for part in table.parts] for made in plans for table in made.tables]
    assert len(kept) == 4
    assert kept[:2] == kept[2:]


def test_rows_are_gathered_with_a_number_for_each_person_and_none_is_lost(asked):
    table = events()
    with warehouse.in_memory() as connection:
        connection.register("events", table)
        answer._gather(connection, asked, "events")
        rows, persons = connection.execute("select count(*), count(distinct person_key) from gathered").fetchone()

    assert rows == table.num_rows
    assert persons == len(set(table["child"].to_pylist()))


def test_an_answer_costs_what_was_asked_and_no_more(asked):
    for family, micro in (("zcdp", 24_400), ("pure", 1_000_000)):
        assert answer.plan(asked, family, micro).micro == micro


def test_a_key_that_is_not_listed_is_refused_without_being_repeated(asked):
    table = events()
    strange = table.set_column(1, "agency", pa.array(["vicar of Invented Parish", *table["agency"].to_pylist()[1:]]))

    with pytest.raises(ValueError, match="public") as refusal:
        drawn(asked, answer.plan(asked, "zcdp", 500_000), strange)

    assert "vicar" not in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("rows = 4000", "rows = 0"), "rows"),
        (('keys = ["no", "yes"]', 'keys = ["no", "no"]'), "once each"),
        (("within = 5", "within = 6"), "not among the ends"),
        (('by = ["agency"]', 'by = ["borough"]'), "not under"),
        (("ends = [1, 3, 5, 10]", "ends = [3, 1, 5, 10]"), "later than the one before"),
        (('name = "agency"', 'name = "agency; drop"'), "lower-case"),
        (('ask = "median"', 'ask = "mean"'), "ask"),
        (('unit_many = "referrals"', 'unit_many = "referrals"\nepsilon = 3'), "epsilon"),
        (("[[questions]]", "[[questions"), "TOML"),
    ],
)
def test_an_inquiry_that_cannot_be_planned_is_refused(tmp_path, change, said):
    assert change[0] in INQUIRY

    with pytest.raises(ConfigRefused, match="Nothing was planned or drawn") as refusal:
        inquiry.read(written(tmp_path, INQUIRY.replace(*change)))

    assert said in str(refusal.value)


def test_layout_and_comments_do_not_make_another_inquiry(asked, tmp_path):
    commented = inquiry.read(written(tmp_path, "# Asked in the spring.\n\n" + INQUIRY))
    dearer = inquiry.read(written(tmp_path, INQUIRY.replace("rows = 4000", "rows = 4001")))

    assert commented.digest == asked.digest != dearer.digest


def test_reading_the_core_waits_for_nothing_that_only_planning_or_drawing_needs():
    """Each is a second or so of a command that may only be asked for help."""
    heavy = ("opendp", "scipy.stats", "scipy.optimize", "duckdb", "pandas")
    code = f"import sys, lantern.privacy.answer; print([each for each in {heavy} if each in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
    later = subprocess.run(
        [
            sys.executable,
            "-c",
            code.replace("lantern.privacy.answer", "lantern.privacy.answer, lantern.privacy.design"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "scipy.stats" in later.stdout  # the twin: it would be seen


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


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
