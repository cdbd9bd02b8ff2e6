"""Noised sums of quarters in which everything is as in the country, by the demo's plan."""

import numpy as np

from lantern.partnership import read_partnership
from lantern.period import Quarter
from lantern.privacy import workload
from lantern.privacy.plan import GRAIN
from lantern.release import planning

PLAN = planning.plan_for(read_partnership("demo"), Quarter(2026, 2))
ROWS = read_partnership("demo").expected.volumes
HEADLINE = ("T_CONTACT_DECISION", "all", "all", "share")


def answers(seed=1, slower=0.0, lost=0.03, grown=1):
    """
    Noised sums of a quarter like the country.

    `slower` moves that part of the fastest rows to the slowest, `lost` is left out, there are `grown` times the public rows.
    """
    rng, found = np.random.default_rng(seed), {}
    expected = {table.name: table.expected_cells(ROWS[table.name] * grown) for table in workload.tables()}
    for table in PLAN.tables:
        shape = [len(axis.categories) for axis in table.grid.axes]
        made = expected[table.name].reshape(shape).copy()
        if table.name in ("contacts", "referrals"):
            moved = made[:, :2] * slower
            made[:, :2] -= moved
            made[:, 6:7] += moved.sum(axis=1, keepdims=True)
        for part, rows in ((table.kept, made.ravel() * (1 - lost)), (table.lost, made.ravel() * lost)):
            exact = part.stacked(table.grid, np.rint(rows * GRAIN))
            found[part.name] = list(np.rint(exact + rng.normal(0, part.scale, len(exact))).astype(np.int64))
    return found


def years(back, **kwargs):
    """What was drawn so many quarters back, by the same plan."""
    return {each: (PLAN, answers(seed=10 + each, **kwargs)) for each in back}


def by_key(found, span="quarter"):
    return {(c.measure_id, c.breakdown, c.category, c.statistic): c for c in found if c.span == span}
