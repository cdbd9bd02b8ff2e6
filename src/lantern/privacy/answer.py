"""Answers an analyst's questions about one table of events, through the same bounding, noise and least squares as a release."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lantern.privacy import bounding, reconcile, shrinkage
from lantern.privacy.bounding import Connection
from lantern.privacy.figure import Figure, figures, values
from lantern.privacy.grid import Axis
from lantern.privacy.inquiry import OPEN, OTHER, Inquiry
from lantern.privacy.plan import Family, Plan, TablePlan
from lantern.privacy.question import Question
from lantern.privacy.questionnaire import Counted, Sought, counted

ONCE = "once"
"""The one period of an answer: the person budget is over the whole table."""
NOTHING_SPENT = (
    "(select ''::varchar as part, 0 as period_index, 0::bigint as person_key, 0::bigint as pico where false)"
)
_WHOLE = 2.0**53  # up to here every whole number has a fraction of its own
_EVENED = 3  # rounds: what questions weigh and what is measured decide each other
Weights = dict[str, tuple[np.ndarray, np.ndarray]]
"""Table name to its kept and its lost weights by cell, in 1/1024ths of a row: exact, so they are shown to nobody."""


@dataclass(frozen=True)
class Answer:
    """One figure, which question of the inquiry it answers (from 1), and the keys it is about."""

    question: int
    keys: dict[str, str]
    figure: Figure


def plan(inquiry: Inquiry, family: Family, micro: int) -> Plan:
    """
    The plan of an inquiry, from public numbers alone.

    Every question gains alike: what one of them would lose by a part of its error, another would gain by the same part.

    Source: proportional fairness (Kelly 1998): the product of errors is least, so no unit of days or counts matters.
    """
    from lantern.privacy.choice import variances
    from lantern.privacy.design import make_plan, settle

    tables = counted(inquiry)
    bases, volumes = [each.table for each in tables], {each.table.name: inquiry.rows for each in tables}
    asked = {each.table.name: tuple(sought.question for sought in each.sought) for each in tables}
    for _ in range(_EVENED):
        settled = settle(bases, asked, volumes, micro, family)
        for each, choice, share in zip(tables, settled.choices, settled.shares, strict=True):
            asked[each.table.name] = _evened(each.sought, variances(choice, share * micro, family))
    return make_plan(ONCE, bases, asked, volumes, micro, family, (f"inquiry {inquiry.digest}",), ("answer",))


def _evened(sought: tuple[Sought, ...], found: np.ndarray) -> tuple[Question, ...]:
    """What is sought, each weighed by its question's own weight over the mean error that question has at its deepest."""
    places = np.array([each.place for each in sought])
    weights = np.array([each.question.weight for each in sought])
    deepest = weights * [each.is_deepest for each in sought]
    mean = np.bincount(places, deepest * found) / np.maximum(np.bincount(places, deepest), 1e-30)
    evened = weights / mean[places]
    return tuple(
        replace(each.question, weight=float(f"{weight:.6g}")) for each, weight in zip(sought, evened, strict=True)
    )


def foretold(inquiry: Inquiry, made: Plan) -> list[Answer]:
    """Every figure as the public numbers would have it, with the range that noise and bounding would leave."""
    from lantern.privacy.design import expected_loss

    found = []
    for each in counted(inquiry):
        table = made.table(each.table.name)
        kept, lost = (inquiry.rows * part for part in expected_loss(each.table, table))
        found += _placed(each, figures(reconcile.expected(table, kept, lost), each.questions))
    return found


def count(connection: Connection, inquiry: Inquiry, made: Plan, source: str) -> Weights:
    """
    Bound and count, up to the last step before anything is drawn.

    Args:
        connection: Where the table is.
        inquiry: What is asked.
        made: Its plan.
        source: The name of the table: the person's column, and those the inquiry names.

    Returns:
        Exact weights. They never leave: only `draw` may have them.

    Privacy: no row is refused, for a refusal would be an exact answer about a person. What cannot be counted is left out row by
        row, or person by person, by what the row or the person's own rows say and nothing else.
    """
    found: Weights = {}
    events = connection.execute(f"from {source}").to_arrow_table()
    persons = _persons(events[inquiry.person])
    for each in counted(inquiry):
        table = made.table(each.table.name)
        place = _place(events, inquiry, each)
        counts = (place >= 0) & (persons >= 0)
        counts[counts] = _few_enough(persons[counts], bounding.most_rows(table))
        rows = {"person_key": persons[counts], "place": place[counts]}
        connection.register(f"row_{table.name}", pa.table(rows))
        bounded = bounding.weigh(connection, table, NOTHING_SPENT)
        connection.unregister(f"row_{table.name}")
        found[table.name] = _added_up(table, bounded, **rows)
    return found


def _added_up(
    table: TablePlan, bounded: pa.Table, person_key: np.ndarray, place: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What `bounding.add_up` does: persons are numbers here, at which each one's weights are found sooner than by a join."""
    person = np.asarray(bounded["person_key"])
    kept, lost = (np.zeros(person_key.max(initial=0) + 1) for _ in table.parts)
    kept[person], lost[person] = np.asarray(bounded["kept_weight"]), np.asarray(bounded["lost_weight"])
    # Whole numbers below 2^53, so that their sums in double precision are exact.
    kept, lost = (np.bincount(place, each[person_key], table.grid.size) for each in (kept, lost))
    return kept.astype(np.int64), lost.astype(np.int64)


def draw(inquiry: Inquiry, made: Plan, weights: Weights) -> list[Answer]:
    """
    Add noise and reconcile: once for each time that `made.micro` was paid.

    Privacy: what leaves is noised; all of one person's rows in the table cost at most `made.micro`.
    """
    from lantern.privacy import mechanism

    found = []
    for each in counted(inquiry):
        table = made.table(each.table.name)
        answers = {
            part.name: mechanism.noised(part.family, part.stacked(table.grid, cells), part.scale).tolist()
            for part, cells in zip(table.parts, weights[table.name], strict=True)
        }
        direct = figures(reconcile.reconcile(table, answers), each.questions)
        nearer = values(shrinkage.shrunk(table, answers), each.questions)
        found += _placed(each, [_moved(*both) for both in zip(direct, nearer, strict=True)])
    return found


def _moved(direct: Figure, nearer: float) -> Figure:
    """A figure with its shrunk value and the range it has without, which is widened to hold it: so none covers less."""
    return replace(direct, value=nearer, lower=min(direct.lower, nearer), upper=max(direct.upper, nearer))


def _persons(column: pa.ChunkedArray) -> np.ndarray:
    """A number for each person, which joins sooner than a name; -1 for a row that belongs to nobody."""
    return np.asarray(pc.fill_null(column.dictionary_encode().combine_chunks().indices, -1))


def _few_enough(persons: np.ndarray, most: int) -> np.ndarray:
    """Which rows are of persons who have at most so many."""
    return np.asarray(np.bincount(persons)[persons] <= most)


def _place(events: pa.Table, inquiry: Inquiry, each: Counted) -> np.ndarray:
    """The cell of the grid that each row lies in; -1 where it lies in none."""
    durations = {duration.name for duration in inquiry.durations}
    found, is_in = np.zeros(events.num_rows, dtype=np.int32), np.ones(events.num_rows, dtype=bool)
    for axis in each.table.grid.axes:
        number = _run if axis.name in durations else _key
        at = number(events[axis.name], axis)
        is_in &= at >= 0
        found = found * len(axis.categories) + at
    return np.where(is_in, found, -1)


def _key(column: pa.ChunkedArray, axis: Axis) -> np.ndarray:
    """The key of each row; whatever is not listed is `other`, or -1 where the inquiry leaves it out."""
    other = axis.place(OTHER) if OTHER in axis.categories else -1
    told = column.dictionary_encode().combine_chunks()  # each key is looked up once, and not each row
    listed = pa.array(axis.categories, pa.large_string())
    found = pc.index_in(_spelt(told.dictionary), value_set=listed)
    places = np.append(np.asarray(pc.fill_null(found, other)), other)
    return np.asarray(places[np.asarray(pc.fill_null(told.indices, -1))])


def _spelt(keys: pa.Array) -> pa.Array:
    """Keys as text: a whole number that is kept as a fraction is spelt as the number it is."""
    text = pc.cast(keys, pa.large_string())
    if not pa.types.is_floating(keys.type):
        return text
    is_whole = pc.and_(pc.equal(pc.floor(keys), keys), pc.less_equal(pc.abs(keys), _WHOLE))
    return pc.if_else(is_whole, pc.cast(pc.cast(keys, pa.int64(), safe=False), pa.large_string()), text)


def _run(column: pa.ChunkedArray, axis: Axis) -> np.ndarray:
    """The run of days each row ended in; whatever ended after the last is later, and what has no end is open."""
    ends = [int(category.removeprefix("to_")) for category in axis.categories if category.startswith("to_")]
    # pandas writes whole numbers with gaps as fractions, and the gaps as NaN.
    days = np.asarray(pc.cast(column, pa.float64(), safe=False).fill_null(np.nan))
    return np.where(np.isnan(days), axis.place(OPEN), np.searchsorted(ends, days))


def _placed(each: Counted, found: list[Figure]) -> list[Answer]:
    together = zip(each.places, each.keys, found, strict=True)
    return [Answer(place, keys, figure) for place, keys, figure in together]
