"""What an approver reads before deciding on a plan: what would be released, how sure it would be, what it costs."""

from lantern import catalogue
from lantern.partnership import Partnership
from lantern.period import Quarter
from lantern.privacy import accuracy
from lantern.privacy.figure import Figure
from lantern.privacy.plan import Plan
from lantern.release.card import allowance_words, bounds_words, cost
from lantern.release.folder import terms_of
from lantern.release.planning import volumes

AGAIN = (
    "**Drawn again.** These figures were drawn before. Persons who used their allowance then count for less now, so ranges will be "
    "wider than foretold, and figures that rest on persons with several records may not be shown."
)


def subject(partnership: Partnership, period: Quarter) -> str:
    """One line that asks for the decision."""
    return f"{partnership.title}: may the figures for {period.words} be released by this plan?"


def briefing(partnership: Partnership, plan: Plan) -> str:
    """
    A plan as a page of Markdown for the person who decides.

    Privacy: public numbers only. Ranges are foretold from expected volumes; nothing has been drawn, and no record read.
    """
    terms = terms_of(partnership)
    release, year = cost(terms, plan.micro), cost(terms, terms.micro_per_year)
    figures = accuracy.foretold(plan, volumes(partnership))
    again = f"{AGAIN}\n\n" if _is_revision(plan) else ""
    together = f" {each}" if (each := allowance_words(plan)) else ""
    return f"""**What would be released.** {len(figures)} figures of the quarter, and the same of four quarters where three were \
released before. Of the quarter's, {_graded(figures, "use")} would be fit for use, {_graded(figures, "care")} to be used with \
care, and {_graded(figures, "none")} too uncertain to show.

| Headline | Expected range |
| --- | --- |
{_headlines(figures)}

{again}**What it costs.** In any four quarters, what a person adds is worth at most so many of each: \
{bounds_words(plan)}.{together} This release alone costs any person at most \
(epsilon, delta) = ({release["epsilon"]:.2f}, {release["delta"]:g}); any four quarters at most \
({year["epsilon"]:.2f}, {year["delta"]:g}).

**What to think of.** Noise hides every person, not what is true of everyone in a small group. Figures whose range reaches 0% or \
100% are marked on the release's privacy card once it is drawn; look at them before they are used.

**What you decide on.** Plan `{plan.digest}`. If the catalogue, the models or the partnership's file change afterwards, your
decision does not hold for what they make. Your name and reason go into the ledger and into the release.
"""


def _is_revision(plan: Plan) -> bool:
    return any(each.startswith("revision ") and each != "revision 0" for each in plan.basis)


def _graded(figures: list[Figure], grade: str) -> int:
    return sum(each.grade == grade for each in figures)


def _headlines(figures: list[Figure]) -> str:
    titles = {measure.id: measure.title for measure in catalogue.released()}
    return "\n".join(
        f"| {titles[each.question.measure_id]}{_what(each)} | about {100 * each.value:.0f}%, give or take "
        f"{100 * each.half_width:.1f} points |"
        if each.question.statistic == "share"
        else f"| {titles[each.question.measure_id]}{_what(each)} | known to {100 * each.half_width:.1f} points of its curve |"
        for each in figures
        if each.question.is_headline
    )


def _what(figure: Figure) -> str:
    return "" if figure.question.statistic == "share" else f", {figure.question.statistic}"
