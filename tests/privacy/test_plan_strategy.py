"""Which marginals are measured: as good as brute force says, whole numbers, and nothing that is not asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from tests.privacy.planned import MEDIAN, dense_variances, line

from lantern.privacy import candidate, workload
from lantern.privacy import strategy as planner
from lantern.privacy.bound import bound
from lantern.privacy.gradient import gradient
from lantern.privacy.grid import Axis, Grid, Marginal
from lantern.privacy.strategy import Strategy, strategy


def error_of(grid: Grid, found: Strategy, rows: np.ndarray, family: str = "zcdp") -> float:
    parts = np.array(found.multipliers, dtype=float)
    weights = parts**2 / ((parts**2).sum() if family == "zcdp" else parts.sum() ** 2)
    return float(dense_variances(grid, list(found.marginals), weights, rows).sum())


def demo(name: str) -> tuple[Grid, np.ndarray, np.ndarray]:
    table, asked = workload.table(name), workload.questions(name)
    cells = table.expected_cells(MEDIAN[name])
    scales = np.array([each.weight**0.5 / each.tolerance for each in asked])
    return table.grid, np.array([gradient(each, cells) for each in asked]), scales


@pytest.mark.parametrize("family", ["zcdp", "pure"])
def test_when_every_cell_is_asked_alone_the_cells_are_measured_and_nothing_else(family):
    grid = line(6)

    found = strategy(grid, np.eye(6), np.ones(6), family)

    assert [marginal.size for marginal in found.marginals] == [6]
    assert found.variances == pytest.approx(np.ones(6))


@pytest.mark.parametrize("family", ["zcdp", "pure"])
@pytest.mark.parametrize("weight", [0.5, 2.0, 10.0])
def test_a_total_beside_the_cells_gets_what_a_search_by_hand_gives_it(family, weight):
    """Total and each of five cells: every split of the cost between the two marginals is tried."""
    grid, rows = line(5), np.vstack([weight * np.ones(5), np.eye(5)])
    power = 1 if family == "zcdp" else 2
    marginals = [candidate_total(grid), candidate_each(grid)]
    tried = [
        dense_variances(grid, marginals, np.array([part, 1 - part]) ** power, rows).sum()
        for part in np.linspace(0, 0.999, 2000)
    ]

    found = strategy(grid, rows, np.ones(6), family)

    assert error_of(grid, found, rows, family) <= min(tried) * 1.006
    assert error_of(grid, found, rows, family) >= min(tried) * 0.999


def candidate_total(grid: Grid):
    return candidate.marginal(grid, candidate.slots(grid, np.eye(grid.size)), ((0,) * grid.size,))


def candidate_each(grid: Grid):
    return candidate.marginal(grid, candidate.slots(grid, np.eye(grid.size)), (tuple(range(grid.size)),))


@given(seed=st.integers(0, 10_000), first=st.integers(2, 4), second=st.integers(2, 5))
@settings(max_examples=25, deadline=None)
def test_the_error_by_blocks_is_the_error_by_the_whole_matrix(seed, first, second):
    rng = np.random.default_rng(seed)
    grid = Grid((Axis("a", tuple("abcd"[:first])), Axis("t", tuple("vwxyz"[:second]))))
    rows = np.array([np.kron(rng.integers(0, 2, first), rng.integers(0, 2, second)) for _ in range(5)], dtype=float)
    rows[0] = 1.0

    found = strategy(grid, rows, np.ones(5), "zcdp")

    assert found.variances.sum() == pytest.approx(error_of(grid, found, rows), rel=1e-6)


def test_a_general_solver_finds_no_better_weights_for_the_demo_referrals():
    """SLSQP over every candidate's weight, on the dense matrix of cells: another method, another formula."""
    grid, rows, scales = demo("referrals")
    found = strategy(grid, rows, scales, "zcdp")
    slots = candidate.slots(grid, rows)
    chosen = candidate.combined(slots)[::9] + [combination_of(slots, marginal) for marginal in found.marginals]
    marginals = [candidate.marginal(grid, slots, each) for each in chosen]
    weighed = rows * scales[:, None]
    mine = float(scales**2 @ found.variances)

    def error(weights: np.ndarray) -> tuple[float, np.ndarray]:
        grams = [marginal.matrix(grid).toarray() for marginal in marginals]
        information = sum(w * gram.T @ gram for w, gram in zip(weights, grams, strict=True))
        inverse = np.linalg.pinv(information, rcond=1e-9, hermitian=True)
        gains = [((gram @ inverse @ weighed.T) ** 2).sum() for gram in grams]
        return float(np.einsum("qi,ij,qj->", weighed, inverse, weighed)) / mine, -np.array(gains) / mine

    start = np.full(len(marginals), 1 / len(marginals))
    best = minimize(
        error,
        start,
        jac=True,
        method="SLSQP",
        bounds=[(1e-9, 1)] * len(marginals),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        options={"maxiter": 60},
    )

    assert len(marginals) > 20
    assert best.fun >= 1 / 1.01


def combination_of(slots, marginal):
    names = dict(marginal.selection)
    return next(each for each in candidate.combined(slots) if dict(_marginal(slots, each)) == names)


def _marginal(slots, chosen):
    axes = workload.table("referrals").grid
    return candidate.marginal(axes, slots, chosen).selection


@pytest.mark.parametrize("family", ["zcdp", "pure"])
@pytest.mark.parametrize("name", ["contacts", "referrals"])
def test_every_figure_of_the_demo_can_be_worked_out_and_each_row_costs_the_same(family, name):
    grid, rows, scales = demo(name)

    found = strategy(grid, rows, scales, family)
    parts = np.array(found.multipliers, dtype=float)
    weights = parts**2 / ((parts**2).sum() if family == "zcdp" else parts.sum() ** 2)
    dense = dense_variances(grid, list(found.marginals), weights, rows)

    assert np.isfinite(dense).all()
    assert found.variances == pytest.approx(dense, rel=1e-6)
    assert all(multiplier >= 1 for multiplier in found.multipliers)
    assert len({marginal.name for marginal in found.marginals}) == len(found.marginals) <= 12
    for marginal in found.marginals:
        assert marginal.matrix(grid).sum(axis=0) == pytest.approx(np.ones(grid.size))


def test_a_marginal_too_few_would_have_been_noticed():
    """The twin: without any one marginal of the plan some figure has no answer, or all are less sure."""
    grid, rows, scales = demo("referrals")
    found = strategy(grid, rows, scales, "zcdp")
    parts = np.array(found.multipliers, dtype=float) ** 2

    assert len(parts) > 2
    for left_out in range(len(parts)):
        weights = np.where(np.arange(len(parts)) == left_out, 0, parts)
        dense = dense_variances(grid, list(found.marginals), weights / weights.sum(), rows)
        assert scales**2 @ dense > scales**2 @ found.variances


def test_an_axis_nobody_asks_about_is_never_drawn():
    grid = Grid((Axis("asked", ("a", "b", "c")), Axis("unasked", ("x", "y"))))
    rows = np.array([grid.row(asked=(each,)) for each in "abc"])

    found = strategy(grid, rows, np.ones(3), "zcdp")

    assert {name for marginal in found.marginals for name, _ in marginal.selection} == {"asked"}


def test_a_hundred_strata_are_planned_by_one_small_block():
    """Ten thousand cells; were the matrix of all cells inverted, this would not end."""
    strata = tuple(f"s{number}" for number in range(200))
    grid = Grid(
        (Axis("stratum", strata), Axis("time", tuple("abcdefghijklmnopqrstuvwxy")), Axis("flag", ("no", "yes")))
    )
    early, late = tuple("abc"), tuple("abcdefghijkl")
    rows = np.array([grid.row(stratum=(each,), time=cut) for each in strata[:40] for cut in (early, late)])

    found = strategy(grid, rows, np.ones(len(rows)), "zcdp")

    assert grid.size == 10_000
    assert {name for marginal in found.marginals for name, _ in marginal.selection} == {"stratum", "time"}


def test_rounding_to_whole_multipliers_costs_a_thousandth_at_most(monkeypatch):
    grid, rows, scales = demo("contacts")
    whole = strategy(grid, rows, scales, "zcdp")
    monkeypatch.setattr(planner, "_FOR_WHOLE", 1e-9)
    exact = strategy(grid, rows, scales, "zcdp")

    assert max(exact.multipliers) > max(whole.multipliers)
    assert scales**2 @ whole.variances <= scales**2 @ exact.variances * 1.0011


def test_categories_that_every_question_treats_alike_stay_together_though_rounding_parts_them():
    """1/1024 and its neighbours in floating point: rounded to nine digits they would fall on both sides of a half."""
    grid = Grid((Axis("a", tuple("abcd")), Axis("t", tuple("xy"))))
    row = np.array([1.0, 0.0009765625] * 4).reshape(4, 2)
    row[::2] = np.nextafter(row[::2], 0)

    found = candidate.slots(grid, row.reshape(1, -1))

    assert [slot.size for slot in found] == [1, 2]
    row[0, 1] *= 1.001
    assert [slot.size for slot in candidate.slots(grid, row.reshape(1, -1))] == [2, 2]


def cut_at_each_day(days: int) -> candidate.Slot:
    grid = Grid((Axis("day", tuple(f"to_{day}" for day in range(days))),))
    (slot,) = candidate.slots(grid, np.tril(np.ones((days, days))))
    return slot


def test_many_cuts_are_joined_by_a_ladder_and_not_by_every_pair():
    slot = cut_at_each_day(100)

    single = sum(max(option) == 1 for option in slot.options)
    joined = [max(option) + 1 for option in slot.options if 1 < max(option) < 99]
    assert single == 99
    assert 2 <= len(joined) <= len(candidate._LADDER)
    assert min(joined) < 5
    assert max(joined) > 15


def test_some_dozens_of_cuts_are_joined_at_every_stride_from_every_start():
    slot = cut_at_each_day(34)

    joined = [option for option in slot.options if 1 < max(option) < 33]
    assert len(joined) > 100
    # Runs of four days, begun at each of four days.
    fours = {option for option in joined if all(option.count(run) == 4 for run in range(1, max(option)))}
    assert len({option.count(0) for option in fours}) == 4


def error_of_a_curve() -> float:
    """The shares done by each of 32 runs, wanted most near two of them: the planner's error by the least there can be."""
    runs = np.arange(32)
    near = np.exp(-np.abs(runs - 10) / 3) + np.exp(-np.abs(runs - 25) / 3)
    rows, scales = np.tril(np.ones((32, 33))), np.sqrt(near)
    return float(scales**2 @ strategy(line(33), rows, scales, "zcdp").variances) / bound(rows, scales).dual


def test_a_curve_wanted_finely_at_two_levels_is_within_15_percent_of_the_least_error_there_can_be():
    assert error_of_a_curve() <= 1.15


def test_with_a_ladder_of_its_cuts_alone_it_would_not_have_been(monkeypatch):
    """The twin: runs are joined as where there are too many for every stride."""
    monkeypatch.setattr(candidate, "_RUNS_TO", 0)

    assert error_of_a_curve() > 1.15


def test_a_marginal_places_each_cell_in_the_sum_that_its_rows_select():
    grid = Grid(
        (
            Axis("source", ("police", "school", "other")),
            Axis("days", ("0", "1", "2", "open")),
            Axis("again", ("no", "yes")),
        )
    )
    cut = Marginal(
        "days x source", (("days", (("0", "2"), ("open", "1"))), ("source", (("other",), ("police", "school"))))
    )

    assert (cut.matrix(grid) != grid.rows(dict(cut.selection))).nnz == 0
    assert cut.places(grid).tolist() == np.asarray(grid.rows(dict(cut.selection)).tocsc().indices).tolist()


@pytest.mark.parametrize(
    "groups", [(("police",),), (("police", "school"), ("school",)), (("police",), ("school", "navy"))]
)
def test_a_marginal_that_counts_a_row_in_no_sum_or_in_two_is_refused(groups):
    grid = Grid((Axis("source", ("police", "school")),))

    with pytest.raises(ValueError, match="do not partition the axis source"):
        Marginal("by source", (("source", groups),)).places(grid)
