"""The release statement: what was protected, how, and what it cost, for a reader who is not a specialist."""

from lantern import catalogue
from lantern.partnership import Partnership
from lantern.period import Quarter
from lantern.privacy import mechanism
from lantern.privacy.grid import BaseTable
from lantern.privacy.plan import Plan
from lantern.release.wording import plural


def _unit(table: BaseTable) -> str:
    measure = next(each for each in catalogue.released() if catalogue.shown(each).base_table == table.name)
    return plural(table.rows_per_person, *measure.unit)


def _definitions() -> str:
    return ", ".join(f"{measure.id} v{measure.version}" for measure in catalogue.released())


def statement(
    partnership: Partnership,
    plan: Plan,
    *,
    release_id: str,
    approved_by: str,
    reason: str,
    published_on: str,
    spent: int,
    year_spent: int,
) -> str:
    """Plain-English Markdown; every number comes from the plan, the ledger or the partnership's file."""
    privacy = partnership.privacy
    year = privacy.micro_rho_per_year
    bounds = " and ".join(f"{table.rows_per_person} {_unit(table)}" for table in plan.tables)
    release_epsilon = mechanism.epsilon(spent, privacy.delta)
    year_epsilon = mechanism.epsilon(year, privacy.delta)
    return f"""# Release {release_id}

{partnership.title}. Figures for {Quarter.parse(plan.period).words}, published {published_on}.
{partnership.basis}

To protect children, a small random amount was added to every count before anyone saw it. So nobody
can be sure from these figures whether any one child is counted. About 19 in 20 of the ranges
given hold the figure the records would give.

**Whose presence is hidden.** Everything about one person, from all partners. In a quarter, one
person counts for at most {bounds}. What that leaves out is estimated,
corrected for, and allowed for in each range.

**What it cost.** This release used {spent:,} micro-rho of zero-concentrated differential privacy.
With the three quarters before it, {year_spent:,} of the {year:,} a year may use. In the words of
specialists: (epsilon, delta) of ({release_epsilon:.2f}, {privacy.delta:g}) for this release and
({year_epsilon:.2f}, {privacy.delta:g}) for any four quarters in a row.

**What is not covered.** A person is who the records show to be one. Whom the records leave in two pieces is
protected as two, less strongly; and how other people's records were joined is taken as it was found. What is true of everyone in a group can still be learnt. Several children
of one family are protected one by one, so the family as a whole less. People inside the secure zone see
more than this. What you know already is not hidden from you.

**Who approved it.** {approved_by}: {reason}

Plan {plan.digest}. Definitions: {_definitions()}.
"""
