"""A hub in which persons have rows, releases are bounded and recorded, and what each has spent is looked at."""

from tests.privacy.person_budget import CELLS, table

from lantern import warehouse
from lantern.privacy.plan import Plan
from lantern.release import drawing, spent

ROW = 80_000 * 10**6 // 6
"""What one row costs under the drawn plan, in pico-units, rounded down."""


def plan_of(period, family="zcdp"):
    return Plan(period, family, (table(family=family),), ("drawn",), ("a test",))


def write_rows(hub, rows, links=None):
    """Rows (period, person, number of rows in one cell), and which record is which person's."""
    lines = [(period, person, *CELLS[0]) for period, person, number in rows for _ in range(number)]
    with warehouse.opened(hub.home) as connection:
        connection.execute("create schema if not exists release_inputs")
        connection.execute(
            "create or replace table release_inputs.ri_contacts (period varchar, person_key varchar, "
            "source_group varchar, time_category varchar, is_again varchar)"
        )
        if lines:
            connection.executemany("insert into release_inputs.ri_contacts values (?, ?, ?, ?, ?)", lines)
        connection.execute("create schema if not exists linkage")
        connection.execute("drop table if exists linkage.person_link")
        if links is not None:
            connection.execute("create table linkage.person_link (local_person_key varchar, person_key varchar)")
            connection.executemany("insert into linkage.person_link values (?, ?)", links)


def drawn(hub, period, family="zcdp"):
    """Bound a quarter and record what it costs, as a release does."""
    bounded = drawing.bound(hub.home, plan_of(period, family))
    spent.record(hub.home, bounded.digest, bounded.payment)
    return bounded


def spends_seen(hub, period, family="zcdp"):
    """What each person of now is taken to have spent on the kept rows, by quarter from this one."""
    with warehouse.opened(hub.home, read_only=True, also={"spent": hub.home.spent}) as connection:
        spent.merge(connection, plan_of(period, family), has_store=True)
        found = connection.execute(
            "select person_key, period_index, pico from person_spent where part = 'contacts'"
        ).fetchall()
    return {(person, index): pico for person, index, pico in found}
