"""A small table of our own, planned by hand, so that each test knows every number of it."""

import numpy as np

from lantern.privacy.grid import Axis, Grid, Marginal
from lantern.privacy.plan import GRAIN, Part, TablePlan
from lantern.privacy.question import Question, Step

SOURCES = ("police", "schools", "health")
TIMES = ("bin_0", "bin_1", "bin_2", "open")
GRID = Grid((Axis("source_group", SOURCES), Axis("time_category", TIMES), Axis("is_again", ("no", "yes"))))
NOTHING = np.zeros(GRID.size)


def each(*categories):
    """A partition into single categories."""
    return tuple((category,) for category in categories)


def table(*, scale=30.0, allowance=0.2, family="zcdp"):
    """Kept: days, and sources by each flag and by in time. Lost: the flag alone. `scale` is of the noise, in rows."""
    kept = (
        Marginal("days", (("time_category", each(*TIMES)),)),
        Marginal("by_again", (("source_group", each(*SOURCES)), ("is_again", each("no", "yes")))),
        Marginal("by_time", (("source_group", each(*SOURCES)), ("time_category", (TIMES[:2], TIMES[2:])))),
    )
    lost = (Marginal("again", (("is_again", each("no", "yes")),)),)
    return TablePlan(
        "visits",
        GRID,
        Part("visits", family, kept, (1, 2, 2), 54, 10_000, scale * GRAIN),
        Part("visits.lost", family, lost, (1,), 3, 2_000, scale * GRAIN),
        allowance,
    )


def noised(plan, kept, lost, rng):
    """Answers with seeded Gaussian noise: for statistics of the arithmetic, not for a release."""
    answers = {}
    for part, cells in ((plan.kept, kept), (plan.lost, lost)):
        exact = part.stacked(plan.grid, np.rint(np.asarray(cells) * GRAIN))
        answers[part.name] = list(np.rint(exact + rng.normal(0, part.scale, len(exact))).astype(np.int64))
    return answers


def exact(plan, kept, lost):
    """Answers without noise."""
    return {
        part.name: list(part.stacked(plan.grid, np.rint(np.asarray(cells) * GRAIN)))
        for part, cells in ((plan.kept, kept), (plan.lost, lost))
    }


def question(statistic, part=NOTHING, whole=NOTHING, *, breakdown="all", category="all", steps=(), at_day=None):
    """A question of the table."""
    return Question("T_VISIT", 1, breakdown, category, statistic, part, whole, steps=steps, at_day=at_day)


STEPS = tuple(
    Step(
        day,
        GRID.row(time_category=(f"bin_{place}",)),
        NOTHING,
        NOTHING if place < 2 else GRID.row(time_category=("open",)),
    )
    for place, day in enumerate((0, 3, None))
)
EVERY = GRID.row()
AGAIN = GRID.row(is_again=("yes",))
IN_TIME = GRID.row(time_category=TIMES[:2])
QUESTIONS = (
    question("count", EVERY, EVERY),
    question("share", IN_TIME, EVERY),
    question("share", AGAIN, EVERY),
    *(
        question(
            "share",
            GRID.row(source_group=(source,), is_again=("yes",)),
            GRID.row(source_group=(source,)),
            breakdown="source_group",
            category=source,
        )
        for source in SOURCES
    ),
    question("curve", whole=EVERY, steps=STEPS, at_day=0, breakdown="by_day", category="0"),
    question("median", whole=EVERY, steps=STEPS),
    question("p90", whole=EVERY, steps=STEPS),
)


def invented_cells(seed, kept=900, lost=60):
    """Rows by cell of a made-up quarter; the rows lost are mostly of persons who came before."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(GRID.size, 3.0))
    leaning = shares * np.where(AGAIN > 0, 3.0, 0.4)
    return rng.multinomial(kept, shares), rng.multinomial(lost, leaning / leaning.sum())
