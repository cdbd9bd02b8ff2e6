"""Decides which records of all partners are one person, and renews only what a delivery can have changed."""

from lantern import warehouse
from lantern.home import Home
from lantern.linkage import claim, resolution
from lantern.linkage.scheme import DESCRIPTIVE, EXACT, MOST_RECORDS_OF_ONE_NAME, PROBABLE, Store
from lantern.partnership import Linkage, read_partnership

_RULES = 2
"""Counted up when a change here gives other persons from the same records: then all are resolved again."""


def link(home: Home, rules: Linkage | None = None) -> int:
    """
    Renew `linkage.person_link`: one row per partner's own record of a person.

    Columns, none ever null: `local_person_key`; `person_key`, the same for all records of one person;
    `link_basis`, the scheme by which this record first joined another, or `alone`; `weakest_basis`, the weakest
    that holds the person together; `person_key_without_weakest`, as if the last scheme were never used;
    `person_key_by_number`, as if only partners' own merges, NHS numbers and UPNs were.

    Args:
        home: Whose warehouse.
        rules: The partnership's `[linkage]`; read from its file if not given.

    Returns:
        How many persons there are.

    Privacy: the person found here is the one whose presence is hidden. A person left in m
        pieces is m times the distance, so m squared times the rho: 4 times for two pieces.
    """
    rules = rules or read_partnership(home.partnership).linkage
    with warehouse.opened(home) as connection:
        connection.execute("begin")
        renew(connection, rules)
        connection.execute("commit")
        (persons,) = connection.execute("select count(distinct person_key) from linkage.person_link").fetchone() or (0,)
    return int(persons)


def renew(connection: Store, rules: Linkage) -> int:
    """
    Resolve the records that a change can reach, and keep every other link as it is.

    What was claimed last time is kept in `linkage.claim`. A record is reached if its claims changed, or if it
    shares a token, old or new, with one that is reached. No link can depend on more, so the outcome is that of
    resolving everything, whatever came in which order.

    Returns:
        How many records were resolved.
    """
    claim.gather(connection, with_supporting=rules.probabilistic)
    is_known = _make_state(connection, rules)
    connection.execute(f"create or replace temp table gone as {_GONE}")
    connection.execute(f"create or replace temp table changed as {_CHANGED}")
    connection.execute(f"create or replace temp table reached as {_REACHED if is_known else 'from record'}")
    connection.execute("delete from record where local_person_key not in (from reached)")
    connection.execute("delete from claim where local_person_key not in (from reached)")
    _resolve(connection, rules)
    _keep(connection)
    (count,) = connection.execute("select count(*) from record").fetchone()
    return int(count)


def _make_state(connection: Store, rules: Linkage) -> bool:
    """Make what is kept between two runs, or empty it where the rules are other than last time's; is there any?"""
    connection.execute("create schema if not exists linkage")
    connection.execute("create table if not exists linkage.rule (name varchar)")
    name = f"{_RULES}|{EXACT}|{MOST_RECORDS_OF_ONE_NAME}|{rules.probabilistic}|{rules.threshold}"
    (is_same,) = connection.execute("select count(*) = 1 and min(name) = ? from linkage.rule", [name]).fetchone()
    if not is_same:
        connection.execute("create or replace table linkage.rule as select ? as name", [name])
        connection.execute("create or replace table linkage.claim as from claim limit 0")
        connection.execute(f"create or replace table linkage.person_link ({_LINK_COLUMNS})")
    return bool(is_same)


_LINK_COLUMNS = ", ".join(
    f"{name} varchar"
    for name in (
        "local_person_key",
        "person_key",
        "link_basis",
        "weakest_basis",
        "person_key_without_weakest",
        "person_key_by_number",
    )
)

_GONE = "from linkage.claim except from claim"
_CHANGED = """
    select local_person_key from (from claim except from linkage.claim)
    union
    select local_person_key from gone
    union
    (from record except select local_person_key from linkage.person_link)
    union
    (select local_person_key from linkage.person_link except from record)
"""
_REACHED = """
    with recursive
    told as (
        select local_person_key, scheme, token from claim
        union all
        select local_person_key, scheme, token from gone
    ),
    reached as (
        from changed
        union
        select beside.local_person_key
        from reached
        inner join told using (local_person_key)
        inner join told as beside on told.scheme = beside.scheme and told.token = beside.token
    )
    from reached
"""


def _resolve(connection: Store, rules: Linkage) -> None:
    """Make `place`, and in it who would be one person without the weakest scheme, and by numbers alone."""
    resolution.begin(connection)
    schemes = (*EXACT, PROBABLE) if rules.probabilistic else EXACT
    for scheme in schemes:
        if scheme == DESCRIPTIVE[0]:
            _remember(connection, "by_number")
        if scheme == schemes[-1]:
            _remember(connection, "without_weakest")
        if scheme == PROBABLE:
            # Splink is imported only where the agreement allows what it does.
            from lantern.linkage import likelihood

            likelihood.propose(connection, rules.threshold)
        resolution.join(connection, scheme)


def _remember(connection: Store, name: str) -> None:
    connection.execute(f"create or replace temp table {name} as select node, person from place")


def _keep(connection: Store) -> None:
    """Write the links that were resolved beside those that were not, and what was claimed."""
    connection.execute(
        """
        create or replace temp table link as
        select
            place.local_person_key,
            -- Named after its first record, so that a rebuild gives the same key.
            first_record.local_person_key as person_key,
            place.link_basis,
            place.weakest_basis,
            first_without.local_person_key as person_key_without_weakest,
            first_by_number.local_person_key as person_key_by_number
        from place
        inner join without_weakest using (node)
        inner join by_number using (node)
        inner join place as first_record on place.person = first_record.node
        inner join place as first_without on without_weakest.person = first_without.node
        inner join place as first_by_number on by_number.person = first_by_number.node
        """
    )
    connection.execute("delete from linkage.person_link where local_person_key in (from reached)")
    connection.execute("insert into link by name from linkage.person_link")
    connection.execute("delete from linkage.claim where local_person_key in (from reached)")
    connection.execute("insert into linkage.claim from claim")
    connection.execute("create or replace table linkage.person_link as from link order by local_person_key")


def is_linked(home: Home) -> bool:
    """Whether any build has linked the records of this hub."""
    with warehouse.opened(home, read_only=True) as connection:
        found = connection.execute("select count(*) from duckdb_tables() where table_name = 'person_link'").fetchone()
    return found is not None and bool(found[0])
