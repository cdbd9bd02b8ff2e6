"""Who has no rows in a population's tables: whoever pays in another's within the year. It makes their promises one, not two."""

from collections.abc import Iterable

from lantern.privacy.bounding import Connection
from lantern.privacy.plan import POPULATION, TablePlan


def exclude(connection: Connection, population: str, before: Iterable[TablePlan], spent: str) -> str:
    """
    Make the temporary table `elsewhere_<population>`, and give its name: who has no rows in the population's tables.

    One row per person, `person_key`, never null: whoever has paid in another population in a quarter that shares a year with this
    one, and whoever pays in one that comes before it in this very draw. Who has paid in two has rows in neither.

    Args:
        connection: Where both relations and `bounded_<table>` are.
        population: Whose tables are to be bounded next.
        before: The tables of this draw that are bounded already, of other populations.
        spent: A relation of what persons have spent, as for `bounding.bound`: of the quarters that share a year with this one.

    Privacy: who is left out is a function of the person's own rows and spends, and of the plan. Nobody else's rows move it. With it
        no person pays in two populations in any four quarters in a row: the proof is in docs/mechanism.md.
    """
    paying = "".join(
        f" union select person_key from bounded_{table.name} where kept_price > 0 or lost_price > 0" for table in before
    )
    connection.execute(
        f"""
        create or replace temp table elsewhere_{population} as
        select distinct person_key from {spent} as spends
        where pico > 0 and {_population("part")} <> '{population}'{paying}
        """
    )
    return f"elsewhere_{population}"


def without(rows: str, excluded: str) -> str:
    """Rows of whoever is not left out, as a subquery in brackets; a row whose person is not known stays, to be found at the border."""
    kept = f"not exists (select 1 from {excluded} as excluded where excluded.person_key = given.person_key)"
    return f"(select * from {rows} as given where {kept})"


def _population(part: str) -> str:
    """What `plan.population_of` answers, in SQL."""
    return f"case when contains({part}, ':') then split_part({part}, ':', 1) else '{POPULATION}' end"
