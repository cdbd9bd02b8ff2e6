"""What will be drawn, under which person budgets and with how much noise: fixed before any data is looked at."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from lantern.privacy.grid import Grid, Marginal

Family = Literal["zcdp", "pure"]
"""`zcdp`: discrete Gaussian, squared lengths and rho. `pure`: discrete Laplace, lengths and epsilon."""

GRAIN = 1 << 10
"""A row counts in whole 1/1024ths, so that weighted counts stay whole numbers."""


@dataclass(frozen=True)
class Part:
    """
    Sums drawn together under one person budget: the rows kept of a table, or those left out (`<table>.lost`).

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
        sums = [
            multiplier * np.rint(each.matrix(grid) @ cells).astype(np.int64)
            for each, multiplier in zip(self.marginals, self.multipliers, strict=True)
        ]
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
    often as is public; where noised sums say more, more is allowed (`loss.py`). One: no loss is beyond what is expected.
    """

    name: str
    grid: Grid
    kept: Part
    lost: Part
    lost_allowance: float
    expected_loss: float = 1.0

    @property
    def parts(self) -> tuple[Part, Part]:
        """Both parts, in the order they are drawn."""
        return self.kept, self.lost


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
        What the release costs at most, on its own and with the three quarters beside it.

        Source: costs of one mechanism after another add up (Bun and Steinke 2016, lemma 2.3).
        """
        return sum(self.charges.values())

    def table(self, name: str) -> TablePlan:
        """One table of the plan."""
        return next(each for each in self.tables if each.name == name)

    @property
    def digest(self) -> str:
        """SHA-256 of the plan written out canonically."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def meaning(self) -> str:
        """SHA-256 of what the figures mean: only equals are compared, or added to a year."""
        grids: list[Any] = [[table.name, asdict(table.grid)] for table in self.tables]
        return hashlib.sha256(json.dumps([grids, self.definitions], sort_keys=True).encode()).hexdigest()

    @property
    def text(self) -> str:
        """The plan as canonical JSON: what the release folder keeps."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
