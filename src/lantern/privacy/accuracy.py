"""How sure each figure will be, foretold from public numbers before anything is spent."""

from collections.abc import Mapping

from lantern.privacy import design, reconcile, workload
from lantern.privacy.figure import Figure, figures
from lantern.privacy.plan import Plan


def foretold(plan: Plan, volumes: Mapping[str, int], quarters: int = 1) -> list[Figure]:
    """
    Every figure of a plan at public volumes: its half width and grade are what to expect.

    Args:
        plan: What would be drawn each quarter.
        volumes: Public rows a quarter, by table.
        quarters: How many quarters are added up: 4 for the rolling year.
    """
    found: list[Figure] = []
    for drawn in plan.tables:
        table = workload.table(drawn.name)
        kept, gone = design.expected_loss(table, drawn)
        quarter = reconcile.expected(drawn, volumes[table.name] * kept, volumes[table.name] * gone)
        known = quarter
        for _ in range(quarters - 1):
            known += quarter
        found += figures(known, workload.questions(table.name))
    return found
