"""The marginals worth weighing for a set of questions: each axis summed over, told apart, or cut where a question cuts it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from lantern.privacy.grid import Axis, Grid, Groups, Marginal

Partition = tuple[int, ...]
"""For each category of an axis, the number of its group; groups are numbered as they first appear."""

# Joins of many cuts are many: beyond so many cuts, fewer of them are joined.
_PAIRS_TO, _TRIPLES_TO, _RUNS_TO = 16, 8, 64
_LADDER = (2, 4, 8, 16, 32, 64)
_MOST = 3_000
_ALIKE = 1e-8  # of a question's largest entry: what rounding leaves, and less than any question means


@dataclass(frozen=True)
class Slot:
    """
    One axis of a grid as the questions see it: its categories in classes that no question tells apart.

    `heads` is where the first category of each class stands among the `categories`. `is_simple`: every question takes all
    classes together or apart, so that there is nothing to cut.
    """

    axis: str
    classes: Groups
    heads: tuple[int, ...]
    categories: int
    options: tuple[Partition, ...]
    is_simple: bool

    @property
    def size(self) -> int:
        """How many classes."""
        return len(self.classes)


def slots(grid: Grid, rows: np.ndarray) -> tuple[Slot, ...]:
    """
    Each axis with its classes and the ways to cut it.

    Args:
        grid: The public grid.
        rows: Questions x cells.
    """
    shape = (len(rows), *(len(axis.categories) for axis in grid.axes))
    scale = np.abs(rows).max(axis=1, keepdims=True)
    tensor = (rows / np.where(scale > 0, scale, 1.0)).reshape(shape)
    return tuple(_slot(grid, place, np.moveaxis(tensor, place + 1, 1)) for place in range(len(grid.axes)))


def _slot(grid: Grid, place: int, tensor: np.ndarray) -> Slot:
    axis = grid.axes[place]
    each_question = sorted(_partitions(tensor.reshape(len(tensor), len(axis.categories), -1)))
    finest = _join(each_question)
    heads = [finest.index(number) for number in range(max(finest) + 1)]
    classes = tuple(
        tuple(category for category, number in zip(axis.categories, finest, strict=True) if number == wanted)
        for wanted in range(len(heads))
    )
    cuts = sorted({_renumbered(tuple(cut[head] for head in heads)) for cut in each_question})
    whole, apart = (0,) * len(heads), tuple(range(len(heads)))
    real = [cut for cut in cuts if cut not in (whole, apart)]
    if all(_singles_one_out(cut) for cut in real):
        real = []
    options = {whole, apart, *_joins(real)}
    return Slot(axis.name, classes, tuple(heads), len(axis.categories), tuple(sorted(options)), is_simple=not real)


def _partitions(columns: np.ndarray) -> set[Partition]:
    """
    The ways in which questions (questions x categories x cells beside) treat categories alike.

    Columns are alike if one number made of each is: a weighted sum, with weights under which other columns do not meet.
    Numbers closer than rounding could bring them are the same, so that classes are the same on every machine.
    """
    weights = np.cos(np.arange(1, columns.shape[2] + 1))
    numbers = columns @ weights
    order = np.argsort(numbers, axis=1, kind="stable")
    apart = np.diff(np.take_along_axis(numbers, order, axis=1), axis=1) > _ALIKE
    ranks = np.zeros(numbers.shape, dtype=int)
    np.put_along_axis(ranks, order[:, 1:], np.cumsum(apart, axis=1), axis=1)
    return {_renumbered(ranked) for ranked in np.unique(ranks, axis=0).tolist()}


def _renumbered(numbers: Sequence[object]) -> Partition:
    seen: dict[object, int] = {}
    return tuple(seen.setdefault(number, len(seen)) for number in numbers)


def _join(partitions: Iterable[Partition]) -> Partition:
    """The coarsest partition finer than all."""
    return _renumbered(list(zip(*partitions, strict=True)))


def _singles_one_out(cut: Partition) -> bool:
    """A question about one category alone asks for the axis told apart, not for a cut of its own."""
    return max(cut) == 1 and 1 in (cut.count(0), cut.count(1))


def _joins(cuts: list[Partition]) -> set[Partition]:
    found = set(cuts)
    for count, most in ((2, _PAIRS_TO), (3, _TRIPLES_TO)):
        if len(cuts) <= most:
            found |= {_join(chosen) for chosen in combinations(cuts, count)}
    runs = [cut for cut in cuts if not _singles_one_out(cut)]
    if _PAIRS_TO < len(runs) <= _RUNS_TO:
        # Every second cut, every third and so on, from each start: a curve is wanted finely here and roughly there.
        return found | {
            _join(runs[start::stride]) for stride in range(2, 1 + len(runs) // 2) for start in range(stride)
        }
    if len(cuts) > _PAIRS_TO:
        # A ladder: every second cut, every fourth, and so on.
        return found | {_join(cuts[stride // 2 :: stride]) for stride in _LADDER if stride < len(cuts)}
    for stride in range(2, 1 + len(cuts) // 2):
        found |= {_join(cuts[start::stride]) for start in range(min(stride, 3))}
    return found


def combined(found: tuple[Slot, ...]) -> list[tuple[Partition, ...]]:
    """Every combination of the axes' options; the fewest cuts of each axis where these are too many."""
    options = [list(slot.options) for slot in found]
    while np.prod([len(each) for each in options]) > _MOST:
        longest = max(range(len(options)), key=lambda place: len(options[place]))
        groups = sorted(options[longest], key=lambda cut: (max(cut), cut))
        # The coarsest and the finest stay: every question can be answered from them.
        options[longest] = [*groups[: max(1, len(groups) // 2 - 1)], groups[-1]]
    return list(product(*options))


def marginal(grid: Grid, found: tuple[Slot, ...], chosen: tuple[Partition, ...]) -> Marginal:
    """A combination written as a marginal of the grid, named by its axes and the number of groups where it cuts."""
    selection, names = [], []
    for slot, cut in zip(found, chosen, strict=True):
        if (max(cut) == 0 and slot.size > 1) or slot.size == 1:
            continue
        groups = tuple(
            tuple(c for place, number in enumerate(cut) if number == wanted for c in slot.classes[place])
            for wanted in range(max(cut) + 1)
        )
        selection.append((slot.axis, groups))
        apart = len(groups) == len(grid.axis(slot.axis).categories)
        names.append(slot.axis if apart else f"{slot.axis}:{_said(grid.axis(slot.axis), groups)}")
    return Marginal(" x ".join(names) or "total", tuple(selection))


def _said(axis: Axis, groups: Groups) -> str:
    return "|".join(_run(axis, group) for group in groups)


def _run(axis: Axis, group: tuple[str, ...]) -> str:
    """A run of neighbours by its ends, another group by its members."""
    first = axis.place(group[0])
    if len(group) > 2 and axis.categories[first : first + len(group)] == group:  # noqa: PLR2004
        return f"{group[0]}..{group[-1]}"
    return "+".join(group)
