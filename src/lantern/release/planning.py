"""Which quarters may be released, and the plan each one would follow."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from lantern import warehouse
from lantern.errors import ReleaseRefused
from lantern.home import PROJECT, Home
from lantern.partnership import Partnership
from lantern.period import Quarter, add_working_days
from lantern.privacy import workload
from lantern.privacy.design import Settlement, planned, settle
from lantern.privacy.plan import Family, Plan
from lantern.release.charge import unit_of

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
    return teller == _SAYS_ITSELF or period.plus(-(months // 3)).first_day >= reach[teller].since


def check_due(partnership: Partnership, reach: Known, period: Quarter) -> None:
    """
    Refuse a quarter that is not ripe, lies before the history, or has a gap that no delivery covers.

    Raises:
        ReleaseRefused: with the day on which it will be due.
    """
    if period not in due(partnership, reach):
        ripe = due_on(period, partnership.release.embargo_days)
        raise ReleaseRefused(
            f"{partnership.name} {period}: not due. It is ripe on {ripe.isoformat()} and the partners' extracts reach, without "
            f"a gap: {_reaches(partnership, reach)}; the first period is {partnership.release.first_period}. "
            "Nothing was spent. Wait for the next deliveries, or ask for the missing ones ('lantern status')."
        )


def _reaches(partnership: Partnership, reach: Known) -> str:
    found = []
    for teller, months in told_by(partnership).items():
        of, back = reach.get(teller), f", {months} months of it before the quarter" if months else ""
        days = f"from {of.since.isoformat()} to {of.until.isoformat()}" if of else "from no day"
        found.append(f"those that tell of {teller} {days}{back}")
    return "; ".join(found)


def plan_for(partnership: Partnership, period: Quarter, revision: int = 0) -> Plan:
    """
    The plan of a quarter: a function of the catalogue, the models and the partnership's file alone.

    A revision has a plan of its own, to be approved on its own, though it draws the same sums.
    """
    privacy = partnership.privacy
    made = designed(privacy.definition, privacy.micro_per_year, **volumes(partnership))
    promise = f"{privacy.micro_per_year} {unit_of(partnership)} a year"
    terms = hashlib.sha256(partnership.model_dump_json(exclude=_NO_TERM).encode()).hexdigest()
    basis = (partnership.name, promise, f"terms {terms}", f"models {_models_digest()}", f"revision {revision}")
    return replace(made, period=str(period), basis=basis)


@cache
def designed(family: Family, micro: int, **volumes: int) -> Plan:
    """A plan at public volumes a quarter, of the tables that have one; still without a quarter and a basis."""
    tables = planned(settled(family, micro, **volumes), micro, family)
    return Plan("", family, tables, workload.definitions(volumes), ())


@cache
def settled(family: Family, micro: int, **volumes: int) -> Settlement:
    """What was weighed to make it."""
    tables = [table for table in workload.tables() if table.name in volumes]
    questions = {table.name: workload.questions(table.name) for table in tables}
    return settle(tables, questions, volumes, micro, family)


@cache
def _models_digest() -> str:
    """SHA-256 of what makes, links and bounds the rows: an approval does not outlive a change of it."""
    digest = hashlib.sha256()
    package = PROJECT / "src" / "lantern"
    made = [path for path in (PROJECT / "dbt_project").rglob("*") if path.suffix in (".sql", ".csv")]
    bounded = [package / "privacy" / name for name in ("bounding.py", "exclusion.py")]
    for path in sorted([*made, *(package / "linkage").glob("*.py"), *bounded]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def volumes(partnership: Partnership) -> dict[str, int]:
    """Public volumes a quarter, by base table that is released."""
    return partnership.expected.volumes
