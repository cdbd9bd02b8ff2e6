"""An analyst's inquiry: what it may say, what is planned for it, and that its answers are honest."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from inquired import INQUIRY, events, written

from lantern import warehouse
from lantern.errors import ConfigRefused
from lantern.privacy import answer, bounding, inquiry, questionnaire


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return inquiry.read(written(tmp_path_factory.mktemp("inquiry"), INQUIRY))


def drawn(asked, plan, table):
    with warehouse.in_memory() as connection:
        connection.register("events", table)
        return answer.draw(asked, plan, answer.count(connection, asked, plan, "events"))


def test_every_question_is_answered_for_every_combination_of_its_keys_and_overall(asked):
    plan = answer.plan(asked, "zcdp", 500_000)

    found = drawn(asked, plan, events())

    shape = [(each.question, each.figure.question.statistic, tuple(each.keys.values())) for each in found]
    agencies = [(), ("police",), ("schools",), ("health",), ("other",)]
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


DAYS_AT_THE_EDGES = [None, 0, 1, 3, 4, 5, 6, 100]


def test_rows_are_counted_as_they_are_written_out_for_a_release(asked):
    """
    The cells and persons that Arrow finds are those SQL finds by text, for days at every edge and a file in two chunks.

    A dictionary that names one person twice, as Arrow permits, still is of one person: two would be protected half as well.
    """
    few = events(40).set_column(3, "days", pa.array(DAYS_AT_THE_EDGES * 5, pa.int64()))
    twice = pa.DictionaryArray.from_arrays(pa.array([0, 1] * 20), pa.array(["c0", "c0"]))
    for table in (pa.concat_tables([few, few]), few.set_column(0, "child", twice)):
        plan = answer.plan(asked, "zcdp", 500_000)
        with warehouse.in_memory() as connection:
            connection.register("events", table)
            found = answer.count(connection, asked, plan, "events")
        for each in plan.tables:
            with warehouse.in_memory() as connection:
                connection.register(
                    "events", pa.Table.from_pylist([written_out(each, row) for row in table.to_pylist()])
                )
                bounding.bound(
                    connection, each, "events", answer.NOTHING_SPENT.replace("0::bigint as p", "''::varchar as p", 1)
                )
                kept, lost = bounding.sums(connection, each, "events")

            assert kept.sum() + lost.sum() > 0
            assert np.array_equal(found[each.name], (kept, lost))


def written_out(table, row):
    """A row as a release's input has it: one text for each axis."""
    ends = [int(each[3:]) for each in table.grid.axis("days").categories if each.startswith("to_")]
    within = [f"to_{end}" for end in ends if row["days"] is not None and row["days"] <= end]
    days = "open" if row["days"] is None else (*within, "later")[0]
    return {"person_key": row["child"]} | {axis.name: (row | {"days": days})[axis.name] for axis in table.grid.axes}


def test_public_days_go_through_the_middle_and_the_90th_percentile_that_are_said():
    """A long tail that is said is planned for; unsaid, days fall off by halves."""
    ends = tuple(range(120))
    plain = inquiry.Duration(name="days", ends=ends, expected_median=10)
    said = plain.model_copy(update={"expected_p90": 60.0})

    ended = {each: np.cumsum(questionnaire._expected(each, ends))[:-2] / 0.95 for each in (plain, said)}
    sharpest = {each: max(found := questionnaire._nearness(each, 0.9), key=found.get) for each in (plain, said)}

    assert [ended[each][9] for each in ended] == pytest.approx([0.5, 0.5], abs=0.01)
    assert ended[plain][32] == pytest.approx(0.9, abs=0.01)
    assert ended[said][59] == pytest.approx(0.9, abs=0.01)
    assert sharpest == {plain: 33, said: 60}


def test_what_has_an_unlisted_key_is_answered_and_not_planned_for(tmp_path):
    """A share of the few rows that are expected there would be told badly, and every other question would pay for it."""
    listed = INQUIRY.replace('"schools", "health"]', '"schools", "other"]')
    assert listed != INQUIRY

    for text, is_planned in ((INQUIRY, False), (listed, True)):
        for table in questionnaire.counted(inquiry.read(written(tmp_path, text))):
            planned = {each.question.category for each in table.sought}
            answered = {each.category for each in table.questions}

            assert (table.table.name == "days") or "other" in answered
            assert {"all", *(answered - {"other"})} <= planned | {"all"}
            assert (is_planned and table.table.name == "sums") == ("other" in planned)


def test_a_column_lists_what_a_row_can_be_counted_as():
    """
    | keys         | other | counted as          |
    | a, b         | yes   | a, b, other         |
    | a, b         | no    | a, b                |
    | a, other     | yes   | a, other            |
    | a, other     | no    | a, other            |
    """
    column = inquiry.Column(name="agency", keys=("a", "b"))
    other = column.model_copy(update={"keys": ("a", "other")})

    found = [
        each.model_copy(update={"other": is_counted}).categories
        for each in (column, other)
        for is_counted in (True, False)
    ]

    assert found == [("a", "b", "other"), ("a", "b"), ("a", "other"), ("a", "other")]


def test_a_share_may_be_of_what_is_not_listed(tmp_path):
    text = INQUIRY.replace('keys = ["yes"]', 'keys = ["other"]')
    inquiry.read(written(tmp_path, text))

    with pytest.raises(ConfigRefused, match="not some of its column's"):
        inquiry.read(written(tmp_path, text.replace('["no", "yes"]', '["no", "yes"]\nother = false')))


def test_an_answer_costs_what_was_asked_and_no_more(asked):
    for family, micro in (("zcdp", 24_400), ("pure", 1_000_000)):
        assert answer.plan(asked, family, micro).micro == micro


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("rows = 4000", "rows = 0"), "rows"),
        (('keys = ["no", "yes"]', 'keys = ["no", "no"]'), "once each"),
        (("within = 5", "within = 6"), "not among the ends"),
        (('by = ["agency"]', 'by = ["borough"]'), "not under"),
        (("ends = [1, 3, 5, 10]", "ends = [3, 1, 5, 10]"), "later than the one before"),
        (("expected_median = 4", "expected_p90 = 9"), "not said without it"),
        (("expected_median = 4", "expected_median = 4\nexpected_p90 = 4"), "later than expected_median"),
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
