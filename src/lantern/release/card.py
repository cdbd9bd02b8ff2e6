"""The privacy card: what is promised, what it cost, how much noise, what is not covered; for machines and for people."""

from collections.abc import Sequence
from typing import Any

from lantern.privacy import mechanism, workload
from lantern.privacy.plan import Part, Plan, TablePlan, costs_by_population
from lantern.release.cell import Cell
from lantern.release.folder import Facts, Terms

CHILDHOOD_YEARS = 18
COVERAGE_PERCENT = 95
"""Of the ranges printed, as many hold what the records would give: docs/accuracy.md measures it."""

NOISE = {"zcdp": "discrete Gaussian", "pure": "discrete Laplace"}
PARAMETER = {"zcdp": "rho", "pure": "epsilon"}

NOT_COVERED = {
    "Raw access": "People who work inside the secure zone see records and exact counts. The promise is about what leaves it.",
    "Group facts": "What is true of everyone in a group can be learnt, whether or not any one of them is in the records.",
    "Families": "Brothers and sisters are protected one by one, so a family of several children less than each child.",
    "Turning 18": (
        "Within a year one person counts among children or among adults, never among both. Adults who were in the children's "
        "figures are left out, and no range allows for them. Fewer than one adult in a hundred turned 18 within the year."
    ),
    "Linkage": (
        "A person is who the records show to be one. Whom they leave in two pieces is protected as two, less strongly. "
        "How other people's records were joined is taken as it was found."
    ),
    "Side channels": "That a release appeared, on which day, and how long the work took, is not hidden.",
    "Other releases": "What others publish from the same records is not counted here, nor what analysts are given. It has to be counted together with this.",
    "What you know already": "Nothing can hide what a reader already knows from elsewhere.",
}
"""Title to a sentence: what the promise does not say. The promise page and every statement list the same."""

ONE_ALLOWANCE = "A child's records and an adult's are counted under one allowance; one person is in only one of the two in any year."
"""Why figures of children and of adults cost a person no more than either: `lantern.privacy.exclusion` makes it true."""

INVARIANTS: tuple[str, ...] = ()
"""Numbers released exactly, without noise: none."""


def card_of(plan: Plan, facts: Facts, terms: Terms, flagged: Sequence[Cell]) -> dict[str, Any]:
    """
    The card as plain values: `card.json`.

    Args:
        plan: As it was drawn.
        facts: What the ledger knows of the release.
        terms: The promise of the partnership's file.
        flagged: Figures that say all or none (`disclosure`).
    """
    family = plan.family
    childhood = mechanism.composed(family, [terms.micro_per_year] * CHILDHOOD_YEARS)
    return {
        "release_id": facts.release_id,
        "period": plan.period,
        "plan_digest": plan.digest,
        "unit": terms.unit,
        "family": family,
        "noise": NOISE[family],
        "this_release": cost(terms, facts.micro),
        "any_four_quarters": cost(terms, terms.micro_per_year),
        "eighteen_years": cost(terms, childhood),
        "populations": costs_by_population(plan.charges),
        "bounds": [_bound(part) for table in plan.tables for part in table.parts],
        "range_coverage_percent": COVERAGE_PERCENT,
        "invariants": list(INVARIANTS),
        "not_covered": NOT_COVERED,
        "says_all_or_none": [
            {"measure_id": each.measure_id, "span": each.span, "category": each.category, "sentence": each.sentence}
            for each in flagged
        ],
    }


def cost(terms: Terms, micro: int) -> dict[str, Any]:
    """A cost in each of its names: whole millionths of the promise, rho if it has one, epsilon and delta."""
    found: dict[str, Any] = {"micro": micro}
    if terms.family == "zcdp":
        found["rho"] = micro / mechanism.MICRO
    return found | {"epsilon": round(mechanism.epsilon(terms.family, micro, terms.delta), 4), "delta": terms.delta}


def bounds_words(plan: Plan) -> str:
    """How much a person can count for in any four quarters, as it is said: "contacts 6, referrals 2; or, among adults: …"."""
    listed = {
        population: ", ".join(
            f"{unit_words(table)} {rows_words(table.kept.rows_a_year)}"
            for table in plan.tables
            if table.population == population
        )
        for population in plan.populations
    }
    first, *others = plan.populations
    return "; or, ".join([listed[first], *(f"among {each}: {listed[each]}" for each in others)])


def unit_words(table: TablePlan) -> str:
    """What the rows of a table are called: contacts, referrals."""
    return workload.table(table.name).unit_many


def allowance_words(plan: Plan) -> str:
    """That populations share an allowance, where a plan has several; else nothing."""
    return ONE_ALLOWANCE if len(plan.populations) > 1 else ""


def rows_words(rows: float) -> str:
    """A number of rows as it is said: 6, or 2.5."""
    return f"{rows:.1f}".removesuffix(".0")


def _bound(part: Part) -> dict[str, Any]:
    return {
        "part": part.name,
        "person_budget": part.person_budget,
        "row_cost": part.row_cost,
        "worth_in_rows": round(part.rows_a_year, 3),
        "micro": part.micro,
        "scale": part.scale,
        "noise_in_rows": {
            marginal.name: round(deviation, 3)
            for marginal, deviation in zip(part.marginals, part.deviations(), strict=True)
        },
    }


def page(card: dict[str, Any]) -> str:
    """The card as one page of Markdown: `privacy-card.md`."""
    costs = (
        ("This release", "this_release"),
        ("Any four quarters", "any_four_quarters"),
        ("18 years", "eighteen_years"),
    )
    return f"""# Privacy card of release {card["release_id"]}

Hidden: everything about one {card["unit"]}, from all partners. Noise: {card["noise"]}. Numbers released without noise: \
{", ".join(card["invariants"]) or "none"}.

| What | {PARAMETER[card["family"]]} | epsilon | delta |
| --- | --- | --- | --- |
{_lines(f"| {title} | {_parameter(card, name)} | {card[name]['epsilon']:.2f} | {card[name]['delta']:g} |" for title, name in costs)}

One release can cost a single person as much as any four quarters together. Four quarters never cost more than the line says.
{_populations(card["populations"])}
## How much one person can count, and how much noise there is

What a person adds in any four quarters is worth at most so many rows. {_worth(card["family"])} A person with more rows \
counts for a part of each. The noise is the standard error of one sum, in rows; `card.json` has it for each table of sums.

| Part | Worth of a person, in rows | Cost, millionths | Scale | Tables of sums | Noise of one sum |
| --- | --- | --- | --- | --- | --- |
{_lines(_bound_line(each) for each in card["bounds"])}

Parts called `.lost` measure what the limit left out, so that figures can be put right for it. A part that counts others than \
children says whom before the colon.

## How far to trust the ranges

{card["range_coverage_percent"]} in 100 ranges hold the figure the records would give without noise or limit.

## Figures that say all or none

{_flags(card["says_all_or_none"])}

## What is not covered

{_lines(f"- **{title}.** {sentence}" for title, sentence in card["not_covered"].items())}

## To check this release

`lantern verify FOLDER` works every figure out again from `answers.json`, the noised sums: for each part of `plan.json`, \
the sums of its marginals one after the other, each times its multiplier and 1,024. Plan {card["plan_digest"]}.
"""


def _parameter(card: dict[str, Any], name: str) -> str:
    return f"{card[name]['micro'] / mechanism.MICRO:g}"


def _populations(costs: dict[str, int]) -> str:
    """That the dearest population counts and not their sum, where there are several."""
    if len(costs) == 1:
        return ""
    listed = ", ".join(f"{population} {micro:,}" for population, micro in costs.items())
    return f"\n{ONE_ALLOWANCE} In millionths, this plan costs each at most: {listed}.\n"


def _worth(family: str) -> str:
    if family == "pure":
        return "Rows add up."
    return "Rows in different sums add up; two in the same sum are worth four, three are worth nine."


def _bound_line(bound: dict[str, Any]) -> str:
    noise = sorted(bound["noise_in_rows"].values())
    rows = rows_words(bound["worth_in_rows"])
    return (
        f"| `{bound['part']}` | {rows} | {bound['micro']:,} | {bound['scale']:.1f} | {len(noise)} "
        f"| {noise[0]:.0f} to {noise[-1]:.0f} rows |"
    )


def _flags(flagged: list[dict[str, str]]) -> str:
    if not flagged:
        return "None: no figure of a small group reaches 0% or 100%."
    listed = _lines(f"- {each['sentence']} ({each['measure_id']}, {each['span']})" for each in flagged)
    return (
        f"These may tell of everyone in a small group. The officer should know of each before it is used.\n\n{listed}"
    )


def _lines(lines: Any) -> str:
    return "\n".join(lines)
