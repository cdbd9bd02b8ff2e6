"""What a spend may charge, part by part, whether every year it falls into can bear it, and how often."""

from collections.abc import Mapping, Sequence

from lantern.errors import BudgetExhausted, ReleaseRefused
from lantern.partnership import Partnership
from lantern.period import QUARTERS_A_YEAR, Quarter
from lantern.release.entry import Entry, dearest_window, publication_of

_UNITS = {"zcdp": "micro-rho", "pure": "micro-epsilon"}


def unit_of(partnership: Partnership) -> str:
    """The unit its promise is counted in: micro-rho or micro-epsilon."""
    return _UNITS[partnership.privacy.definition]


def check_charges(partnership: Partnership, period: str, charges: Mapping[str, int]) -> None:
    """
    Refuse what is no charge.

    Raises:
        ReleaseRefused: nothing is charged, or some part costs less than one whole millionth.
    """
    whole = all(type(each) is int and each >= 1 for each in charges.values())
    if not charges or not whole:
        raise ReleaseRefused(
            f"{partnership.name} {period}: a spend charges each of its parts at least 1 {unit_of(partnership)}, in whole "
            "numbers; nothing is ever given back. Nothing was spent."
        )


def check_years(partnership: Partnership, known: Sequence[Entry], period: str, charges: Mapping[str, int]) -> None:
    """
    Refuse charges that some run of four quarters with this one in it cannot bear.

    Raises:
        BudgetExhausted: a run would cost more than the year's promise.
        ReleaseRefused: near it something was spent under another definition, and the two do not add up; or under a smaller
            promise, which was published.
    """
    quarter, unit = Quarter.parse(period), unit_of(partnership)
    near = {str(quarter.plus(place)) for place in range(1 - QUARTERS_A_YEAR, QUARTERS_A_YEAR)}
    spends = [each for each in known if each.kind == "spend" and each.period in near]
    if any(spent_unit(each) != unit for each in spends):
        raise ReleaseRefused(
            f"{partnership.name} {period}: the promise is in {unit}, and a quarter of the same year was paid for in another "
            "unit. Nothing was drawn and nothing was spent. Undo the change of [privacy] definition, or wait a year."
        )
    allowed = partnership.privacy.micro_per_year
    _check_promise(partnership, period, spends)
    cost, window = dearest_window(known, quarter, charges)
    before, _ = dearest_window([each for each in known if each.period in near], quarter)
    if cost > allowed:
        raise BudgetExhausted(
            f"{partnership.name} {period}: with this plan the year from {window} would cost {cost:,} {unit} of {allowed:,} "
            f"(without it, {before:,} are spent in the dearest year). Nothing was drawn and nothing was spent. Wait until "
            "that year has passed."
        )


def _check_promise(partnership: Partnership, period: str, spends: Sequence[Entry]) -> None:
    """A statement that is out says what any four quarters may cost; a larger number in the file does not alter it."""
    allowed, unit = partnership.privacy.micro_per_year, unit_of(partnership)
    # Spends from before they said what was promised are held to what is promised now.
    promised = min((int(each.body.get("promised", allowed)) for each in spends), default=allowed)
    if allowed > promised:
        raise ReleaseRefused(
            f"{partnership.name} {period}: a quarter of the same year was paid for under a promise of {promised:,} {unit} over any four "
            f"quarters, which its statement says, and the file now allows {allowed:,}. Nothing was drawn and nothing was spent. Undo the "
            "change of [privacy] micro_per_year, or wait until no such quarter is within a year."
        )


def check_revision(partnership: Partnership, known: Sequence[Entry], period: str, revision: int) -> None:
    """
    Refuse a revision beyond those a period may have, or of what was not published.

    Raises:
        ReleaseRefused: the quarter stays as it is.
    """
    where, most = f"{partnership.name} {period}", partnership.release.revisions_per_period
    if revision > most:
        raise ReleaseRefused(
            f"{where}: [release] revisions_per_period allows {most}, and no more is left. Nothing was spent. What arrived "
            "late for this quarter stays uncounted in it."
        )
    if revision and publication_of(known, period, revision - 1) is None:
        raise ReleaseRefused(f"{where}: there is no published release to revise. Nothing was spent.")


def check_rows(partnership: Partnership, known: Sequence[Entry], period: str, revision: int, rows_digest: str) -> None:
    """
    Refuse a revision of the rows that were drawn before.

    Raises:
        ReleaseRefused: nothing is spent.

    Privacy: draws of the same rows can be averaged.
    """
    drawn = {each.request_digest for each in known if each.kind == "answer" and each.period == period}
    rows = {each.body.get("rows_digest") for each in known if each.kind == "spend" and each.request_digest in drawn}
    if revision and (not rows_digest or rows_digest in rows):
        raise ReleaseRefused(
            f"{partnership.name} {period}: its rows are those that were drawn before; another draw would only "
            "average the noise away. Nothing was spent. Take the release as it is."
        )


def spent_unit(spend: Entry) -> str:
    """The unit a spend was counted in; before spends said so, there was one."""
    return str(spend.body.get("unit", _UNITS["zcdp"]))
