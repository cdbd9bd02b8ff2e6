"""Faults planted on purpose, one step of the path each: an audit that does not notice them is no audit."""

from dataclasses import dataclass, replace

import numpy as np

from lantern.privacy import bounding, mechanism
from lantern.privacy.bounding import Connection
from lantern.privacy.neighbour import Path
from lantern.privacy.plan import GRAIN, Family, Part, TablePlan

_TEN_ROWS = 10 * GRAIN


class HalfTheNoise(Path):
    """Half the scale that was paid for."""

    def noised(self, family: Family, exact: np.ndarray, scale: float, times: int) -> np.ndarray:
        """Draws of half the width."""
        return super().noised(family, exact, scale / 2, times)


class NoNoise(Path):
    """The exact sums."""

    def noised(self, family: Family, exact: np.ndarray, scale: float, times: int) -> np.ndarray:  # noqa: ARG002
        """The sums as they are."""
        return np.tile(exact, (times, 1))


class SameNoise(Path):
    """Noise that is drawn once and used again, as a seed would."""

    def __init__(self) -> None:
        self._noise: dict[int, np.ndarray] = {}

    def noised(self, family: Family, exact: np.ndarray, scale: float, times: int) -> np.ndarray:
        """Sums and the noise of the first draw."""
        if exact.size not in self._noise:
            self._noise[exact.size] = super().noised(family, exact, scale, 1)[0] - exact
        return np.tile(exact + self._noise[exact.size], (times, 1))


class CountedTwice(Path):
    """A join that doubles rows after they were bounded."""

    def sums(self, connection: Connection, plan: TablePlan, rows: str) -> tuple[np.ndarray, np.ndarray]:
        """Sums of doubled rows."""
        return super().sums(connection, plan, f"(from {rows} union all from {rows})")


class OneRowMore(Path):
    """A budget of one row more than the noise was made for."""

    def bound(self, connection: Connection, plan: TablePlan, rows: str, spent: str) -> None:
        """Bound by the larger budget."""
        super().bound(connection, replace(plan, kept=_budgeted(plan.kept, plan.kept.row_cost)), rows, spent)


class NoWindow(Path):
    """Each quarter bounded as if there were no other."""

    def bound(self, connection: Connection, plan: TablePlan, rows: str, spent: str) -> None:
        """Bound with nothing spent."""
        super().bound(connection, plan, rows, f"(from {spent} where false)")


class InBothPopulations(Path):
    """Nobody is left out of one population's tables for paying in another's."""

    def counted(self, connection: Connection, plan: TablePlan, rows: str, spent: str) -> str:  # noqa: ARG002
        """All rows."""
        return rows


class PriceRoundedDown(Path):
    """Spends written down in whole units of the promise: less than one is nothing."""

    def price(self, pico: int) -> int:
        """The price without its fraction of a unit."""
        unit = mechanism.MICRO * bounding.PICO
        return pico // unit * unit


class LostNotBounded(Path):
    """The rows left out are counted without a bound of their own."""

    def bound(self, connection: Connection, plan: TablePlan, rows: str, spent: str) -> None:
        """Bound what is kept alone."""
        super().bound(connection, plan, rows, spent)
        connection.execute(f"update bounded_{plan.name} set lost_weight = {GRAIN} - kept_weight")


class BoundsFromData(Path):
    """The budget is what the busiest person in the data needs, and the noise is made to fit."""

    def planned(self, connection: Connection, plan: TablePlan, rows: str) -> TablePlan:
        """A plan for the rows in hand."""
        found = connection.execute(
            f"select max(n) from (select count(*) as n from {rows} group by person_key)"
        ).fetchone()
        most = int(found[0])
        budget = plan.kept.row_cost * (most**2 if plan.kept.family == "zcdp" else most)
        scale = mechanism.scale_for(plan.kept.family, budget, plan.kept.micro)
        return replace(plan, kept=replace(plan.kept, person_budget=budget, scale=scale))


class EmptyCellsMissing(Path):
    """Sums that nobody is in are left out."""

    def shown(self, exact: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Only sums with someone in them."""
        return np.where(exact == 0, np.nan, drawn)


class ThresholdOnExactCount(Path):
    """Small sums are hidden, by what they are and not by what was drawn."""

    def shown(self, exact: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Only sums of ten rows and more."""
        return np.where(exact < _TEN_ROWS, np.nan, drawn)


@dataclass(frozen=True)
class Planted:
    """A fault, and the pair of each family on which it shows."""

    name: str
    path: type[Path]
    pair: str


PLANTED = (
    Planted("half the noise", HalfTheNoise, "one row"),
    Planted("no noise", NoNoise, "one row"),
    Planted("the same noise again", SameNoise, "one row"),
    Planted("the child counted twice", CountedTwice, "one row"),
    Planted("a budget of one row more", OneRowMore, "two rows in one cell"),
    Planted("no window of four quarters", NoWindow, "forty rows a quarter, in one cell"),
    Planted(
        "a person in both populations",
        InBothPopulations,
        "forty rows among adults and among children, the last quarter first",
    ),
    Planted("prices rounded down", PriceRoundedDown, "forty rows a quarter, in one cell"),
    Planted("rows lost not bounded", LostNotBounded, "five hundred rows in one cell"),
    Planted("bounds taken from the data", BoundsFromData, "five hundred rows in one cell"),
    Planted("empty cells left out", EmptyCellsMissing, "one row, not finished"),
    Planted("small counts hidden by the exact count", ThresholdOnExactCount, "one row"),
)


def _budgeted(part: Part, more: int) -> Part:
    return replace(part, person_budget=part.person_budget + more)
