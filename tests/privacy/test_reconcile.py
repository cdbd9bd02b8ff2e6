"""Overlapping noisy sums agree after reconciling, and each figure's error is as stated."""

import numpy as np
import pytest

from lantern.privacy import accuracy, workload
from lantern.privacy.figure import figure, figures, has_changed
from lantern.privacy.plan import make_plan
from lantern.privacy.reconcile import Reconciled, covariance, reconcile

PLAN = make_plan("2026-Q2", workload.tables(), 25_000, workload.definitions())
VOLUMES = {"contacts": 4000, "referrals": 840}
TABLES = {table.name: table for table in PLAN.tables}


def noised_once(table, cells, rng):
    """Gaussian noise of the plan's scales: for statistics of the arithmetic, not for a release."""
    answers = {}
    for each in PLAN.of(table):
        sums = each.marginal.matrix(table.grid) @ cells
        answers[each.marginal.name] = np.rint(sums + rng.normal(0, each.scale, len(sums)))
    return reconcile(table, PLAN.of(table), answers)


@pytest.mark.parametrize("name", TABLES)
def test_parts_add_up_to_wholes(name):
    """Counts by source sum to the total, whoever measured which; so do all shares' numerators."""
    table = TABLES[name]
    known = noised_once(table, accuracy.expected_cells(table, VOLUMES[name]), np.random.default_rng(1))
    asked = workload.questions(name)

    for statistic in ("share", "count"):
        for measure in {question.measure for question in asked}:
            of = [q for q in asked if q.measure is measure and q.statistic == statistic]
            parts = [q for q in of if q.breakdown == "source_group"]
            wholes = [q for q in of if q.breakdown == "all"]
            for whole in wholes:
                assert sum(known.value(q.part) for q in parts) == pytest.approx(known.value(whole.part))
                assert sum(known.value(q.whole) for q in parts) == pytest.approx(known.value(whole.whole))


@pytest.mark.parametrize("name", TABLES)
def test_without_noise_every_figure_is_exact(name):
    """With sums as they are, reconciling gives back the shares and counts of the cells, corrected for lost rows."""
    table = TABLES[name]
    rng = np.random.default_rng(2)
    cells = rng.integers(0, 30, table.grid.size)
    answers = {each.marginal.name: each.marginal.matrix(table.grid) @ cells for each in PLAN.of(table)}
    known = reconcile(table, PLAN.of(table), answers)

    for question in workload.questions(name):
        if question.statistic == "share" and not question.lost_are_counted:
            found = figure(table, known, question)
            assert found.value == pytest.approx((question.part @ cells) / (question.whole @ cells))


@pytest.mark.parametrize("name", TABLES)
def test_stated_variance_is_the_variance_seen(name):
    """Over 1,500 draws the spread of each question's sum is what the covariance says, within 12%."""
    table = TABLES[name]
    rng = np.random.default_rng(3)
    information, spread = covariance(table, PLAN.of(table))
    weights = [(each, each.marginal.matrix(table.grid)) for each in PLAN.of(table)]
    stack = np.concatenate([matrix.T / each.scale for each, matrix in weights], axis=1)
    noise = rng.standard_normal((stack.shape[1], 1500))
    errors = spread @ (stack @ noise)
    known = Reconciled(np.zeros(table.grid.size), spread, information)

    for question in workload.questions(name):
        seen = np.var(question.whole @ errors)
        assert seen == pytest.approx(known.variance(question.whole), rel=0.12)


def test_a_figure_nobody_measured_is_refused_not_guessed():
    table = TABLES["contacts"]
    information, spread = covariance(table, PLAN.of(table))
    known = Reconciled(np.zeros(table.grid.size), spread, information)

    with pytest.raises(ValueError, match="does not measure"):
        known.variance(table.grid.row(source_group=("police",), time_category=("bin_3",)))


@pytest.mark.parametrize("name", TABLES)
def test_a_bigger_allowance_never_gives_a_wider_range(name):
    double = make_plan("2026-Q2", workload.tables(), 50_000, workload.definitions())

    for narrow, wide in zip(accuracy.foretold(double, VOLUMES), accuracy.foretold(PLAN, VOLUMES), strict=True):
        assert narrow.half_width <= wide.half_width


def test_headline_figures_are_usable_for_a_median_authority():
    """What the plan foretells at 4,000 contacts and 840 referrals a quarter, in points."""
    shares = {
        figure.question.measure.id: 100 * figure.half_width
        for figure in accuracy.foretold(PLAN, VOLUMES)
        if figure.question.breakdown == "all" and figure.question.statistic == "share"
    }

    assert shares["T_CONTACT_DECISION"] < 2.5
    assert shares["T_ASSESS45"] < 3.5
    assert shares["R_REREF_DFE"] < 4.5


def people(rng, size, again):
    """Rows a person has in a quarter: mostly one; `again` is the chance of each further one."""
    return 1 + rng.geometric(1 - again, size) - 1


@pytest.mark.parametrize(("name", "again", "people_count"), [("contacts", 0.17, 3400), ("referrals", 0.035, 815)])
def test_printed_ranges_cover_the_unbounded_truth_at_least_94_times_in_100(name, again, people_count):
    """
    People with several rows, bounded as the models do it, noised 400 times.

    The truth is that of all rows, those the bound left out included.
    """
    table, rng = TABLES[name], np.random.default_rng(4)
    repeats = "is_rereferral" in [axis.name for axis in table.grid.axes]
    expected = accuracy.expected_cells(table, 1000)
    single = table.grid.axis("is_clipped")
    covered: dict[str, list[bool]] = {}
    for _ in range(400):
        rows = people(rng, people_count, again)
        kept, true = np.zeros(table.grid.size), np.zeros(table.grid.size)
        shape = [len(axis.categories) for axis in table.grid.axes]
        flat = expected.reshape(shape).sum(axis=-1).ravel()
        owner = np.repeat(np.arange(people_count), rows)
        place = np.concatenate([np.arange(count) for count in rows])
        drawn = rng.choice(flat.size, len(owner), p=flat / flat.sum())
        if repeats:  # a second referral of the quarter is a re-referral by definition
            drawn = np.where(place > 0, drawn - drawn % 2 + 1, drawn)
        marked = (place == table.rows_per_person - 1) & (rows[owner] > table.rows_per_person)
        cell = drawn * len(single.categories) + marked
        np.add.at(true, drawn * len(single.categories), 1)
        np.add.at(kept, cell[place < table.rows_per_person], 1)
        known = noised_once(table, kept, rng)
        for found in figures(table, known, workload.questions(name)):
            question = found.question
            truth = question.whole @ true
            if question.statistic == "share":
                truth = (question.part @ true) / truth
            key = f"{question.measure.id} {question.breakdown} {question.statistic}"
            covered.setdefault(key, []).append(abs(found.value - truth) <= found.half_width)

    assert covered
    for key, hits in covered.items():
        # 400 runs or more: three standard errors below 95%.
        assert np.mean(hits) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400), key


def test_a_change_is_said_only_beyond_noise_and_chance():
    """Two quarters of the same practice: a false `up` or `down` on any of 30 figures is rare."""
    table, rng = TABLES["contacts"], np.random.default_rng(5)
    cells = accuracy.expected_cells(table, 4000)
    asked = [question for question in workload.questions("contacts") if question.breakdown != "by_day"]
    false_alarms = 0
    for _ in range(300):
        now, before = (noised_once(table, rng.poisson(cells), rng) for _ in range(2))
        changes = {has_changed(figure(table, now, q), figure(table, before, q), len(asked)) for q in asked}
        false_alarms += changes != {"flat"}

    assert false_alarms / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_a_clear_change_is_seen():
    table, rng = TABLES["contacts"], np.random.default_rng(6)
    cells = accuracy.expected_cells(table, 4000)
    question = workload.questions("contacts")[0]
    slower = cells * np.where(question.part > 0, 0.85, 1.85)

    now = figure(table, noised_once(table, slower, rng), question)
    before = figure(table, noised_once(table, cells, rng), question)

    assert has_changed(now, before, 12) == "down"
