"""What will be drawn, under which person budgets and with how much noise: fixed before any data is looked at."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Literal

import numpy as np

from lantern.privacy.grid import Grid, Marginal

Family = Literal["zcdp", "pure"]
"""`zcdp`: discrete Gaussian, squared lengths and rho. `pure`: discrete Laplace, lengths and epsilon."""

GRAIN = 1 << 10
"""A row counts in whole 1/1024ths, so that weighted counts stay whole numbers."""
POPULATION = "children"
"""Whose tables are named without saying so: plans and ledgers from before there were others hold no other."""


def part_names(population: str, table: str) -> tuple[str, str]:
    """What the parts of a table are called, kept and lost: whoever reads a charge knows whose it is."""
    name = table if population == POPULATION else f"{population}:{table}"
    return name, f"{name}.lost"


def population_of(part: str) -> str:
    """Whose rows a part counts, by its name."""
    population, colon, _ = part.partition(":")
    return population if colon else POPULATION


def costs_by_population(charges: Mapping[str, int]) -> dict[str, int]:
    """Population to what its parts cost together: costs of one mechanism after another add up."""
    found: dict[str, int] = {}
    for part, micro in charges.items():
        found[population_of(part)] = found.get(population_of(part), 0) + micro
    return found


def cost_of(charges: Mapping[str, int]) -> int:
    """
    Part name to micro-units: what they cost any one person, who pays in one population alone.

    Source: of parallel releases over separate persons the dearest counts; `exclusion` keeps the persons separate.
    """
    return max(costs_by_population(charges).values(), default=0)


@dataclass(frozen=True)
class Part:
    """
    Sums drawn together under one person budget: the rows kept of a table, or those left out (`part_names`).

    A person's rows of a quarter, counted by cell, cost the sum over marginals of `multiplier`^2 times the squared
    length of their sums (pure: `multiplier` times their length); over any four quarters in a row weighted rows
    cost at most `person_budget`, and the part at most `micro` millionths of the promise. `scale` is of the noise on
    the stacked vector: all marginals' sums, each times its multiplier and `GRAIN`.
    """

    name: str
    family: Family
    marginals: tuple[Marginal, ...]
    multipliers: tuple[int, ...]
    person_budget: int
    micro: int
    scale: float

    @property
    def row_cost(self) -> int:
        """What one row costs; the same for each, since every marginal holds each row once."""
        return sum(each**2 if self.family == "zcdp" else each for each in self.multipliers)

    @property
    def rows_a_year(self) -> float:
        """The person budget in rows: how many rows, each in another quarter, count whole in four quarters."""
        return self.person_budget / self.row_cost

    def deviations(self) -> tuple[float, ...]:
        """The standard error of a sum of each marginal, in rows."""
        spread = self.scale if self.family == "zcdp" else self.scale * 2**0.5
        return tuple(spread / (multiplier * GRAIN) for multiplier in self.multipliers)

    def stacked(self, grid: Grid, cells: np.ndarray) -> np.ndarray:
        """All marginals of weighted counts (whole 1/1024ths of rows by cell), each times its multiplier."""
        sums = [np.zeros(each.size, dtype=np.int64) for each in self.marginals]
        for total, each, multiplier in zip(sums, self.marginals, self.multipliers, strict=True):
            np.add.at(total, each.places(grid), multiplier * np.asarray(cells, dtype=np.int64))
        return np.concatenate(sums)

    def split(self, stacked: np.ndarray) -> tuple[np.ndarray, ...]:
        """A stacked vector taken apart again into each marginal's sums, in rows."""
        ends = np.cumsum([each.size for each in self.marginals])[:-1]
        pieces = np.split(np.asarray(stacked, dtype=float), ends)
        return tuple(piece / (a * GRAIN) for piece, a in zip(pieces, self.multipliers, strict=True))


@dataclass(frozen=True)
class TablePlan:
    """
    One base table: its public grid, what is drawn of the rows kept and of those left out.

    `lost_allowance` is public: by what part of the measured loss the true loss may differ, since the
    rows left out are bounded too. So is `expected_loss`: the part of all rows that will be left out if persons come as
    often as is public; where noised sums say more, more is allowed (`leeway.py`). One: no loss is beyond what is expected.
    `population`: whose rows it counts. Within a year a person's rows count in the tables of one population alone.
    `unsure`: the figures that are not shown whatever is drawn (`accuracy.named`): too wide a range is expected of them. None
    in plans from before this was decided beforehand.
    """

    name: str
    grid: Grid
    kept: Part
    lost: Part
    lost_allowance: float
    expected_loss: float = 1.0
    population: str = POPULATION
    unsure: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[Part, Part]:
        """Both parts, in the order they are drawn."""
        return self.kept, self.lost


_ADDED = {each.name: each.default for each in fields(TablePlan) if each.default is not MISSING}
"""Fields of a table that the plans of earlier versions do not have, with what those plans meant."""


@dataclass(frozen=True)
class Plan:
    """
    The whole of a release, as it will be drawn.

    The digest covers everything that decides the noise and the meaning of a cell: grids,
    bounds, scales, versions of definitions, and `basis`: for whom, under which year's promise,
    by which code rows were made, and which revision. Another digest is another plan, to be approved anew.
    """

    period: str
    family: Family
    tables: tuple[TablePlan, ...]
    definitions: tuple[str, ...]
    basis: tuple[str, ...]

    @property
    def charges(self) -> dict[str, int]:
        """Part name to what it may cost any one person over any four quarters, in micro-units of the promise."""
        return {part.name: part.micro for table in self.tables for part in table.parts}

    @property
    def micro(self) -> int:
        """
        What the release costs any one person at most, on its own and with the three quarters beside it.

        Source: costs of one mechanism after another add up (Bun and Steinke 2016, lemma 2.3).
        """
        return cost_of(self.charges)

    @property
    def populations(self) -> tuple[str, ...]:
        """Whose tables are drawn, in the order in which a person who is in several pays: in the first alone."""
        return tuple(dict.fromkeys(table.population for table in self.tables))

    def table(self, name: str) -> TablePlan:
        """One table of the plan."""
        return next(each for each in self.tables if each.name == name)

    @property
    def digest(self) -> str:
        """SHA-256 of the plan written out canonically."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def text(self) -> str:
        """
        The plan as canonical JSON: what the release folder keeps.

        What earlier versions did not say of a table is left out where it is as they meant it: their texts are still
        read, and have the digest that was approved. So a field that is added has a default, which changes nothing.
        """
        found = asdict(self)
        for table in found["tables"]:
            for name, meant in _ADDED.items():
                if table[name] == meant:
                    del table[name]
        return json.dumps(found, sort_keys=True, separators=(",", ":"))
