"""Which quarters may be released, and the plan each one would follow."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from lantern import catalogue, warehouse
from lantern.errors import ReleaseRefused
from lantern.home import PROJECT, Home
from lantern.partnership import Partnership
from lantern.period import Quarter, add_working_days
from lantern.privacy import workload
from lantern.privacy.design import Settlement, planned, settle
from lantern.privacy.plan import Family, Plan
from lantern.release.charge import unit_of

# Who approves, and where a partner leaves its files, changes nothing that is drawn.
_NO_TERM: Any = {"release": {"approvers"}, "partners": {"__all__": {"inbox"}}}


@dataclass(frozen=True)
class Known:
    """
    How far the partners' extracts reach: from manifests, not from rows.

    `since` is when referrals are whole from, `contacts_since` contacts (None: no council tells of them), and `until` the
    last day that every council tells of.
    """

    since: date
    until: date
    contacts_since: date | None


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
        row = (
            connection.execute(
                "select history_from_on, censored_on, contacts_from_on from intermediate.int_snapshots_agreed"
            ).fetchone()
            if built and built[0]
            else None
        )
    if row is None or row[0] is None:
        raise ReleaseRefused(
            f"{home.partnership}: no council's delivery with referrals has been built yet. Nothing was planned. "
            "Run 'lantern intake', then 'lantern build'."
        )
    return Known(*row)


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
    found, period = [], partnership.release.first
    while due_on(period, partnership.release.embargo_days) <= reach.until:
        if has_lookback(period, reach) and has_contacts(period, reach):
            found.append(period)
        period = period.plus(1)
    return found


def has_lookback(period: Quarter, reach: Known) -> bool:
    """Whether the history goes back far enough to know who came back."""
    months = max(measure.lookback_months for measure in catalogue.released())
    return period.plus(-(months // 3)).first_day >= reach.since


def has_contacts(period: Quarter, reach: Known) -> bool:
    """Whether contacts were told of from the first day on: a quarter nobody told of is missing, not quiet."""
    return reach.contacts_since is not None and period.first_day >= reach.contacts_since


def check_due(partnership: Partnership, reach: Known, period: Quarter) -> None:
    """
    Refuse a quarter that is not ripe, lies before the history, or has a gap that no delivery covers.

    Raises:
        ReleaseRefused: with the day on which it will be due.
    """
    if period not in due(partnership, reach):
        ripe = due_on(period, partnership.release.embargo_days)
        raise ReleaseRefused(
            f"{partnership.name} {period}: not due. It is ripe on {ripe.isoformat()} and the partners' extracts reach "
            f"from {reach.since.isoformat()} to {reach.until.isoformat()} without a gap, those with contacts from "
            f"{reach.contacts_since or 'no day'}; the first period is {partnership.release.first_period}. "
            "Nothing was spent. Wait for the next deliveries, or ask for the missing ones ('lantern status')."
        )


def plan_for(partnership: Partnership, period: Quarter, revision: int = 0) -> Plan:
    """
    The plan of a quarter: a function of the catalogue, the models and the partnership's file alone.

    A revision has a plan of its own, to be approved on its own, though it draws the same sums.
    """
    privacy, expected = partnership.privacy, partnership.expected
    made = designed(privacy.definition, privacy.micro_per_year, expected.contacts, expected.referrals)
    promise = f"{privacy.micro_per_year} {unit_of(partnership)} a year"
    terms = hashlib.sha256(partnership.model_dump_json(exclude=_NO_TERM).encode()).hexdigest()
    basis = (partnership.name, promise, f"terms {terms}", f"models {_models_digest()}", f"revision {revision}")
    return replace(made, period=str(period), basis=basis)


@cache
def designed(family: Family, micro: int, contacts: int, referrals: int) -> Plan:
    """A plan at public volumes a quarter, still without a quarter and a basis."""
    tables = planned(settled(family, micro, contacts, referrals), micro, family)
    return Plan("", family, tables, workload.definitions(), ())


@cache
def settled(family: Family, micro: int, contacts: int, referrals: int) -> Settlement:
    """What was weighed to make it."""
    questions = {table.name: workload.questions(table.name) for table in workload.tables()}
    volumes = {"contacts": contacts, "referrals": referrals}
    return settle(workload.tables(), questions, volumes, micro, family)


@cache
def _models_digest() -> str:
    """SHA-256 of what makes, links and bounds the rows: an approval does not outlive a change of it."""
    digest = hashlib.sha256()
    package = PROJECT / "src" / "lantern"
    made = [path for path in (PROJECT / "dbt_project").rglob("*") if path.suffix in (".sql", ".csv")]
    for path in sorted([*made, *(package / "linkage").glob("*.py"), package / "privacy" / "bounding.py"]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def volumes(partnership: Partnership) -> dict[str, int]:
    """Public volumes a quarter, by base table."""
    return {"contacts": partnership.expected.contacts, "referrals": partnership.expected.referrals}
