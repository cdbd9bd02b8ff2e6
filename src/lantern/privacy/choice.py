"""How far a person counts in a table: strategies, person budgets and what they leave out, weighed against noise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lantern.privacy import mechanism
from lantern.privacy.base_table import BaseTable, lost_cells
from lantern.privacy.gradient import gradient, needed
from lantern.privacy.grid import Grid
from lantern.privacy.multiplicity import Loss, Multiplicity, losses
from lantern.privacy.plan import Family, Part
from lantern.privacy.question import Question
from lantern.privacy.strategy import Strategy, strategy

# Person budgets in rows that are weighed against each other.
KEPT_BUDGETS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 128.0, 256.0)
LOST_BUDGETS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
# Where persons have so many rows that most of the loss would be guessed with any of these.
LARGER_LOST_BUDGETS = (32.0, 64.0, 128.0, 256.0)
_MOVED = 0.1  # a figure that the loss moves by less than this part of the most moved one
_MOST_ALLOWED = 0.5  # beyond, most of the loss would be guessed
_ALLOWED_AGAIN = 2.0  # persons may be so many times less alike than the public says


@dataclass(frozen=True, eq=False)
class Sketch:
    """
    One table's strategies, of the part kept and of the part lost, and what they cost before budgets are chosen.

    `measured` says of which questions the lost rows are measured too; `errors` are each question's weighted error of either
    part for a person budget of one row and a promise of one; `carried` how many times likelier than others the rows of a
    question are to be lost; `same` how likely two rows of a person meet in a sum of either part. `pull` is what an unseen
    loss of all rows would add to the weighted error, what one laid in proportion would where it is not measured, and what
    rows would that are left out unevenly by chance.
    """

    table: BaseTable
    strategies: tuple[Strategy, Strategy]
    measured: np.ndarray
    errors: tuple[np.ndarray, np.ndarray]
    carried: np.ndarray
    same: tuple[float, float]
    pull: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Choice:
    """A sketch with person budgets in rows, what they leave out, and the error at a promise: noise, and what stays unknown."""

    sketch: Sketch
    budgets: tuple[float, float]
    loss: Loss
    noise: float
    bias: float


def sketched(table: BaseTable, asked: tuple[Question, ...], rows: float, family: Family) -> tuple[Sketch, ...]:
    """
    The strategies of a table at public counts: one of the rows kept, beside each way to measure those lost.

    Of the rows lost either all undivided shares and counts are measured, or only those that their loss moves: a share in
    time is hardly moved, and noise for it is noise less for the others.
    """
    cells = table.expected_cells(rows)
    gone = lost_cells(table, cells)
    matrix = np.array([gradient(each, cells) for each in asked])
    scales = np.array([each.weight**0.5 / each.tolerance for each in asked])
    # Sums that no question weighs count a little, for a figure must be able to name them.
    loose = needed(asked) / cells.sum()
    kept = strategy(table.grid, np.vstack([matrix, loose]), np.concatenate([scales, np.ones(len(loose))]), family)
    kept = replace(kept, variances=kept.variances[: len(asked)])
    moved = np.abs(matrix @ gone) * scales
    carried = np.array([each.part @ gone / max(each.part @ cells, 1e-9) for each in asked])
    coarse = np.array(
        [each.breakdown in table.lost_breakdowns and each.statistic in ("count", "share") for each in asked]
    )
    told = coarse & (moved >= _MOVED * moved[coarse].max())
    spread = _spread(table, matrix, gone) * scales
    chance = float(((matrix * scales[:, None]) ** 2 @ cells).sum())
    found = []
    for measured in (coarse, told) if (coarse != told).any() else (coarse,):
        lost = strategy(table.grid, matrix[measured], scales[measured], family)
        errors = scales**2 * kept.variances, scales[measured] ** 2 * lost.variances
        pull = float(moved @ moved), float((spread[~measured] ** 2).sum()), chance
        same = _same(table, kept, cells), _same(table, lost, cells)
        found.append(Sketch(table, (kept, lost), measured, errors, carried, same, pull))
    return tuple(found)


def chosen(sketches: tuple[Sketch, ...], family: Family, micro: float) -> Choice:
    """The way and the person budgets with the least error at a promise: noise, and what of the loss stays unknown."""
    found = _weighed(sketches, family, micro, LOST_BUDGETS)
    if not _sure(found):
        found += _weighed(sketches, family, micro, LARGER_LOST_BUDGETS)

    def error(of: Choice) -> tuple[float, int, tuple[float, float]]:
        # Rounded, so that a tie falls alike on every machine.
        return float(f"{of.noise + of.bias:.6g}"), sketches.index(of.sketch), of.budgets

    return min(_sure(found) or found, key=error)


def _sure(found: list[Choice]) -> list[Choice]:
    """Those with which no more of the loss is guessed than may be."""
    return [each for each in found if allowance(each.loss) <= _MOST_ALLOWED]


def _weighed(sketches: tuple[Sketch, ...], family: Family, micro: float, lost: tuple[float, ...]) -> list[Choice]:
    power, found = power_of(family), []
    for sketch in sketches:
        tried = losses(sketch.table.multiplicity, family, KEPT_BUDGETS, lost, sketch.same)
        for budgets, left_out in tried.items():
            roots = [each ** (1 / (1 + power)) for each in errors_of(sketch, budgets, left_out, family)]
            noise = sum(roots) ** (1 + power) / (micro / mechanism.MICRO) ** power
            unknown = (_ALLOWED_AGAIN * left_out.unseen) ** 2, left_out.lost**2, left_out.uneven
            bias = sum(part * pull for part, pull in zip(unknown, sketch.pull, strict=True))
            found.append(Choice(sketch, budgets, left_out, noise, bias))
    return found


def allowance(left_out: Loss) -> float:
    """By what part of the measured loss the true one may differ: twice what the lost part would not see, as public."""
    return _ALLOWED_AGAIN * left_out.unseen / max(left_out.lost - left_out.unseen, 1e-9) if left_out.lost > 0 else 0.0


def errors_of(sketch: Sketch, budgets: tuple[float, float], left_out: Loss, family: Family) -> list[float]:
    """
    The weighted errors of both parts at a promise of one.

    Rows left out are laid like the noised rows kept, whose noise grows by as much.
    """
    kept = float(sketch.errors[0] @ (1 + left_out.lost * sketch.carried) ** 2)
    parts = kept, float(sketch.errors[1].sum())
    return [each * _grown(budget, family) for each, budget in zip(parts, budgets, strict=True)]


def variances(choice: Choice, micro: float, family: Family) -> np.ndarray:
    """The variance of each question's noise, of both parts, at a table's part of the promise."""
    errors = errors_of(choice.sketch, choice.budgets, choice.loss, family)
    carried = (1 + choice.loss.lost * choice.sketch.carried) ** 2, np.ones(int(choice.sketch.measured.sum()))
    total = np.zeros(len(choice.sketch.measured))
    places = np.arange(len(total)), np.flatnonzero(choice.sketch.measured)
    for made, place, grown, budget, share in zip(
        choice.sketch.strategies, places, carried, choice.budgets, shared(errors, family), strict=True
    ):
        total[place] += (
            made.variances * grown * _grown(budget, family) / (share * micro / mechanism.MICRO) ** power_of(family)
        )
    return total


def _spread(table: BaseTable, matrix: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """How far each question moves if every category's part of the lost rows is off by as much as is likely."""
    total = np.zeros(len(matrix))
    for axis in table.grid.axes:
        sums = table.grid.rows({axis.name: tuple((category,) for category in axis.categories)})
        total += ((sums @ (matrix * gone).T) ** 2).sum(axis=0)
    return np.asarray(table.multiplicity.unlike * np.sqrt(total))


def _same(table: BaseTable, made: Strategy, cells: np.ndarray) -> float:
    part = Part("", "zcdp", made.marginals, made.multipliers, 1, 1, 1.0)
    return same_of(part, table.grid, table.multiplicity, cells)


def same_of(part: Part, grid: Grid, public: Multiplicity, cells: np.ndarray) -> float:
    """How likely two rows of a person meet in one sum: some are alike, the others fall as all rows do."""
    shares = cells / cells.sum()
    costs = np.square(part.multipliers) / np.square(part.multipliers).sum()
    meeting = sum(
        cost * float(((each.matrix(grid) @ shares) ** 2).sum())
        for cost, each in zip(costs, part.marginals, strict=True)
    )
    return float(round(public.alike + (1 - public.alike) * meeting, 3))


def power_of(family: Family) -> int:
    """Variance falls with rho, and with the square of epsilon."""
    return 1 if family == "zcdp" else 2


def _grown(budget: float, family: Family) -> float:
    """How the variance of noise grows with a person budget in rows, at a promise of one."""
    return budget / 2 if family == "zcdp" else 2 * budget**2


def shared(errors: Sequence[float], family: Family) -> np.ndarray:
    """Shares of a promise that make the sum of errors least: by their square roots (`pure`: cube roots)."""
    roots = np.asarray(errors, dtype=float) ** (1 / (1 + power_of(family)))
    return np.asarray(np.round(roots / roots.sum(), 6))
