"""What is asked: every statistic of every released measure, of the right rows, weighed as a board reads."""

import numpy as np
import pytest

from lantern import catalogue
from lantern.privacy import survival, workload
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
        ("R_RECONTACT_ANY", 6, 0, 0, 0),
        ("T_ASSESS45", 6, 6, 6, 2),
        ("R_REREF_DFE", 6, 0, 0, 0),
    ],
)
def test_each_measure_asks_its_shares_by_source_its_curve_by_day_and_its_quantiles(
    measure_id, shares, counts, curve, quantiles
):
    found = [each.statistic for each in asked(measure_id)]

    assert [found.count(each) for each in ("share", "count", "curve")] == [shares, counts, curve]
    assert found.count("median") + found.count("p90") == quantiles


def test_the_five_headlines_are_five():
    found = [each for table in workload.tables() for each in workload.questions(table.name) if each.is_headline]

    assert sorted((each.measure_id, each.statistic) for each in found) == sorted(workload.HEADLINES)
    assert {each.category for each in found} == {"all"}


def test_every_part_lies_in_its_whole_and_the_sources_make_up_the_whole():
    measures = [each.id for each in catalogue.released()]

    assert len(measures) == 4
    for measure_id in measures:
        found = asked(measure_id)
        assert all((each.part <= each.whole).all() for each in found)
        shares = [each for each in found if each.statistic == "share"]
        assert shares[0].whole == pytest.approx(sum(each.whole for each in shares[1:]))
        assert shares[0].part == pytest.approx(sum(each.part for each in shares[1:]))
        assert sum(each.weight for each in shares[1:]) == pytest.approx(1)


def test_a_contact_that_a_measure_does_not_ask_about_is_in_none_of_its_rows():
    grid = workload.table("contacts").grid
    unasked = {
        "T_CONTACT_DECISION": grid.row(time_category=("not_asked",)),
        "R_RECONTACT_ANY": grid.row(is_recontact=("not_asked",)),
    }

    for measure_id, rows in unasked.items():
        assert all(each.whole @ rows == 0 for each in asked(measure_id))
        assert all(step.event @ rows == 0 for each in asked(measure_id) for step in each.steps)


def test_the_steps_of_a_curve_hold_each_row_of_the_whole_once():
    curves = [each for measure in ("T_CONTACT_DECISION", "T_ASSESS45") for each in asked(measure) if each.steps]

    assert len(curves) == 16
    for each in curves:
        assert sum(step.event + step.competing + step.censored for step in each.steps) == pytest.approx(each.whole)
        assert [step.to_day for step in each.steps][-1] is None


def test_while_nobody_is_censored_before_the_end_the_curve_is_the_share_done():
    for table in workload.tables():
        cells = table.expected_cells(1000)
        found = [each for each in workload.questions(table.name) if each.statistic == "curve"]
        assert len(found) == 6
        for each in found:
            assert value(each, cells) == pytest.approx(each.part @ cells / (each.whole @ cells))
            as_share = (each.part - value(each, cells) * each.whole) / (each.whole @ cells)
            assert gradient(each, cells) == pytest.approx(as_share, abs=1e-12)


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
