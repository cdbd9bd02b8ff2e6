"""What will be measured, with what share of the allowance: fixed before any data is looked at."""

import hashlib
import json
from dataclasses import asdict, dataclass

from lantern.privacy import mechanism
from lantern.privacy.grid import BaseTable, Marginal

_WHOLE = 100


@dataclass(frozen=True)
class Measured:
    """One marginal of the plan: what it may cost and the scale of its noise."""

    table: str
    marginal: Marginal
    micro_rho: int
    scale: float


@dataclass(frozen=True)
class Plan:
    """
    The whole of a release, as it will be drawn.

    The digest covers everything that decides the noise and the meaning of a cell: grids,
    bounds, scales, versions of definitions, and `basis`: for whom, under which year's promise,
    and by which code rows were made. Another digest is another plan, to be approved anew.
    """

    period: str
    tables: tuple[BaseTable, ...]
    measured: tuple[Measured, ...]
    definitions: tuple[str, ...]
    basis: tuple[str, ...]

    @property
    def micro_rho(self) -> int:
        """
        What the release costs in all: zCDP adds up over what is measured.

        Source: Bun and Steinke, Concentrated Differential Privacy (2016), lemma 2.3.
        """
        return sum(each.micro_rho for each in self.measured)

    @property
    def digest(self) -> str:
        """SHA-256 of the plan written out canonically."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def meaning(self) -> str:
        """SHA-256 of what the figures mean and how they are noised: only equals are compared."""
        parts = [[asdict(table) for table in self.tables], [asdict(each) for each in self.measured], self.definitions]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def text(self) -> str:
        """The plan as canonical JSON: what the release folder keeps."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    def of(self, table: BaseTable) -> tuple[Measured, ...]:
        """What is measured of one table."""
        return tuple(each for each in self.measured if each.table == table.name)


def make_plan(
    period: str,
    tables: tuple[BaseTable, ...],
    micro_rho: int,
    definitions: tuple[str, ...],
    basis: tuple[str, ...] = (),
) -> Plan:
    """
    Share an allowance among tables and their marginals, in whole micro-rho, never rounding up.

    Args:
        period: The quarter.
        tables: Base tables with the public weight of each marginal.
        micro_rho: What the release may cost at most.
        definitions: What decides the meaning of a figure: measures, limits, bins.
        basis: What else the plan promises; see `Plan`.

    Raises:
        ValueError: the tables' shares add up to more than the whole.

    Privacy: a person's rows of a quarter are in every table and marginal, so their costs
        add up; nothing here sees a row.
    """
    if sum(table.share_of_budget_percent for table in tables) > _WHOLE:
        raise ValueError("the tables' shares add up to more than the whole")
    measured = []
    for table in tables:
        of_table = micro_rho * table.share_of_budget_percent // _WHOLE
        weights = sum(marginal.weight for marginal in table.marginals)
        for marginal in table.marginals:
            share = of_table * marginal.weight // weights
            scale = mechanism.scale_for(marginal.sensitivity, share)
            measured.append(Measured(table.name, marginal, share, scale))
    return Plan(period, tables, tuple(measured), definitions, basis)
