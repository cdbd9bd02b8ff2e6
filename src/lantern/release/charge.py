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
        ReleaseRefused: near it something was spent under another definition: the two do not add up.
    """
    quarter, unit = Quarter.parse(period), unit_of(partnership)
    near = {str(quarter.plus(place)) for place in range(1 - QUARTERS_A_YEAR, QUARTERS_A_YEAR)}
    if any(each.kind == "spend" and each.period in near and spent_unit(each) != unit for each in known):
        raise ReleaseRefused(
            f"{partnership.name} {period}: the promise is in {unit}, and a quarter of the same year was paid for in another "
            "unit. Nothing was drawn and nothing was spent. Undo the change of [privacy] definition, or wait a year."
        )
    cost, window = dearest_window(known, quarter, charges)
    before, _ = dearest_window([each for each in known if each.period in near], quarter)
    allowed = partnership.privacy.micro_per_year
    if cost > allowed:
        raise BudgetExhausted(
            f"{partnership.name} {period}: with this plan the year from {window} would cost {cost:,} {unit} of {allowed:,} "
            f"(without it, {before:,} are spent in the dearest year). Nothing was drawn and nothing was spent. Wait until "
            "that year has passed."
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


def spent_unit(spend: Entry) -> str:
    """The unit a spend was counted in; before spends said so, there was one."""
    return str(spend.body.get("unit", _UNITS["zcdp"]))
