"""Checks a release folder by itself: for anyone who holds it, with this package and no access to the hub."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lantern.errors import ReleaseRefused
from lantern.partnership import Expected
from lantern.privacy import mechanism, workload
from lantern.privacy.plan import Part, Plan, part_names
from lantern.privacy.reconcile import Answers
from lantern.release import folder, publication
from lantern.release.cell import SCHEMA, cells, table_of
from lantern.release.folder import Earlier, Facts, Terms

_REQUIRED = {name for name, field in Expected.model_fields.items() if field.is_required()}
"""Tables that every partnership releases; others only those that it names a public volume of."""

_FOREIGN = (
    ReleaseRefused,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    OSError,
    pa.ArrowException,
)
"""What reading and reckoning can end with on a folder that somebody else has made: it is not the release, and that is the answer."""


@dataclass(frozen=True)
class Fault:
    """What does not hold, and in which file."""

    file: str
    what: str


@dataclass(frozen=True)
class Held:
    """A release folder, read."""

    path: Path
    facts: Facts
    terms: Terms
    plan: Plan
    answers: Answers
    earlier: Earlier


@dataclass(frozen=True)
class Verdict:
    """Of each check, what it found; it holds if none found anything."""

    found: Mapping[str, list[Fault]]
    digest: str

    @property
    def holds(self) -> bool:
        """Whether the folder is what it says it is."""
        return not any(self.found.values())


def plan_was_approved(held: Held) -> list[Fault]:
    """The approval names this very plan, and the plan this quarter, this promise and no more than its year."""
    plan, facts, terms = held.plan, held.facts, held.terms
    rules = (
        (folder.PLAN, plan.period == facts.period, "it is for another quarter than the release"),
        (folder.FACTS, facts.release_id.rpartition("-")[0] == facts.period, "its name is not its quarter's"),
        (folder.FACTS, plan.family == terms.family, "it promises another kind of privacy than the plan keeps"),
        (folder.FACTS, plan.micro <= terms.micro_per_year, "the plan costs more than a year may"),
        (folder.FACTS, plan.micro <= facts.micro <= facts.year_micro, "it says it cost less than its plan"),
        (folder.FACTS, facts.year_micro <= terms.micro_per_year, "the year it ends cost more than a year may"),
    )
    return [Fault(file, what) for file, holds, what in rules if not holds]


def costs_follow(held: Held) -> list[Fault]:
    """Every scale is at least what OpenDP's own map asks for the part's person budget and cost."""
    return [
        Fault(folder.PLAN, f"part {part.name}: its noise is less than its cost and person budget ask for")
        for part in _parts(held.plan)
        if not _is_noisy_enough(part, held.plan)
    ]


def grid_is_public(held: Held) -> list[Fault]:
    """The tables, axes, categories and populations are the catalogue's, all of them, and every marginal counts each row once."""
    public, planned = {each.name: each for each in workload.tables()}, {each.name for each in held.plan.tables}
    faults = [Fault(folder.PLAN, f"table {name}: it is not planned") for name in sorted(_REQUIRED - planned)]
    for table in held.plan.tables:
        known = public.get(table.name)
        if known is None or known.grid != table.grid:
            faults.append(Fault(folder.PLAN, f"table {table.name}: a category of its public grid is missing or added"))
            continue
        # What a part costs is added up by its name: under another population's it would cost nothing beside the dearest.
        names = part_names(known.population, table.name)
        if table.population != known.population or (table.kept.name, table.lost.name) != names:
            faults.append(Fault(folder.PLAN, f"table {table.name}: it is charged to another population than its own"))
        for part in table.parts:
            for marginal in part.marginals:
                try:
                    marginal.matrix(table.grid)
                except ValueError as error:
                    faults.append(Fault(folder.PLAN, f"part {part.name}: {error}"))
    if held.plan.definitions != workload.definitions(planned):
        faults.append(
            Fault(folder.PLAN, "its definitions are not this version's: check it with the version that made it")
        )
    return faults


def sums_are_the_plans(held: Held) -> list[Fault]:
    """There is a noised sum for every sum of the plan, empty or not, and no other."""
    sizes = {part.name: sum(each.size for each in part.marginals) for part in _parts(held.plan)}
    found = {name: len(sums) for name, sums in held.answers.items()}
    return [
        Fault(folder.ANSWERS, f"part {name}: it has {found.get(name, 0)} sums and its plan {sizes.get(name, 0)}")
        for name in sorted(sizes.keys() | found.keys())
        if sizes.get(name) != found.get(name)
    ]


def figures_follow(held: Held) -> list[Fault]:
    """Every cell, worked out again from the noised sums, is the cell that was published."""
    again = table_of(cells(held.facts.release_id, held.plan, held.answers, held.earlier))
    kept = pq.read_table(held.path / folder.CELLS)
    if kept.schema.names != SCHEMA.names or kept.num_rows != again.num_rows:
        return [Fault(folder.CELLS, f"it has {kept.num_rows} cells where {again.num_rows} follow, or other columns")]
    differ = [then for then, now in zip(kept.to_pylist(), again.to_pylist(), strict=True) if then != now]
    if not differ:
        return []
    first = " ".join(str(differ[0][name]) for name in ("measure_id", "span", "breakdown", "category", "statistic"))
    return [Fault(folder.CELLS, f"{len(differ)} of {kept.num_rows} cells do not follow; the first is {first}")]


def words_follow(held: Held) -> list[Fault]:
    """The statement, the card and every other text are what this version writes of the same release."""
    again = publication.texts(
        held.plan,
        held.facts,
        held.terms,
        held.answers,
        held.earlier,
        cells(held.facts.release_id, held.plan, held.answers, held.earlier),
    )
    return [
        Fault(name, "it does not follow from the plan, the noised sums and the facts of the release")
        for name, text in again.items()
        if (held.path / name).read_bytes() != text.encode()
    ]


CHECKS: Mapping[str, Callable[[Held], list[Fault]]] = {
    "the plan is the one approved": plan_was_approved,
    "the costs follow from noise and budgets": costs_follow,
    "no category of the public grid is missing": grid_is_public,
    "every sum of the plan was noised": sums_are_the_plans,
    "every figure follows from the noised sums": figures_follow,
    "every word follows from the plan": words_follow,
}

FILES_HOLD = "every file is as listed"


def verify(
    path: Path, against: str | None = None, checks: Mapping[str, Callable[[Held], list[Fault]]] = CHECKS
) -> Verdict:
    """
    Check a release folder, each check only if those before it found nothing to rest on wrongly.

    Args:
        path: The folder.
        against: The digest it was published with, from the hub's ledger or whoever was told it. Without it a folder
            that was made up as a whole, noised sums and all, passes.
        checks: What to check after the files themselves.

    Raises:
        ReleaseRefused: it is not a release folder.
    """
    if not (path / folder.DIGESTS).is_file():
        raise ReleaseRefused(
            f"{path.name or 'the folder'}: it holds no '{folder.DIGESTS}', so it is not a release folder. Nothing was checked. "
            "Give the folder that is called after the release, like 2026-Q2-1."
        )
    found = {FILES_HOLD: [Fault(name, "it is not what was published") for name in folder.altered(path, against)]}
    held = _held(path, found) if not found[FILES_HOLD] else None
    for name, check in checks.items():
        if held is None or any(found.values()):
            break
        try:
            found[name] = check(held)
        except _FOREIGN:
            found[name] = [Fault(folder.PLAN, "nothing can be worked out from it")]
    return Verdict(found, folder.sha256(path / folder.DIGESTS))


def _held(path: Path, found: dict[str, list[Fault]]) -> Held | None:
    """The folder read; None, and the file that cannot be read named, if one cannot."""
    name = folder.FACTS
    try:
        facts, terms = folder.read_facts(path)
        name = folder.PLAN
        plan = folder.read_plan(path)
        name = folder.APPROVAL
        if folder.approval_text(facts, plan).encode() != (path / name).read_bytes():
            found[FILES_HOLD] = [Fault(name, "it approves another plan than this folder's")]
            return None
        name = folder.ANSWERS
        answers = folder.read_answers(path)
        name = folder.EARLIER
        return Held(path, facts, terms, plan, answers, folder.read_earlier(path))
    except _FOREIGN:
        found[FILES_HOLD] = [Fault(name, "it cannot be read as this version writes it")]
        return None


def _parts(plan: Plan) -> list[Part]:
    return [part for table in plan.tables for part in table.parts]


def _is_noisy_enough(part: Part, plan: Plan) -> bool:
    if part.family != plan.family or len(part.multipliers) != len(part.marginals) or min(part.multipliers) < 1:
        return False
    return part.scale >= mechanism.scale_for(part.family, part.person_budget, part.micro)
