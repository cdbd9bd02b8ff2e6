"""What is asked: every statistic of every released measure, of the right rows, weighed as a board reads."""

import numpy as np
import pytest

from lantern import catalogue
from lantern.privacy import survival, workload
from lantern.privacy.base_table import lost_cells
from lantern.privacy.gradient import gradient, needed, value
from lantern.privacy.question import Question, Step


def asked(measure_id: str) -> list[Question]:
    return [
        each for table in workload.tables() for each in workload.questions(table.name) if each.measure_id == measure_id
    ]


@pytest.mark.parametrize(
    ("measure_id", "shares", "counts", "curve", "quantiles"),
    [
        ("T_CONTACT_DECISION", 6, 6, 6, 2),
        ("T_ASSESS45", 6, 6, 6, 2),
        ("R_REREF_DFE", 6, 0, 0, 0),
        ("R_RECONTACT_ANY", 6, 0, 0, 0),
        ("R_CONV", 6, 0, 0, 0),
        ("N_OPEN_AGE_CONTACTS", 1, 7, 0, 0),
        ("N_OPEN_AGE_ASSESSMENTS", 1, 7, 0, 0),
        ("X_TWO_AGENCIES_BEFORE", 1, 0, 0, 0),
        ("X_REPEAT_FROM_ELSEWHERE", 6, 0, 0, 0),
        ("X_FIRST_NOTICE", 1, 0, 3, 0),
        ("T_CONCERN_DECISION", 6, 6, 5, 2),
        ("R_CONCERN_S42", 6, 0, 0, 0),
        ("R_RECONCERN", 6, 0, 0, 0),
    ],
)
def test_each_measure_asks_its_shares_by_source_its_curve_by_day_and_its_counts(
    measure_id, shares, counts, curve, quantiles
):
    found = [each.statistic for each in asked(measure_id)]

    assert [found.count(each) for each in ("share", "count", "curve")] == [shares, counts, curve]
    assert found.count("median") + found.count("p90") == quantiles


def test_every_released_measure_is_asked_of_one_table_and_pages_show_them_in_one_order():
    measures = catalogue.released()

    assert len(measures) == 13
    assert [each.release.position for each in measures] == list(range(1, 14))
    for measure in measures:
        (home,) = [
            table.name
            for table in workload.tables()
            if any(each.measure_id == measure.id for each in workload.questions(table.name))
        ]
        assert home == measure.release.base_table


def test_the_five_headlines_are_five():
    found = [each for table in workload.tables() for each in workload.questions(table.name) if each.is_headline]

    assert sorted((each.measure_id, each.statistic) for each in found) == sorted(workload.HEADLINES)
    assert {each.category for each in found} == {"all"}


def test_every_part_lies_in_its_whole_and_the_sources_make_up_the_whole():
    by_source = 0

    for measure_id in [each.id for each in catalogue.released()]:
        found = asked(measure_id)
        assert all((each.part <= each.whole).all() for each in found)
        total, *divided = [each for each in found if each.statistic == "share"]
        if divided:
            by_source += 1
            assert total.whole == pytest.approx(sum(each.whole for each in divided))
            assert total.part == pytest.approx(sum(each.part for each in divided))
            assert len({each.weight / total.weight for each in divided}) > 3
            assert sum(each.weight for each in divided) == pytest.approx(catalogue_weight(measure_id))
    assert by_source == 9


def catalogue_weight(measure_id):
    return next(each.release.weight for each in catalogue.released() if each.id == measure_id)


# table, cells as axis and category, and which measures count a row there: yes, asked but not counted, not asked.
COUNTED = [
    ("contacts", {"recontact": "same_source"}, {"R_RECONTACT_ANY": "yes", "X_REPEAT_FROM_ELSEWHERE": "no"}),
    ("contacts", {"recontact": "elsewhere"}, {"R_RECONTACT_ANY": "yes", "X_REPEAT_FROM_ELSEWHERE": "yes"}),
    ("contacts", {"recontact": "no"}, {"R_RECONTACT_ANY": "no", "X_REPEAT_FROM_ELSEWHERE": "not asked"}),
    ("contacts", {"recontact": "not_asked"}, {"R_RECONTACT_ANY": "not asked", "X_REPEAT_FROM_ELSEWHERE": "not asked"}),
    ("contacts", {"is_referred": "yes"}, {"R_CONV": "yes"}),
    ("contacts", {"is_referred": "not_asked"}, {"R_CONV": "not asked"}),
    ("contacts", {"time_category": "bin_1"}, {"T_CONTACT_DECISION": "yes"}),
    ("contacts", {"time_category": "bin_2"}, {"T_CONTACT_DECISION": "no"}),
    ("contacts", {"time_category": "not_asked"}, {"T_CONTACT_DECISION": "not asked"}),
    ("referrals", {"two_agencies": "not_asked"}, {"X_TWO_AGENCIES_BEFORE": "not asked", "T_ASSESS45": "in part"}),
    ("waiting", {"waiting": "contact_d0_1"}, {"N_OPEN_AGE_CONTACTS": "no", "N_OPEN_AGE_ASSESSMENTS": "not asked"}),
    ("waiting", {"waiting": "contact_d2_5"}, {"N_OPEN_AGE_CONTACTS": "yes", "N_OPEN_AGE_ASSESSMENTS": "not asked"}),
    ("waiting", {"waiting": "referral_d16_45"}, {"N_OPEN_AGE_CONTACTS": "not asked", "N_OPEN_AGE_ASSESSMENTS": "no"}),
    ("waiting", {"waiting": "referral_d46_90"}, {"N_OPEN_AGE_CONTACTS": "not asked", "N_OPEN_AGE_ASSESSMENTS": "yes"}),
    ("first_notices", {"time_category": "bin_2"}, {"X_FIRST_NOTICE": "yes"}),
    ("first_notices", {"time_category": "bin_3"}, {"X_FIRST_NOTICE": "no"}),
    ("first_notices", {"time_category": "not_asked"}, {"X_FIRST_NOTICE": "not asked"}),
    ("concerns", {"is_enquiry": "yes"}, {"R_CONCERN_S42": "yes"}),
    ("concerns", {"reconcern": "not_asked"}, {"R_RECONCERN": "not asked"}),
]


@pytest.mark.parametrize(("table", "chosen", "measures"), COUNTED)
def test_a_row_is_counted_asked_about_or_neither_by_each_measure_as_drawn(table, chosen, measures):
    rows = workload.table(table).grid.row(**{axis: (category,) for axis, category in chosen.items()})

    for measure_id, wanted in measures.items():
        share = next(each for each in asked(measure_id) if each.statistic == "share")
        parts = {part @ rows / rows.sum() for part in (share.part,)}, share.whole @ rows / rows.sum()
        said = {(1.0, 1.0): "yes", (0.0, 1.0): "no", (0.0, 0.0): "not asked"}.get((*parts[0], parts[1]), "in part")
        assert said == wanted, measure_id
        if wanted == "not asked":
            assert all(each.whole @ rows == 0 for each in asked(measure_id))
            assert all(step.event @ rows == 0 for each in asked(measure_id) for step in each.steps)


def test_rows_left_out_by_bounding_fall_where_persons_came_back():
    """And not where a flag merely is called like one: `is_referred` says nothing of how often a person comes."""
    table = workload.table("contacts")
    gone = lost_cells(table, table.expected_cells(1000))

    assert table.return_axes == ("recontact",)
    assert gone @ table.grid.row(recontact=("no",)) == 0
    assert gone @ table.grid.row(is_referred=("no",)) / gone.sum() == pytest.approx(0.74)


def test_the_steps_of_a_curve_hold_each_row_of_the_whole_once():
    curves = [each for measure in catalogue.released() for each in asked(measure.id) if each.steps]

    assert len(curves) == 6 + 2 + 6 + 2 + 3 + 5 + 2
    for each in curves:
        assert sum(step.event + step.competing + step.censored for step in each.steps) == pytest.approx(each.whole)
        assert [step.to_day for step in each.steps][-1] is None


def test_while_nobody_is_censored_before_the_end_the_curve_is_the_share_done():
    lengths = {}
    for table in workload.tables():
        cells = table.expected_cells(1000)
        found = [each for each in workload.questions(table.name) if each.statistic == "curve"]
        lengths[table.name] = len(found)
        for each in found:
            assert value(each, cells) == pytest.approx(each.part @ cells / (each.whole @ cells))
            as_share = (each.part - value(each, cells) * each.whole) / (each.whole @ cells)
            assert gradient(each, cells) == pytest.approx(as_share, abs=1e-12)
    assert lengths == {"contacts": 6, "referrals": 6, "waiting": 0, "first_notices": 3, "concerns": 5}


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_of_a_censored_curve_is_what_nudging_each_cell_gives(seed):
    """Also against the curve that figures are made by: another formula."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(20, 90, 12).astype(float)
    unit = np.eye(12)
    steps = tuple(Step(day, unit[3 * n], unit[3 * n + 1], unit[3 * n + 2]) for n, day in enumerate((1, 5, 9, None)))
    question = Question("T_X", 1, "by_day", "5", "curve", unit[0] + unit[3], np.ones(12), steps=steps, at_day=5)

    nudged = [(value(question, cells + 1e-4 * each) - value(question, cells - 1e-4 * each)) / 2e-4 for each in unit]
    sums = [
        np.array([getattr(step, kind) @ cells for step in steps[:3]]) for kind in ("event", "competing", "censored")
    ]

    assert gradient(question, cells) == pytest.approx(nudged, rel=1e-5, abs=1e-9)
    assert value(question, cells) == pytest.approx(survival.curve(*sums, cells.sum()).shares[1])


def test_a_median_is_planned_as_the_curve_on_the_day_that_reaches_a_half():
    median = next(each for each in asked("T_ASSESS45") if each.statistic == "median")
    curve = next(each for each in asked("T_ASSESS45") if each.statistic == "curve" and each.at_day == 40)
    cells = workload.table("referrals").expected_cells(840)

    assert gradient(median, cells) == pytest.approx(gradient(curve, cells))


def test_the_sums_that_must_be_known_are_every_part_and_whole_once():
    found = needed(workload.questions("referrals"))

    assert len(found) == len(np.unique(found, axis=0)) > 10
    for each in workload.questions("referrals"):
        assert any((row == each.whole).all() for row in found)
