"""The release statement: what was protected, how, and what it cost, for a reader who is not a specialist."""

from lantern.period import Quarter
from lantern.privacy import mechanism, workload
from lantern.privacy.plan import Plan
from lantern.release.card import CHILDHOOD_YEARS, NOT_COVERED, PARAMETER, allowance_words, bounds_words, cost
from lantern.release.folder import Facts, Terms


def statement(plan: Plan, facts: Facts, terms: Terms) -> str:
    """Plain-English Markdown; every number comes from the plan, the ledger or the partnership's file."""
    together = f"\n{each}" if (each := allowance_words(plan)) else ""
    year = terms.micro_per_year
    childhood = mechanism.composed(plan.family, [year] * CHILDHOOD_YEARS)
    parameter = PARAMETER[plan.family]
    return f"""# Release {facts.release_id}

{terms.title}. Figures for {Quarter.parse(plan.period).words}, published {facts.published_on}.
{terms.basis}

To protect people, a small random amount was added to every count before it left the hub. So nobody
can be sure from these figures whether any one person is counted. About 19 in 20 of the ranges given
hold the figure the records would give.

**Whose presence is hidden.** Everything about one person, from all partners. Each person has a limit.
In any four quarters, what a person adds is worth at most so many of each: {bounds_words(plan)}.
Of people with more, each record counts for less. We measure what this leaves out, correct for it, and allow for it in each range.

**What it cost.** Think of an allowance that each person has, and that the figures use up. A person with
many records may use all of it in one release. Nobody uses more than all of it in any four quarters.{together}
The year's allowance is {year:,} millionths of {parameter}. This release used up to {facts.micro:,}.
With the three quarters before it, it used up to {facts.year_micro:,}.

In the words of specialists, this is (epsilon, delta) of {_pair(terms, facts.micro)} for this release,
{_pair(terms, year)} for any four quarters, and {_pair(terms, childhood)} for {CHILDHOOD_YEARS} years of releases.

**What is not covered.**

{_not_covered()}

**Who approved it.** {facts.approved_by}: {facts.approval_reason}

Plan {plan.digest}. Definitions: {_definitions(plan)}.
"""


def _pair(terms: Terms, micro: int) -> str:
    found = cost(terms, micro)
    return f"({found['epsilon']:.2f}, {found['delta']:g})"


def _not_covered() -> str:
    return "\n".join(f"- {title}. {sentence}" for title, sentence in NOT_COVERED.items())


def _definitions(plan: Plan) -> str:
    measures = workload.measures([table.name for table in plan.tables])
    return ", ".join(f"{measure.id} v{measure.version}" for measure in measures)
