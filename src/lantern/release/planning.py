"""Which quarters may be released, and the plan each one would follow."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from lantern import warehouse
from lantern.errors import ReleaseRefused
from lantern.home import PROJECT, Home
from lantern.partnership import Partnership
from lantern.period import Quarter, add_working_days
from lantern.privacy import accuracy, workload
from lantern.privacy.design import Settlement, planned, settle
from lantern.privacy.plan import Family, Plan
from lantern.release import kept_plan
from lantern.release.charge import unit_of
from lantern.release.folder import plan_of
from lantern.release.kept_plan import digest_of

# Who approves or is told, where and how often a partner leaves its files and how long they are kept change nothing that is drawn.
_NO_TERM: Any = {
    "release": {"approvers"},
    "alerts": True,
    "retention": True,
    "schedule": True,
    "partners": {"__all__": {"inbox", "every_days", "grace_days"}},
}


# Of what partners tell there may be gaps: each row says whether the months before it were delivered.
_SAYS_ITSELF = "partners"
_MONTHS = 3
"""Of a quarter."""

_BOUNDING = ("privacy/bounding.py", "privacy/exclusion.py", "release/drawing.py", "release/spent.py")
"""Modules that decide how far each row counts."""


@dataclass(frozen=True)
class Reach:
    """From when on, and up to which day, all who tell of something tell of it without a gap: from manifests, not from rows."""

    since: date
    until: date


Known = Mapping[str, Reach]
"""How far the partners' extracts reach, by who tells (`Measure.told_by`); absent, nobody does."""


def known(home: Home) -> Known:
    """
    How far the built warehouse reaches.

    Raises:
        ReleaseRefused: nothing has been built yet.
    """
    with warehouse.opened(home, read_only=True) as connection:
        built = connection.execute(
            "select count(*) from information_schema.tables where table_schema = 'intermediate'"
        ).fetchone()
        rows = (
            connection.execute("select told_by, history_from_on, reaches_to from intermediate.int_histories").fetchall()
            if built and built[0]
            else []
        )
    found = {told_by: Reach(since, until) for told_by, since, until in rows}
    if "referrals" not in found:
        raise ReleaseRefused(
            f"{home.partnership}: no council's delivery with referrals has been built yet. Nothing was planned. "
            "Run 'lantern intake', then 'lantern build'."
        )
    return found


def due_on(period: Quarter, embargo_days: int) -> date:
    """
    The day from which a quarter's figures are ripe.

    Everything received on its last day must have been followed past the last duration bin,
    and then wait for what is typed late: from that day on an open case is open beyond
    every limit shown, and no quarter looks good for being young.
    """
    longest = max(day for table in workload.tables() for day in workload.days_shown(table.name))
    return add_working_days(period.last_day, longest) + timedelta(days=embargo_days)


def due(partnership: Partnership, reach: Known) -> list[Quarter]:
    """Every quarter that may be released, earliest first."""
    tellers = told_by(partnership)
    if any(each not in reach for each in tellers):
        return []
    until = min(reach[each].until for each in tellers)
    found, period = [], partnership.release.first
    while due_on(period, partnership.release.embargo_days) <= until:
        if all(is_covered(period, each, months, reach) for each, months in tellers.items()):
            found.append(period)
        period = period.plus(1)
    return found


def told_by(partnership: Partnership) -> dict[str, int]:
    """Whose history the planned figures rest on, and for how many months before a quarter."""
    found: dict[str, int] = {}
    for measure in workload.measures(partnership.expected.volumes):
        found[measure.told_by] = max(found.get(measure.told_by, 0), measure.lookback_months)
    return found


def is_covered(period: Quarter, teller: str, months: int, reach: Known) -> bool:
    """Whether a quarter, and the months before it, were told of without a gap: what nobody told of is missing, not quiet."""
    quarters = -(-months // _MONTHS)  # a part of one is looked at as a whole one
    return teller == _SAYS_ITSELF or period.plus(-quarters).first_day >= reach[teller].since


def check_due(partnership: Partnership, reach: Known, period: Quarter) -> None:
    """
    Refuse a quarter that is not ripe, lies before the history, or has a gap that no delivery covers.

    Raises:
        ReleaseRefused: with the day on which it will be due.
    """
    if period not in due(partnership, reach):
        raise ReleaseRefused(
            f"{partnership.name} {period}: not due. {_why_not_due(partnership, reach, period)} Nothing was spent."
        )


def _why_not_due(partnership: Partnership, reach: Known, period: Quarter) -> str:
    """What is in the way, and nothing that is not."""
    if period < partnership.release.first:
        return f"The first period of the partnership's file is {partnership.release.first_period}."
    ripe = due_on(period, partnership.release.embargo_days).isoformat()
    found = []
    for teller, months in told_by(partnership).items():
        of = reach.get(teller)
        if of is None:
            found.append(f"Nobody has told of {teller} yet.")
        elif of.until.isoformat() < ripe:
            found.append(
                f"It is ripe on {ripe}, and what is told of {teller} reaches to {of.until.isoformat()}: wait for the deliveries of after that day."
            )
        elif not is_covered(period, teller, months, reach):
            found.append(
                f"What is told of {teller} has no gap only from {of.since.isoformat()} on, and {months} months before the quarter are "
                "looked at: ask for the missing deliveries ('lantern status' names them)."
            )
    return " ".join(found)


def plan_for(partnership: Partnership, period: Quarter, revision: int = 0, home: Home | None = None) -> Plan:
    """
    The plan of a quarter: a function of the catalogue, the models and the partnership's file alone.

    A revision has a plan of its own, to be approved on its own, though it draws the same sums.

    Args:
        partnership: Its file.
        period: The quarter.
        revision: 0 for the first release.
        home: Where the design is kept and read again; without one it is designed in this process.
    """
    privacy = partnership.privacy
    made = design_of(privacy.definition, privacy.micro_per_year, volumes(partnership), home)
    promise = f"{privacy.micro_per_year} {unit_of(partnership)} a year"
    terms = hashlib.sha256(partnership.model_dump_json(exclude=_NO_TERM).encode()).hexdigest()
    basis = (partnership.name, promise, f"terms {terms}", f"models {models_digest()}", f"revision {revision}")
    return replace(made, period=str(period), basis=basis)


def design_of(family: Family, micro: int, rows: Mapping[str, int], home: Home | None) -> Plan:
    """What `designed` gives for these public rows a quarter: the one kept in a home, if there is a home."""
    if home is None:
        return designed(family, micro, **rows)
    return plan_of(
        kept_plan.kept(home, f"plan-{family}", [family, micro, rows], lambda: designed(family, micro, **rows).text)
    )


@cache
def designed(family: Family, micro: int, **volumes: int) -> Plan:
    """A plan at public volumes a quarter, of the tables that have one; still without a quarter and a basis."""
    tables = planned(settled(family, micro, **volumes), micro, family)
    return accuracy.decided(Plan("", family, tables, workload.definitions(volumes), ()), volumes)


@cache
def settled(family: Family, micro: int, **volumes: int) -> Settlement:
    """What was weighed to make it."""
    tables = [table for table in workload.tables() if table.name in volumes]
    questions = {table.name: workload.questions(table.name) for table in tables}
    return settle(tables, questions, volumes, micro, family)


@cache
def models_digest(project: Path = PROJECT) -> str:
    """
    SHA-256 of what makes, links and bounds the rows of a checkout: an approval does not outlive a change of it.

    Of dbt's folder what is written by people: what dbt itself leaves there changes no row.
    """
    made = [digest_of(project / "dbt_project" / each, (".sql", ".csv")) for each in ("models", "macros", "seeds")]
    package = project / "src" / "lantern"
    bounded = [hashlib.sha256((package / each).read_bytes()).hexdigest() for each in _BOUNDING]
    parts = [*made, digest_of(package / "linkage", (".py",)), *bounded]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def volumes(partnership: Partnership) -> dict[str, int]:
    """Public volumes a quarter, by base table that is released."""
    return partnership.expected.volumes
