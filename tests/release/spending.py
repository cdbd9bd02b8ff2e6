"""A hub in which persons have rows, releases are bounded and recorded, and what each has spent is looked at."""

from collections import defaultdict

from tests.privacy.person_budget import CELLS, GRID, table

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


TABLES = {"children": "contacts", "adults": "concerns"}


def mixed_plan(period, family="zcdp"):
    """A table of children and one of adults; each costs 90,000 millionths."""
    tables = [table(family=family, name=name, population=of) for of, name in TABLES.items()]
    return Plan(str(period), family, tuple(tables), ("drawn",), ("a test",))


class Zone:
    """A hub's warehouse and its store of spends in one database in memory: the same SQL, without files and their keys."""

    def __init__(self, connection):
        self.connection, self.draws = connection, 0
        for schema in ("release_inputs", "linkage", spent.ALIAS):
            connection.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
        connection.execute("create table linkage.person_link (local_person_key varchar, person_key varchar)")
        for name in TABLES.values():
            axes = ", ".join(f"{axis.name} varchar" for axis in GRID.axes)
            connection.execute(f"create table release_inputs.ri_{name} (period varchar, person_key varchar, {axes})")
        connection.execute(f"set schema = '{spent.ALIAS}'; {spent.TABLES}; set schema = 'main'")

    def give(self, rows, links):
        """Rows (period, population, record, how many in the first cell), under the persons the records are now."""
        self.connection.execute("delete from linkage.person_link")
        self.connection.executemany("insert into linkage.person_link values (?, ?)", list(links.items()))
        lines = defaultdict(list)
        for period, population, record, number in rows:
            lines[population] += [(str(period), links[record], *CELLS[0])] * number
        for population, name in TABLES.items():
            self.connection.execute(f"delete from release_inputs.ri_{name}")
            if lines[population]:
                marks = ", ".join("?" * (2 + len(GRID.axes)))
                self.connection.executemany(f"insert into release_inputs.ri_{name} values ({marks})", lines[population])

    def draw(self, plan):
        """Bound a quarter and record what it costs, as a release does: population to its bounded table."""
        tables, payment = drawing.bound_on(self.connection, plan, spent.ALIAS)
        self.draws += 1
        self.connection.execute(f"set schema = '{spent.ALIAS}'")
        spent.write(self.connection, f"draw {self.draws}", payment)
        self.connection.execute("set schema = 'main'")
        return {each.population: tables[each.name] for each in plan.tables}


def paying(bounded):
    """Who pays in a bounded table."""
    return {
        each["person_key"] for each in bounded.people.to_pylist() if each["kept_price"] > 0 or each["lost_price"] > 0
    }
